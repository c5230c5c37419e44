package environmentkpi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// DueReports is the job that looks whose day of the month has come.
type DueReports struct{}

// Kind names the job.
func (DueReports) Kind() string { return "environmentkpi.due_reports" }

// DueEvery is how often the job should run.
const DueEvery = 15 * time.Minute

// SendReport is the job that makes and mails one report.
type SendReport struct {
	Dispatch string `json:"dispatch"`
}

// Kind names the job.
func (SendReport) Kind() string { return "environmentkpi.send_report" }

// RegisterWorkers registers the workers of the slice.
func (s *Service) RegisterWorkers(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, _ jobs.Job[DueReports]) error {
		return s.EnqueueDue(authz.With(ctx, authz.System("Reports")))
	})
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[SendReport]) error {
		return s.Send(authz.With(ctx, authz.System("Reports")), job.Args.Dispatch)
	})
}

// dispatch is one report that is sent.
type dispatch struct {
	bun.BaseModel `bun:"table:report_dispatch,alias:rd"`

	ID           string     `bun:"id,pk"`
	Subscription string     `bun:"subscription_id"`
	Month        string     `bun:"month"`
	ByHand       bool       `bun:"by_hand"`
	State        string     `bun:"state"`
	Problem      string     `bun:"problem"`
	Attempts     int64      `bun:"attempts"`
	LeaseUntil   *time.Time `bun:"lease_until"`
	CreatedAt    time.Time  `bun:"created_at"`
	SentAt       *time.Time `bun:"sent_at"`
}

const (
	// lease is how long a report belongs to the process that took it.
	lease = 10 * time.Minute
	// sendHour is the hour of the day, on the clocks of the subscriber, at which reports leave.
	sendHour = 6
	// giveUp is how long a mail server may be away.
	giveUp     = 3 * 24 * time.Hour
	retryAfter = 10 * time.Minute
	sendTries  = 1000
	stateSent  = "sent"
	queued     = "queued"
	failed     = "failed"
)

// dueMonth tells which month's report is due for a day, on the clocks of a zone: the last full month from the morning of
// the day on, and before it the one before, which is not sent again. made is when the subscription began: what was due
// before is not caught up with.
func dueMonth(now, made time.Time, day int, zone *time.Location) (month string, due bool) {
	y, m, _ := now.In(zone).Date()
	at := time.Date(y, m, day, sendHour, 0, 0, 0, zone)
	if now.Before(at) || made.After(at) {
		return "", false
	}
	year, last := lastFullMonth(now, zone)
	return fmt.Sprintf("%04d-%02d", year, last), true
}

// EnqueueDue enqueues the reports whose day has come. A report of a month is enqueued once, whoever looks how often.
func (s *Service) EnqueueDue(ctx context.Context) error {
	var all []Subscription
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		all = nil
		return tx.NewSelect().Model(&all).OrderExpr("rs.id").Scan(ctx)
	})
	if err != nil {
		return err
	}
	now := s.clock.Now()
	for _, sub := range all {
		zone, err := interval.Zone(sub.Zone)
		if err != nil {
			zone = time.UTC
		}
		month, due := dueMonth(now, sub.CreatedAt, sub.Day, zone)
		if !due {
			continue
		}
		err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error { return s.enqueue(ctx, tx, sub.ID, month, false) })
		if err != nil && !db.IsForeignKey(err) { // it was ended meanwhile
			return err
		}
	}
	return nil
}

func (s *Service) enqueue(ctx context.Context, tx db.Tx, subscription, month string, byHand bool) error {
	d := dispatch{ID: ref.New[string](), Subscription: subscription, Month: month, ByHand: byHand, State: queued, CreatedAt: s.clock.Now()}
	res, err := tx.NewInsert().Model(&d).On("CONFLICT (subscription_id, month) WHERE NOT by_hand DO NOTHING").Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return s.jobs.Enqueue(ctx, tx, SendReport{d.ID}, jobs.Options{Unique: d.ID, MaxAttempts: sendTries})
}

// RunNow mails the report of the last full month at once, also when it was mailed before.
func (s *Service) RunNow(ctx context.Context, id string) error {
	if s.mail == nil || !s.mail.Configured() {
		return problem.New(problem.Conflict, "mail_not_configured", "No mail server is configured.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		sub, err := own(ctx, tx, id)
		if err != nil {
			return err
		}
		zone, err := interval.Zone(sub.Zone)
		if err != nil {
			return err
		}
		year, month := lastFullMonth(s.clock.Now(), zone)
		return s.enqueue(ctx, tx, sub.ID, fmt.Sprintf("%04d-%02d", year, month), true)
	})
}

