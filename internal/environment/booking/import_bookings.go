package booking

import (
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ImportRow is one booking of an import: its environments are known already.
type ImportRow struct {
	NewBooking
	Environments []ref.Environment
	// Approved takes it as approved elsewhere; it then holds its environments like any other.
	Approved bool
}

// ImportedRow is what became of a row.
type ImportedRow struct {
	Booking ref.Booking
	Status  Status
	// Problem is why the row cannot be taken; Held are the approved bookings in its way, those of rows before it with
	// Row set.
	Problem *problem.Error
	Held    []ImportClash
}

// ImportClash is what stands in the way of a row: a booking, or an earlier row of the same import, counted from 0; -1 is none.
type ImportClash struct {
	Booking     ref.Booking
	Row         int
	Environment ref.Environment
	Overlap     interval.Span
	Kind        ClashKind
}

// importEvents is up to how many bookings of one import get an event of their own.
const importEvents = 1000

// ImportIn takes many bookings in the caller's transaction through the same decision as Create: the schedules of all their
// environments are locked once, in the order of the ids, and each row is checked against what is there and against the rows
// before it. Rows with a problem are not written; the caller decides whether the others are kept. The caller's right to
// book is checked on every environment. Freezes and the notice of policies do not apply: an import tells what was agreed.
func (s *Service) ImportIn(ctx context.Context, tx db.Tx, rows []ImportRow) ([]ImportedRow, error) {
	out := make([]ImportedRow, len(rows))
	var envs []ref.Environment
	var hull interval.Span
	for i := range rows {
		r := &rows[i]
		r.From, r.To = normal(r.From), normal(r.To)
		if r.Intent == "" {
			r.Intent = Touch
		}
		if out[i].Problem = r.fault(); out[i].Problem != nil {
			continue
		}
		envs = append(envs, r.Environments...)
		if hull.From.IsZero() || r.From.Before(hull.From) {
			hull.From = r.From
		}
		hull.To = maxTime(hull.To, r.To)
	}
	if len(envs) == 0 {
		return out, nil
	}
	st, err := s.enter(ctx, tx, envs)
	if err != nil {
		return nil, err
	}
	if err := st.prepareFully(ctx, hull); err != nil {
		return nil, err
	}
	numbers, err := s.numbers.take(ctx, tx, len(rows))
	if err != nil {
		return nil, err
	}
	drafts := []*draft{}
	rowOf := map[ref.Booking]int{}
	for i, r := range rows {
		if out[i].Problem != nil {
			continue
		}
		d := st.newDraft(ctx, r.NewBooking, Candidate{Environments: r.Environments}, interval.Span{From: r.From, To: r.To}, numbers[i], "")
		if err := st.importOne(ctx, d, r, &out[i], rowOf); err != nil {
			return nil, err
		}
		if out[i].Problem == nil {
			rowOf[d.ID] = i
			st.put(d)
			drafts = append(drafts, d)
		}
	}
	return out, s.insertImported(ctx, tx, drafts)
}

func (r ImportRow) fault() *problem.Error {
	if len(r.Environments) == 0 {
		return problem.New(problem.Invalid, "environment_unknown", "The row names no environment.")
	}
	in := r.NewBooking
	in.Recurrence = nil
	_, err := in.check()
	return problem.Of(err)
}

func (st *stage) importOne(ctx context.Context, d *draft, r ImportRow, out *ImportedRow, rowOf map[ref.Booking]int) error {
	for _, p := range d.parts {
		if err := authz.Check(ctx, PermCreate, st.envs[p.Environment].UnitPath); err != nil {
			out.Problem = problem.Of(err)
			return nil
		}
	}
	d.Status = Requested
	if st.approveParts(d, false) || r.Approved {
		d.Status, d.DecidedAt, d.DecidedBy = Approved, &st.now, "import"
		for i := range d.parts {
			if d.parts[i].ApprovedAt == nil {
				d.parts[i].ApprovedBy, d.parts[i].ApprovedAt = "import", &st.now
			}
		}
	}
	held, _ := st.clashes(d)
	for _, c := range held {
		clash := ImportClash{Booking: c.Other.Booking, Row: -1, Environment: c.Environment, Overlap: c.Overlap, Kind: c.Kind}
		if row, is := rowOf[c.Other.Booking]; is {
			clash.Row = row
		}
		out.Held = append(out.Held, clash)
	}
	out.Booking, out.Status = d.ID, d.Status
	if len(held) > 0 {
		out.Problem = problem.New(problem.Conflict, "booking_overlaps", "An approved booking is in the way.")
	}
	return nil
}

func (s *Service) insertImported(ctx context.Context, tx db.Tx, drafts []*draft) error {
	if len(drafts) == 0 {
		return nil
	}
	for chunk := range slices.Chunk(drafts, 5000) {
		if err := insertDrafts(ctx, tx, chunk...); err != nil {
			return err
		}
	}
	if len(drafts) > importEvents {
		return s.Events.Append(ctx, tx, events.Event{Kind: EventLoaded, SubjectID: string(drafts[0].ID), SubjectLabel: "bookings", Unit: drafts[0].Unit, Data: map[string]any{"count": len(drafts)}})
	}
	for _, d := range drafts {
		kind := EventRequested
		if d.Status == Approved {
			kind = EventBooked
		}
		if err := s.say(ctx, tx, kind, d, nil, d.Booking, map[string]any{"imported": true}); err != nil {
			return err
		}
	}
	return nil
}
