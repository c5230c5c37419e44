package sheet

import (
	"context"
	"encoding/json"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// outcome is what becomes of one row.
type outcome struct {
	number   int
	act      string
	label    string
	status   string
	clashing bool
	record   string
	errors   []CellError
	notes    []string
	changes  map[string]events.Change
}

// clash is a row that does not go together with another row or a booking.
type clash struct {
	booking.ImportClash
	number           int
	aFrom, aTo       time.Time
	bFrom, bTo       time.Time
	aLabel, bLabel   string
	environmentLabel string
}

// step is one thing a run did.
type step struct {
	number  int
	act     string
	kind    string
	id      string
	label   string
	owner   string
	version int64
	before  any
}

// sink keeps outcomes in batches: a check in short transactions of its own, a run in its own one.
type sink struct {
	imp     *Import
	keep    func(ctx context.Context, fn func(ctx context.Context, tx db.Tx) error) error
	rows    [][]any
	clashes [][]any
	total   int64
}

const sinkBatch = 500

// mostClashes bounds the pairs that are kept; all are counted.
const mostClashes = 20_000

var (
	rowColumns   = []string{"import_id", "turn", "number", "act", "label", "status", "clashing", "record_id", "errors", "notes", "changes"}
	clashColumns = []string{"import_id", "turn", "position", "number", "other_number", "booking_id", "environment_id", "from_at", "to_at", "a_from_at", "a_to_at",
		"b_from_at", "b_to_at", "kind", "held", "a_label", "b_label"}
	stepColumns = []string{"import_id", "position", "number", "act", "record_kind", "record_id", "label", "owner_id", "after_version", "before"}
)

func asJSON(v any, empty string) string {
	raw, err := json.Marshal(v)
	if err != nil || string(raw) == "null" {
		return empty
	}
	return string(raw)
}

func (k *sink) put(ctx context.Context, o outcome) error {
	k.rows = append(k.rows, []any{k.imp.ID, k.imp.Turn, int64(o.number), o.act, shorten(o.label, 300), o.status, o.clashing, o.record,
		asJSON(o.errors, "[]"), asJSON(o.notes, "[]"), asJSON(o.changes, "{}")})
	if len(k.rows) < sinkBatch {
		return nil
	}
	return k.flush(ctx)
}

func (k *sink) clash(c clash) {
	if k.total++; k.total > mostClashes {
		return
	}
	k.clashes = append(k.clashes, []any{k.imp.ID, k.imp.Turn, k.total, int64(c.number), int64(c.Row), string(c.Booking), string(c.Environment), c.Overlap.From, c.Overlap.To,
		c.aFrom, c.aTo, c.bFrom, c.bTo, string(c.Kind), c.Held, shorten(c.aLabel, 300), shorten(c.bLabel, 300)})
}

func (k *sink) flush(ctx context.Context) error {
	rows, clashes := k.rows, k.clashes
	k.rows, k.clashes = nil, nil
	if len(rows)+len(clashes) == 0 {
		return nil
	}
	return k.keep(ctx, func(ctx context.Context, tx db.Tx) error {
		if len(rows) > 0 {
			if err := tx.BulkInsert(ctx, "sheet_row", rowColumns, rows); err != nil {
				return err
			}
		}
		if len(clashes) == 0 {
			return nil
		}
		return tx.BulkInsert(ctx, "sheet_clash", clashColumns, clashes)
	})
}
