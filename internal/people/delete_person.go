package people

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// DeletePerson deletes somebody who was added by mistake. Whoever is active is deactivated first, on purpose in a step of
// its own. Memberships, grants and director posts end, and other slices drop what names the person; history keeps the
// name. With dry set nothing is saved.
func (s *Service) DeletePerson(ctx context.Context, id ref.Person, version int64, dry bool) ([]Consequence, error) {
	var more []Consequence
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		more = []Consequence{}
		p, _, err := touchPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Version != version {
			return httpapi.Stale(p.Version, p)
		}
		if p.State == Active {
			return problem.Newf(problem.Conflict, "person_state", "%s is active. Deactivate them first, and reassign their work.", p.Name)
		}
		err = s.keepAdministrator(ctx, tx, func() error {
			more, err = s.dropPerson(ctx, tx, p)
			return err
		})
		if err == nil && dry {
			return errDryRun
		}
		return err
	})
	return more, dryRun(err)
}

func (s *Service) dropPerson(ctx context.Context, tx db.Tx, p Person) ([]Consequence, error) {
	more := []Consequence{}
	note := func(kind string, n int64, noun, verb string) {
		if n > 0 {
			more = append(more, Consequence{Kind: kind, Count: n, Message: quantity(n, noun) + " " + verb + "."})
		}
	}
	teams, err := teamsOf(ctx, tx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, t := range teams {
		if err := s.removeMember(ctx, tx, t, p.ID); err != nil {
			return nil, err
		}
	}
	note("members_leave", int64(len(teams)), "team membership", "to end")
	posts, err := s.handOverPosts(ctx, tx, p.ID, nil)
	if err != nil {
		return nil, err
	}
	note("posts_empty", int64(len(posts)), "director post", "to become empty")
	ended, err := s.endGrants(ctx, tx, "g.subject_kind = 'person' AND g.subject_id = ?", p.ID)
	if err != nil {
		return nil, err
	}
	note("grants_end", ended, "grant", "to end")
	for _, r := range s.reassigners {
		f, ok := r.(Forgetter)
		if !ok {
			continue
		}
		lines, err := f.Forget(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			more = append(more, Consequence{Kind: "records_lose", Message: line})
		}
	}
	if _, err := tx.NewDelete().Model(&p).WherePK().Exec(ctx); err != nil {
		return nil, err
	}
	return more, s.appendPerson(ctx, tx, PersonDeleted, p, &p, nil, nil)
}

func teamsOf(ctx context.Context, tx db.Tx, id ref.Person) ([]Team, error) {
	var list []Team
	err := tx.NewSelect().Model(&list).Where("t.id IN (SELECT team_id FROM team_member WHERE person_id = ?)", id).OrderExpr("t.name_key, t.id").Scan(ctx)
	return list, err
}

// handOverPosts gives the units somebody directs to another, or to nobody, and returns the units' names.
func (s *Service) handOverPosts(ctx context.Context, tx db.Tx, from ref.Person, to *ref.Person) ([]string, error) {
	var list []Unit
	if err := tx.NewSelect().Model(&list).Where("u.director_id = ?", from).OrderExpr("u.path").Scan(ctx); err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, u := range list {
		before := unitSnapshot(u)
		u.Director, u.UpdatedAt, names[i] = to, s.clock.Now(), u.Name
		if err := updateUnit(ctx, tx, &u); err != nil {
			return nil, err
		}
		if err := s.appendUnit(ctx, tx, UnitChanged, u, before, unitSnapshot(u), nil); err != nil {
			return nil, err
		}
	}
	return names, nil
}
