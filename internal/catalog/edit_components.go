package catalog

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewComponent is what CreateComponent takes.
type NewComponent struct {
	Name        string          `json:"name" minLength:"1" maxLength:"200"`
	Description string          `json:"description,omitempty" maxLength:"10000"`
	Repository  *RepositoryPath `json:"repository,omitempty" doc:"Where its code lives, when apart from the application's."`
}

// ComponentChange is what ChangeComponent takes; members that were not sent stay as they are.
type ComponentChange struct {
	Name        httpapi.Optional[string] `json:"name,omitzero"`
	Description httpapi.Optional[string] `json:"description,omitzero"`
	Repository  *RepositoryChange        `json:"repository,omitempty"`
}

// RepositoryChange puts a component's code elsewhere.
type RepositoryChange struct {
	URL        string `json:"url" maxLength:"1000" doc:"Empty says that the code lives with the application's again."`
	PathPrefix string `json:"pathPrefix,omitempty" maxLength:"500"`
}

// CreateComponent adds a component to an application.
func (s *Service) CreateComponent(ctx context.Context, idOrKey string, in NewComponent) (Component, error) {
	var c Component
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := mayApplication(ctx, tx, PermManage, idOrKey)
		if err != nil {
			return err
		}
		if c, err = s.insertComponent(ctx, tx, a, in, "body."); err != nil {
			return err
		}
		return s.appendComponent(ctx, tx, ComponentCreated, a, nil, &c)
	})
	return c, err
}

// insertComponent checks and adds a component; prefix is where it stands in the input.
func (s *Service) insertComponent(ctx context.Context, tx db.Tx, a Application, in NewComponent, prefix string) (Component, error) {
	now := s.clock.Now()
	c := Component{ID: ref.New[ref.Component](), Application: a.ID, Name: in.Name, Description: in.Description, Version: 1, CreatedAt: now, UpdatedAt: now, Repository: in.Repository}
	if err := c.check(prefix); err != nil {
		return c, err
	}
	if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
		return c, componentTaken(err, c.Name)
	}
	return c, s.saveComponentRepository(ctx, tx, a, &c, prefix)
}

func (c *Component) check(prefix string) error {
	var faults problem.Fields
	c.Name = line(c.Name)
	c.NameFolded = ref.NameKey(c.Name)
	checkText(&faults, prefix+"name", c.Name, true, maxName)
	checkText(&faults, prefix+"description", c.Description, false, maxDescription)
	return faults.Err("component_invalid", "The component cannot be saved like this.")
}

// saveComponentRepository puts a component's repository path beside it, instead of what stood there.
func (s *Service) saveComponentRepository(ctx context.Context, tx db.Tx, a Application, c *Component, prefix string) error {
	if _, err := tx.NewDelete().Table("application_repository").Where("component_id = ?", c.ID).Exec(ctx); err != nil {
		return err
	}
	if c.Repository == nil {
		return nil
	}
	var faults problem.Fields
	r := cleanRepository(&faults, prefix+"repository", *c.Repository)
	if err := faults.Err("repository_invalid", "The repository cannot be saved like this."); err != nil {
		return err
	}
	c.Repository = &RepositoryPath{URL: r.URL, PathPrefix: r.PathPrefix}
	return s.insertRepositories(ctx, tx, a, &c.ID, []Repository{r})
}

// ChangeComponent edits a component that the caller read in the given version.
func (s *Service) ChangeComponent(ctx context.Context, idOrKey string, id ref.Component, version int64, in ComponentChange) (Component, error) {
	var c Component
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, before, err := mayComponent(ctx, tx, PermManage, idOrKey, id)
		if err != nil {
			return err
		}
		c = before
		if c.Version != version {
			return httpapi.Stale(c.Version, c)
		}
		set(&c.Name, in.Name)
		set(&c.Description, in.Description)
		if r := in.Repository; r != nil {
			c.Repository = nil
			if r.URL != "" {
				c.Repository = &RepositoryPath{URL: r.URL, PathPrefix: r.PathPrefix}
			}
		}
		if err := c.check("body."); err != nil {
			return err
		}
		if in.Repository != nil {
			if err := s.saveComponentRepository(ctx, tx, a, &c, "body."); err != nil {
				return err
			}
		}
		if len(events.Diff(before, c)) == 0 {
			return nil
		}
		c.UpdatedAt = s.clock.Now()
		res, err := tx.NewUpdate().Model(&c).Column("name", "name_folded", "description", "updated_at").
			Set("version = version + 1").Where("id = ? AND version = ?", id, version).Exec(ctx)
		if err != nil {
			return componentTaken(err, c.Name)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = httpapi.Stale(version+1, before)
			}
			return err
		}
		c.Version++
		return s.appendComponent(ctx, tx, ComponentChanged, a, &before, &c)
	})
	return c, err
}

// DeleteComponent removes a component that the caller read in the given version.
func (s *Service) DeleteComponent(ctx context.Context, idOrKey string, id ref.Component, version int64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, c, err := mayComponent(ctx, tx, PermManage, idOrKey, id)
		if err != nil {
			return err
		}
		if c.Version != version {
			return httpapi.Stale(c.Version, c)
		}
		if _, err := tx.NewDelete().Model(&c).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.appendComponent(ctx, tx, ComponentDeleted, a, &c, nil)
	})
}

// Components returns the components of an application in alphabetical order.
func (s *Service) Components(ctx context.Context, idOrKey string) ([]Component, error) {
	var list []Component
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := mayApplication(ctx, tx, PermView, idOrKey)
		if err != nil {
			return err
		}
		list, err = withRepositories(ctx, tx, a)
		return err
	})
	return list, err
}

func withRepositories(ctx context.Context, tx db.Tx, a Application) ([]Component, error) {
	list, err := componentsOf(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	all, err := repositoriesOf(ctx, tx, a.ID)
	distribute(all, list)
	return list, err
}

func mayComponent(ctx context.Context, tx db.Tx, perm authz.Permission, idOrKey string, id ref.Component) (Application, Component, error) {
	a, err := mayApplication(ctx, tx, perm, idOrKey)
	if err != nil {
		return a, Component{}, err
	}
	list, err := withRepositories(ctx, tx, a)
	if err != nil {
		return a, Component{}, err
	}
	for _, c := range list {
		if c.ID == id {
			return a, c, nil
		}
	}
	return a, Component{}, authz.ErrNotFound
}

func (s *Service) appendComponent(ctx context.Context, tx db.Tx, kind events.Kind, a Application, before, after *Component) error {
	c := after
	if c == nil {
		c = before
	}
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(a.ID), SubjectLabel: a.Name, Unit: a.Unit,
		Changes: events.Diff(before, after, "applicationId"), Data: map[string]any{"component": c.Name, "componentId": c.ID},
	})
}

func componentTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "component_name_taken", "The application already has a component %q. Choose another name.", name).Because(err)
	}
	return err
}
