package health

import (
	"context"
	"strings"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewEvent is what ReportHealth takes.
type NewEvent struct {
	Environment string     `json:"environment" minLength:"1" maxLength:"200" doc:"The key or id of the environment."`
	Health      string     `json:"health" minLength:"1" maxLength:"40" doc:"online, offline, issue or unknown; up, down, ok, degraded and the like are understood."`
	At          *time.Time `json:"at,omitempty" doc:"When it was so; now when left out."`
	Source      string     `json:"source,omitempty" maxLength:"100" doc:"The monitor."`
	Name        string     `json:"name,omitempty" maxLength:"200" doc:"The check or test."`
	Message     string     `json:"message,omitempty" maxLength:"4000"`
	Link        string     `json:"link,omitempty" maxLength:"2000" doc:"Where the monitor shows it."`
	ExternalID  string     `json:"externalId,omitempty" maxLength:"200" doc:"The monitor's own id; the same one again changes nothing."`
}

// Reported is what came of an event.
type Reported struct {
	Event
	// Current is the health of the environment after it.
	Current Health `json:"current" enum:"online,offline,issue,unknown"`
	Changed bool   `json:"changed" doc:"Whether the health of the environment differs from before."`
	Outage  *Item  `json:"outage,omitempty" doc:"The outage it opened or ended."`
}

// fromTheFuture is how far the clock of a monitor may be ahead.
const fromTheFuture = 5 * time.Minute

// ReportHealth takes what a monitor or a person says about an environment.
func (s *Service) ReportHealth(ctx context.Context, in NewEvent) (Reported, error) {
	var out Reported
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		out, err = s.report(ctx, tx, in)
		return err
	})
	return out, err
}

func (s *Service) report(ctx context.Context, tx db.Tx, in NewEvent) (Reported, error) {
	env, err := s.environments.Find(ctx, tx, in.Environment)
	if err != nil {
		return Reported{}, notThere(err, "body.environment", in.Environment)
	}
	if err := authz.CheckUnit(ctx, tx, PermReport, env.Unit); err != nil {
		return Reported{}, err
	}
	e, err := s.read(in, env.ID)
	if err != nil {
		return Reported{}, err
	}
	now, err := touch(ctx, tx, env.ID)
	if err != nil {
		return Reported{}, err
	}
	if known, err := again(ctx, tx, e); err != nil || known != nil {
		if err != nil {
			return Reported{}, err
		}
		return Reported{Event: known.utc(), Current: now.Health}, nil
	}
	return s.take(ctx, tx, env, now, e)
}

// take keeps an event, and brings about what it means after what was known before.
func (s *Service) take(ctx context.Context, tx db.Tx, env environment.Environment, now last, e Event) (Reported, error) {
	if _, err := tx.NewInsert().Model(&e).Exec(ctx); err != nil {
		return Reported{}, err
	}
	does := weigh(now, e)
	out := Reported{Event: e.utc(), Current: does.Next.Health, Changed: does.Changed}
	if !does.Current {
		return out, nil
	}
	if err := save(ctx, tx, env.ID, does.Next); err != nil || !does.Changed {
		return out, err
	}
	err := s.events.Append(ctx, tx, events.Event{
		Kind: HealthChanged, SubjectID: string(env.ID), SubjectLabel: env.Name, Unit: env.Unit,
		Changes: map[string]events.Change{"health": {orNoData(now.Health), e.Health}},
		Data:    map[string]any{"health": string(e.Health), "source": e.sayer(), "message": e.Message, "name": e.Name},
	})
	if err != nil {
		return out, err
	}
	out.Outage, err = s.follow(ctx, tx, env, now, e, does)
	return out, err
}

// read turns what was sent into an event, and refuses what cannot be one.
func (s *Service) read(in NewEvent, env ref.Environment) (Event, error) {
	now := s.clock.Now()
	var faults problem.Fields
	health, ok := parseHealth(in.Health)
	if !ok {
		faults.Add("body.health", "health_unknown", "A health is online, offline, issue or unknown.")
	}
	at := now
	if in.At != nil {
		at = in.At.UTC()
	}
	if at.After(now.Add(fromTheFuture)) {
		faults.Add("body.at", "time_in_future", "The event lies in the future. Check the clock of the monitor.")
	}
	if in.Link != "" && !strings.HasPrefix(in.Link, "https://") && !strings.HasPrefix(in.Link, "http://") {
		faults.Add("body.link", "not_a_link", "A link begins with http:// or https://.")
	}
	if err := faults.Err("health_event_invalid", "The event cannot be taken like this."); err != nil {
		return Event{}, err
	}
	return Event{
		ID: s.facts.Next(), Environment: env, Health: health, At: at, ReceivedAt: now,
		Source: in.Source, Name: in.Name, Message: in.Message, Link: in.Link, ExternalID: in.ExternalID,
	}, nil
}

