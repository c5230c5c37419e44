package people

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// GrantSubject is whose grants are asked for: a person, or a service account.
type GrantSubject struct {
	Person  ref.Person
	Account ref.Account
}

// GrantsOfPerson returns what a person holds by themselves and through teams. Like the other methods of this file it
// runs inside another slice's transaction and speaks in types of the platform alone.
func (s *Service) GrantsOfPerson(ctx context.Context, tx db.Tx, person ref.Person) ([]authz.Grant, error) {
	return s.GrantsOf(ctx, tx, GrantSubject{Person: person})
}

// GrantsOfAccount returns what a service account holds.
func (s *Service) GrantsOfAccount(ctx context.Context, tx db.Tx, account ref.Account) ([]authz.Grant, error) {
	return s.GrantsOf(ctx, tx, GrantSubject{Account: account})
}

// GrantsOf returns the subject's grants that are in force now, expanded to paths and permissions. An inactive person
// holds nothing.
func (s *Service) GrantsOf(ctx context.Context, tx db.Tx, subject GrantSubject) ([]authz.Grant, error) {
	held, err := s.HoldingsOf(ctx, tx, subject)
	out := make([]authz.Grant, len(held))
	for i, h := range held {
		out[i] = h.Grant
	}
	return out, err
}

// Holding is a grant in force with what a person wants to see of it.
type Holding struct {
	authz.Grant
	ID       ref.Grant
	Role     ref.Role
	RoleName string
	UnitName string
	// Team is set when the role comes through a team.
	Team      ref.Team
	ExpiresAt *time.Time
}

