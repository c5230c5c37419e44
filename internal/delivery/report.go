package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// reported is one element sent through the API: the records it stands for, the first of which it is about, or why it
// cannot be taken.
type reported struct {
	records []Record
	// application is the one the sender names; needsApplication says that it must.
	application      string
	needsApplication bool
	err              error
}

func (r reported) id() ref.Fact {
	h := r.records[0].RecordHead()
	if c, ok := r.records[0].(*Commit); ok {
		return CommitID(RepositoryID(c.RepoURL), c.SHA)
	}
	return FactID("", h.Kind, h.ExternalID)
}

// report takes elements in on behalf of the caller: each must belong to an application of a unit on which the caller may
// report. The errors stand where their elements do.
func (s *Service) report(ctx context.Context, items []reported) error {
	if err := s.authorise(ctx, items); err != nil {
		return err
	}
	batch := Batch{Source: "API", Interactive: true, authorised: true}
	for i, item := range items {
		if item.err != nil {
			continue
		}
		for _, r := range item.records {
			batch.Records = append(batch.Records, r)
			batch.element = append(batch.element, i)
		}
	}
	if len(batch.Records) == 0 {
		return nil
	}
	res, err := s.Ingest(ctx, batch)
	if err != nil {
		return err
	}
	for _, rejected := range res.Rejected {
		if item := &items[batch.element[rejected.Index]]; item.err == nil {
			item.err = rejected.Err
			if p := problem.Of(rejected.Err); p != nil && len(p.Fields) > 0 {
				item.err = invalid(p.Fields)
			}
		}
	}
	return nil
}

// authorise finds the application of each element and refuses what the caller may not report, including taking over a
// record that belongs to somebody else.
func (s *Service) authorise(ctx context.Context, items []reported) error {
	return s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		rules, err := s.currentRules(ctx, tx)
		if err != nil {
			return err
		}
		var all []Record
		for _, item := range items {
			if item.err == nil {
				all = append(all, item.records...)
			}
		}
		k := newKnown(rules)
		m := gather("", all)
		for _, item := range items {
			m.name(item.application)
		}
		if err := k.load(ctx, tx, m); err != nil {
			return err
		}
		gate := &gate{k: k, units: map[ref.App]string{}}
		if err := gate.load(ctx, tx, items, ""); err != nil {
			return err
		}
		for i := range items {
			if items[i].err == nil {
				items[i].err = gate.check(ctx, &items[i])
			}
		}
		return nil
	})
}

// gate decides who may report what.
type gate struct {
	k     *known
	units map[ref.App]string // application → path of its unit
	owner map[ref.Fact]ref.App
}

func (g *gate) load(ctx context.Context, tx db.Tx, items []reported, connection ref.Connection) error {
	apps := map[ref.App]bool{}
	for _, n := range g.k.names {
		apps[n.application] = true
	}
	for _, list := range g.k.applications {
		for _, c := range list {
			apps[c.application] = true
		}
	}
	ids := map[*table][]int64{}
	for _, item := range items {
		if item.err == nil {
			if t := tableOf[item.records[0].RecordHead().Kind]; t != nil {
				if _, ok := appColumn[t]; ok {
					ids[t] = append(ids[t], int64(FactID(connection, item.records[0].RecordHead().Kind, item.records[0].RecordHead().ExternalID)))
				}
			}
		}
	}
	g.owner = map[ref.Fact]ref.App{}
	for t, list := range ids {
		for _, chunk := range db.Chunks(list, 1000) {
			var rows []struct {
				ID            ref.Fact
				ApplicationID ref.App
			}
			if err := tx.NewSelect().Table(t.name).Column("id", "application_id").Where("id IN (?) AND application_id IS NOT NULL", bun.In(chunk)).Scan(ctx, &rows); err != nil {
				return err
			}
			for _, r := range rows {
				g.owner[r.ID] = r.ApplicationID
				apps[r.ApplicationID] = true
			}
		}
	}
	list := make([]ref.App, 0, len(apps))
	for a := range apps {
		list = append(list, a)
	}
	for _, chunk := range db.Chunks(list, 1000) {
		var rows []struct {
			ID   ref.App
			Path string
		}
		if err := tx.NewSelect().TableExpr("v_application AS a").Join("JOIN v_unit AS u ON u.id = a.unit_id").ColumnExpr("a.id, u.path").
			Where("a.id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			g.units[r.ID] = r.Path
		}
	}
	return nil
}

