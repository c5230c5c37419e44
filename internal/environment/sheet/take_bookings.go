package sheet

import (
	"context"
	"slices"
	"strings"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// takeRow decides about one row and, in a run, writes it.
func (b *bookingPlan) takeRow(ctx context.Context, tx db.Tx, r *bookingRow, stored *storedBooking) error {
	if len(r.out.errors) > 0 {
		return nil
	}
	if r.skip {
		r.out.act = "skipped"
		return nil
	}
	if stored != nil {
		r.out.record = string(stored.ID)
		switch {
		case r.status == "cancelled":
			return b.withdraw(ctx, r, stored)
		case !slices.Contains([]booking.Status{booking.Requested, booking.Approved, booking.Waiting}, stored.Status):
			r.out.act, r.out.status = "unchanged", string(stored.Status)
			r.out.notes = append(r.out.notes, "It was imported before and is "+string(stored.Status)+" since; it stays as it is.")
			return nil
		}
		if r.out.changes = b.differs(r, stored); len(r.out.changes) == 0 {
			r.out.act, r.out.status = "unchanged", string(stored.Status)
			return nil
		}
		r.in.Replaces = stored.ID
	} else if r.status == "cancelled" {
		r.out.act = "skipped"
		r.out.notes = append(r.out.notes, "It is cancelled in the sheet.")
		return nil
	}
	if r.status == "waiting" {
		r.in.Choice = booking.TakeWaiting
	}
	r.in.Said = map[string]any{"importId": b.imp.ID, "row": r.number}
	got, err := b.take.Put(ctx, r.in)
	if err != nil {
		return err
	}
	b.tell(r, got)
	switch {
	case got.Problem != nil:
		b.blame(r, got.Problem)
		return nil
	case got.Left:
		r.out.act = "skipped"
		r.out.notes = append(r.out.notes, "It is left out because it clashes.")
		return nil
	}
	r.out.act, r.out.status = "new", string(got.Status)
	if r.in.Wish == booking.Approved && got.Status == booking.Requested && !r.out.clashing {
		r.out.notes = append(r.out.notes, "It stays requested: somebody else has to approve it.")
	}
	if r.in.Replaces != "" {
		r.out.act = "changed"
		return b.rewrite(ctx, tx, r, stored)
	}
	if !b.write {
		return nil
	}
	r.out.record = string(got.Booking)
	b.did(step{number: r.number, act: "created", kind: booking.Subject, id: string(got.Booking), label: r.out.label, version: 1})
	return b.remember(ctx, tx, r.reference, string(got.Booking))
}

// blame notes what keeps a row from being taken, at the cell it lies in.
func (b *bookingPlan) blame(r *bookingRow, p *problem.Error) {
	if len(p.Fields) > 0 {
		r.faults(p, bookingPlaces)
		return
	}
	place := placeOf(r)
	if p.Code == "inside_freeze" || p.Code == "booking_overlaps" {
		place = "from"
	}
	r.fault(place, p.Code, p.Message, r.cell(place).Text)
}

// tell notes the clashes of a row.
func (b *bookingPlan) tell(r *bookingRow, got booking.ImportedRow) {
	b.spans[r.number] = placed{r.in.From, r.in.To, r.out.label}
	r.out.clashing = len(got.Clashes) > 0
	for _, c := range got.Clashes {
		k := clash{ImportClash: c, number: r.number, aFrom: r.in.From, aTo: r.in.To, aLabel: r.out.label}
		if other, is := b.spans[c.Row]; is && c.Row > 0 {
			k.bFrom, k.bTo, k.bLabel = other.from, other.to, other.label
			k.Booking = ""
		} else {
			k.bFrom, k.bTo = c.Other.From, c.Other.To
		}
		b.sink.clash(k)
	}
}

// differs compares a row with the booking it stands for.
func (b *bookingPlan) differs(r *bookingRow, stored *storedBooking) changes {
	out := changes{}
	text := func(key, old, fresh string) {
		if b.has(key) && r.cell(key).Text != "" && old != fresh {
			out[key] = [2]any{old, fresh}
		}
	}
	text("title", stored.Title, strings.TrimSpace(r.in.Title))
	text("description", stored.Description, r.in.Description)
	text("release", stored.Release, r.in.Release)
	text("priority", stored.Priority, r.in.Priority)
	text("intent", string(stored.Intent), string(r.in.Intent))
	if r.in.Holder != "" && r.in.Holder != stored.Holder {
		out["holder"] = [2]any{nil, r.holder.label}
	}
	if !stored.From.Equal(r.in.From) {
		out["from"] = [2]any{stored.From.UTC(), r.in.From}
	}
	end := stored.To
	if stored.PlannedTo != nil {
		end = *stored.PlannedTo
	}
	if !end.Equal(r.in.To) {
		out["to"] = [2]any{end.UTC(), r.in.To}
	}
	if !sameIDs(stored.places, r.in.Places) {
		out["environment"] = [2]any{len(stored.places), r.cell("environment").Text + r.cell("group").Text}
	}
	return out
}

func sameIDs(a, b []ref.Environment) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// bookingBack takes a change of a booking back.
type bookingBack struct {
	Title       string               `json:"title"`
	Description string               `json:"description"`
	Release     string               `json:"release"`
	Priority    string               `json:"priority"`
	Intent      booking.Intent       `json:"intent"`
	From        time.Time            `json:"from"`
	To          time.Time            `json:"to"`
	Holder      ref.Person           `json:"holder"`
	Group       ref.EnvironmentGroup `json:"group"`
	Places      []ref.Environment    `json:"places"`
	Status      booking.Status       `json:"status"`
}

func backOf(s *storedBooking) bookingBack {
	return bookingBack{Title: s.Title, Description: s.Description, Release: s.Release, Priority: s.Priority, Intent: s.Intent, From: s.From.UTC(), To: s.To.UTC(), Holder: s.Holder,
		Group: s.Group, Places: s.places, Status: s.Status}
}

func (k bookingBack) rewrite() booking.Rewrite {
	return booking.Rewrite{NewBooking: booking.NewBooking{Title: k.Title, Description: k.Description, Release: k.Release, Priority: k.Priority, Intent: k.Intent, From: k.From, To: k.To, Holder: k.Holder},
		Places: k.Places, Group: k.Group, Wish: k.Status}
}

// rewrite changes the booking a row stands for; cells that are empty leave what is there.
func (b *bookingPlan) rewrite(ctx context.Context, tx db.Tx, r *bookingRow, stored *storedBooking) error {
	if !b.write {
		return nil
	}
	in := booking.Rewrite{NewBooking: r.in.NewBooking, Places: r.in.Places, Group: r.in.Group, Wish: r.in.Wish, Said: r.in.Said}
	keep := func(key string, into *string, old string) {
		if r.cell(key).Text == "" {
			*into = old
		}
	}
	keep("title", &in.Title, stored.Title)
	keep("description", &in.Description, stored.Description)
	keep("release", &in.Release, stored.Release)
	keep("priority", &in.Priority, stored.Priority)
	if r.cell("intent").Text == "" {
		in.Intent = stored.Intent
	}
	in.OverrideReason = b.imp.Choices.OverrideReason
	after, err := b.take.Rewrite(ctx, stored.ID, in)
	if problem.Of(err) != nil {
		return &rowError{r.number, err}
	}
	if err != nil {
		return err
	}
	r.out.status = string(after.Booking.Status)
	b.did(step{number: r.number, act: "changed", kind: booking.Subject, id: string(stored.ID), label: r.out.label, version: after.Booking.Version, before: backOf(stored)})
	return b.remember(ctx, tx, r.reference, string(stored.ID))
}

// withdraw gives up a booking that is cancelled in the sheet.
func (b *bookingPlan) withdraw(ctx context.Context, r *bookingRow, stored *storedBooking) error {
	r.out.act, r.out.status = "unchanged", string(stored.Status)
	if !slices.Contains([]booking.Status{booking.Requested, booking.Approved, booking.Waiting}, stored.Status) || !stored.To.After(b.s.Clock.Now()) {
		return nil
	}
	r.out.act, r.out.changes = "changed", changes{"status": [2]any{stored.Status, booking.Cancelled}}
	if !b.write {
		return nil
	}
	after, err := b.take.Withdraw(ctx, stored.ID, "Cancelled in the imported sheet")
	if problem.Of(err) != nil {
		return &rowError{r.number, err}
	}
	r.out.status = string(after.Booking.Status)
	b.did(step{number: r.number, act: "withdrawn", kind: booking.Subject, id: string(stored.ID), label: r.out.label, version: after.Booking.Version})
	return err
}
