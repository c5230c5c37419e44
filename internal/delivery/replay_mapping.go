package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Replay is one pass over stored records that maps them anew without calling a tool.
type Replay struct {
	bun.BaseModel `bun:"table:mapping_replay,alias:p" json:"-"`

	ID    string `bun:"id,pk" json:"id"`
	State string `bun:"state" json:"state" enum:"waiting,running,done,failed"`
	// Applications narrow the pass to the repositories of these, what belongs to them and what belongs to nobody.
	Applications json.RawMessage `bun:"application_ids,type:jsonb,nullzero" json:"-"`
	Done         int64           `bun:"done" json:"done" doc:"Records looked at so far."`
	Total        int64           `bun:"total" json:"total"`
	Changed      int64           `bun:"changed" json:"changed" doc:"Records that map to something else now."`
	Error        string          `bun:"error" json:"error,omitempty"`
	RequestedBy  string          `bun:"requested_by" json:"requestedBy,omitempty"`
	CreatedAt    time.Time       `bun:"created_at" json:"createdAt"`
	StartedAt    *time.Time      `bun:"started_at" json:"startedAt,omitempty"`
	FinishedAt   *time.Time      `bun:"finished_at" json:"finishedAt,omitempty"`
}

// ReplayArgs are the arguments of the job that maps stored records anew.
type ReplayArgs struct {
	Replay string `json:"replay"`
}

// Kind names the job.
func (ReplayArgs) Kind() string { return "delivery.replay_mapping" }

// FollowCatalogArgs are the arguments of the job that follows a change of the catalogue; no application means all.
type FollowCatalogArgs struct {
	Application ref.App `json:"application"`
}

// Kind names the job.
func (FollowCatalogArgs) Kind() string { return "delivery.follow_catalog" }

// RegisterJobs makes the service the worker of its jobs.
func (s *Service) RegisterJobs(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[ReplayArgs]) error {
		ctx = authz.With(ctx, authz.System("Mapping"))
		return s.workReplay(ctx, job.Args.Replay, job.Progress)
	})
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[FollowCatalogArgs]) error {
		ctx = authz.With(ctx, authz.System("Mapping"))
		var scope []ref.App
		if job.Args.Application != "" {
			scope = []ref.App{job.Args.Application}
		}
		_, err := s.remapStored(ctx, "catalog:"+ref.New[string](), "a change of the catalogue", scope, job.Progress)
		return err
	})
}

// Subscriptions makes stored records follow the catalogue: perApplication are the kinds of events whose subject is an
// application whose names or repositories may have changed, whole those after which everything may map differently.
func (s *Service) Subscriptions(perApplication, whole []events.Kind) []events.Subscription {
	var out []events.Subscription
	for _, kind := range perApplication {
		out = append(out, events.Subscription{Kind: kind, Job: func(e events.Event) (jobs.Args, jobs.Options, bool) {
			return FollowCatalogArgs{ref.App(e.SubjectID)}, jobs.Options{Unique: e.SubjectID}, true
		}})
	}
	for _, kind := range whole {
		out = append(out, events.Subscription{Kind: kind, Job: func(events.Event) (jobs.Args, jobs.Options, bool) {
			return FollowCatalogArgs{}, jobs.Options{Unique: "all"}, true
		}})
	}
	return out
}

// StartReplay asks for a pass over everything stored.
func (s *Service) StartReplay(ctx context.Context) (out Replay, err error) {
	if err := mayChangeRules(ctx); err != nil {
		return out, err
	}
	if s.jobs == nil {
		return out, problem.New(problem.Unavailable, "jobs_unavailable", "Background work is switched off here.")
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		out = Replay{ID: ref.New[string](), State: "waiting", CreatedAt: s.clock.Now()}
		if p := authz.From(ctx); p != nil {
			out.RequestedBy = p.Name
		}
		if _, err := tx.NewInsert().Model(&out).Exec(ctx); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, ReplayArgs{out.ID}, jobs.Options{Unique: out.ID})
	})
	return out, err
}

