package sheet

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
)

// recall finds which records rows stand for, by their folded references.
func (p *plan) recall(ctx context.Context, tx db.Tx, references []string) (map[string]string, error) {
	out := map[string]string{}
	keys := []string{}
	for _, r := range references {
		if f := foldName(r); f != "" {
			keys = append(keys, f)
		}
	}
	for _, chunk := range db.Chunks(keys, 1000) {
		var rows []struct {
			Key    string `bun:"reference_key"`
			Record string `bun:"record_id"`
		}
		err := tx.NewSelect().Table("sheet_reference").Column("reference_key", "record_id").
			Where("kind = ? AND unit_id = ? AND source_key = ? AND reference_key IN (?)", p.imp.Kind, p.imp.Unit, foldName(p.imp.Choices.Source), bun.In(chunk)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Key] = r.Record
		}
	}
	return out, nil
}

// remember keeps which record a row stands for.
func (p *plan) remember(ctx context.Context, tx db.Tx, reference, record string) error {
	if reference == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO sheet_reference (kind, unit_id, source_key, reference_key, record_id, import_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, unit_id, source_key, reference_key) DO UPDATE SET record_id = excluded.record_id, import_id = excluded.import_id`,
		p.imp.Kind, p.imp.Unit, foldName(p.imp.Choices.Source), foldName(reference), record, p.imp.ID, p.s.Clock.Now())
	return err
}
