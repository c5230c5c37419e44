package cdevents

import (
	"net/url"
	"strings"

	"millrace/internal/delivery"
)

// mapService makes a deployment of every event that changes what runs. The event's own id names it: one service is
// deployed many times.
func mapService(e Event, predicate string, c content, x custom) []delivery.Record {
	switch predicate {
	case "deployed", "upgraded", "rolledback":
	default:
		return nil // published and removed change no version
	}
	id := "deployment:" + e.Context.Source + "/" + e.Context.ID
	purl := parsePURL(c.ArtifactID)
	outcome := result(firstText(x.Result, "success"))
	started := x.StartedAt
	if started == nil {
		started = at(e)
	}
	d := delivery.Deployment{
		Head: head(delivery.KindDeployment, id), Application: x.Application, Service: e.Subject.ID, Name: e.Subject.ID,
		Result: outcome, ResultRaw: predicate, Status: delivery.StatusDone, StatusRaw: predicate,
		Environment: c.Environment.name(), EnvironmentRaw: c.Environment.ID, Version: firstText(x.Version, purl.version),
		CreatedAt: at(e), StartedAt: started, FinishedAt: at(e), IsRollback: predicate == "rolledback", URL: firstText(c.URL, c.URI),
		Rework: x.Rework, FixesIncident: x.FixesIncident, PipelineRunID: refID("pipeline_run", c.PipelineRun, e),
	}
	out := []delivery.Record{d}
	commit, repository := firstText(x.Commit, purl.commit), firstText(x.Repository, purl.repository)
	if commit != "" && repository != "" {
		out = append(out, delivery.DeploymentCommit{
			Head: head(delivery.KindDeploymentCommit, id+"|"+commit), DeploymentID: id, CommitSHA: commit, RepoURL: repository,
			Result: outcome, Environment: d.Environment, StartedAt: started, FinishedAt: at(e),
		})
	}
	return out
}

// purlParts is what a package URL tells: pkg:type/namespace/name@version?qualifiers.
type purlParts struct {
	name, version, commit, repository, digest string
}

func parsePURL(purl string) purlParts {
	var p purlParts
	rest, ok := strings.CutPrefix(purl, "pkg:")
	if !ok {
		return p
	}
	rest, query, _ := strings.Cut(rest, "?")
	query, _, _ = strings.Cut(query, "#")
	kind, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return p
	}
	path, version, _ := strings.Cut(rest, "@")
	if v, err := url.PathUnescape(version); err == nil {
		version = v
	}
	p.name, p.version = path[strings.LastIndexByte(path, '/')+1:], version
	qualifiers, _ := url.ParseQuery(query)
	if strings.HasPrefix(version, "sha256:") {
		p.digest, p.version = version, firstText(qualifiers.Get("tag"), version)
	}
	switch kind {
	case "github", "gitlab", "bitbucket":
		host := map[string]string{"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}[kind]
		p.repository = "https://" + host + "/" + path
		if isSHA(version) {
			p.commit = version
		}
	}
	if v := qualifiers.Get("vcs_url"); v != "" {
		v = strings.TrimPrefix(v, "git+")
		if i := strings.LastIndexByte(v, '@'); i > strings.Index(v, "://")+3 && isSHA(v[i+1:]) {
			p.commit, v = v[i+1:], v[:i]
		}
		p.repository = v
	}
	return p
}

func isSHA(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}

func mapIncident(e Event, predicate string, c content, x custom) []delivery.Record {
	i := delivery.Incident{
		Head: head(delivery.KindIncident, subjectID("incident", e)), Application: x.Application, Service: c.Service.ID, Key: e.Subject.ID,
		Title: firstText(c.Description, e.Subject.ID), Description: c.Description, URL: firstText(c.TicketURI, c.URL, c.URI),
		Severity: c.Severity, Environment: c.Environment.name(), CausedBy: x.CausedBy, StatusRaw: predicate,
	}
	switch predicate {
	case "detected":
		i.StartedAt, i.DetectedAt, i.Status = at(e), at(e), delivery.StatusTodo
		if x.StartedAt != nil {
			i.StartedAt = x.StartedAt
		}
	case "reported":
		i.StartedAt, i.Status = firstTime(x.StartedAt, at(e)), delivery.StatusInProgress
	case "resolved":
		i.ResolvedAt, i.Status = at(e), delivery.StatusDone
		// Resolved alone says nothing of the title; an earlier or later event does.
		if c.Description == "" {
			i.Title = ""
		}
	default:
		return nil
	}
	return []delivery.Record{i}
}

func mapChange(e Event, predicate string, c content, x custom) []delivery.Record {
	r := delivery.ChangeRequest{
		Head: head(delivery.KindChangeRequest, subjectID("change", e)), BaseRepoID: repositoryOf(c, x), Title: firstText(c.Description, c.Summary),
		URL: firstText(c.URL, c.URI), UpdatedAt: at(e), StatusRaw: predicate, Status: delivery.ChangeOpen,
	}
	switch predicate {
	case "created":
		r.CreatedAt = at(e)
	case "updated":
	case "reviewed":
		return []delivery.Record{r, delivery.ReviewComment{
			Head: head(delivery.KindReviewComment, "review:"+e.Context.Source+"/"+e.Context.ID), ChangeRequestID: r.ExternalID,
			Type: delivery.CommentReview, CreatedAt: at(e),
		}}
	case "merged":
		r.Status, r.MergedAt, r.ClosedAt, r.MergeCommitSHA = delivery.ChangeMerged, at(e), at(e), x.Commit
	case "abandoned":
		r.Status, r.ClosedAt = delivery.ChangeClosed, at(e)
	default:
		return nil
	}
	return []delivery.Record{r}
}

func repositoryOf(c content, x custom) string {
	return firstText(x.Repository, c.Repository.URL, c.Repository.URI, joinSource(c.Repository))
}

func joinSource(r reference) string {
	if strings.Contains(r.Source, "://") && r.ID != "" && !strings.Contains(r.ID, "://") {
		return strings.TrimSuffix(r.Source, "/") + "/" + r.ID
	}
	return r.ID
}

func mapArtifact(e Event, predicate string, c content, x custom) []delivery.Record {
	if predicate == "downloaded" || predicate == "deleted" || predicate == "signed" {
		return nil
	}
	p := parsePURL(e.Subject.ID)
	return []delivery.Record{delivery.Artifact{
		Head: head(delivery.KindArtifact, "artifact:"+e.Subject.ID), Application: x.Application, Name: p.name, Version: firstText(x.Version, p.version),
		PURL: e.Subject.ID, Digest: p.digest, CommitSHA: firstText(x.Commit, p.commit), RepoURL: firstText(x.Repository, p.repository),
		PipelineRunID: refID("pipeline_run", c.PipelineRun, e), CreatedAt: at(e),
	}}
}

func mapRepository(e Event, predicate string, c content, _ custom) []delivery.Record {
	if predicate == "deleted" {
		return nil
	}
	address := firstText(c.URL, c.URI, c.ViewURL, e.Subject.ID)
	return []delivery.Record{delivery.Repository{
		Head: head(delivery.KindRepository, subjectID("repository", e)), Name: firstText(c.Name, e.Subject.ID), URL: address, UpdatedAt: at(e),
	}}
}
