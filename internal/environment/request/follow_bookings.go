package request

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// lineError is a refusal of the booking of one line. Outside the transaction it becomes an answer with the ways out.
type lineError struct {
	error
	at       int
	question booking.AvailabilityQuestion
}

// RefusedLine says that the booking of the line at an index was refused; question asks what could be done instead.
func RefusedLine(err error, at int, question booking.AvailabilityQuestion) error {
	return &lineError{err, at, question}
}

func (e *lineError) Unwrap() error { return e.error }

// bookLines makes the bookings of some lines of a request, all of them or none.
func (s *Service) bookLines(ctx context.Context, tx db.Tx, r *BookingRequest, which []int, override string) ([]Consequence, error) {
	if len(which) == 0 {
		return nil, nil
	}
	holder, err := s.HolderOf(ctx, tx, r.Requester)
	if err != nil {
		return nil, err
	}
	var made []ref.Booking
	for _, i := range which {
		in := r.newBooking(r.lines[i], holder, override)
		created, err := s.Bookings.CreateIn(ctx, tx, in)
		if err != nil {
			return nil, &lineError{err, i, booking.AvailabilityQuestion{Targets: in.Targets, From: in.From, To: in.To, Intent: in.Intent}}
		}
		for _, b := range created.Bookings {
			r.lines[i].Bookings = append(r.lines[i].Bookings, b.ID)
			made = append(made, b.ID)
		}
	}
	return s.TellBookings(ctx, tx, bookingKind, r.Core, EventRequestBooked, "bookings_made", "%s made.", made)
}

// HolderOf is who holds the bookings of a request: who asked for it, unless they have left.
func (s *Service) HolderOf(ctx context.Context, tx db.Tx, person ref.Person) (ref.Person, error) {
	if person == "" {
		return "", nil
	}
	here, err := tx.NewSelect().Table("v_person").Where("id = ? AND state <> 'INACTIVE'", person).Exists(ctx)
	if err != nil || !here {
		return "", err
	}
	return person, nil
}

// CancelBookings gives bookings of a request up that are not over.
func (s *Service) CancelBookings(ctx context.Context, tx db.Tx, k Kind, c Core, which []BookingRef, reason string) ([]Consequence, error) {
	var gone []ref.Booking
	now := s.Clock.Now()
	for _, b := range LiveBookings(which) {
		if !b.To.After(now) {
			continue
		}
		if _, err := s.Bookings.CancelForRequest(ctx, tx, b.ID, reason); err != nil {
			return nil, err
		}
		gone = append(gone, b.ID)
	}
	event := EventRequestReleased
	if k == ChangeKind {
		event = EventChangeReleased
	}
	return s.TellBookings(ctx, tx, k, c, event, "bookings_cancelled", "%s cancelled.", gone)
}

// moveBookings gives the live bookings of lines the times their lines have now.
func (s *Service) moveBookings(ctx context.Context, tx db.Tx, r *BookingRequest, which []int, all []BookingRef, override string) ([]Consequence, error) {
	var moved []ref.Booking
	now := s.Clock.Now()
	for _, i := range which {
		l := r.lines[i]
		span := l.span(r.Core)
		for _, b := range LiveBookings(all) {
			if !slices.Contains(l.Bookings, b.ID) || !b.To.After(now) || b.From.Equal(span.From) && b.To.Equal(span.To) {
				continue
			}
			if _, err := s.Bookings.MoveForRequest(ctx, tx, b.ID, span.From, span.To, override); err != nil {
				return nil, &lineError{err, i, booking.AvailabilityQuestion{Targets: l.targets(), From: span.From, To: span.To, Intent: l.Intent}}
			}
			moved = append(moved, b.ID)
		}
	}
	return s.TellBookings(ctx, tx, bookingKind, r.Core, "", "bookings_moved", "%s moved.", moved)
}