func (g *gate) check(ctx context.Context, item *reported) error {
	if item.application == "" && item.needsApplication {
		return problem.New(problem.Invalid, "application_required", "Name the application by its key, an alias or its id.")
	}
	if owner := g.owner[item.id()]; owner != "" && authz.Check(ctx, PermReport, g.units[owner]) != nil {
		return problem.New(problem.Conflict, "external_id_taken", "A record of another application has this externalId. Use another.")
	}
	if item.application != "" {
		app, err := g.application(ctx, item.application)
		if err != nil {
			return err
		}
		for _, r := range item.records {
			nameApplication(r, app)
		}
		return nil
	}
	// Facts of a repository belong to the applications in it.
	for _, r := range item.records {
		url := repositoryURL(r)
		if url == "" {
			continue
		}
		apps := g.k.applicationsOf(g.k.repository("", "", url))
		allowed := len(apps) == 0
		for _, a := range apps {
			allowed = allowed || authz.Check(ctx, PermReport, g.units[a.application]) == nil
		}
		if !allowed {
			return authz.Forbidden(PermReport)
		}
	}
	return nil
}

// application finds the application a sender names.
func (g *gate) application(ctx context.Context, name string) (ref.App, error) {
	unknown := problem.Newf(problem.Invalid, "application_unknown",
		"There is no application with the key, alias, name or id %q. Create it, or add the name as an alias.", shorten(name)).WithData("application", shorten(name))
	cleaned, _ := clean(name, maxName)
	found, ok := g.k.names[ref.NameKey(cleaned)]
	if !ok {
		return "", unknown
	}
	if found.ambiguous {
		return "", problem.Newf(problem.Invalid, "application_ambiguous", "Several applications are called %q; use a key or an id.", shorten(name))
	}
	switch err := authz.Check(ctx, PermReport, g.units[found.application]); problem.KindOf(err) {
	case problem.NotFound:
		return "", unknown
	default:
		return found.application, err
	}
}

func shorten(s string) string {
	s, _ = clean(s, 100)
	return s
}

func nameApplication(r Record, app ref.App) {
	switch r := r.(type) {
	case *Deployment:
		r.Application = string(app)
	case *Incident:
		r.Application = string(app)
	case *WorkItem:
		r.Application = string(app)
	case *TestRun:
		r.Application = string(app)
	case *Artifact:
		r.Application = string(app)
	}
}

func repositoryURL(r Record) string {
	switch r := r.(type) {
	case *ChangeRequest:
		return r.BaseRepoID
	case *Commit:
		return r.RepoURL
	case *PipelineRunCommit:
		return r.RepoURL
	case *DeploymentCommit:
		return r.RepoURL
	case *TestRun:
		return r.RepoURL
	case *Artifact:
		return r.RepoURL
	}
	return ""
}

var tableOf = func() map[RecordKind]*table {
	out := map[RecordKind]*table{}
	for t, k := range kindOf {
		out[k] = t
	}
	return out
}()

// externalIDFor is the external id of a record whose sender gave none: derived from the Idempotency-Key, so that a
// repetition after a crash makes no second record, or new. Records of one bulk request are told apart by their place.
func externalIDFor(ctx context.Context, index int) string {
	key := httpapi.IdempotencyKey(ctx)
	if key == "" {
		return ref.New[string]()
	}
	who := ""
	if p := authz.From(ctx); p != nil {
		who = p.ID()
	}
	return fmt.Sprintf("key:%s:%s:%d", who, key, index)
}

// address makes an address of what a sender writes for a repository.
func address(repository string) string {
	key := ref.RepositoryKey(repository)
	if key == "" || len(key) > maxURL {
		return ""
	}
	if len(repository) > 8 && (repository[:8] == "https://" || repository[:7] == "http://") {
		return repository
	}
	return "https://" + key
}

// reportTimes reads the times of an element and collects what is wrong with them.
type reportTimes struct{ faults problem.Fields }

func (t *reportTimes) parse(value, field string) *time.Time {
	if value == "" {
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00"} {
		if at, err := time.Parse(layout, value); err == nil && at.Year() >= 1970 && at.Year() < 10_000 {
			return &at
		}
	}
	t.faults.Add(field, "time_malformed", "Write the time with its offset as in 2026-03-01T10:00:00Z or 2026-03-01T12:00:00+02:00.")
	return nil
}