func (e Event) sayer() string {
	if e.Source == "" {
		return "a monitor"
	}
	return e.Source
}

func orNoData(h Health) Health {
	if h == "" {
		return NoData
	}
	return h
}

// touch locks what is known of an environment's health and reads it.
func touch(ctx context.Context, tx db.Tx, env ref.Environment) (last, error) {
	var row struct {
		Health Health     `bun:"health"`
		Since  *time.Time `bun:"since"`
		At     *time.Time `bun:"at"`
		Event  ref.Fact   `bun:"event_id"`
	}
	err := tx.NewRaw(`INSERT INTO environment_health (environment_id, rev) VALUES (?, 1)
		ON CONFLICT (environment_id) DO UPDATE SET rev = environment_health.rev + 1 RETURNING health, since, at, event_id`, env).Scan(ctx, &row)
	out := last{Health: row.Health, Event: row.Event}
	if row.Since != nil && row.At != nil {
		out.Since, out.At = row.Since.UTC(), row.At.UTC()
	}
	return out, err
}

func save(ctx context.Context, tx db.Tx, env ref.Environment, l last) error {
	_, err := tx.ExecContext(ctx, `UPDATE environment_health SET health = ?, since = ?, at = ?, event_id = ? WHERE environment_id = ?`,
		l.Health, l.Since, l.At, l.Event, env)
	return err
}

// again returns the event that was sent before under the same external id.
func again(ctx context.Context, tx db.Tx, e Event) (*Event, error) {
	if e.ExternalID == "" {
		return nil, nil
	}
	var known Event
	err := tx.NewSelect().Model(&known).Where("h.environment_id = ? AND h.source = ? AND h.external_id = ?", e.Environment, e.Source, e.ExternalID).Scan(ctx)
	if db.IsNoRows(err) {
		return nil, nil
	}
	return &known, err
}

// follow opens, continues or ends the outage that an event means after what was known before.
func (s *Service) follow(ctx context.Context, tx db.Tx, env environment.Environment, before last, e Event, does effect) (*Item, error) {
	if !does.Opens && !does.Ends {
		return nil, nil
	}
	open, err := openOutage(ctx, tx, env.ID)
	switch {
	case err != nil:
		return nil, err
	case does.Ends && open != nil:
		ended, err := s.end(ctx, tx, env, *open, later(e.At, open.StartedAt))
		if err != nil {
			return nil, err
		}
		return s.item(ctx, tx, ended.ID)
	case does.Opens && open == nil && !e.byHand:
		if o, err := s.unfinished(ctx, tx, before, e); err != nil || o != nil {
			if err != nil {
				return nil, err
			}
			return s.goOn(ctx, tx, env, *o, e)
		}
		kind, err := s.kindAt(ctx, tx, env, e.At)
		if err != nil {
			return nil, err
		}
		title := env.Name + " is out"
		if e.Name != "" {
			title += ": " + e.Name
		}
		made, err := s.open(ctx, tx, env, Outage{Kind: kind, Title: title, Description: e.Message, StartedAt: e.At, DetectedAt: later(e.ReceivedAt, e.At), Source: fromMonitor})
		if err != nil {
			return nil, err
		}
		return s.item(ctx, tx, made.ID)
	}
	return nil, nil
}

// kindAt tells whether an outage that begins at a moment was announced.
func (s *Service) kindAt(ctx context.Context, tx db.Tx, env environment.Environment, at time.Time) (OutageKind, error) {
	bookables, err := s.environments.Bookables(ctx, tx, []ref.Environment{env.ID})
	if err != nil {
		return "", err
	}
	places := environment.Places(bookables)
	for _, source := range s.announced {
		closures, err := source.Closures(ctx, tx, places, interval.Span{From: at, To: at.Add(time.Microsecond)})
		if err != nil {
			return "", err
		}
		for _, c := range closures[env.ID] {
			if c.Kind == interval.Maintenance || c.Kind == interval.Outage {
				return Planned, nil
			}
		}
	}
	return Unplanned, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// notThere turns a not-found of something the body names into a fault of the body.
func notThere(err error, path, value string) error {
	if problem.KindOf(err) != problem.NotFound {
		return err
	}
	return problem.New(problem.Invalid, "environment_unknown", "There is no environment of this key or id.").
		With(problem.Field{Path: path, Code: "environment_unknown", Message: "There is no environment of this key or id.", Value: value})
}
