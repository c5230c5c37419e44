package booking

import (
	"context"
	"slices"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// SweepJob is the job that warns of unused bookings, frees them, and serves the waitlist with what was freed elsewhere.
type SweepJob struct{}

// Kind names the job.
func (SweepJob) Kind() string { return "booking.sweep" }

// Sweep is how often the job should run.
const Sweep = 5 * time.Minute

// ProveUseJob is the job that takes the deployments of some applications as signs of life.
type ProveUseJob struct {
	Apps  []ref.App `json:"apps"`
	Since time.Time `json:"since"`
}

// Kind names the job.
func (ProveUseJob) Kind() string { return "booking.prove_use" }

// RegisterWorkers registers the workers of the slice.
func (s *Service) RegisterWorkers(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, _ jobs.Job[SweepJob]) error {
		ctx = authz.With(ctx, authz.System("Schedule"))
		if _, err := s.JudgeUnused(ctx); err != nil {
			return err
		}
		_, err := s.ServeWaitlist(ctx)
		return err
	})
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[ProveUseJob]) error {
		_, err := s.ProveUse(authz.With(ctx, authz.System("Schedule")), job.Args.Apps, job.Args.Since)
		return err
	})
}

// deploymentsArrived is the event of delivery that says which applications have new facts, and how far back they reach.
const deploymentsArrived events.Kind = "delivery.batch_ingested"

// Subscriptions are the durable subscriptions of the slice.
func (s *Service) Subscriptions() []events.Subscription {
	return []events.Subscription{{Kind: deploymentsArrived, Job: func(e events.Event) (jobs.Args, jobs.Options, bool) {
		apps := applicationsIn(e.Data["applications"])
		if len(apps) == 0 || s.Deployments == nil {
			return nil, jobs.Options{}, false
		}
		since := s.Clock.Now().Add(-48 * time.Hour)
		if text, ok := e.Data["earliest"].(string); ok {
			if t, err := time.Parse(time.RFC3339Nano, text); err == nil && t.After(since) {
				since = t
			}
		}
		return ProveUseJob{Apps: apps, Since: since}, jobs.Options{}, true
	}}}
}

func applicationsIn(v any) []ref.App {
	var out []ref.App
	switch list := v.(type) {
	case []ref.App:
		out = list
	case []string:
		for _, a := range list {
			out = append(out, ref.App(a))
		}
	case []any:
		for _, a := range list {
			if text, ok := a.(string); ok {
				out = append(out, ref.App(text))
			}
		}
	}
	return out
}

// ProveUse takes deployments to booked environments as signs of life and returns how many bookings they prove to be used.
func (s *Service) ProveUse(ctx context.Context, apps []ref.App, since time.Time) (int, error) {
	if s.Deployments == nil {
		return 0, nil
	}
	type sign struct {
		booking ref.Booking
		at      time.Time
		label   string
	}
	var signs []sign
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		signs = nil
		list, err := s.Deployments.DeploymentsSince(ctx, tx, apps, since)
		if err != nil {
			return err
		}
		for _, d := range list {
			var ids []ref.Booking
			err := tx.NewRaw(`SELECT be.booking_id FROM booking_environment AS be WHERE be.status = 'approved' AND be.from_at <= ?0 AND be.to_at > ?0
				AND be.environment_id = (SELECT environment_id FROM v_environment_name WHERE name_key IN (?1, ?2) ORDER BY precedence, environment_id LIMIT 1)`,
				normal(d.At), d.Environment, ref.NameKey(d.Environment)).Scan(ctx, &ids)
			if err != nil {
				return err
			}
			for _, id := range ids {
				signs = append(signs, sign{id, normal(d.At), d.Label})
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	proven := 0
	for _, g := range signs {
		err := s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			res, err := tx.ExecContext(ctx, `UPDATE booking SET last_use_at = ?0, last_use = 'deployment', updated_at = ?1
				WHERE id = ?2 AND (last_use_at IS NULL OR last_use_at < ?0)`, g.at, s.Clock.Now(), g.booking)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return err
			}
			proven++
			d, err := s.whole(ctx, tx, g.booking)
			if err != nil {
				return err
			}
			return s.say(ctx, tx, EventUsed, d, nil, nil, map[string]any{"deployment": g.label, "at": g.at})
		})
		if err != nil {
			return proven, err
		}
	}
	return proven, nil
}

