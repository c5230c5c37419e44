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

// columnsOf are the columns of a hold whose status is known, which lets an index alone answer. SQLite hands times over as it
// keeps them, as text: the portfolio has tens of thousands, and reading them here is several times quicker than in the
// driver.
func columnsOf(tx db.Tx, status string) string {
	from, to := "from_at", "to_at"
	if tx.Engine() == db.SQLite {
		from, to = "from_at || '' AS from_at", "to_at || '' AS to_at"
	}
	return "booking_id, environment_id, " + from + ", " + to + ", intent, " + status + " AS status"
}

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
	arm := func(status, cond string, more ...any) {
		arms = append(arms, "SELECT "+columnsOf(tx, status)+" FROM booking_environment WHERE "+where+cond)
		all = append(append(all, args...), more...)
	}
	near := " AND from_at < ? AND from_at > ? AND to_at > ?"
	switch {
	case envs == nil:
		arm("status", "status IN ('requested', 'approved')"+near, w.To, w.From.Add(-reach), w.From)
	case approved:
		arm("'approved'", "status = 'approved'"+near, w.To, w.From.Add(-reach), w.From)
	default:
		arm("'approved'", "status = 'approved'"+near, w.To, w.From.Add(-reach), w.From)
		arm("'requested'", "status = 'requested'"+near, w.To, w.From.Add(-reach), w.From)
	}
	arm("status", "lasts_long AND status IN ('requested', 'approved') AND from_at <= ? AND to_at > ?", w.From.Add(-reach), w.From)
	return scanHolds(ctx, tx, strings.Join(arms, " UNION ALL "), all, func(r holdRow) {
		if !approved || r.Status == Approved {
			fn(r)
		}
	})
}

// predecessor returns the last approved booking that begins before the window ends, if it reaches into the window, and the
// requested ones that do. On an exclusive environment that is all a check needs: approved ones are disjoint there.
func predecessor(ctx context.Context, tx db.Tx, env ref.Environment, w interval.Span, fn func(holdRow)) error {
	query := `SELECT * FROM (SELECT ` + columnsOf(tx, "'approved'") + ` FROM booking_environment
			WHERE environment_id = ? AND status = 'approved' AND from_at < ? ORDER BY booking_environment.from_at DESC LIMIT 1) AS p WHERE to_at > ?
		UNION ALL SELECT ` + columnsOf(tx, "'requested'") + ` FROM booking_environment
			WHERE environment_id = ? AND status = 'requested' AND from_at < ? AND from_at > ? AND to_at > ?
		UNION ALL SELECT ` + columnsOf(tx, "'requested'") + ` FROM booking_environment
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
	text := tx.Engine() == db.SQLite && !strings.HasPrefix(query, "SELECT "+holdColumns)
	for rows.Next() {
		var r holdRow
		if text {
			var from, to string
			if err := rows.Scan((*string)(&r.Booking), (*string)(&r.Environment), &from, &to, (*string)(&r.Intent), (*string)(&r.Status)); err != nil {
				return err
			}
			if r.From, err = storedTime(from); err != nil {
				return err
			}
			if r.To, err = storedTime(to); err != nil {
				return err
			}
			fn(r)
			continue
		}
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

// storedTime reads a time as SQLite keeps it: "2026-03-02 08:00:00.5+00:00", always in UTC.
func storedTime(s string) (time.Time, error) {
	digits := func(from, to int) int {
		n := 0
		for _, c := range []byte(s[from:to]) {
			n = n*10 + int(c-'0')
		}
		return n
	}
	if len(s) < 25 || s[len(s)-6:] != "+00:00" {
		return time.Parse("2006-01-02 15:04:05.999999999Z07:00", s)
	}
	nano := 0
	if fraction := len(s) - 6 - 20; s[19] == '.' && fraction > 0 {
		nano = digits(20, 20+fraction)
		for range 9 - fraction {
			nano *= 10
		}
	}
	return time.Date(digits(0, 4), time.Month(digits(5, 7)), digits(8, 10), digits(11, 13), digits(14, 16), digits(17, 19), nano, time.UTC), nil
}
