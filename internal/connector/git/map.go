package git

import (
	"encoding/json"
	"strings"
	"time"

	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// The endpoints of this connector's pages.
const (
	endpointRepository = "repository"
	endpointCommits    = "commits"
	endpointTags       = "tags"
)

// rawRepository, rawCommit and rawTag are this connector's raw pages: git has no wire format of its own to keep.
type rawRepository struct {
	URL  string `json:"url"`
	Name string `json:"name"`
	Head string `json:"head"`
}

type rawPerson struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	Date  time.Time `json:"date"`
}

type rawCommit struct {
	SHA       string    `json:"sha"`
	Parents   []string  `json:"parents,omitempty"`
	Author    rawPerson `json:"author"`
	Committer rawPerson `json:"committer"`
	Message   string    `json:"message"`
	Paths     []string  `json:"paths,omitempty"`
}

type rawTag struct {
	Name      string     `json:"name"`
	SHA       string     `json:"sha"`
	Tagger    *rawPerson `json:"tagger,omitempty"`
	Committed time.Time  `json:"committed"`
	Message   string     `json:"message,omitempty"`
}

// Map turns one page into normalised records.
func Map(rules Rules, page connector.Page) ([]delivery.Record, []connector.Unmapped, error) {
	switch page.Endpoint {
	case endpointRepository:
		var r rawRepository
		if err := json.Unmarshal(page.Payload, &r); err != nil {
			return nil, nil, unreadable(page, err)
		}
		return []delivery.Record{delivery.Repository{
			Head: delivery.Head{Kind: delivery.KindRepository, ExternalID: "repo:" + r.URL}, Name: r.Name, URL: r.URL, CloneURL: r.URL, DefaultRef: r.Head,
		}}, nil, nil
	case endpointCommits:
		var all []rawCommit
		if err := json.Unmarshal(page.Payload, &all); err != nil {
			return nil, nil, unreadable(page, err)
		}
		out := make([]delivery.Record, 0, len(all))
		for _, c := range all {
			out = append(out, mapCommit(page.URL, c))
		}
		return out, nil, nil
	case endpointTags:
		var all []rawTag
		if err := json.Unmarshal(page.Payload, &all); err != nil {
			return nil, nil, unreadable(page, err)
		}
		var out []delivery.Record
		for _, t := range all {
			out = append(out, mapTag(rules, page.URL, t)...)
		}
		return out, nil, nil
	}
	return nil, []connector.Unmapped{{Endpoint: page.Endpoint, Reason: "unknown_endpoint", Message: page.URL}}, nil
}

func unreadable(page connector.Page, err error) error {
	return problem.Newf(problem.Invalid, "page_unreadable", "The stored page of %s cannot be read.", page.Endpoint).Because(err)
}

func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func mapCommit(repository string, c rawCommit) delivery.Commit {
	return delivery.Commit{
		Head: delivery.Head{Kind: delivery.KindCommit, ExternalID: "commit:" + c.SHA}, RepoURL: repository, SHA: c.SHA, ParentSHAs: c.Parents,
		Message: c.Message, AuthorName: c.Author.Name, AuthorEmail: c.Author.Email, AuthoredAt: utc(c.Author.Date),
		CommitterName: c.Committer.Name, CommitterEmail: c.Committer.Email, CommittedAt: utc(c.Committer.Date), Paths: c.Paths,
	}
}

// mapTag makes a deployment of a tag that a rule names. It happened when the tag was made; a lightweight tag does not
// tell that, so its commit's time stands in.
func mapTag(rules Rules, repository string, t rawTag) []delivery.Record {
	rule, version, ok := rules.match(t.Name)
	if !ok {
		return nil
	}
	when, by := utc(t.Committed), ""
	if t.Tagger != nil {
		when, by = utc(t.Tagger.Date), t.Tagger.Email
	}
	outcome := rule.Result
	if outcome == "" {
		outcome = delivery.ResultSuccess
	}
	id := "deployment:" + repository + "/" + t.Name
	return []delivery.Record{
		delivery.Deployment{
			Head: delivery.Head{Kind: delivery.KindDeployment, ExternalID: id}, Application: rule.Application, ScopeID: "repo:" + repository,
			Name: t.Name, DisplayTitle: strings.TrimSpace(firstLine(t.Message)), Version: version, Result: outcome, ResultRaw: "tag", Status: delivery.StatusDone,
			StatusRaw: "tag", Environment: rule.Environment, EnvironmentRaw: rule.Environment, EnvironmentClass: rule.EnvironmentClass,
			CreatedAt: when, StartedAt: when, FinishedAt: when, DeployedByID: by,
		},
		delivery.DeploymentCommit{
			Head: delivery.Head{Kind: delivery.KindDeploymentCommit, ExternalID: id + "|" + t.SHA}, DeploymentID: id, CommitSHA: t.SHA, RefName: t.Name,
			RepoURL: repository, RepoID: "repo:" + repository, Result: outcome, Status: delivery.StatusDone, Environment: rule.Environment,
			CreatedAt: when, StartedAt: when, FinishedAt: when,
		},
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
