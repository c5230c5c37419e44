package booking

import (
	"context"
	"slices"
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

// holdColumns are what a hold is made of, in an order in which an index alone answers.
var holdColumns = []string{"environment_id", "from_at", "to_at", "intent", "status", "booking_id"}

// selectHolds selects them. SQLite hands times over as it keeps them, as text, which is read here several times quicker than
// in the driver.
func selectHolds(tx db.Tx) string { return holdsFrom(tx) + " WHERE " }

// selectLasting selects those that last long.
func selectLasting(tx db.Tx) string {
	return holdsFrom(tx) + tx.Using(lastingIndex) + " WHERE lasts_long AND "
}

func holdsFrom(tx db.Tx) string {
	if tx.Engine() == db.SQLite {
		return "SELECT environment_id, from_at || '', to_at || '', intent, status, booking_id FROM booking_environment"
	}
	return "SELECT environment_id, from_at, to_at, intent, status, booking_id FROM booking_environment"
}

// lastingIndex holds what lasts long.
const lastingIndex = "booking_environment_lasting"

// holdOf reads a row of holdColumns.
func holdOf(r *db.Row) holdRow {
	return holdRow{Booking: ref.Booking(r.Text(5)), Environment: ref.Environment(r.Text(0)), From: r.Time(1), To: r.Time(2), Intent: intentOf(r.Bytes(3)), Status: statusOf(r.Bytes(4))}
}

// intentOf and statusOf read the words without keeping a copy of each.
func intentOf(word []byte) Intent {
	for _, i := range Intents {
		if string(word) == string(i) {
			return i
		}
	}
	return Intent(word)
}

func statusOf(word []byte) Status {
	switch string(word) {
	case string(Approved):
		return Approved
	case string(Requested):
		return Requested
	}
	return Status(word)
}

// liveHolds returns the live bookings of environments that overlap a window; without environments those of all. approved
// leaves out the requested ones.
func liveHolds(ctx context.Context, tx db.Tx, envs []ref.Environment, w interval.Span, approved bool, fn func(holdRow)) error {
	if envs != nil && len(envs) <= fewPlaces {
		var b db.Batch
		askHolds(&b, tx, envs, w, approved, fn)
		return tx.Run(ctx, &b)
	}
	far := w.From.Add(-reach)
	live := "status IN ('requested', 'approved')"
	near := []string{"status = 'approved'", "status = 'requested'"}
	switch {
	case approved:
		live = "status = 'approved'"
		near = near[:1]
	case envs == nil:
		near = []string{live}
	}
	where, args := "", []any{}
	if envs != nil {
		where, args = "environment_id IN (?) AND ", []any{bun.List(envs)}
	}
	// Names of environments repeat; one copy of each is enough.
	names := map[string]ref.Environment{}
	note := func(r *db.Row) error {
		env, ok := names[string(r.Bytes(0))]
		if !ok {
			env = ref.Environment(r.Text(0))
			names[string(env)] = env
		}
		fn(holdRow{Booking: ref.Booking(r.Text(5)), Environment: env, From: r.Time(1), To: r.Time(2), Intent: intentOf(r.Bytes(3)), Status: statusOf(r.Bytes(4))})
		return nil
	}
	for _, status := range near {
		err := tx.Stream(ctx, note, holdColumns, "FROM booking_environment WHERE "+where+status+" AND from_at < ? AND from_at > ? AND to_at > ?",
			slices.Concat(args, []any{w.To, far, w.From})...)
		if err != nil {
			return err
		}
	}
	return tx.Stream(ctx, note, holdColumns, "FROM booking_environment"+tx.Using(lastingIndex)+" WHERE lasts_long AND "+where+live+" AND from_at <= ? AND to_at > ?", slices.Concat(args, []any{far, w.From})...)
}

// approvedTimes returns when environments are taken in a window by approved bookings, and nothing more of these.
func approvedTimes(ctx context.Context, tx db.Tx, envs []ref.Environment, w interval.Span, fn func(ref.Environment, interval.Span)) error {
	far, columns, ends := w.From.Add(-reach), []string{"environment_id", "from_at", "to_at"}, "to_at"
	if tx.Engine() == db.SQLite {
		ends = "+to_at" // so that it does not try to read a number from each
	}
	names := map[string]ref.Environment{}
	for _, id := range envs {
		names[string(id)] = id
	}
	note := func(r *db.Row) error {
		fn(names[string(r.Bytes(0))], interval.Span{From: r.Time(1), To: r.Time(2)})
		return nil
	}
	for _, chunk := range db.Chunks(envs, 1000) {
		err := tx.Stream(ctx, note, columns, "FROM booking_environment WHERE environment_id IN (?) AND status = 'approved' AND from_at < ? AND from_at > ? AND "+ends+" > ?",
			bun.List(chunk), w.To, far, w.From)
		if err != nil {
			return err
		}
		err = tx.Stream(ctx, note, columns, "FROM booking_environment"+tx.Using(lastingIndex)+" WHERE lasts_long AND environment_id IN (?) AND status = 'approved' AND from_at <= ? AND to_at > ?",
			bun.List(chunk), far, w.From)
		if err != nil {
			return err
		}
	}
	return nil
}

// askHolds puts liveHolds of few environments into a batch.
func askHolds(b *db.Batch, tx db.Tx, envs []ref.Environment, w interval.Span, approved bool, fn func(holdRow)) {
	note := func(r *db.Row) error { fn(holdOf(r)); return nil }
	whose, arg := tx.Among("environment_id"), any(db.TextsOf(envs))
	if len(envs) == 1 {
		whose, arg = "environment_id = ?", string(envs[0])
	}
	query := selectHolds(tx) + whose
	far := w.From.Add(-reach)
	near := query + " AND status = 'approved' AND from_at < ? AND from_at > ? AND to_at > ? UNION ALL " + selectLasting(tx) + whose + " AND from_at <= ? AND to_at > ?"
	args := []any{arg, w.To, far, w.From, arg, far, w.From}
	if approved {
		b.Ask(note, near+" AND status = 'approved'", args...)
		return
	}
	b.Ask(note, near+" AND status IN ('requested', 'approved') UNION ALL "+query+" AND status = 'requested' AND from_at < ? AND from_at > ? AND to_at > ?",
		append(args, arg, w.To, far, w.From)...)
}

// askPredecessor puts into a batch the question for the last approved booking that begins before the window ends, if it
// reaches into the window, and the requested ones that do. On an exclusive environment that is all a check needs: approved
// ones are disjoint there.
func askPredecessor(b *db.Batch, tx db.Tx, env ref.Environment, w interval.Span, fn func(holdRow)) {
	query, id, far := selectHolds(tx), string(env), w.From.Add(-reach)
	b.Ask(func(r *db.Row) error {
		if h := holdOf(r); h.To.After(w.From) {
			fn(h)
		}
		return nil
	}, `SELECT * FROM (`+query+`environment_id = ? AND status = 'approved' AND from_at < ? ORDER BY booking_environment.from_at DESC LIMIT 1) AS predecessor
		UNION ALL `+query+`environment_id = ? AND status = 'requested' AND from_at < ? AND from_at > ? AND to_at > ?
		UNION ALL `+selectLasting(tx)+`environment_id = ? AND from_at <= ? AND to_at > ? AND status = 'requested'`,
		id, w.To, id, w.To, far, w.From, id, far, w.From)
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