// HoldingsOf is GrantsOf with names, for the page that shows people what they may do.
func (s *Service) HoldingsOf(ctx context.Context, tx db.Tx, subject GrantSubject) ([]Holding, error) {
	var rows []struct {
		Grant
		RoleName string `bun:"role_name"`
		All      bool   `bun:"all_permissions"`
		UnitName string `bun:"unit_name"`
		Path     string `bun:"path"`
	}
	q := tx.NewSelect().TableExpr("role_grant AS g").Join("JOIN role AS r ON r.id = g.role_id").Join("JOIN unit AS u ON u.id = g.unit_id").
		ColumnExpr("g.*, r.name AS role_name, r.all_permissions, u.name AS unit_name, u.path").
		Where("g.expires_at IS NULL OR g.expires_at > ?", s.clock.Now()).OrderExpr("u.path, g.id")
	if subject.Person != "" {
		q = q.Where(`(g.subject_kind = 'person' AND g.subject_id = ?
			OR g.subject_kind = 'team' AND g.subject_id IN (SELECT team_id FROM team_member WHERE person_id = ?))`, subject.Person, subject.Person).
			Where("EXISTS (SELECT 1 FROM person p WHERE p.id = ? AND p.state <> ?)", subject.Person, Inactive)
	} else {
		q = q.Where("g.subject_kind = 'service' AND g.subject_id = ?", subject.Account)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	ids := make([]ref.Role, len(rows))
	for i := range rows {
		ids[i] = rows[i].Role
	}
	allowed, err := permissionSets(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Holding, len(rows))
	for i, r := range rows {
		out[i] = Holding{
			Grant: authz.Grant{Unit: r.Unit, Path: r.Path, All: r.All, Permissions: allowed[r.Role]},
			ID:    r.ID, Role: r.Role, RoleName: r.RoleName, UnitName: r.UnitName, ExpiresAt: r.utc().ExpiresAt,
		}
		if r.SubjectKind == TeamSubject {
			out[i].Team = ref.Team(r.SubjectID)
		}
	}
	return out, nil
}

func permissionSets(ctx context.Context, tx db.Tx, roles []ref.Role) (map[ref.Role]map[authz.Permission]struct{}, error) {
	sets := make(map[ref.Role]map[authz.Permission]struct{}, len(roles))
	for _, id := range roles {
		sets[id] = map[authz.Permission]struct{}{}
	}
	if len(roles) == 0 {
		return sets, nil
	}
	var rows []struct {
		Role       ref.Role         `bun:"role_id"`
		Permission authz.Permission `bun:"permission"`
	}
	err := tx.NewSelect().Table("role_permission").Column("role_id", "permission").Where("role_id IN (?)", bun.In(roles)).Scan(ctx, &rows)
	for _, r := range rows {
		sets[r.Role][r.Permission] = struct{}{}
	}
	return sets, err
}

// GrantRole gives a role, named by id or by the code of a built-in one, to "person", "team" or "service"; unit "" means
// the root. created is false when the subject holds it already. It decides nothing about access.
func (s *Service) GrantRole(ctx context.Context, tx db.Tx, subjectKind, subjectID, role string, unit ref.Unit, expires *time.Time) (created bool, err error) {
	r, u, err := s.roleAndUnit(ctx, tx, role, unit)
	if err != nil {
		return false, err
	}
	exists, err := tx.NewSelect().Table("role_grant").Where("subject_kind = ? AND subject_id = ? AND role_id = ? AND unit_id = ?", subjectKind, subjectID, r.ID, u.ID).
		Where("expires_at IS NULL OR expires_at > ?", s.clock.Now()).Exists(ctx)
	if err != nil || exists {
		return false, err
	}
	name := subjectID
	switch SubjectKind(subjectKind) {
	case PersonSubject:
		var p Person
		p, err = loadPerson(ctx, tx, ref.Person(subjectID))
		name = p.Name
	case TeamSubject:
		var t Team
		t, err = loadTeam(ctx, tx, ref.Team(subjectID))
		name = t.Name
	case ServiceSubject:
		if s.accounts != nil {
			name, err = s.accounts.ServiceAccountName(ctx, tx, ref.Account(subjectID))
		}
	default:
		err = problem.Newf(problem.Invalid, "subject_kind", "A role is granted to a person, a team or a service account, not to a %q.", subjectKind)
	}
	if err != nil {
		return false, err
	}
	_, err = s.addGrant(ctx, tx, r, u, SubjectKind(subjectKind), subjectID, name, expires)
	return err == nil, err
}

// WithdrawRole withdraws what GrantRole gave; it does nothing when the subject does not hold it.
func (s *Service) WithdrawRole(ctx context.Context, tx db.Tx, subjectKind, subjectID, role string, unit ref.Unit) error {
	r, u, err := s.roleAndUnit(ctx, tx, role, unit)
	if err != nil {
		return err
	}
	return s.keepAdministrator(ctx, tx, func() error {
		_, err := s.endGrants(ctx, tx, "g.subject_kind = ? AND g.subject_id = ? AND g.role_id = ? AND g.unit_id = ?", subjectKind, subjectID, r.ID, u.ID)
		return err
	})
}

// WithdrawAll withdraws everything a subject holds, when it is deleted. It does not ask whether an administrator is left:
// whoever deletes a person goes through DeletePerson, which does.
func (s *Service) WithdrawAll(ctx context.Context, tx db.Tx, subjectKind, subjectID string) error {
	_, err := s.endGrants(ctx, tx, "g.subject_kind = ? AND g.subject_id = ?", subjectKind, subjectID)
	return err
}

// AdministratorExists reports whether somebody who is not inactive administers the whole organisation.
func (s *Service) AdministratorExists(ctx context.Context, tx db.Tx) (bool, error) {
	n, err := countAdministrators(ctx, tx, s.clock.Now())
	return n > 0, err
}

func (s *Service) roleAndUnit(ctx context.Context, tx db.Tx, role string, unit ref.Unit) (Role, Unit, error) {
	r, err := loadRole(ctx, tx, role)
	if err != nil {
		return r, Unit{}, err
	}
	if unit == "" {
		u, found, err := loadRoot(ctx, tx)
		if err == nil && !found {
			err = authz.ErrNotFound
		}
		return r, u, err
	}
	u, err := loadUnit(ctx, tx, unit)
	return r, u, err
}
