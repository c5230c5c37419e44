package people

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewGrant is what CreateGrant takes.
type NewGrant struct {
	Role        string      `json:"roleId" minLength:"1" maxLength:"100" doc:"The id of a role, or the code of a built-in one such as viewer."`
	Unit        ref.Unit    `json:"unitId" minLength:"1" doc:"The role holds here and on everything below."`
	SubjectKind SubjectKind `json:"subjectKind" enum:"person,team,service"`
	SubjectID   string      `json:"subjectId" minLength:"1" maxLength:"100"`
	ExpiresAt   *time.Time  `json:"expiresAt,omitempty"`
}

// CreateGrant gives a role on a unit subtree to a person, a team or a service account. Nobody gives what they lack there.
func (s *Service) CreateGrant(ctx context.Context, in NewGrant) (ListedGrant, error) {
	var g grantRow
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		u, err := bodyUnit(ctx, tx, PermManageGrant, in.Unit, "body.unitId")
		if err != nil {
			return err
		}
		role, err := loadRole(ctx, tx, in.Role)
		if problem.KindOf(err) == problem.NotFound {
			var faults problem.Fields
			faults.Add("body.roleId", "role_unknown", "There is no such role.")
			return faults.Err("role_unknown", "The role does not exist.")
		}
		if err != nil {
			return err
		}
		if err := exceeds(notGiveable(authz.From(ctx), role, u.Path)); err != nil {
			return err
		}
		name, err := s.subjectName(ctx, tx, in.SubjectKind, in.SubjectID)
		if err != nil {
			return err
		}
		g, err = s.addGrant(ctx, tx, role, u, in.SubjectKind, in.SubjectID, name, in.ExpiresAt)
		return err
	})
	return ListedGrant(g), err
}

// addGrant stores a grant and says so; who may give it was decided before. A grant of the same role on the same unit
// that has expired makes room for the new one.
func (s *Service) addGrant(ctx context.Context, tx db.Tx, role Role, u Unit, kind SubjectKind, id, name string, expires *time.Time) (grantRow, error) {
	now := s.clock.Now()
	g := grantRow{Grant: Grant{ID: ref.New[ref.Grant](), Role: role.ID, Unit: u.ID, SubjectKind: kind, SubjectID: id, CreatedAt: now},
		RoleName: role.Name, UnitName: u.Name, UnitPath: u.Path, SubjectName: name}
	if p := authz.From(ctx); p != nil {
		g.CreatedBy = p.ID()
	}
	if expires != nil {
		t := clock.Normalise(*expires)
		g.ExpiresAt = &t
		if !g.effective(now) {
			var faults problem.Fields
			faults.Add("body.expiresAt", "expired", "The grant would have ended before it began.")
			return g, faults.Err("grant_expired", "The grant would have ended before it began.")
		}
	}
	if _, err := s.endGrants(ctx, tx, "g.subject_kind = ? AND g.subject_id = ? AND g.role_id = ? AND g.unit_id = ? AND g.expires_at <= ?",
		kind, id, role.ID, u.ID, now); err != nil {
		return g, err
	}
	if _, err := tx.NewInsert().Model(&g.Grant).Exec(ctx); err != nil {
		if db.IsUnique(err) {
			return g, problem.Newf(problem.Conflict, "grant_exists", "%s already holds the role %q on %q.", name, role.Name, u.Name).Because(err)
		}
		return g, err
	}
	return g, s.appendGrant(ctx, tx, GrantCreated, g, nil, &g.Grant)
}

// subjectName checks that the subject of a grant exists and that the caller sees it, and returns its name.
func (s *Service) subjectName(ctx context.Context, tx db.Tx, kind SubjectKind, id string) (string, error) {
	switch kind {
	case PersonSubject:
		p, err := bodyPerson(ctx, tx, ref.Person(id), "body.subjectId")
		return p.Name, err
	case TeamSubject:
		t, err := bodyTeam(ctx, tx, ref.Team(id), "body.subjectId")
		return t.Name, err
	}
	var name string
	err := error(authz.ErrNotFound)
	if s.accounts != nil {
		name, err = s.accounts.ServiceAccountName(ctx, tx, ref.Account(id))
	}
	if problem.KindOf(err) == problem.NotFound {
		var faults problem.Fields
		faults.Add("body.subjectId", "account_unknown", "There is no such service account.")
		return "", faults.Err("account_unknown", "The service account does not exist.")
	}
	return name, err
}
