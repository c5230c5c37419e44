package people

import (
	"context"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Reassignment is what ReassignPerson takes.
type Reassignment struct {
	To    ref.Person `json:"toPersonId" minLength:"1"`
	Scope string     `json:"scope,omitempty" enum:"open,future,all" default:"open" doc:"Everything unfinished, only what has not begun, or finished things too."`
}

// Reassigned says what a reassignment moved, in sentences.
type Reassigned struct {
	DryRun bool     `json:"dryRun"`
	Moved  []string `json:"moved" nullable:"false"`
}

// ReassignPerson moves the open work of somebody who leaves to somebody else: team memberships, director posts, and
// through the ports what other slices keep. Grants do not move: who takes over work does not thereby take over access.
// With dry set nothing is saved.
func (s *Service) ReassignPerson(ctx context.Context, from ref.Person, in Reassignment, dry bool) (Reassigned, error) {
	out := Reassigned{DryRun: dry}
	if in.Scope == "" {
		in.Scope = ScopeOpen
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if out.Moved, err = s.reassign(ctx, tx, from, in); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	return out, dryRun(err)
}

func (s *Service) reassign(ctx context.Context, tx db.Tx, id ref.Person, in Reassignment) ([]string, error) {
	from, _, err := touchPerson(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	to, err := bodyPerson(ctx, tx, in.To, "body.toPersonId")
	if err != nil {
		return nil, err
	}
	switch {
	case in.Scope != ScopeOpen && in.Scope != ScopeFuture && in.Scope != ScopeAll:
		return nil, problem.Newf(problem.Invalid, "scope_unknown", "Work is reassigned by the scope open, future or all, not %q.", in.Scope)
	case to.ID == from.ID:
		return nil, problem.New(problem.Invalid, "reassign_to_self", "Choose somebody else to take over the work.")
	case to.State == Inactive:
		return nil, problem.Newf(problem.Conflict, "person_inactive", "%s is inactive and cannot take over work.", to.Name)
	}
	moved := []string{}
	err = s.keepAdministrator(ctx, tx, func() error {
		teams, err := teamsOf(ctx, tx, from.ID)
		if err != nil {
			return err
		}
		for _, t := range teams {
			if err := s.handOverMembership(ctx, tx, t, from, to); err != nil {
				return err
			}
			moved = append(moved, fmt.Sprintf("The place in the team %s.", t.Name))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	posts, err := s.handOverPosts(ctx, tx, from.ID, &to.ID)
	if err != nil {
		return nil, err
	}
	for _, name := range posts {
		moved = append(moved, fmt.Sprintf("The director's post of %s.", name))
	}
	for _, r := range s.reassigners {
		lines, err := r.Reassign(ctx, tx, from.ID, to.ID, in.Scope)
		if err != nil {
			return nil, err
		}
		moved = append(moved, lines...)
	}
	if len(moved) == 0 {
		return moved, nil
	}
	return moved, s.appendPerson(ctx, tx, PersonReassigned, from, nil, nil,
		map[string]any{"to": to.Name, "toId": to.ID, "scope": in.Scope, "moved": moved})
}

// handOverMembership takes one person out of a team and puts the other in, who leads it if either did.
func (s *Service) handOverMembership(ctx context.Context, tx db.Tx, t Team, from, to Person) error {
	if _, err := mayUnit(ctx, tx, PermManageTeam, t.Unit); err != nil {
		if problem.KindOf(err) == problem.NotFound || problem.KindOf(err) == problem.Forbidden {
			return problem.Newf(problem.Forbidden, "team_not_manageable",
				"%s is in the team %q, whose members you may not change. Ask somebody who manages that team's unit.", from.Name, t.Name)
		}
		return err
	}
	leads, err := tx.NewSelect().Table("team_member").Where("team_id = ? AND person_id IN (?, ?) AND lead", t.ID, from.ID, to.ID).Exists(ctx)
	if err != nil {
		return err
	}
	if err := s.setMember(ctx, tx, t, to.ID, leads); err != nil {
		return err
	}
	return s.removeMember(ctx, tx, t, from.ID)
}
