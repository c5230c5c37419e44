package booking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// HistoryRow is one booking as another system kept it, with what became of it there. Those with the same Series text are
// occurrences of one series.
type HistoryRow struct {
	Title, Description, Release, Priority string

	Intent       Intent
	Status       Status
	Environments []ref.Environment
	Group        ref.EnvironmentGroup
	From, To     time.Time
	// PlannedTo is the end that was planned, of bookings that were given up before it.
	PlannedTo     *time.Time
	Holder        ref.Person
	Requester     ref.Person
	RequesterName string
	AskedAt       time.Time
	DecidedAt     *time.Time
	DecidedBy     string
	Reason        string
	LastUseAt     *time.Time
	WarnedAt      *time.Time
	Series        string
	Recurrence    interval.Recurrence
}

// LoadHistory takes in the bookings of another system with their outcomes and times, in one transaction; what was decided
// there is not decided again, but nothing is loaded that makes an approved booking clash with another. The caller may
// manage bookings of every environment. The load is told as one event.
func (s *Service) LoadHistory(ctx context.Context, tx db.Tx, rows []HistoryRow) error {
	if len(rows) == 0 {
		return nil
	}
	var envs []ref.Environment
	hull := interval.Span{From: rows[0].From, To: rows[0].To}
	for i, r := range rows {
		if err := r.fault(); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		envs = append(envs, r.Environments...)
		if r.From.Before(hull.From) {
			hull.From = r.From
		}
		hull.To = maxTime(hull.To, r.To)
	}
	st, err := s.enter(ctx, tx, envs)
	if err != nil {
		return err
	}
	for _, id := range st.ids {
		if err := authz.Check(ctx, PermManage, st.envs[id].UnitPath); err != nil {
			return err
		}
	}
	if err := st.prepareFully(ctx, hull); err != nil {
		return err
	}
	numbers, err := s.numbers.take(ctx, tx, len(rows))
	if err != nil {
		return err
	}
	series, occurrences := map[string]string{}, map[string]int{}
	drafts := make([]*draft, len(rows))
	for i, r := range rows {
		if r.Series != "" && series[r.Series] == "" {
			series[r.Series] = ref.New[string]()
		}
		occurrences[r.Series]++
		d := st.historyDraft(r, numbers[i], series[r.Series])
		if held, _ := st.clashes(d); len(held) > 0 && d.Status == Approved {
			return fmt.Errorf("row %d: %w", i, problem.Newf(problem.Conflict, "booking_overlaps", "%s overlaps an approved booking of %s.", r.Title, st.envs[held[0].Environment].Name))
		}
		if d.live() {
			for _, p := range d.parts {
				st.holds[p.Environment] = append(st.holds[p.Environment], d.hold())
			}
		}
		drafts[i] = d
	}
	if err := insertSeries(ctx, tx, rows, series, occurrences); err != nil {
		return err
	}
	for chunk := range slices.Chunk(drafts, 5000) {
		if err := insertHistory(ctx, tx, chunk); err != nil {
			return err
		}
	}
	first := drafts[0]
	return s.Events.Append(ctx, tx, events.Event{Kind: EventLoaded, SubjectID: string(first.ID), SubjectLabel: "bookings", Unit: first.Unit, Data: map[string]any{"count": len(drafts)}})
}

func (r HistoryRow) fault() error {
	var faults problem.Fields
	checkSpan(&faults, interval.Span{From: r.From, To: r.To})
	if r.Title == "" || len(r.Environments) == 0 {
		faults.Add("title", "required", "A booking has a title and environments.")
	}
	if !slices.Contains(Intents, r.Intent) || !slices.Contains([]Status{Requested, Approved, Rejected, Waiting, Cancelled, Ended, Expired}, r.Status) {
		faults.Add("status", "unknown", "The intent or the status is none of those there are.")
	}
	return faults.Err("booking_invalid", "The booking cannot be taken in like this.")
}

func (st *stage) historyDraft(r HistoryRow, number int64, series string) *draft {
	b := &Booking{
		ID: ref.New[ref.Booking](), Number: number, Title: r.Title, Description: r.Description, Status: r.Status, Intent: r.Intent, From: normal(r.From), To: normal(r.To),
		PlannedTo: r.PlannedTo, Holder: r.Holder, Requester: string(r.Requester), RequesterName: r.RequesterName, Unit: st.envs[r.Environments[0]].Unit, Release: r.Release,
		Priority: r.Priority, Group: r.Group, Series: series, DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, Reason: r.Reason, LastUseAt: r.LastUseAt, WarnedAt: r.WarnedAt,
		Version: 1, CreatedAt: normal(r.AskedAt), UpdatedAt: st.now,
	}
	if r.LastUseAt != nil {
		b.LastUse = "confirmed"
	}
	if r.Status == Waiting {
		b.WaitingSince = &b.CreatedAt
	}
	d := &draft{Booking: b, envs: st.envs}
	for _, env := range r.Environments {
		p := Part{Booking: b.ID, Environment: env}
		if r.Status != Requested && r.Status != Waiting && r.Status != Rejected {
			p.ApprovedBy, p.ApprovedAt = r.DecidedBy, r.DecidedAt
		}
		d.parts = append(d.parts, p)
	}
	return d
}

func insertSeries(ctx context.Context, tx db.Tx, rows []HistoryRow, series map[string]string, occurrences map[string]int) error {
	for _, r := range rows {
		if r.Series == "" || occurrences[r.Series] == 0 {
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO booking_series (id, title, rule, zone, occurrences, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			series[r.Series], r.Title, r.Recurrence.Rule, r.Recurrence.Zone, occurrences[r.Series], normal(r.AskedAt), string(r.Requester))
		if err != nil {
			return err
		}
		occurrences[r.Series] = 0
	}
	return nil
}

var historyColumns = append(slices.Clone(bookingColumns), "planned_to", "last_use_at", "last_use", "warned_at")

func insertHistory(ctx context.Context, tx db.Tx, drafts []*draft) error {
	bookings := make([][]any, 0, len(drafts))
	var parts [][]any
	for _, d := range drafts {
		d.mirror()
		bookings = append(bookings, append(d.row(), d.PlannedTo, d.LastUseAt, d.LastUse, d.WarnedAt))
		for _, p := range d.parts {
			parts = append(parts, p.row())
		}
	}
	if err := tx.BulkInsert(ctx, "booking", historyColumns, bookings); err != nil {
		return err
	}
	return tx.BulkInsert(ctx, "booking_environment", partColumns, parts)
}
