package stack

import (
	"context"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Compared are two environments with how A differs from B.
type Compared struct {
	A environment.Item `json:"a"`
	B environment.Item `json:"b"`
	Comparison
}

// Compare holds environment A against B over versions, configuration and data. Where B is production, the likeness is how
// much A is like production.
func (s *Service) Compare(ctx context.Context, a, b string) (Compared, error) {
	var out Compared
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var sides [2]side
		for i, name := range []string{a, b} {
			e, err := s.environments.May(ctx, tx, environment.PermView, name)
			if err != nil {
				return err
			}
			l, err := s.environments.Show(ctx, tx, e.ID)
			if err != nil {
				return err
			}
			if i == 0 {
				out.A = l.Item
			} else {
				out.B = l.Item
			}
			x := side{Name: e.Name, DataClass: e.DataClass, RefreshedAt: e.DataRefreshedAt}
			if x.Components, err = componentsOf(ctx, tx, e.ID); err != nil {
				return err
			}
			if x.Items, err = configurationOf(ctx, tx, e.ID); err != nil {
				return err
			}
			sides[i] = x
		}
		if out.A.ID == out.B.ID {
			return problem.New(problem.Invalid, "comparison_with_itself", "Name two different environments to compare.")
		}
		out.Comparison = compare(sides[0], sides[1], s.clock.Now())
		return nil
	})
	return out, err
}
