package people

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// loadTeam returns a team or the not-found problem.
func loadTeam(ctx context.Context, tx db.Tx, id ref.Team) (Team, error) {
	var t Team
	err := tx.NewSelect().Model(&t).Where("t.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return t, authz.ErrNotFound
	}
	t.CreatedAt, t.UpdatedAt = t.CreatedAt.UTC(), t.UpdatedAt.UTC()
	return t, err
}

// mayTeam loads a team and checks perm on its unit.
func mayTeam(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Team) (Team, error) {
	t, err := loadTeam(ctx, tx, id)
	if err != nil {
		return t, err
	}
	_, err = mayUnit(ctx, tx, perm, t.Unit)
	return t, err
}

// touchTeam locks a team for a change of the record or its members.
func touchTeam(ctx context.Context, tx db.Tx, id ref.Team) (Team, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE team SET version = version WHERE id = ?`, id); err != nil {
		return Team{}, err
	}
	return mayTeam(ctx, tx, PermManageTeam, id)
}

func checkTeamVersion(t Team, version int64) error {
	if t.Version != version {
		return httpapi.Stale(t.Version, t)
	}
	return nil
}

// bodyTeam returns the team a request body names at the given place.
func bodyTeam(ctx context.Context, tx db.Tx, id ref.Team, place string) (Team, error) {
	t, err := mayTeam(ctx, tx, PermViewTeam, id)
	if problem.KindOf(err) == problem.NotFound {
		var faults problem.Fields
		faults.Add(place, "team_unknown", "There is no such team, or you may not see it.")
		return t, faults.Err("team_unknown", "The team does not exist, or you may not see it.")
	}
	return t, err
}

func insertTeam(ctx context.Context, tx db.Tx, t Team) error {
	_, err := tx.NewInsert().Model(&t).Exec(ctx)
	return teamNameTaken(err, t.Name)
}

func updateTeam(ctx context.Context, tx db.Tx, t *Team) error {
	t.Version++
	_, err := tx.NewUpdate().Model(t).ExcludeColumn("id", "created_at").WherePK().Exec(ctx)
	return teamNameTaken(err, t.Name)
}

func teamNameTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "team_name_taken", "There is already a team called %q in the unit. Choose another name.", name).Because(err)
	}
	return err
}

// membersOf returns the members with the names that stand beside them, leads first.
func membersOf(ctx context.Context, tx db.Tx, id ref.Team) ([]ListedMember, error) {
	list := []ListedMember{}
	err := tx.NewSelect().TableExpr("team_member AS m").Join("JOIN person AS p ON p.id = m.person_id").
		ColumnExpr("m.person_id, m.lead, p.name, p.email, p.state").Where("m.team_id = ?", id).
		OrderExpr("CASE WHEN m.lead THEN 0 ELSE 1 END, p.name_key, p.id").Scan(ctx, &list)
	return list, err
}