// TellBookings says what became of bookings, to the caller and, with an event, to the history of the request.
func (s *Service) TellBookings(ctx context.Context, tx db.Tx, k Kind, c Core, event events.Kind, what, sentence string, ids []ref.Booking) ([]Consequence, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := BookingsOf(ctx, tx, []ref.EnvironmentRequest{c.ID})
	if err != nil {
		return nil, err
	}
	var list []BookingRef
	var texts []string
	for _, b := range all[c.ID] {
		if slices.Contains(ids, b.ID) {
			list = append(list, b)
			texts = append(texts, b.Reference)
		}
	}
	if event != "" {
		if err := s.Say(ctx, tx, k, event, c, nil, map[string]any{"bookings": few(texts), "bookingIds": ids}); err != nil {
			return nil, err
		}
	}
	is := fmt.Sprintf("%d bookings are", len(list))
	if len(list) == 1 {
		is = "1 booking is"
	}
	return []Consequence{{Kind: what, Count: len(list), Message: fmt.Sprintf(sentence, is), Bookings: list}}, nil
}

func few(texts []string) string {
	if len(texts) > 5 {
		return strings.Join(texts[:5], ", ") + fmt.Sprintf(" and %d more", len(texts)-5)
	}
	return strings.Join(texts, ", ")
}

// withoutBookings are the lines that have no live booking.
func withoutBookings(lines []Line, all []BookingRef) (out []int) {
	for i, l := range lines {
		if !slices.ContainsFunc(LiveBookings(all), func(b BookingRef) bool { return slices.Contains(l.Bookings, b.ID) }) {
			out = append(out, i)
		}
	}
	return out
}

// follow makes the bookings of a submitted request follow its changed lines: what is gone or asks for something else is
// given up, what has other times moves, what is new is booked.
func (s *Service) follow(ctx context.Context, tx db.Tx, before, r *BookingRequest, override string) ([]Consequence, error) {
	found, err := BookingsOf(ctx, tx, []ref.EnvironmentRequest{r.ID})
	if err != nil {
		return nil, err
	}
	all := found[r.ID]
	var fresh, moved []int
	kept := map[ref.Booking]bool{}
	for i, l := range r.lines {
		at := slices.IndexFunc(before.lines, func(o Line) bool { return o.ID == l.ID })
		switch {
		case at < 0 || !sameWish(before.lines[at], l):
			r.lines[i].Bookings = []ref.Booking{}
			fresh = append(fresh, i)
			continue
		case !sameSpan(before.lines[at].span(before.Core), l.span(r.Core)):
			moved = append(moved, i)
		}
		for _, b := range l.Bookings {
			kept[b] = true
		}
	}
	var given []BookingRef
	for _, l := range before.lines {
		for _, b := range all {
			if slices.Contains(l.Bookings, b.ID) && !kept[b.ID] {
				given = append(given, b)
			}
		}
	}
	out, err := s.CancelBookings(ctx, tx, bookingKind, r.Core, given, r.Label(bookingKind)+" asks for something else now.")
	if err != nil {
		return nil, err
	}
	more, err := s.moveBookings(ctx, tx, r, moved, all, override)
	if err != nil {
		return nil, err
	}
	out = append(out, more...)
	more, err = s.bookLines(ctx, tx, r, fresh, override)
	return append(out, more...), err
}

// sameWish reports whether two lines ask for the same, whenever that is.
func sameWish(a, b Line) bool {
	return a.Group == b.Group && a.Intent == b.Intent && slices.Equal(a.environments, b.environments) && reflect.DeepEqual(a.Capability, b.Capability)
}

func sameSpan(a, b interval.Span) bool { return a.From.Equal(b.From) && a.To.Equal(b.To) }

// WithWaysOut adds to the refusal of a line which one it is and, where approved bookings are in its way, what could be
// done instead. It runs after the transaction was undone.
func (s *Service) WithWaysOut(ctx context.Context, err error) error {
	var refused *lineError
	p := problem.Of(err)
	if !errors.As(err, &refused) || p == nil {
		return err
	}
	p = p.WithData("line", refused.at)
	if p.Code != "booking_overlaps" {
		return p
	}
	free, err := s.Bookings.Available(ctx, refused.question)
	if err != nil {
		return p.Because(err)
	}
	return p.WithData("alternatives", free.Alternatives)
}
