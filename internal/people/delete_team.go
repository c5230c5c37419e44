package people

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// DeleteTeam deletes a team. Its members stay persons, its grants end, and other slices drop what names it. With dry set
// nothing is saved.
func (s *Service) DeleteTeam(ctx context.Context, id ref.Team, version int64, dry bool) ([]Consequence, error) {
	var more []Consequence
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		more = []Consequence{}
		t, err := touchTeam(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := checkTeamVersion(t, version); err != nil {
			return err
		}
		err = s.keepAdministrator(ctx, tx, func() error {
			more, err = s.dropTeam(ctx, tx, t)
			return err
		})
		if err == nil && dry {
			return errDryRun
		}
		return err
	})
	return more, dryRun(err)
}

func (s *Service) dropTeam(ctx context.Context, tx db.Tx, t Team) ([]Consequence, error) {
	more := []Consequence{}
	members, err := tx.NewSelect().Table("team_member").Where("team_id = ?", t.ID).Count(ctx)
	if err != nil {
		return nil, err
	}
	if members > 0 {
		more = append(more, Consequence{Kind: "members_leave", Count: members, Message: quantity(members, "member") + " to leave it."})
	}
	ended, err := s.endGrants(ctx, tx, "g.subject_kind = 'team' AND g.subject_id = ?", t.ID)
	if err != nil {
		return nil, err
	}
	if ended > 0 {
		more = append(more, Consequence{Kind: "grants_end", Count: ended, Message: quantity(ended, "grant") + " of it to end."})
	}
	for _, r := range s.reassigners {
		f, ok := r.(TeamForgetter)
		if !ok {
			continue
		}
		lines, err := f.ForgetTeam(ctx, tx, t.ID)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			more = append(more, Consequence{Kind: "records_lose", Message: line})
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM team_member WHERE team_id = ?`, t.ID); err != nil {
		return nil, err
	}
	if _, err := tx.NewDelete().Model(&t).WherePK().Exec(ctx); err != nil {
		return nil, err
	}
	return more, s.appendTeam(ctx, tx, TeamDeleted, t, &t, nil, nil)
}
