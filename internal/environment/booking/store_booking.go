package booking

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// numberBlock is how many booking numbers a process takes at once.
const numberBlock = 100

// take returns n numbers. Those of a block that is taken inside a transaction go to others once it is kept.
func (p *numbers) take(ctx context.Context, tx db.Tx, n int) ([]int64, error) {
	p.mu.Lock()
	if len(p.free) >= n {
		out := p.free[:n:n]
		p.free = p.free[n:]
		p.mu.Unlock()
		return out, nil
	}
	p.mu.Unlock()
	size := max(numberBlock, n)
	var end int64
	if err := tx.NewRaw(`UPDATE booking_number SET next = next + ? WHERE id = 1 RETURNING next`, size).Scan(ctx, &end); err != nil {
		return nil, err
	}
	all := make([]int64, size)
	for i := range all {
		all[i] = end - int64(size) + int64(i)
	}
	if rest := all[n:]; len(rest) > 0 {
		tx.AfterCommit(func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.free = append(p.free, rest...)
		})
	}
	return all[:n], nil
}

// findBooking returns a booking by its id or reference; it decides nothing about access.
func findBooking(ctx context.Context, tx db.Tx, idOrReference string) (Booking, error) {
	var b Booking
	q := tx.NewSelect().Model(&b)
	if n, ok := numberOf(idOrReference); ok {
		q = q.Where("b.number = ?", n)
	} else {
		q = q.Where("b.id = ?", idOrReference)
	}
	err := q.Scan(ctx)
	if db.IsNoRows(err) {
		return b, authz.ErrNotFound
	}
	return b.utc(), err
}

func partsOf(ctx context.Context, tx db.Tx, ids ...ref.Booking) (map[ref.Booking][]Part, error) {
	out := make(map[ref.Booking][]Part, len(ids))
	for _, chunk := range db.Chunks(ids, 1000) {
		var parts []Part
		if err := tx.NewSelect().Model(&parts).Where("be.booking_id IN (?)", bun.In(chunk)).OrderExpr("be.booking_id, be.environment_id").Scan(ctx); err != nil {
			return nil, err
		}
		for _, p := range parts {
			p.From, p.To = p.From.UTC(), p.To.UTC()
			out[p.Booking] = append(out[p.Booking], p)
		}
	}
	return out, nil
}

func environmentsOf(parts []Part) []ref.Environment {
	out := make([]ref.Environment, len(parts))
	for i, p := range parts {
		out[i] = p.Environment
	}
	return out
}

var partColumns = []string{"booking_id", "environment_id", "from_at", "to_at", "intent", "status", "lasts_long", "approved_by", "approved_at", "number", "title", "holder_id", "booking_version"}

func (p Part) row() []any {
	return []any{string(p.Booking), string(p.Environment), p.From, p.To, string(p.Intent), string(p.Status), p.LastsLong, p.ApprovedBy, p.ApprovedAt, p.Number, p.Title, string(p.Holder), p.Version}
}

var bookingColumns = []string{
	"id", "number", "title", "title_key", "description", "status", "intent", "from_at", "to_at", "holder_id", "requester_id", "requester_name", "unit_id",
	"release", "request_id", "priority", "group_id", "asked", "series_id", "decided_by", "decided_at", "waiting_since", "version", "created_at", "updated_at",
}

func (b *Booking) row() []any {
	asked := []byte("{}")
	if len(b.Asked) > 0 {
		asked, _ = json.Marshal(b.Asked) //nolint:errchkjson // it came from JSON
	}
	return []any{
		string(b.ID), b.Number, b.Title, b.TitleKey, b.Description, string(b.Status), string(b.Intent), b.From, b.To, none(b.Holder), b.Requester, b.RequesterName, string(b.Unit),
		b.Release, none(b.Request), b.Priority, none(b.Group), string(asked), none(b.Series), b.DecidedBy, b.DecidedAt, b.WaitingSince, b.Version, b.CreatedAt, b.UpdatedAt,
	}
}

func none[T ~string](id T) any {
	if id == "" {
		return nil
	}
	return string(id)
}

// insertDrafts writes new bookings with their parts.
func insertDrafts(ctx context.Context, tx db.Tx, drafts ...*draft) error {
	bookings := make([][]any, 0, len(drafts))
	var parts [][]any
	for _, d := range drafts {
		d.mirror()
		bookings = append(bookings, d.Booking.row())
		for _, p := range d.parts {
			parts = append(parts, p.row())
		}
	}
	if err := tx.BulkInsert(ctx, "booking", bookingColumns, bookings); err != nil {
		return err
	}
	return tx.BulkInsert(ctx, "booking_environment", partColumns, parts)
}

// insertBooking and insertPart write one booking, and what it takes of one environment.
var (
	insertBooking = insertOne("booking", bookingColumns)
	insertPart    = insertOne("booking_environment", partColumns)
)

func insertOne(table string, columns []string) string {
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
}

// insertDraft puts one new booking with its parts into a batch; COPY is for many.
func insertDraft(b *db.Batch, d *draft) {
	d.mirror()
	b.Exec(insertBooking, d.Booking.row()...)
	for _, p := range d.parts {
		b.Exec(insertPart, p.row()...)
	}
}

var errChanged = errors.New("the booking was changed meanwhile")

// storeDraft writes a changed booking with its parts. It fails with errChanged when somebody else wrote it since it was read.
func storeDraft(ctx context.Context, tx db.Tx, d *draft) error {
	b := d.Booking
	if b.Asked == nil {
		b.Asked = map[string]any{}
	}
	read := b.Version
	b.Version++
	res, err := tx.NewUpdate().Model(b).ExcludeColumn("id", "number", "created_at", "requester_id", "requester_name", "series_id").
		Where("id = ? AND version = ?", b.ID, read).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		if err == nil {
			err = errChanged
		}
		return err
	}
	d.mirror()
	if _, err := tx.ExecContext(ctx, `DELETE FROM booking_environment WHERE booking_id = ?`, b.ID); err != nil {
		return err
	}
	rows := make([][]any, len(d.parts))
	for i, p := range d.parts {
		rows[i] = p.row()
	}
	return tx.BulkUpsert(ctx, "booking_environment", partColumns, []string{"booking_id", "environment_id"}, nil, "", rows)
}

// draft is a booking in the making: the record, its parts, and the environments as they were locked.
type draft struct {
	*Booking
	parts []Part
	envs  map[ref.Environment]environment.Bookable
}

// mirror repeats in the parts what the schedule needs.
func (d *draft) mirror() {
	d.TitleKey = ref.NameKey(d.Title)
	for i := range d.parts {
		p := &d.parts[i]
		p.Booking, p.From, p.To, p.Intent, p.Status, p.LastsLong = d.ID, d.From, d.To, d.Intent, d.Status, lastsLong(d.Span())
		p.Number, p.Title, p.Holder, p.Version = d.Booking.Number, d.Title, d.Holder, d.Version
	}
}

func (d *draft) ids() []ref.Environment { return environmentsOf(d.parts) }

// names lists the environments for a sentence.
func (d *draft) names() string {
	out := ""
	for i, p := range d.parts {
		switch {
		case i == 3 && len(d.parts) > 4:
			return out + " and " + count(len(d.parts)-3, "other environment")
		case i > 0:
			out += ", "
		}
		if e, ok := d.envs[p.Environment]; ok {
			out += e.Name
		} else {
			out += string(p.Environment)
		}
	}
	return out
}
