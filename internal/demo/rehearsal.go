package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"millrace/internal/connector"
	"millrace/internal/platform/problem"
)

// Rehearsal is a connector whose tool is played from the plan: it speaks the tool's own language and asks no network.
type Rehearsal struct {
	connector.Connector
	// Now is the time of the run, Pass lets some of it pass.
	Now  func() time.Time
	Pass func(time.Duration)
	// Fails makes the next run end like one whose tool does not answer.
	Fails *bool
}

// Verify finds the connection in order.
func (Rehearsal) Verify(context.Context, *connector.Session) (connector.Verification, error) {
	return connector.Verification{Account: "halden-millrace", Notes: []string{"The token may read 4 repositories.", "4,980 of 5,000 requests are left this hour."}}, nil
}

// Pull yields a repository with some commits and issues.
func (r Rehearsal) Pull(_ context.Context, s *connector.Session, scope connector.Scope, from connector.Cursor) iter.Seq2[connector.Pulled, error] {
	return func(yield func(connector.Pulled, error) bool) {
		r.Pass(7 * time.Second)
		if *r.Fails {
			yield(connector.Pulled{}, problem.New(problem.Unavailable, "tool_unavailable", "GitHub does not answer: 503 Service Unavailable."))
			return
		}
		raw, err := json.Marshal(scope)
		if err != nil {
			yield(connector.Pulled{}, err)
			return
		}
		page := func(endpoint, address string, payload any) connector.Page {
			body, _ := json.Marshal(payload)
			return connector.Page{Endpoint: endpoint, Scope: raw, URL: s.Settings["baseUrl"] + address, Payload: body}
		}
		repository := "/repos/" + scope.Name
		steps := []connector.Pulled{{Note: "repository", Pages: []connector.Page{page("repositories", repository, r.repository(scope))}}}
		if len(from) == 0 {
			steps = append(steps,
				connector.Pulled{Note: "commits", Pages: []connector.Page{page("commits", repository+"/commits", r.commits(scope))}},
				connector.Pulled{Note: "issues", Pages: []connector.Page{page("issues", repository+"/issues", r.issues(scope))}})
		}
		for i, step := range steps {
			r.Pass(9 * time.Second)
			step.Cursor, step.Done, step.Total = connector.Cursor(`{"pulls":{},"issues":{},"runs":{},"deployments":{}}`), int64(i+1), int64(len(steps))
			step.Rate = &connector.Rate{Limit: 5000, Remaining: 4980 - int64(i), ResetAt: r.Now().Add(40 * time.Minute)}
			if !yield(step, nil) {
				return
			}
		}
	}
}

type fields = map[string]any

func (r Rehearsal) at(daysAgo, hour int) string {
	return r.Now().Truncate(day).AddDate(0, 0, -daysAgo).Add(time.Duration(hour) * time.Hour).Format(time.RFC3339)
}

func person(n int) fields {
	return fields{"id": 9000 + n, "login": []string{"mila-berg", "jonas-haas", "rosa-costa"}[n], "type": "User", "html_url": "https://github.com/" + []string{"mila-berg", "jonas-haas", "rosa-costa"}[n]}
}

func (r Rehearsal) repository(scope connector.Scope) fields {
	return fields{"id": json.Number(scope.ExternalID), "full_name": scope.Name, "name": scope.Name[7:], "html_url": scope.URL, "default_branch": "main", "language": "Go",
		"description": "Tools around the build", "created_at": r.at(700, 9), "updated_at": r.at(1, 9), "owner": fields{"id": 8000, "login": "halden", "type": "Organization"}}
}

func (r Rehearsal) commits(scope connector.Scope) []fields {
	var out []fields
	for i := range 14 {
		who := person(i % 3)
		sign := fields{"name": who["login"], "email": fmt.Sprint(who["login"], "@users.noreply.github.com"), "date": r.at(40-2*i, 10)}
		one := fields{"sha": fmt.Sprintf("%s%033x", scope.ExternalID, i+1), "author": who, "committer": who, "parents": []fields{},
			"commit": fields{"message": subjects[i%len(subjects)], "author": sign, "committer": sign}, "html_url": fmt.Sprint(scope.URL, "/commit/", i)}
		if i > 0 {
			one["parents"] = []fields{{"sha": fmt.Sprintf("%s%033x", scope.ExternalID, i)}}
		}
		out = append(out, one)
	}
	return out
}

func (r Rehearsal) issues(scope connector.Scope) []fields {
	var out []fields
	for i := range 6 {
		one := fields{"id": 700000 + i, "number": i + 1, "title": "Could we " + subjects[len(subjects)-1-i] + "?", "state": "open", "user": person(i % 3), "labels": []fields{{"name": "enhancement"}},
			"html_url": fmt.Sprintf("%s/issues/%d", scope.URL, i+1), "created_at": r.at(30-3*i, 8), "updated_at": r.at(20-3*i, 11)}
		if i%2 == 0 {
			one["state"], one["closed_at"] = "closed", r.at(20-3*i, 11)
		}
		out = append(out, one)
	}
	return out
}
