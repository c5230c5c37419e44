package booking

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// reach is how long a booking lasts at most without being marked as lasting long. A query for what overlaps a window looks
// at what begins within the reach before it, and apart from that at the few that last long, so that no index is read
// from the beginning of time.
const reach = 31 * 24 * time.Hour

// holdRow is a row of the schedule as the checks read it.
type holdRow struct {
	Booking     ref.Booking     `bun:"booking_id"`
	Environment ref.Environment `bun:"environment_id"`
	From        time.Time       `bun:"from_at"`
	To          time.Time       `bun:"to_at"`
	Intent      Intent          `bun:"intent"`
	Status      Status          `bun:"status"`
}

func (r holdRow) hold() Hold {
	return Hold{Booking: r.Booking, Span: interval.Span{From: r.From.UTC(), To: r.To.UTC()}, Intent: r.Intent, Status: r.Status}
}

const holdColumns = "booking_id, environment_id, from_at, to_at, intent, status"

// liveHolds returns the live bookings of environments that overlap a window; without environments those of all. approved
// leaves out the requested ones.
func liveHolds(ctx context.Context, tx db.Tx, envs []ref.Environment, w interval.Span, approved bool, fn func(holdRow)) error {
	var args []any
	where := ""
	if envs != nil {
		where, args = "environment_id IN (?) AND ", []any{bun.In(envs)}
	}
	var arms []string
	var all []any
	arm := func(cond string, more ...any) {
		arms = append(arms, "SELECT "+holdColumns+" FROM booking_environment WHERE "+where+cond)
		all = append(append(all, args...), more...)
	}
	near := " AND from_at < ? AND from_at > ? AND to_at > ?"
	switch {
	case envs == nil:
		arm("status IN ('requested', 'approved')"+near, w.To, w.From.Add(-reach), w.From)
	case approved:
		arm("status = 'approved'"+near, w.To, w.From.Add(-reach), w.From)
	default:
		arm("status = 'approved'"+near, w.To, w.From.Add(-reach), w.From)
		arm("status = 'requested'"+near, w.To, w.From.Add(-reach), w.From)
	}
	arm("lasts_long AND status IN ('requested', 'approved') AND from_at <= ? AND to_at > ?", w.From.Add(-reach), w.From)
	return scanHolds(ctx, tx, strings.Join(arms, " UNION ALL "), all, func(r holdRow) {
		if !approved || r.Status == Approved {
			fn(r)
		}
	})
}

// predecessor returns the last approved booking that begins before the window ends, if it reaches into the window, and the
// requested ones that do. On an exclusive environment that is all a check needs: approved ones are disjoint there.
func predecessor(ctx context.Context, tx db.Tx, env ref.Environment, w interval.Span, fn func(holdRow)) error {
	query := `SELECT * FROM (SELECT ` + holdColumns + ` FROM booking_environment
			WHERE environment_id = ? AND status = 'approved' AND from_at < ? ORDER BY from_at DESC LIMIT 1) AS p WHERE to_at > ?
		UNION ALL SELECT ` + holdColumns + ` FROM booking_environment
			WHERE environment_id = ? AND status = 'requested' AND from_at < ? AND from_at > ? AND to_at > ?
		UNION ALL SELECT ` + holdColumns + ` FROM booking_environment
			WHERE environment_id = ? AND lasts_long AND status IN ('requested', 'approved') AND from_at <= ? AND to_at > ? AND status = 'requested'`
	far := w.From.Add(-reach)
	return scanHolds(ctx, tx, query, []any{env, w.To, w.From, env, w.To, far, w.From, env, far, w.From}, fn)
}

// scanHolds reads rows by hand: the portfolio has tens of thousands.
func scanHolds(ctx context.Context, tx db.Tx, query string, args []any, fn func(holdRow)) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r holdRow
		if err := rows.Scan((*string)(&r.Booking), (*string)(&r.Environment), &r.From, &r.To, (*string)(&r.Intent), (*string)(&r.Status)); err != nil {
			return err
		}
		fn(r)
	}
	return rows.Err()
}

const hour = time.Hour

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// lookAhead is how far searches for free times look at most.
const lookAhead = 366 * 24 * time.Hour

func lastsLong(s interval.Span) bool { return s.Length() > reach }

// spanAt is the shortest span at a moment.
func spanAt(t time.Time) interval.Span {
	return interval.Span{From: t, To: t.Add(time.Microsecond)}
}
