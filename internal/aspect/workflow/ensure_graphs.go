package workflow

import (
	"context"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Ensure brings in the registered default graphs that were not brought in before. What an administrator changed or deleted
// stays so. It runs at every start, after the lists of types were ensured.
func (s *Service) Ensure(ctx context.Context) error {
	for _, kind := range s.order {
		for _, g := range s.subjects[kind].Defaults {
			if err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error { return s.ensureGraph(ctx, tx, kind, g.clone()) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) ensureGraph(ctx context.Context, tx db.Tx, kind string, g Graph) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO workflow_seed (subject_kind, type_name) VALUES (?, ?) ON CONFLICT DO NOTHING`, kind, ref.NameKey(g.Type))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	typ, err := s.typeOf(ctx, tx, kind, g.Type)
	if problem.CodeOf(err) == "unknown_lookup_value" {
		return nil // the administrator deleted or renamed the type before
	}
	if err != nil {
		return err
	}
	before, err := loadGraph(ctx, tx, kind, typ)
	if err != nil || !before.Inherited && before.Version > 1 {
		return err
	}
	g.Subject, g.Type = kind, typ
	if err := s.identify(ctx, tx, &g); err != nil {
		return err
	}
	faults, _ := check(&g)
	for i := range g.Statuses {
		if err := standing.Check(ctx, tx, &faults, g.Statuses[i].Permitted, func(int) string { return g.Statuses[i].Name }); err != nil {
			return err
		}
	}
	if err := faults.Err("workflow_invalid", "The default workflow of "+kind+" cannot be used."); err != nil {
		return err
	}
	now := s.clock.Now()
	_, err = tx.ExecContext(ctx, `INSERT INTO workflow_graph (subject_kind, type_value, enabled, version, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?)`, kind, typ, g.Enabled, now, now)
	if err != nil {
		return err
	}
	_, err = s.saveGraph(ctx, tx, Graph{Version: 1}, &g)
	return err
}