// whole reads a booking with its environments, without a question about access.
func (s *Service) whole(ctx context.Context, tx db.Tx, id ref.Booking) (*draft, error) {
	b, err := findBooking(ctx, tx, string(id))
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	d := &draft{Booking: &b, parts: parts[id]}
	st, err := s.look(ctx, tx, d.ids())
	if err != nil {
		return nil, err
	}
	d.envs = st.envs
	return d, nil
}

// JudgeUnused warns of running bookings of which no sign of life was seen, and frees those that were warned of long enough
// ago. It returns how many it freed.
func (s *Service) JudgeUnused(ctx context.Context) (freed int, err error) {
	var running []ref.Booking
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		any, err := tx.NewSelect().Table("booking_policy").Exists(ctx)
		if err != nil || !any {
			running = nil
			return err // nobody wants unused bookings to be looked for
		}
		now := s.Clock.Now()
		seen := map[ref.Booking]bool{}
		running = nil
		return liveHolds(ctx, tx, nil, spanAt(now), false, func(r holdRow) {
			if r.Status == Approved && !seen[r.Booking] {
				seen[r.Booking] = true
				running = append(running, r.Booking)
			}
		})
	})
	if err != nil {
		return 0, err
	}
	slices.Sort(running)
	for _, id := range running {
		verdict, err := s.judgeOne(ctx, id)
		if err != nil {
			return freed, err
		}
		if verdict == UseFree {
			freed++
		}
	}
	return freed, nil
}

func (s *Service) judgeOne(ctx context.Context, id ref.Booking) (verdict UseVerdict, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		d, err := s.whole(ctx, tx, id)
		if problem.KindOf(err) == problem.NotFound {
			verdict = UseFine
			return nil
		}
		if err != nil {
			return err
		}
		verdict, err = s.judge(ctx, tx, d)
		return err
	})
	if err != nil || verdict == UseFine {
		return verdict, err
	}
	if verdict == UseWarn {
		return verdict, s.warn(ctx, id)
	}
	_, err = s.revise(ctx, string(id), revision{act: ActExpire,
		allowed: func(context.Context, *stage, *draft) error { return nil },
		apply: func(ctx context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			// Somebody may have used it since it was looked at.
			again, err := s.judge(ctx, st.tx, d)
			if err != nil || again != UseFree {
				verdict = again
				return "", nil, err
			}
			end(d, st.now)
			d.Status = Expired
			return EventExpired, nil, nil
		}})
	if problem.CodeOf(err) == "booking_state" {
		return UseFine, nil
	}
	return verdict, err
}

// judge applies the strictest rule of the environments of a booking.
func (s *Service) judge(ctx context.Context, tx db.Tx, d *draft) (UseVerdict, error) {
	verdict := UseFine
	st, err := s.look(ctx, tx, d.ids())
	if err != nil {
		return verdict, err
	}
	var used, warned time.Time
	if d.LastUseAt != nil {
		used = *d.LastUseAt
	}
	if d.WarnedAt != nil {
		warned = *d.WarnedAt
	}
	for _, p := range d.parts {
		switch v := JudgeUse(d.Span(), used, warned, st.policy(p.Environment).use(), st.now); {
		case v == UseFree:
			return v, nil
		case v == UseWarn:
			verdict = v
		}
	}
	return verdict, nil
}

func (s *Service) warn(ctx context.Context, id ref.Booking) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.Clock.Now()
		if _, err := tx.ExecContext(ctx, `UPDATE booking SET warned_at = ?, updated_at = ? WHERE id = ?`, now, now, id); err != nil {
			return err
		}
		d, err := s.whole(ctx, tx, id)
		if err != nil {
			return err
		}
		since := d.From
		if d.LastUseAt != nil && d.LastUseAt.After(since) {
			since = *d.LastUseAt
		}
		return s.say(ctx, tx, EventUnused, d, nil, nil, map[string]any{"since": moment(since)})
	})
}
