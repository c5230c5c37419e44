package audit

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// seesRecord reports whether the caller may see the history of the unit a record belongs to now: the unit of the newest
// event about the record that names one.
func seesRecord(ctx context.Context, tx db.Tx, kind, id string) (bool, error) {
	var path string
	err := tx.NewSelect().TableExpr("event AS e").Join("LEFT JOIN v_unit AS u ON u.id = e.unit_id").ColumnExpr("COALESCE(u.path, '')").
		Where("e.subject_kind = ? AND e.subject_id = ? AND e.unit_id IS NOT NULL", kind, id).
		OrderExpr("e.at DESC, e.id DESC").Limit(1).Scan(ctx, &path)
	if db.IsNoRows(err) {
		return false, nil
	}
	return err == nil && path != "" && authz.From(ctx).Can(PermViewHistory, path), err
}

// maySee decides about one event: the unit it happened in counts, and the one its record belongs to now.
func maySee(ctx context.Context, tx db.Tx, r events.Row) error {
	if authz.From(ctx).Everywhere(PermViewHistory) {
		return nil
	}
	if whole, err := seesRecord(ctx, tx, r.SubjectKind, r.SubjectID); whole || err != nil {
		return err
	}
	if r.Unit == nil {
		return authz.ErrNotFound
	}
	return authz.CheckUnit(ctx, tx, PermViewHistory, *r.Unit)
}

// shown turns a row into what the caller sees of it: the addresses people work from are for those who see everything.
func shown(ctx context.Context, r events.Row) events.Event {
	e := r.Event()
	if !authz.From(ctx).Everywhere(PermViewHistory) {
		e.Address = ""
	}
	return e
}

// kindsOfSubject returns the kinds of record under which the wanted id has history: the one the caller names, or those
// found by one look at the index per kind.
func (f Filter) kindsOfSubject(ctx context.Context, tx db.Tx) ([]string, error) {
	if f.SubjectKind != "" {
		return []string{f.SubjectKind}, nil
	}
	kinds := []string{""} // no record has it, and IN wants a value
	err := tx.NewRaw(`WITH RECURSIVE k (kind) AS (
			SELECT MIN(subject_kind) FROM event
			UNION ALL SELECT (SELECT MIN(e.subject_kind) FROM event AS e WHERE e.subject_kind > k.kind) FROM k WHERE k.kind IS NOT NULL
		) SELECT k.kind FROM k WHERE k.kind IS NOT NULL AND EXISTS (SELECT 1 FROM event AS e WHERE e.subject_kind = k.kind AND e.subject_id = ?)`, f.SubjectID).
		Scan(ctx, &kinds)
	if len(kinds) == 0 {
		kinds = []string{""}
	}
	return kinds, err
}

// kindPrefix keeps the kinds that begin with a text. PostgreSQL may compare by the rules of a language, in which a range
// of texts is not what begins alike; LIKE is right everywhere, and on SQLite the range is what the index serves.
func kindPrefix(tx db.Tx, q *bun.SelectQuery, prefix string) {
	if tx.Engine() == db.Postgres {
		q.Where(`e.kind LIKE ? ESCAPE '\'`, db.EscapeLike(prefix)+"%")
		return
	}
	q.Where("e.kind >= ? AND e.kind < ?", prefix, prefix+"~")
}