// GetReplay returns one pass with how far it is.
func (s *Service) GetReplay(ctx context.Context, id string) (out Replay, err error) {
	if err := maySeeUnmapped(ctx); err != nil {
		return out, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		err := tx.NewSelect().Model(&out).Where("p.id = ?", id).Scan(ctx)
		if db.IsNoRows(err) {
			return authz.ErrNotFound
		}
		return err
	})
	return out, err
}

// ListReplays returns one page of passes, newest first.
func (s *Service) ListReplays(ctx context.Context, p httpapi.Paging) (page httpapi.Page[Replay], err error) {
	page.Items = []Replay{}
	if maySeeUnmapped(ctx) != nil {
		return page, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		rows := []Replay{}
		q := tx.NewSelect().Model(&rows).OrderExpr("p.id DESC").Limit(int64(p.Limit) + 1)
		var id string
		if resume, err := httpapi.DecodeCursor(p.Cursor, &id); err != nil {
			return err
		} else if resume {
			q = q.Where("p.id < ?", id)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		page = httpapi.NewPage(rows, p.Limit, func(r Replay) []any { return []any{r.ID} })
		return nil
	})
	return page, err
}

func (s *Service) workReplay(ctx context.Context, id string, progress func(done, total int64, note string)) error {
	save := func(change func(q *bun.UpdateQuery) *bun.UpdateQuery) error {
		return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := change(tx.NewUpdate().Table("mapping_replay").Where("id = ?", id)).Exec(ctx)
			return err
		})
	}
	if err := save(func(q *bun.UpdateQuery) *bun.UpdateQuery {
		return q.Set("state = 'running'").Set("started_at = COALESCE(started_at, ?)", s.clock.Now())
	}); err != nil {
		return err
	}
	last := s.clock.Now()
	pass, err := s.remapStored(ctx, id, "a replay of the mapping", nil, func(done, total int64, note string) {
		if progress != nil {
			progress(done, total, note)
		}
		if now := s.clock.Now(); now.Sub(last) >= time.Second {
			last = now
			_ = save(func(q *bun.UpdateQuery) *bun.UpdateQuery { return q.Set("done = ?", done).Set("total = ?", total) })
		}
	})
	if err != nil {
		text, _ := clean(err.Error(), 500)
		ctx = context.WithoutCancel(ctx)
		return errors.Join(err, save(func(q *bun.UpdateQuery) *bun.UpdateQuery {
			return q.Set("state = 'failed'").Set("error = ?", text).Set("finished_at = ?", s.clock.Now())
		}))
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewUpdate().Table("mapping_replay").Where("id = ?", id).Set("state = 'done'").Set("error = ''").Set("finished_at = ?", s.clock.Now()).
			Set("done = ?", pass.done).Set("total = ?", pass.done).Set("changed = changed + ?", pass.changed).Exec(ctx); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: EventMappingReplayed, SubjectID: id, SubjectLabel: "Replay of the mapping",
			Data: map[string]any{"replay": id, "changed": pass.changed, "applications": pass.Applications}})
	})
}

// pass is what going over stored records did.
type pass struct {
	Touched
	done, total, changed int64
}

const remapRows = 500

// remapStored maps stored records anew: all, or those of the given applications, their repositories and of nobody. What
// it touches is kept under batch until it is announced, so that a killed pass loses nothing.
func (s *Service) remapStored(ctx context.Context, batch, source string, scope []ref.App, progress func(done, total int64, note string)) (out pass, err error) {
	repositories, err := s.repositoriesOf(ctx, scope)
	if err != nil {
		return out, err
	}
	for _, chunk := range db.Chunks(repositories, remapRows) {
		if err := s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			rules, err := s.currentRules(ctx, tx)
			if err != nil {
				return err
			}
			apps, err := s.assignRepositories(ctx, tx, rules, chunk)
			if err != nil {
				return err
			}
			t := newTouches()
			for _, a := range apps {
				t.app(a, time.Time{})
			}
			return s.rememberTouches(ctx, tx, batch, t)
		}); err != nil {
			return out, err
		}
	}
	tables := []*table{tBoard, tWorkItem, tPipelineRun, tTestRun, tArtifact, tDeployment, tIncident}
	if err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, t := range tables {
			n, err := within(tx.NewSelect().Table(t.name), t, scope, repositories).Count(ctx)
			if err != nil {
				return err
			}
			out.total += int64(n)
		}
		return nil
	}); err != nil {
		return out, err
	}
	for _, t := range tables {
		if err := s.remapTable(ctx, batch, t, scope, repositories, &out, progress); err != nil {
			return out, err
		}
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		out.Touched, err = s.announceRemembered(ctx, tx, batch, source)
		return err
	})
	if err == nil && s.onBatch != nil && len(out.Applications) > 0 {
		s.onBatch(out.Touched)
	}
	return out, err
}

