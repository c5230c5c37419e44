package github

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"millrace/internal/connector"
	"millrace/internal/platform/problem"
)

var fullName = regexp.MustCompile(`^[\w.-]+/[\w.-]+$`)

// Scopes lists the repositories the token sees, by name. A query that is the full name of a repository finds public ones
// too, and without a token the name of an owner lists that owner's.
func (Connector) Scopes(ctx context.Context, s *connector.Session, query string) iter.Seq2[connector.Scope, error] {
	return func(yield func(connector.Scope, error) bool) {
		c, err := newClient(s)
		if err == nil {
			err = listScopes(ctx, c, strings.TrimSpace(query), func(scope connector.Scope) error {
				if !yield(scope, nil) {
					return errStopped
				}
				return nil
			})
		}
		if err != nil && err != errStopped {
			yield(connector.Scope{}, err)
		}
	}
}

func listScopes(ctx context.Context, c *client, query string, yield func(connector.Scope) error) error {
	seen := map[string]bool{}
	take := func(l listing) error {
		for _, raw := range l.items {
			r, err := readRepository(raw)
			if err != nil {
				return err
			}
			scope := r.scope()
			if seen[scope.ExternalID] || !strings.Contains(strings.ToLower(r.FullName), strings.ToLower(query)) {
				continue
			}
			seen[scope.ExternalID] = true
			if err := yield(scope); err != nil {
				return err
			}
		}
		return nil
	}
	named := fullName.MatchString(query)
	if named {
		raw, err := c.one(ctx, c.address("/repos/"+query, nil))
		if err == nil {
			r, err := readRepository(raw)
			if err != nil {
				return err
			}
			query = r.FullName // a renamed repository is found under its old name
			if err := take(listing{items: []json.RawMessage{raw}}); err != nil {
				return err
			}
		} else if !refused(err) {
			return err
		}
	}
	if c.token == "" {
		if query == "" || named {
			return nil
		}
		return c.all(ctx, c.address("/users/"+url.PathEscape(query)+"/repos", perPage()), "", take)
	}
	own := perPage()
	own.Set("sort", "full_name")
	err := c.all(ctx, c.address("/user/repos", own), "", take)
	if problem.CodeOf(err) == "tool_forbidden" { // the token of an app installation has no user
		err = c.all(ctx, c.address("/installation/repositories", perPage()), "repositories", take)
	}
	return err
}

func perPage() url.Values { return url.Values{"per_page": {strconv.Itoa(sizes[0])}} }

func (r repository) scope() connector.Scope {
	var notes []string
	if r.Archived {
		notes = append(notes, "archived")
	}
	if r.Private {
		notes = append(notes, "private")
	}
	if r.Fork {
		notes = append(notes, "fork")
	}
	return connector.Scope{ExternalID: strconv.FormatInt(r.ID, 10), Name: r.FullName, URL: r.HTMLURL, Note: strings.Join(notes, ", ")}
}
