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
	var rows []struct {
		Role ref.Role `bun:"role_id"`
		All  bool     `bun:"all_permissions"`
		Unit ref.Unit `bun:"unit_id"`
		Path string   `bun:"path"`
	}
	q := tx.NewSelect().TableExpr("role_grant AS g").Join("JOIN role AS r ON r.id = g.role_id").Join("JOIN unit AS u ON u.id = g.unit_id").
		ColumnExpr("DISTINCT g.role_id, r.all_permissions, g.unit_id, u.path").
		Where("g.expires_at IS NULL OR g.expires_at > ?", s.clock.Now()).OrderExpr("u.path, g.role_id")
	if subject.Person != "" {
		q = q.Where(`(g.subject_kind = 'person' AND g.subject_id = ?
			OR g.subject_kind = 'team' AND g.subject_id IN (SELECT team_id FROM team_member WHERE person_id = ?))`, subject.Person, subject.Person).
			Where("EXISTS (SELECT 1 FROM person p WHERE p.id = ? AND p.state <> ?)", subject.Person, Inactive)
	} else {
		q = q.Where("g.subject_kind = 'service' AND g.subject_id = ?", subject.Account)
	}
	if err := q.Scan(ctx, &rows); err != nil || len(rows) == 0 {
		return []authz.Grant{}, err
	}
	roles := map[ref.Role]map[authz.Permission]struct{}{}
	ids := []ref.Role{}
	for _, r := range rows {
		if roles[r.Role] == nil {
			roles[r.Role], ids = map[authz.Permission]struct{}{}, append(ids, r.Role)
		}
	}
	var perms []struct {
		Role       ref.Role         `bun:"role_id"`
		Permission authz.Permission `bun:"permission"`
	}
	if err := tx.NewSelect().Table("role_permission").Column("role_id", "permission").Where("role_id IN (?)", bun.In(ids)).Scan(ctx, &perms); err != nil {
		return nil, err
	}
	for _, p := range perms {
		roles[p.Role][p.Permission] = struct{}{}
	}
	out := make([]authz.Grant, len(rows))
	for i, r := range rows {
		out[i] = authz.Grant{Unit: r.Unit, Path: r.Path, All: r.All, Permissions: roles[r.Role]}
	}
	return out, nil
}

// GrantRole gives a role, named by id or by the code of a built-in one, to "person", "team" or "service"; unit "" means
// the root. It does nothing when the subject holds it already, and decides nothing about access.
func (s *Service) GrantRole(ctx context.Context, tx db.Tx, subjectKind, subjectID, role string, unit ref.Unit, expires *time.Time) error {
	r, u, err := s.roleAndUnit(ctx, tx, role, unit)
	if err != nil {
		return err
	}
	exists, err := tx.NewSelect().Table("role_grant").Where("subject_kind = ? AND subject_id = ? AND role_id = ? AND unit_id = ?", subjectKind, subjectID, r.ID, u.ID).
		Where("expires_at IS NULL OR expires_at > ?", s.clock.Now()).Exists(ctx)
	if err != nil || exists {
		return err
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
		return err
	}
	_, err = s.addGrant(ctx, tx, r, u, SubjectKind(subjectKind), subjectID, name, expires)
	return err
}

// RevokeRole withdraws what GrantRole gave; it does nothing when the subject does not hold it.
func (s *Service) RevokeRole(ctx context.Context, tx db.Tx, subjectKind, subjectID, role string, unit ref.Unit) error {
	r, u, err := s.roleAndUnit(ctx, tx, role, unit)
	if err != nil {
		return err
	}
	return s.keepAdministrator(ctx, tx, func() error {
		_, err := s.endGrants(ctx, tx, "g.subject_kind = ? AND g.subject_id = ? AND g.role_id = ? AND g.unit_id = ?", subjectKind, subjectID, r.ID, u.ID)
		return err
	})
}

// RevokeAll withdraws everything a subject holds, when it is deleted.
func (s *Service) RevokeAll(ctx context.Context, tx db.Tx, subjectKind, subjectID string) error {
	_, err := s.endGrants(ctx, tx, "g.subject_kind = ? AND g.subject_id = ?", subjectKind, subjectID)
	return err
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
