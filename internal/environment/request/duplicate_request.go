package request

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// mostDuplicates bounds how many copies one act makes: two years of weeks.
const mostDuplicates = 104

// Duplicate says how a request is repeated.
type Duplicate struct {
	Repeat Repeat `json:"repeat" enum:"weekly,monthly"`
	Times  int    `json:"times" minimum:"1" maximum:"104" doc:"How many copies; the first lies a week or a month after the original."`
	Every  int    `json:"every,omitempty" minimum:"1" maximum:"52" doc:"Every how many weeks or months; 1 when left out."`
	Zone   string `json:"zone,omitempty" maxLength:"64" doc:"The IANA name of the zone whose clocks keep the time of day; UTC when left out."`
}

// Each calls fn for every copy with what moves a time of the original to the copy's.
func (d Duplicate) Each(fn func(move func(time.Time) time.Time) error) error {
	zone, err := interval.Zone(d.Zone)
	if err != nil {
		return fault("body.zone", "zone_unknown", "Give the IANA name of a time zone, such as Europe/Berlin.")
	}
	if d.Repeat != Weekly && d.Repeat != Monthly {
		return fault("body.repeat", "repeat_unknown", "A request is repeated weekly or monthly.")
	}
	if d.Times < 1 || d.Times > mostDuplicates {
		return fault("body.times", "out_of_range", "Between 1 and 104 copies are made at once.")
	}
	for i := 1; i <= d.Times; i++ {
		n := i * max(1, d.Every)
		if err := fn(func(t time.Time) time.Time { return shifted(t, n, d.Repeat, zone) }); err != nil {
			return err
		}
	}
	return nil
}

// CopyCore is the common part of a copy, made by the caller.
func (s *Service) CopyCore(ctx context.Context, tx db.Tx, k Kind, c Core, move func(time.Time) time.Time) (Core, error) {
	now := s.Clock.Now()
	c.ID, c.Version, c.RaisedAt, c.UpdatedAt, c.From, c.To = ref.New[ref.EnvironmentRequest](), 1, now, now, move(c.From), move(c.To)
	if p := authz.From(ctx); p != nil {
		c.Requester, c.RequesterKey, c.RequesterName = p.Person, p.ID(), p.Name
	}
	typ, err := s.Fields.Lookups.ByID(ctx, tx, []ref.Lookup{c.Type})
	if err == nil && !typ[c.Type].Active {
		// The type was deleted since: the copy gets the one new requests get.
		def, err := s.Fields.Lookups.Default(ctx, tx, k.types)
		if err != nil {
			return c, err
		}
		c.Type = def.ID
	}
	return c, err
}

// DuplicateBookingRequest makes copies of a booking request on its first status, with the times moved by weeks or months.
func (s *Service) DuplicateBookingRequest(ctx context.Context, id string, in Duplicate, dry bool) (out []BookingItem, err error) {
	err = s.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		c, err := ToView(ctx, tx, bookingKind, id)
		if err == nil {
			err = authz.CheckUnit(ctx, tx, PermCreate, c.Unit)
		}
		if err != nil {
			return err
		}
		original, err := loadBooking(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		var made []BookingRequest
		err = in.Each(func(move func(time.Time) time.Time) error {
			r := original
			if r.Core, err = s.CopyCore(ctx, tx, bookingKind, c, move); err != nil {
				return err
			}
			r.SubmittedAt, r.CompletedAt, r.lines = nil, nil, nil
			for _, l := range original.lines {
				l.ID, l.Request, l.Bookings = ref.New[string](), r.ID, []ref.Booking{}
				if l.From != nil && l.To != nil {
					l.From, l.To = at(move(*l.From)), at(move(*l.To))
				}
				r.lines = append(r.lines, l)
			}
			err := s.insertBooking(ctx, tx, &r, func(ctx context.Context) error {
				return s.Fields.CopyRecord(ctx, tx, BookingSubject, string(c.ID), string(r.ID))
			})
			made = append(made, r)
			return err
		})
		if err != nil {
			return err
		}
		out, err = s.bookingItems(ctx, tx, made)
		return err
	})
	return out, err
}
