package catalog

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// SetAliases replaces the aliases of an application that the caller read in the given version.
func (s *Service) SetAliases(ctx context.Context, idOrKey string, version int64, aliases []string) (Details, error) {
	return s.editAliases(ctx, idOrKey, version, func([]string) []string { return aliases })
}

// AddAlias gives an application one more alias.
func (s *Service) AddAlias(ctx context.Context, idOrKey, alias string) (Details, error) {
	if line(alias) == "" {
		var faults problem.Fields
		faults.Add("body.alias", "required", "This must not be empty.")
		return Details{}, faults.Err("alias_invalid", "The alias cannot be added like this.")
	}
	return s.editAliases(ctx, idOrKey, 0, func(before []string) []string { return append(before, alias) })
}

// RemoveAlias takes an alias away.
func (s *Service) RemoveAlias(ctx context.Context, idOrKey, alias string) (Details, error) {
	gone := ref.NameKey(alias)
	return s.editAliases(ctx, idOrKey, 0, func(before []string) []string {
		kept := []string{}
		for _, a := range before {
			if ref.NameKey(a) != gone {
				kept = append(kept, a)
			}
		}
		if len(kept) == len(before) {
			return nil
		}
		return kept
	})
}

// editAliases replaces the aliases by what edit makes of them; nil means that there is nothing to edit. version 0 means
// that the caller relies on no version.
func (s *Service) editAliases(ctx context.Context, idOrKey string, version int64, edit func([]string) []string) (Details, error) {
	var out Details
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.editable(ctx, tx, idOrKey, version)
		if err != nil {
			return err
		}
		if err := touchNames(ctx, tx); err != nil {
			return err
		}
		known, err := aliasesOf(ctx, tx, idsOf(a))
		if err != nil {
			return err
		}
		before := known[a.ID]
		wanted := edit(append([]string{}, before...))
		if wanted == nil {
			return problem.New(problem.NotFound, "alias_unknown", "The application has no such alias.")
		}
		if err := s.replaceAliases(ctx, tx, &a, before, wanted); err != nil {
			return err
		}
		out, err = s.details(ctx, tx, a)
		return err
	})
	return out, err
}

func (s *Service) replaceAliases(ctx context.Context, tx db.Tx, a *Application, before, wanted []string) error {
	var faults problem.Fields
	list := cleanAliases(&faults, "body.aliases", *a, wanted)
	if err := faults.Err("alias_invalid", "The aliases cannot be saved like this."); err != nil {
		return err
	}
	if err := checkNames(ctx, tx, *a, list); err != nil {
		return err
	}
	if _, err := tx.NewDelete().Table("application_alias").Where("application_id = ?", a.ID).Exec(ctx); err != nil {
		return err
	}
	if err := insertAliases(ctx, tx, list); err != nil {
		return err
	}
	known, err := aliasesOf(ctx, tx, idsOf(*a))
	if err != nil {
		return err
	}
	type aliases struct {
		Aliases []string `json:"aliases,omitempty"`
	}
	from, to := aliases{before}, aliases{known[a.ID]}
	if len(events.Diff(from, to)) == 0 {
		return nil
	}
	if err := s.advance(ctx, tx, a); err != nil {
		return err
	}
	return s.append(ctx, tx, AliasesChanged, *a, from, to, nil)
}

// editable returns an application that the caller may manage; a version other than 0 must be the present one.
func (s *Service) editable(ctx context.Context, tx db.Tx, idOrKey string, version int64) (Application, error) {
	a, err := mayApplication(ctx, tx, PermManage, idOrKey)
	if err == nil && version != 0 && a.Version != version {
		err = s.stale(ctx, tx, a)
	}
	return a, err
}

// advance moves an application one version on after something that belongs to it changed.
func (s *Service) advance(ctx context.Context, tx db.Tx, a *Application) error {
	a.UpdatedAt = s.clock.Now()
	stale, err := updateApplication(ctx, tx, a)
	if err == nil && stale {
		return s.stale(ctx, tx, *a)
	}
	return err
}
