package people

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// grantRow is a grant with the names that a person wants to see.
type grantRow struct {
	Grant
	RoleName    string `bun:"role_name"`
	UnitName    string `bun:"unit_name"`
	UnitPath    string `bun:"unit_path"`
	SubjectName string `bun:"subject_name"`
}

const grantColumns = `g.id, g.role_id, g.unit_id, g.subject_kind, g.subject_id, g.expires_at, g.created_at, g.created_by,
	r.name AS role_name, u.name AS unit_name, u.path AS unit_path, COALESCE(p.name, t.name, g.subject_id) AS subject_name`

const grantTables = `role_grant AS g`

const grantJoins = `JOIN role AS r ON r.id = g.role_id
	JOIN unit AS u ON u.id = g.unit_id
	LEFT JOIN person AS p ON g.subject_kind = 'person' AND p.id = g.subject_id
	LEFT JOIN team AS t ON g.subject_kind = 'team' AND t.id = g.subject_id`

func grantsWhere(ctx context.Context, tx db.Tx, cond string, args ...any) ([]grantRow, error) {
	var rows []grantRow
	err := tx.NewSelect().TableExpr(grantTables).ColumnExpr(grantColumns).Join(grantJoins).Where(cond, args...).OrderExpr("g.id").Scan(ctx, &rows)
	for i := range rows {
		rows[i].Grant = rows[i].utc()
	}
	return rows, err
}

// endGrants deletes the grants a condition selects and says so one by one.
func (s *Service) endGrants(ctx context.Context, tx db.Tx, cond string, args ...any) (int64, error) {
	rows, err := grantsWhere(ctx, tx, cond, args...)
	if err != nil {
		return 0, err
	}
	for _, g := range rows {
		if _, err := tx.ExecContext(ctx, `DELETE FROM role_grant WHERE id = ?`, g.ID); err != nil {
			return 0, err
		}
		if err := s.appendGrant(ctx, tx, GrantDeleted, g, &g.Grant, nil); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), nil
}

func (s *Service) appendGrant(ctx context.Context, tx db.Tx, kind events.Kind, g grantRow, before, after *Grant) error {
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(g.ID), SubjectLabel: g.SubjectName, Unit: g.Unit, Changes: events.Diff(before, after, "createdBy"),
		Data: map[string]any{"role": g.RoleName, "unit": g.UnitName, "subjectKind": g.SubjectKind, "subjectId": g.SubjectID},
	})
}

func (g Grant) utc() Grant {
	g.CreatedAt = g.CreatedAt.UTC()
	if g.ExpiresAt != nil {
		t := time.Time.UTC(*g.ExpiresAt)
		g.ExpiresAt = &t
	}
	return g
}
