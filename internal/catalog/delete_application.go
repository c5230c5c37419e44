package catalog

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// DeleteApplication removes an application that nothing recorded refers to, with what belongs to it. With dry set
// nothing is removed and version is not looked at; either way the consequences are told. An application with recorded
// history is kept: set it to inactive instead.
func (s *Service) DeleteApplication(ctx context.Context, idOrKey string, version int64, dry bool) ([]Consequence, error) {
	var list []Consequence
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := mayApplication(ctx, tx, PermManage, idOrKey)
		if err != nil {
			return err
		}
		if !dry && a.Version != version {
			return s.stale(ctx, tx, a)
		}
		if list, err = s.deletion(ctx, tx, a); err != nil || dry {
			return err
		}
		if blocks(list) {
			return problem.New(problem.Conflict, "application_in_use",
				"Records of what happened name this application, so it is kept. Set its status to INACTIVE to take it out of the lists.").
				WithData("consequences", list)
		}
		before := snapshot(a)
		aliases, err := aliasesOf(ctx, tx, idsOf(a))
		if err != nil {
			return err
		}
		before.Aliases = aliases[a.ID]
		if err := s.owners.Forget(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := touchDependencies(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&a).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.append(ctx, tx, ApplicationDeleted, a, before, nil, nil)
	})
	return list, err
}

// deletion tells what goes, and what keeps an application from going.
func (s *Service) deletion(ctx context.Context, tx db.Tx, a Application) ([]Consequence, error) {
	list := []Consequence{}
	for _, c := range []struct{ kind, table, where, one, many string }{
		{"dependencies_end", "dependency", "from_id = ?0 OR to_id = ?0", "dependency goes", "dependencies go"},
		{"components_deleted", "component", "application_id = ?0", "component goes", "components go"},
		{"repositories_released", "application_repository", "application_id = ?0", "repository is no longer anybody's", "repositories are no longer anybody's"},
		{"aliases_deleted", "application_alias", "application_id = ?0", "alias goes", "aliases go"},
	} {
		n, err := tx.NewSelect().Table(c.table).Where(c.where, a.ID).Count(ctx)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			list = append(list, Consequence{Kind: c.kind, Count: n, Message: quantity(n, c.one, c.many) + "."})
		}
	}
	for _, u := range s.users {
		more, err := u.ApplicationUse(ctx, tx, a.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}
