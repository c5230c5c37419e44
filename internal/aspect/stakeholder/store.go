package stakeholder

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Listed is a stakeholder with the names that stand beside them.
type Listed struct {
	Stakeholder
	Name  string `bun:"name"`
	Email string `bun:"email"`
	// State is the person's; empty for teams.
	State string `bun:"state"`
}

func listedQuery(tx db.Tx) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("stakeholder AS s").
		Join("LEFT JOIN v_person AS p ON p.id = s.person_id").Join("LEFT JOIN v_team AS t ON t.id = s.team_id").
		ColumnExpr("s.*, COALESCE(p.name, t.name, '') AS name, COALESCE(p.email, '') AS email, COALESCE(p.state, '') AS state")
}

// loadList returns the stakeholders of a record, the accountable one first.
func loadList(ctx context.Context, tx db.Tx, kind, id string) ([]Listed, error) {
	list := []Listed{}
	err := listedQuery(tx).Where("s.subject_kind = ? AND s.subject_id = ?", kind, id).
		OrderExpr("CASE WHEN s.accountable THEN 0 ELSE 1 END, CASE WHEN s.responsible THEN 0 ELSE 1 END, s.created_at, s.id").Scan(ctx, &list)
	for i := range list {
		if list[i].Roles == nil {
			list[i].Roles = []string{}
		}
		list[i].CreatedAt, list[i].UpdatedAt = list[i].CreatedAt.UTC(), list[i].UpdatedAt.UTC()
	}
	return list, err
}

// listVersion returns the version of a record's list; a record that never had stakeholders stands at 1.
func listVersion(ctx context.Context, tx db.Tx, kind, id string) (int64, error) {
	var version int64
	err := tx.NewSelect().Table("stakeholder_list").Column("version").Where("subject_kind = ? AND subject_id = ?", kind, id).Scan(ctx, &version)
	if db.IsNoRows(err) {
		return 1, nil
	}
	return version, err
}

// touchList makes changes of one record's list take turns and returns its version.
func touchList(ctx context.Context, tx db.Tx, kind, id string) (int64, error) {
	_, err := tx.ExecContext(ctx, `INSERT INTO stakeholder_list (subject_kind, subject_id, version) VALUES (?, ?, 1)
		ON CONFLICT (subject_kind, subject_id) DO UPDATE SET version = stakeholder_list.version`, kind, id)
	if err != nil {
		return 0, err
	}
	return listVersion(ctx, tx, kind, id)
}

func bumpList(ctx context.Context, tx db.Tx, kind, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE stakeholder_list SET version = version + 1 WHERE subject_kind = ? AND subject_id = ?`, kind, id)
	return err
}

func insertStakeholder(ctx context.Context, tx db.Tx, s Stakeholder) error {
	_, err := tx.NewInsert().Model(&s).Exec(ctx)
	return err
}

func updateStakeholder(ctx context.Context, tx db.Tx, s Stakeholder) error {
	_, err := tx.NewUpdate().Model(&s).
		Column("unit_id", "person_id", "team_id", "responsible", "accountable", "consulted", "informed", "roles", "updated_at").WherePK().Exec(ctx)
	return err
}

func deleteStakeholder(ctx context.Context, tx db.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM stakeholder WHERE id = ?`, id)
	return err
}

// identify fills in the names of a party, or says that there is no such party.
func identify(ctx context.Context, tx db.Tx, l *Listed, place string) error {
	p := l.party()
	var faults problem.Fields
	if !p.valid() {
		faults.Add(place, "person_or_team", "A stakeholder is either a person or a team.")
		return faults.Err("stakeholder_invalid", "Name either a person or a team.")
	}
	var found struct {
		Name  string `bun:"name"`
		Email string `bun:"email"`
		State string `bun:"state"`
	}
	q := tx.NewSelect().Table("v_person").Column("name", "email", "state").Where("id = ?", p.Person)
	code, message := "person_unknown", "There is no such person."
	if p.Team != "" {
		q = tx.NewSelect().Table("v_team").Column("name").Where("id = ?", p.Team)
		code, message = "team_unknown", "There is no such team."
	}
	if err := q.Scan(ctx, &found); db.IsNoRows(err) {
		faults.Add(place, code, message)
		return faults.Err(code, message)
	} else if err != nil {
		return err
	}
	l.Name, l.Email, l.State = found.Name, found.Email, found.State
	return nil
}
