package sheet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// bookingRow is what a row says about a booking.
type bookingRow struct {
	*line
	in                 booking.ImportRow
	env, group, holder *known
	reference, status  string
	skip               bool
}

var bookingPlaces = map[string]string{}

func (p *plan) bookings(ctx context.Context, tx db.Tx) error {
	rows := int64(0)
	var hull interval.Span
	wider := func(l *line) {
		for _, order := range []DateOrder{DayFirst, MonthFirst} {
			s, _, _, fault := readSpan(l.cell("from"), l.cell("fromTime"), l.cell("to"), l.cell("toTime"), l.cell("duration"), order, p.zone)
			if fault != "" {
				continue
			}
			if hull.From.IsZero() || s.From.Before(hull.From) {
				hull.From = s.From
			}
			if s.To.After(hull.To) {
				hull.To = s.To
			}
		}
	}
	err := p.scan(ctx, func(l *line) error {
		rows++
		p.evidence(l, "from", "to")
		wider(l)
		p.dir.note(OfEnvironment, l.cell("environment").Text, l.number)
		p.dir.note(OfGroup, l.cell("group").Text, l.number)
		p.dir.note(OfPerson, l.cell("holder").Text, l.number)
		return nil
	})
	if err != nil {
		return err
	}
	p.total, p.seen = rows, 0
	p.settleOrder()
	if err := p.dir.resolve(ctx, tx); err != nil {
		return err
	}
	if err := p.dir.ensure(ctx, tx); err != nil {
		return err
	}
	places, coming, err := p.dir.targets(ctx, tx)
	if err != nil {
		return err
	}
	if len(places) == 0 || hull.From.IsZero() {
		hull = interval.Span{From: p.s.Clock.Now(), To: p.s.Clock.Now().Add(time.Hour)}
	}
	take, err := p.s.Bookings.BeginImport(ctx, tx, booking.ImportOptions{Environments: places, Coming: coming, Within: hull, Write: p.write, OverrideReason: p.imp.Choices.OverrideReason})
	if err != nil {
		return err
	}
	b := &bookingPlan{plan: p, take: take, twice: map[string]int{}, spans: map[int]placed{}}
	var chunk []*bookingRow
	flush := func() error {
		err := b.takeRows(ctx, tx, chunk)
		chunk = chunk[:0]
		return err
	}
	err = p.scan(ctx, func(l *line) error {
		p.observe(l)
		l.cells = slices.Clone(l.cells)
		if chunk = append(chunk, p.readBooking(l)); len(chunk) < 500 {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = take.End(ctx)
	}
	p.counts.Clashes = p.sink.total
	return err
}

// readBooking reads the cells of a row.
func (p *plan) readBooking(l *line) *bookingRow {
	r := &bookingRow{line: l, reference: l.text("reference")}
	in := &r.in
	in.Row = l.number
	r.env, r.group, r.holder = l.name(OfEnvironment, "environment"), l.name(OfGroup, "group"), l.name(OfPerson, "holder")
	in.Title, in.Description, in.Release, in.Priority = l.text("title"), l.text("description"), l.text("release"), l.text("priority")
	in.Holder = ref.Person(idOf(r.holder))
	where := r.env
	if where == nil {
		where = r.group
	}
	place := l.cell("environment").Text
	if place == "" {
		place = l.cell("group").Text
	}
	if in.Title == "" {
		in.Title = place
		if in.Release != "" {
			in.Title = in.Release
		}
	}
	l.out.label = place + ": " + in.Title
	bad := false
	for _, key := range []string{"from", "fromTime", "to", "toTime", "duration"} {
		bad = l.bad(key) || bad
	}
	if !bad {
		p.readTimes(l, r)
	}
	if text := l.text("intent"); text != "" {
		v, ok := oneOf("intent", text)
		if !ok {
			l.fault("intent", "value_unknown", "This is none of: "+knownWords("intent")+".", text)
		}
		in.Intent = booking.Intent(v)
	}
	if text := l.text("status"); text != "" {
		v, ok := oneOf("status", text)
		if !ok {
			l.fault("status", "value_unknown", "This is none of: "+knownWords("status")+".", text)
		}
		r.status = v
	}
	switch r.status {
	case "approved":
		in.Wish = booking.Approved
	case "requested":
		in.Wish = booking.Requested
	}
	in.Choice = p.imp.Choices.Clashes
	if c := p.imp.Choices.RowClashes[strconv.Itoa(l.number)]; c != "" {
		in.Choice = c
	}
	switch {
	case where == nil && (skipped(p, OfEnvironment, l.cell("environment").Text) || skipped(p, OfGroup, l.cell("group").Text)):
		r.skip = true
	case where == nil && len(l.out.errors) == 0:
		l.fault("environment", "required", "Say which environment or group is booked.", "")
	case where != nil && where.wrong != nil:
		l.fault(placeOf(r), where.wrong.Code, where.wrong.Message, place)
	case where != nil:
		in.Places, in.Group = where.target.Environments, where.target.Group
	}
	return r
}

func placeOf(r *bookingRow) string {
	if r.env != nil {
		return "environment"
	}
	return "group"
}

func skipped(p *plan, kind ValueKind, text string) bool {
	k := p.dir.get(kind, text)
	return k != nil && k.skip
}

func (p *plan) readTimes(l *line, r *bookingRow) {
	if l.cell("from").Text == "" {
		l.fault("from", "required", "Say when it begins.", "")
		return
	}
	span, ambiguous, place, wrong := readSpan(l.cell("from"), l.cell("fromTime"), l.cell("to"), l.cell("toTime"), l.cell("duration"), p.order, p.zone)
	switch {
	case wrong != "":
		l.fault(place, "date_invalid", wrong, l.cell(place).Text)
	case ambiguous:
		l.fault("from", "date_ambiguous", "Day and month cannot be told apart here. Say in which order the sheet writes them.", l.cell("from").Text)
	default:
		r.in.From, r.in.To = span.From, span.To
	}
}

// derived is the reference of a row that has none: what the row says.
func (r *bookingRow) derived() string {
	place := idOf(r.env)
	if place == "" {
		place = idOf(r.group)
	}
	if place == "" {
		place = r.cell("environment").Text
	}
	h := sha256.New()
	for _, s := range []string{place, r.in.From.UTC().Format(time.RFC3339), r.in.To.UTC().Format(time.RFC3339), foldName(r.in.Title), string(r.in.Holder), string(r.in.Intent)} {
		_, _ = h.Write([]byte(s + "\n"))
	}
	return "row:" + hex.EncodeToString(h.Sum(nil))[:32]
}

type placed struct {
	from, to time.Time
	label    string
}

// bookingPlan takes the rows of bookings.
type bookingPlan struct {
	*plan
	take  *booking.Import
	twice map[string]int
	// spans are the times of rows that were taken, for telling clashes.
	spans map[int]placed
}

func (b *bookingPlan) takeRows(ctx context.Context, tx db.Tx, rows []*bookingRow) error {
	var references []string
	for _, r := range rows {
		if r.reference == "" && len(r.out.errors) == 0 {
			r.reference = r.derived()
		}
		references = append(references, r.reference)
	}
	recalled, err := b.recall(ctx, tx, references)
	if err != nil {
		return err
	}
	stored, err := storedBookings(ctx, tx, recalled)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if key := foldName(r.reference); key != "" {
			if first := b.twice[key]; first > 0 {
				message := fmt.Sprintf("Row %d says the same.", first)
				if r.cell("reference").Text != "" {
					message = fmt.Sprintf("Row %d has the same reference.", first)
				}
				r.fault("", "row_twice", message, "")
			} else {
				b.twice[key] = r.number
			}
		}
		if err := b.takeRow(ctx, tx, r, stored[recalled[foldName(r.reference)]]); err != nil {
			return err
		}
		if err := b.conclude(ctx, r.line); err != nil {
			return err
		}
	}
	return nil
}

// storedBooking is a booking that a row stands for, with its environments.
type storedBooking struct {
	booking.Booking
	places []ref.Environment
}

func storedBookings(ctx context.Context, tx db.Tx, recalled map[string]string) (map[string]*storedBooking, error) {
	out := map[string]*storedBooking{}
	var ids []string
	for _, id := range recalled {
		ids = append(ids, id)
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		var list []booking.Booking
		if err := tx.NewSelect().Model(&list).Where("b.id IN (?)", bun.In(chunk)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, b := range list {
			out[string(b.ID)] = &storedBooking{Booking: b}
		}
		var parts []struct {
			Booking     string          `bun:"booking_id"`
			Environment ref.Environment `bun:"environment_id"`
		}
		if err := tx.NewSelect().Table("v_booking_environment").Column("booking_id", "environment_id").Where("booking_id IN (?)", bun.In(chunk)).Scan(ctx, &parts); err != nil {
			return nil, err
		}
		for _, p := range parts {
			if b := out[p.Booking]; b != nil {
				b.places = append(b.places, p.Environment)
			}
		}
	}
	return out, nil
}
