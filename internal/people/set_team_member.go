package people

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// SetTeamMember puts a person into a team or changes whether they lead it. Because the members of a team hold its
// grants, the caller must hold them too.
func (s *Service) SetTeamMember(ctx context.Context, id ref.Team, person ref.Person, lead bool) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		t, err := touchTeam(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.setMember(ctx, tx, t, person, lead)
	})
}

func (s *Service) setMember(ctx context.Context, tx db.Tx, t Team, person ref.Person, lead bool) error {
	p, err := bodyPerson(ctx, tx, person, "body.personId")
	if err != nil {
		return err
	}
	if p.State == Inactive {
		return problem.Newf(problem.Conflict, "person_inactive", "%s is inactive and cannot join a team.", p.Name)
	}
	var before Member
	err = tx.NewSelect().Model(&before).Where("m.team_id = ? AND m.person_id = ?", t.ID, p.ID).Scan(ctx)
	isMember := err == nil
	if err != nil && !db.IsNoRows(err) {
		return err
	}
	if isMember && before.Lead == lead {
		return nil
	}
	if !isMember {
		if err := s.mayJoin(ctx, tx, t); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO team_member (team_id, person_id, lead) VALUES (?, ?, ?)
		ON CONFLICT (team_id, person_id) DO UPDATE SET lead = excluded.lead`, t.ID, p.ID, lead)
	if err != nil {
		return err
	}
	var from any
	if isMember {
		from = role(before.Lead)
	}
	return s.appendMember(ctx, tx, t, p, from, role(lead))
}

// mayJoin checks that the caller holds everything the team's grants would give to a new member.
func (s *Service) mayJoin(ctx context.Context, tx db.Tx, t Team) error {
	rows, err := grantsWhere(ctx, tx, "g.subject_kind = 'team' AND g.subject_id = ?", t.ID)
	if err != nil {
		return err
	}
	for _, g := range rows {
		if !g.effective(s.clock.Now()) {
			continue
		}
		r, err := loadRole(ctx, tx, string(g.Role))
		if err != nil {
			return err
		}
		if err := exceeds(notGiveable(authz.From(ctx), r, g.UnitPath)); err != nil {
			return err
		}
	}
	return nil
}

// RemoveTeamMember takes a person out of a team; it does nothing when they are not in it.
func (s *Service) RemoveTeamMember(ctx context.Context, id ref.Team, person ref.Person) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		t, err := touchTeam(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.keepAdministrator(ctx, tx, func() error {
			return s.removeMember(ctx, tx, t, person)
		})
	})
}

func (s *Service) removeMember(ctx context.Context, tx db.Tx, t Team, person ref.Person) error {
	var m Member
	err := tx.NewSelect().Model(&m).Where("m.team_id = ? AND m.person_id = ?", t.ID, person).Scan(ctx)
	if db.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := loadPerson(ctx, tx, person)
	if err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model(&m).WherePK().Exec(ctx); err != nil {
		return err
	}
	return s.appendMember(ctx, tx, t, p, role(m.Lead), nil)
}

func role(lead bool) string {
	if lead {
		return "lead"
	}
	return "member"
}

func (s *Service) appendMember(ctx context.Context, tx db.Tx, t Team, p Person, from, to any) error {
	return s.events.Append(ctx, tx, events.Event{
		Kind: TeamMembersChanged, SubjectID: string(t.ID), SubjectLabel: t.Name, Unit: t.Unit,
		Changes: map[string]events.Change{p.Name: {from, to}}, Data: map[string]any{"personId": p.ID, "person": p.Name},
	})
}
