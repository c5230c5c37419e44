package sheet

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"

	"github.com/uptrace/bun"
)

// ImportFilter narrows ListImports; empty members do not.
type ImportFilter struct {
	Kind   Kind
	State  []State
	Unit   ref.Unit
	Cursor string
	Limit  int
}

// ListImports returns a page of imports, the newest first.
func (s *Service) ListImports(ctx context.Context, f ImportFilter) (page httpapi.Page[Import], err error) {
	var at time.Time
	var id string
	more, err := httpapi.DecodeCursor(f.Cursor, &at, &id)
	if err != nil {
		return page, err
	}
	var list []Import
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewSelect().Model(&list).Apply(authz.Filter(ctx, PermImport, "i.unit_id")).Where("i.ready AND i.state <> 'discarded'")
		if f.Kind != "" {
			q = q.Where("i.kind = ?", f.Kind)
		}
		if len(f.State) > 0 {
			q = q.Where("i.state IN (?)", bun.In(f.State))
		}
		if f.Unit != "" {
			q = q.Where("i.unit_id = ?", f.Unit)
		}
		if more {
			q = q.Where("(i.created_at, i.id) < (?, ?)", at.UTC(), id)
		}
		return q.OrderExpr("i.created_at DESC, i.id DESC").Limit(int64(f.Limit + 1)).Scan(ctx)
	})
	for n := range list {
		list[n] = list[n].utc()
	}
	return httpapi.NewPage(list, f.Limit, func(i Import) []any { return []any{i.CreatedAt, i.ID} }), err
}

// GetImport returns an import.
func (s *Service) GetImport(ctx context.Context, id string) (i Import, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		i, err = s.may(ctx, tx, id)
		return err
	})
	if p, ok := s.progress.Load(id); ok && (i.State == Running || i.State == Checking) {
		done := p.([2]int64)
		i.ProgressDone, i.ProgressTotal = done[0], done[1]
	}
	return i, err
}

// RowView is what becomes, or became, of one row.
type RowView struct {
	Number   int                      `bun:"number" json:"number"`
	Act      string                   `bun:"act" json:"act" enum:"new,changed,unchanged,invalid,skipped"`
	Label    string                   `bun:"label" json:"label"`
	Status   string                   `bun:"status" json:"status,omitempty" doc:"The status of the booking."`
	Clashing bool                     `bun:"clashing" json:"clashing"`
	RecordID string                   `bun:"record_id" json:"recordId,omitempty" doc:"The record it stands for."`
	Errors   []CellError              `bun:"errors,type:jsonb" json:"errors" nullable:"false"`
	Notes    []string                 `bun:"notes,type:jsonb" json:"notes" nullable:"false"`
	Changes  map[string]events.Change `bun:"changes,type:jsonb" json:"changes,omitempty" doc:"Field → [old, new]."`
}

// RowFilter narrows ListRows.
type RowFilter struct {
	Act      []string
	Clashing bool
	Cursor   string
	Limit    int
}

// ListRows returns a page of what becomes of the rows of an import, in the order of the sheet.
func (s *Service) ListRows(ctx context.Context, id string, f RowFilter) (page httpapi.Page[RowView], err error) {
	var after int
	more, err := httpapi.DecodeCursor(f.Cursor, &after)
	if err != nil {
		return page, err
	}
	var list []RowView
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.may(ctx, tx, id); err != nil {
			return err
		}
		q := tx.NewSelect().TableExpr("sheet_row AS r").ColumnExpr("r.number, r.act, r.label, r.status, r.clashing, r.record_id, r.errors, r.notes, r.changes").
			Where("r.import_id = ? AND r.turn = (SELECT MAX(turn) FROM sheet_row WHERE import_id = ?)", id, id)
		if len(f.Act) > 0 {
			q = q.Where("r.act IN (?)", bun.In(f.Act))
		}
		if f.Clashing {
			q = q.Where("r.clashing")
		}
		if more {
			q = q.Where("r.number > ?", after)
		}
		return q.OrderExpr("r.number").Limit(int64(f.Limit+1)).Scan(ctx, &list)
	})
	return httpapi.NewPage(list, f.Limit, func(r RowView) []any { return []any{r.Number} }), err
}

