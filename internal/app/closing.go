package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/watch"
	"millrace/internal/calendar"
	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// closing tells the calendar what a closure hits and whom it concerns.
type closing struct{ a *App }

// namedMost is how many bookings a consequence names.
const namedMost = 5

// Affected tells the live bookings that lie in a closure. Those of units that the caller may not see are counted and not named.
func (c closing) Affected(ctx context.Context, tx db.Tx, places []interval.Place, closed []interval.Span, _ []interval.Use) ([]calendar.Consequence, error) {
	list, err := bookingsIn(ctx, tx, places, closed)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	units := map[string]bool{}
	hit := calendar.Consequence{Kind: "bookings_hit", Count: int64(len(list)), IDs: []string{}}
	var names []string
	for _, b := range list {
		if _, asked := units[b.Path]; !asked {
			units[b.Path] = authz.From(ctx).Can(booking.PermView, b.Path)
		}
		if !units[b.Path] {
			continue
		}
		if hit.IDs = append(hit.IDs, string(b.ID)); len(names) < namedMost {
			names = append(names, fmt.Sprintf("BK-%d %s", b.Number, b.Title))
		}
	}
	if hit.Message = fmt.Sprintf("%d bookings lie in this time", len(list)); len(list) == 1 {
		hit.Message = "1 booking lies in this time"
	}
	if len(names) > 0 {
		hit.Message += ": " + strings.Join(names, ", ")
		if more := len(list) - len(names); more > 0 {
			hit.Message += fmt.Sprintf(" and %d more", more)
		}
	}
	hit.Message += "."
	return []calendar.Consequence{hit}, nil
}

// Parties are who has a part in what a window names or in an environment it closes, and who holds bookings in its time.
func (c closing) Parties(ctx context.Context, tx db.Tx, named []calendar.Target, places []interval.Place, closed []interval.Span) ([]watch.Recipient, error) {
	ids := map[string][]string{}
	for _, p := range places {
		ids[environment.Subject] = append(ids[environment.Subject], string(p.Environment))
	}
	for _, t := range named {
		switch t.Kind {
		case calendar.ForGroup:
			ids[environment.GroupSubject] = append(ids[environment.GroupSubject], t.ID)
		case calendar.ForApplication:
			ids[catalog.Subject] = append(ids[catalog.Subject], t.ID)
		}
	}
	list, err := bookingsIn(ctx, tx, places, closed)
	if err != nil {
		return nil, err
	}
	var out []watch.Recipient
	for _, b := range list {
		if b.Holder != "" {
			out = append(out, watch.Recipient{Person: b.Holder, Reason: watch.Affected})
		}
	}
	for _, kind := range []string{environment.Subject, environment.GroupSubject, catalog.Subject} {
		more, err := partiesOf(ctx, tx, kind, ids[kind])
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return watch.Merge(out, nil), nil
}

// partiesOf are the stakeholders and followers of records, with the members of the teams among them.
func partiesOf(ctx context.Context, tx db.Tx, kind string, ids []string) ([]watch.Recipient, error) {
	var out []watch.Recipient
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []struct {
			Person ref.Person   `bun:"person_id"`
			Reason watch.Reason `bun:"reason"`
		}
		err := tx.NewRaw(`SELECT person_id, ?2 AS reason FROM stakeholder WHERE subject_kind = ?0 AND subject_id IN (?1) AND person_id IS NOT NULL
			UNION SELECT m.person_id, ?2 FROM stakeholder AS s JOIN v_team_member AS m ON m.team_id = s.team_id WHERE s.subject_kind = ?0 AND s.subject_id IN (?1)
			UNION SELECT person_id, ?3 FROM watcher WHERE subject_kind = ?0 AND subject_id IN (?1) AND person_id IS NOT NULL AND NOT muted
			UNION SELECT m.person_id, ?3 FROM watcher AS w JOIN v_team_member AS m ON m.team_id = w.team_id WHERE w.subject_kind = ?0 AND w.subject_id IN (?1)
			ORDER BY 1, 2`, kind, bun.In(chunk), watch.Stakeholder, watch.Watching).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out = append(out, watch.Recipient{Person: r.Person, Reason: r.Reason})
		}
	}
	return out, nil
}

// bookingIn is a live booking that lies in a closure.
type bookingIn struct {
	ID     ref.Booking `bun:"id"`
	Number int64       `bun:"number"`
	Title  string      `bun:"title"`
	Holder ref.Person  `bun:"holder_id,nullzero"`
	Path   string      `bun:"path"`
	From   time.Time   `bun:"from_at"`
	To     time.Time   `bun:"to_at"`
}

// bookingsIn returns the live bookings of places that share a moment with one of some spans, each once, the earliest first.
func bookingsIn(ctx context.Context, tx db.Tx, places []interval.Place, closed []interval.Span) ([]bookingIn, error) {
	if len(closed) == 0 {
		return nil, nil
	}
	hull := closed[0]
	for _, s := range closed[1:] {
		hull.To = latestOf(hull.To, s.To)
	}
	envs := make([]ref.Environment, len(places))
	for i, p := range places {
		envs[i] = p.Environment
	}
	seen := map[ref.Booking]bool{}
	var out []bookingIn
	for _, chunk := range db.Chunks(envs, 500) {
		var rows []bookingIn
		err := tx.NewSelect().TableExpr("v_booking_environment AS s").Join("JOIN v_booking AS b ON b.id = s.booking_id").Join("JOIN v_unit AS u ON u.id = b.unit_id").
			ColumnExpr("b.id, b.number, b.title, b.holder_id, u.path, s.from_at, s.to_at").
			Where("s.environment_id IN (?) AND s.status IN (?) AND s.from_at < ? AND s.to_at > ?", bun.In(chunk), bun.In(booking.Live), hull.To.UTC(), hull.From.UTC()).
			OrderExpr("s.from_at, b.number").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			span := interval.Span{From: r.From.UTC(), To: r.To.UTC()}
			if !seen[r.ID] && slices.ContainsFunc(closed, span.Overlaps) {
				seen[r.ID] = true
				out = append(out, r)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b bookingIn) int { return a.From.Compare(b.From) })
	return out, nil
}

func latestOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