// Send makes a report with the rights its subscriber has now and mails it. What cannot be sent for good is settled as
// failed; a mail server that does not answer is asked again later.
func (s *Service) Send(ctx context.Context, id string) error {
	d, sub, err := s.claim(ctx, id)
	if err != nil || d == nil {
		return err
	}
	report, label, err := s.reportFor(ctx, sub, d.Month)
	if err != nil {
		if p := problem.Of(err); p != nil && p.Kind != problem.Internal && p.Kind != problem.Unavailable {
			return s.settle(ctx, d, sub, label, failed, p.Message)
		}
		return errors.Join(err, s.settle(ctx, d, sub, label, queued, "The report could not be made."))
	}
	file, err := report.file(sub.Format)
	if err != nil {
		return errors.Join(err, s.settle(ctx, d, sub, label, queued, "The file could not be made."))
	}
	err = s.mail.Send(ctx, mail.Message{
		To: sub.addresses(), Subject: "Test environments " + report.title() + ": " + report.scopeName(), Text: s.text(report), ID: "environment-kpi." + d.ID,
		Attachments: []mail.Attachment{{Name: report.fileName(sub.Format), Type: fileTypes[sub.Format], Content: file}},
	})
	if err == nil {
		return s.settle(ctx, d, sub, label, stateSent, "")
	}
	why := "The mail could not be handed over."
	if p := problem.Of(err); p != nil {
		why = p.Message
	}
	if problem.CodeOf(err) != "mail_unavailable" || s.clock.Now().Sub(d.CreatedAt) > giveUp {
		return s.settle(ctx, d, sub, label, failed, why)
	}
	s.logger.WarnContext(ctx, "a report could not be mailed and is tried again", slog.String("dispatch", d.ID), slog.Any("error", err))
	if err := s.settle(ctx, d, sub, label, queued, why); err != nil {
		return err
	}
	return jobs.Later(s.clock.Now().Add(retryAfter), errors.New(why))
}

// reportFor makes the report as its subscriber would see it now.
func (s *Service) reportFor(ctx context.Context, sub *Subscription, month string) (r ReportView, label string, err error) {
	if s.mail == nil || !s.mail.Configured() {
		return r, "", problem.New(problem.Invalid, "mail_not_configured", "No mail server is configured.")
	}
	var p *authz.Principal
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		p, err = s.principals.PrincipalOf(ctx, tx, sub.Owner)
		if err != nil && problem.KindOf(err) != problem.NotFound {
			return err
		}
		if p == nil || !p.CanSomewhere(PermViewReport) || !p.CanSomewhere(PermSubscribe) {
			return problem.New(problem.Forbidden, "subscriber_lost_rights", "Who asked for the report may not see it any more.")
		}
		ctx = authz.With(ctx, p)
		if sub.Unit != "" {
			path, err := unitPath(ctx, tx, sub.Unit)
			if err == nil {
				err = authz.Check(ctx, PermSubscribe, path)
			}
			if err != nil {
				return problem.New(problem.Forbidden, "subscriber_lost_rights", "Who asked for the report may not see the unit any more.")
			}
		}
		label, err = labelOf(ctx, tx, sub.Unit)
		return err
	})
	if err != nil {
		return r, label, err
	}
	r, err = s.Report(authz.With(ctx, p), Question{Scope: Scope{Unit: sub.Unit}, Month: month, Zone: sub.Zone})
	return r, label, err
}

// text is the message that comes with the file.
func (s *Service) text(r ReportView) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	u, k, o := &r.Utilisation, &r.Bookings, &r.Outages
	line("Test environments of %s, %s (%s)\n", r.scopeName(), r.title(), r.Window.Zone)
	line("Booked     %s of the capacity, used %s", percent(u.BookedShare.Value), percent(u.UsedShare.Value))
	line("Rejected   %s of %d decided bookings", percent(k.Rejection.Value), k.Rejection.N)
	line("Contested  %s of %d bookings", percent(k.Contested.Value), k.Contested.N)
	line("Out        %s unplanned, %s planned", plainHours(o.Unplanned.Value), plainHours(o.Planned.Value))
	address := strings.TrimSuffix(s.publicURL, "/") + "/reports/environments?month=" + r.Window.Month
	if r.Unit != nil {
		address += "&unit=" + r.Unit.ID
	}
	line("\nAll figures: %s", address)
	line("You get this because somebody subscribed this address to the report. It can be ended on that page.")
	return b.String()
}

// claim takes a report that waits to be sent. Nil means that there is nothing to do.
func (s *Service) claim(ctx context.Context, id string) (d *dispatch, sub *Subscription, err error) {
	now := s.clock.Now()
	var again error
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		d, sub, again = nil, nil, nil
		var rows []dispatch
		err := tx.NewRaw(`UPDATE report_dispatch SET attempts = attempts + 1, lease_until = ? WHERE id = ? AND state = 'queued' AND (lease_until IS NULL OR lease_until <= ?) RETURNING *`,
			now.Add(lease), id, now).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			err := tx.NewSelect().Model(&rows).Where("rd.id = ? AND rd.state = 'queued'", id).Scan(ctx)
			if err == nil && len(rows) == 1 {
				again = jobs.Later(*rows[0].LeaseUntil, errors.New("the report is being sent"))
			}
			return err
		}
		d, sub = &rows[0], &Subscription{}
		return tx.NewSelect().Model(sub).Where("rs.id = ?", d.Subscription).Scan(ctx)
	})
	return d, sub, errors.Join(err, again)
}

// settle records what became of a try.
func (s *Service) settle(ctx context.Context, d *dispatch, sub *Subscription, label, state, why string) error {
	return s.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx db.Tx) error {
		d.State, d.Problem, d.LeaseUntil = state, why, nil
		if state == stateSent {
			now := s.clock.Now()
			d.SentAt = &now
		}
		if _, err := tx.NewUpdate().Model(d).Column("state", "problem", "lease_until", "sent_at").WherePK().Exec(ctx); err != nil || state != stateSent {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: EventSent, SubjectID: sub.ID, SubjectLabel: label, Unit: sub.Unit,
			Data: map[string]any{"month": d.Month, "format": sub.Format, "recipients": strings.Join(sub.addresses(), ", ")}})
	})
}