// within narrows a query to the scope of a pass.
func within(q *bun.SelectQuery, t *table, scope []ref.App, repositories []ref.Fact) *bun.SelectQuery {
	if scope == nil {
		return q
	}
	return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("application_id IS NULL").WhereOr("application_id IN (?)", bun.In(scope))
		if slices.Contains(t.columns, "repository_id") && len(repositories) > 0 {
			q = q.WhereOr("repository_id IN (?)", bun.In(repositories))
		}
		return q
	})
}

// repositoriesOf returns the repositories the applications have now or had until now; all for no applications.
func (s *Service) repositoriesOf(ctx context.Context, scope []ref.App) (ids []ref.Fact, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		ids = nil
		if scope == nil {
			return tx.NewSelect().Table("repository").Column("id").OrderExpr("id").Scan(ctx, &ids)
		}
		return tx.NewRaw(`SELECT repository_id FROM repository_application WHERE application_id IN (?0)
			UNION SELECT a.repository_id FROM repository_alias AS a JOIN v_application_repository AS c ON c.repository_key = a.repository_key
			WHERE c.application_id IN (?0) AND a.repository_key <> ''`, bun.In(scope)).Scan(ctx, &ids)
	})
	return ids, err
}

func (s *Service) remapTable(ctx context.Context, batch string, t *table, scope []ref.App, repositories []ref.Fact, out *pass, progress func(done, total int64, note string)) error {
	after := int64(0)
	for {
		var rows []mappable
		var changing []int64
		if err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			rows, changing = nil, nil
			q := within(selectMappable(tx, t), t, scope, repositories).Where("id > ?", after).OrderExpr("id").Limit(remapRows)
			if err := q.Scan(ctx, &rows); err != nil || len(rows) == 0 {
				return err
			}
			rules, err := s.currentRules(ctx, tx)
			if err != nil {
				return err
			}
			changing, err = changes(ctx, tx, rules, t, rows)
			return err
		}); err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].ID
		if len(changing) > 0 {
			if err := s.remapIDs(ctx, batch, t, changing, out); err != nil {
				return err
			}
		}
		out.done += int64(len(rows))
		if progress != nil {
			progress(out.done, max(out.total, out.done), t.name)
		}
	}
}

// changes returns which of the rows map to something else by the present rules.
func changes(ctx context.Context, tx db.Tx, rules *ruleset, t *table, rows []mappable) (ids []int64, err error) {
	k := newKnown(rules)
	if err := k.loadFor(ctx, tx, rows); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if _, changed := k.redecide(t, r); changed {
			ids = append(ids, r.ID)
		}
	}
	return ids, nil
}

func (s *Service) remapIDs(ctx context.Context, batch string, t *table, ids []int64, out *pass) error {
	n := 0
	err := s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		rules, err := s.currentRules(ctx, tx)
		if err != nil {
			return err
		}
		var rows []mappable
		q := selectMappable(tx, t).Where("id IN (?)", bun.In(ids))
		if slices.Contains(t.columns, "at") {
			q = q.Column("at")
		}
		if err := q.Scan(ctx, &rows); err != nil {
			return err
		}
		changed, err := s.remap(ctx, tx, rules, t, rows)
		if err != nil {
			return err
		}
		n = len(changed)
		touched := newTouches()
		for _, c := range changed {
			touched.app(c.before, c.at)
			touched.app(c.after, c.at)
		}
		return s.rememberTouches(ctx, tx, batch, touched)
	})
	out.changed += int64(n)
	return err
}
