package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"millrace/internal/connector"
	"millrace/internal/platform/problem"
)

// probes are the rights a connection needs, each with an address that is refused without it.
var probes = []struct{ right, path string }{
	{"Contents: read", "/commits"},
	{"Pull requests: read", "/pulls"},
	{"Issues: read", "/issues"},
	{"Actions: read", "/actions/runs"},
	{"Deployments: read", "/deployments"},
}

// Verify asks who the token belongs to and what it may read. The rights are tried on the first repository it sees.
func (Connector) Verify(ctx context.Context, s *connector.Session) (connector.Verification, error) {
	var v connector.Verification
	c, err := newClient(s)
	if err != nil {
		return v, err
	}
	if c.token == "" {
		if _, err := c.one(ctx, c.address("/rate_limit", nil)); err != nil {
			return v, err
		}
		v.Account = "nobody"
		v.Notes = append(v.Notes, "Without a token only public repositories can be read.")
		v.Notes = append(v.Notes, c.limit()...)
		return v, nil
	}
	answer, err := c.fetch(ctx, c.address("/user", nil))
	switch {
	case err == nil:
		var user struct {
			Login string `json:"login"`
		}
		if err := answer.JSON(&user); err != nil {
			return v, err
		}
		v.Account = user.Login
		if scopes, classic := answer.Header["X-Oauth-Scopes"]; classic {
			notes, missing := classicScopes(strings.Join(scopes, ","))
			v.Notes, v.Missing = append(v.Notes, notes...), append(v.Missing, missing...)
		}
	case problem.CodeOf(err) == "tool_forbidden":
		v.Account = "an app installation"
	default:
		return v, err
	}
	first, err := firstRepository(ctx, c)
	if err != nil {
		return v, err
	}
	if first == nil {
		v.Notes = append(v.Notes, "The token sees no repository yet; public ones can be chosen by their full name.")
	} else if err := probe(ctx, c, *first, &v); err != nil {
		return v, err
	}
	v.Notes = append(v.Notes, c.limit()...)
	return v, nil
}

func classicScopes(header string) (notes, missing []string) {
	var scopes []string
	for s := range strings.SplitSeq(header, ",") {
		if s = strings.TrimSpace(s); s != "" {
			scopes = append(scopes, s)
		}
	}
	switch {
	case slices.Contains(scopes, "repo"):
		return nil, nil
	case slices.Contains(scopes, "public_repo"):
		return []string{"The token has the scope public_repo: private repositories stay hidden from it."}, nil
	}
	return []string{fmt.Sprintf("The token has the scopes %q.", strings.Join(scopes, ", "))}, []string{"repo"}
}

func firstRepository(ctx context.Context, c *client) (*repository, error) {
	l, err := c.list(ctx, c.address("/user/repos", url.Values{"per_page": {"1"}, "sort": {"pushed"}}), "")
	if problem.CodeOf(err) == "tool_forbidden" {
		l, err = c.list(ctx, c.address("/installation/repositories", url.Values{"per_page": {"1"}}), "repositories")
	}
	if err != nil || len(l.items) == 0 {
		return nil, err
	}
	r, err := readRepository(l.items[0])
	return &r, err
}

func probe(ctx context.Context, c *client, r repository, v *connector.Verification) error {
	v.Notes = append(v.Notes, "The rights were tried on "+r.FullName+".")
	for _, p := range probes {
		if p.path == "/issues" && !r.HasIssues {
			continue
		}
		_, err := c.fetch(ctx, c.address("/repos/"+r.FullName+p.path, url.Values{"per_page": {"1"}}))
		switch {
		case err == nil, problem.CodeOf(err) == "tool_rejected": // 409: a repository without commits
		case refused(err):
			v.Missing = append(v.Missing, p.right)
		default:
			return err
		}
	}
	return nil
}

func (c *client) limit() []string {
	if c.rate == nil {
		return []string{"This server tells no rate limit."}
	}
	return []string{fmt.Sprintf("%d of %d requests are left until %s.", c.rate.Remaining, c.rate.Limit, c.rate.ResetAt.UTC().Format("15:04 UTC"))}
}

// repository is what the connector itself needs of a repository.
type repository struct {
	ID            int64  `json:"id"`
	FullName      string `json:"full_name"`
	HTMLURL       string `json:"html_url"`
	DefaultBranch string `json:"default_branch"`
	HasIssues     bool   `json:"has_issues"`
	Archived      bool   `json:"archived"`
	Private       bool   `json:"private"`
	Fork          bool   `json:"fork"`
}

func readRepository(raw json.RawMessage) (repository, error) {
	var r repository
	if err := json.Unmarshal(raw, &r); err != nil || r.ID <= 0 || strings.Count(r.FullName, "/") != 1 {
		return r, problem.New(problem.Unavailable, "tool_bad_answer", "GitHub answered with a repository that has no id or name.").Because(err)
	}
	return r, nil
}