// ClashView is two bookings that do not go together: a row of the sheet, and another row or a booking that is there.
type ClashView struct {
	Position    int64           `json:"position"`
	Environment ref.Environment `json:"environmentId"`
	Key         string          `json:"environment"`
	Row         ClashSide       `json:"row"`
	Other       ClashSide       `json:"other"`
	From        time.Time       `json:"from" doc:"When they begin to share the environment."`
	To          time.Time       `json:"to"`
	Kind        string          `json:"kind" enum:"exclusive,capacity,intent"`
	Held        bool            `json:"held" doc:"Whether the other is approved, so that the row cannot be."`
}

// ClashSide is one of two bookings that do not go together.
type ClashSide struct {
	Number    int         `json:"number,omitempty" doc:"The row, where it is one of the sheet."`
	Booking   ref.Booking `json:"bookingId,omitempty"`
	Reference string      `json:"reference,omitempty"`
	Label     string      `json:"label"`
	From      time.Time   `json:"from"`
	To        time.Time   `json:"to"`
}

// ListClashes returns a page of the pairs of bookings that do not go together.
func (s *Service) ListClashes(ctx context.Context, id, cursor string, limit int) (page httpapi.Page[ClashView], err error) {
	var after int64
	more, err := httpapi.DecodeCursor(cursor, &after)
	if err != nil {
		return page, err
	}
	var list []ClashView
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.may(ctx, tx, id); err != nil {
			return err
		}
		var rows []struct {
			Position    int64           `bun:"position"`
			Number      int             `bun:"number"`
			OtherNumber int             `bun:"other_number"`
			Booking     ref.Booking     `bun:"booking_id"`
			Environment ref.Environment `bun:"environment_id"`
			From        time.Time       `bun:"from_at"`
			To          time.Time       `bun:"to_at"`
			AFrom       time.Time       `bun:"a_from_at"`
			ATo         time.Time       `bun:"a_to_at"`
			BFrom       time.Time       `bun:"b_from_at"`
			BTo         time.Time       `bun:"b_to_at"`
			Kind        string          `bun:"kind"`
			Held        bool            `bun:"held"`
			ALabel      string          `bun:"a_label"`
			BLabel      string          `bun:"b_label"`
			Key         string          `bun:"key"`
			Reference   int64           `bun:"reference"`
			Title       string          `bun:"title"`
		}
		q := tx.NewSelect().TableExpr("sheet_clash AS c").Join("LEFT JOIN v_environment AS e ON e.id = c.environment_id").Join("LEFT JOIN v_booking AS b ON b.id = c.booking_id").
			ColumnExpr("c.position, c.number, c.other_number, c.booking_id, c.environment_id, c.from_at, c.to_at, c.a_from_at, c.a_to_at, c.b_from_at, c.b_to_at, c.kind, c.held, c.a_label, c.b_label").
			ColumnExpr("COALESCE(e.key, '') AS key, COALESCE(b.number, 0) AS reference, COALESCE(b.title, '') AS title").
			Where("c.import_id = ? AND c.turn = (SELECT MAX(turn) FROM sheet_clash WHERE import_id = ?)", id, id)
		if more {
			q = q.Where("c.position > ?", after)
		}
		if err := q.OrderExpr("c.position").Limit(int64(limit+1)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			v := ClashView{Position: r.Position, Environment: r.Environment, Key: r.Key, From: r.From.UTC(), To: r.To.UTC(), Kind: r.Kind, Held: r.Held,
				Row:   ClashSide{Number: r.Number, Label: r.ALabel, From: r.AFrom.UTC(), To: r.ATo.UTC()},
				Other: ClashSide{Number: r.OtherNumber, Booking: r.Booking, Label: r.BLabel, From: r.BFrom.UTC(), To: r.BTo.UTC()}}
			if r.Booking != "" {
				v.Other.Number, v.Other.Label, v.Other.Reference = 0, r.Title, bookingReference(r.Reference)
			}
			list = append(list, v)
		}
		return nil
	})
	return httpapi.NewPage(list, limit, func(c ClashView) []any { return []any{c.Position} }), err
}
