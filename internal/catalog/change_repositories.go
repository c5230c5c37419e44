package catalog

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

// SetRepositories replaces the repositories of an application that the caller read in the given version. Those of its
// components stay as they are.
func (s *Service) SetRepositories(ctx context.Context, idOrKey string, version int64, paths []RepositoryPath) (Details, error) {
	return s.editRepositories(ctx, idOrKey, version, func([]Repository) ([]RepositoryPath, error) { return paths, nil })
}

// AddRepository gives an application one more repository path.
func (s *Service) AddRepository(ctx context.Context, idOrKey string, path RepositoryPath) (Details, error) {
	return s.editRepositories(ctx, idOrKey, 0, func(before []Repository) ([]RepositoryPath, error) {
		return append(pathsOf(before, ""), path), nil
	})
}

// RemoveRepository takes a repository path, named by its id, away.
func (s *Service) RemoveRepository(ctx context.Context, idOrKey, repository string) (Details, error) {
	return s.editRepositories(ctx, idOrKey, 0, func(before []Repository) ([]RepositoryPath, error) {
		kept := pathsOf(before, repository)
		if len(kept) == len(before) {
			return nil, problem.New(problem.NotFound, "repository_unknown", "The application has no such repository of its own.")
		}
		return kept, nil
	})
}

func pathsOf(list []Repository, without string) []RepositoryPath {
	out := []RepositoryPath{}
	for _, r := range list {
		if r.ID != without {
			out = append(out, RepositoryPath{URL: r.URL, PathPrefix: r.PathPrefix})
		}
	}
	return out
}

func (s *Service) editRepositories(ctx context.Context, idOrKey string, version int64, edit func([]Repository) ([]RepositoryPath, error)) (Details, error) {
	var out Details
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.editable(ctx, tx, idOrKey, version)
		if err != nil {
			return err
		}
		all, err := repositoriesOf(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		before := distribute(all, nil)
		wanted, err := edit(before)
		if err != nil {
			return err
		}
		if err := s.replaceRepositories(ctx, tx, &a, before, wanted); err != nil {
			return err
		}
		out, err = s.details(ctx, tx, a)
		return err
	})
	return out, err
}

// replaceRepositories keeps the rows that stay, so that their ids do.
func (s *Service) replaceRepositories(ctx context.Context, tx db.Tx, a *Application, before []Repository, wanted []RepositoryPath) error {
	var faults problem.Fields
	list := cleanRepositories(&faults, "body.repositories", wanted)
	if err := faults.Err("repository_invalid", "The repositories cannot be saved like this."); err != nil {
		return err
	}
	type place [2]string
	stays, fresh := map[place]bool{}, []Repository{}
	for _, r := range before {
		stays[place{r.Key, r.PathPrefix}] = false
	}
	for _, r := range list {
		if _, known := stays[place{r.Key, r.PathPrefix}]; known {
			stays[place{r.Key, r.PathPrefix}] = true
		} else {
			fresh = append(fresh, r)
		}
	}
	for _, r := range before {
		if !stays[place{r.Key, r.PathPrefix}] {
			if _, err := tx.NewDelete().Model(&r).WherePK().Exec(ctx); err != nil {
				return err
			}
		}
	}
	if err := s.insertRepositories(ctx, tx, *a, nil, fresh); err != nil {
		return err
	}
	all, err := repositoriesOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	type repositories struct {
		Repositories []string `json:"repositories,omitempty"`
	}
	from, to := repositories{repositoryNames(before)}, repositories{repositoryNames(distribute(all, nil))}
	if len(events.Diff(from, to)) == 0 {
		return nil
	}
	if err := s.advance(ctx, tx, a); err != nil {
		return err
	}
	return s.append(ctx, tx, RepositoriesChanged, *a, from, to, nil)
}
