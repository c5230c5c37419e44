package catalog

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Details is an application with everything that belongs to it.
type Details struct {
	Application
	UnitName     string
	Aliases      []string
	Components   []Component
	Repositories []Repository
	Owners       []Owner
	Counts       Counts
	// Acts are what the caller may do with it.
	Acts []string
}

// Counts tells how much belongs to an application. The dependencies include those to applications out of sight.
type Counts struct {
	Components   int64 `bun:"components" json:"components"`
	Repositories int64 `bun:"repositories" json:"repositories"`
	Upstream     int64 `bun:"upstream" json:"upstream" doc:"How many applications it depends on."`
	Downstream   int64 `bun:"downstream" json:"downstream" doc:"How many applications depend on it."`
}

// Application returns one application by its id or key.
func (s *Service) Application(ctx context.Context, idOrKey string) (Details, error) {
	var out Details
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := mayApplication(ctx, tx, PermView, idOrKey)
		if err != nil {
			return err
		}
		out, err = s.details(ctx, tx, a)
		return err
	})
	return out, err
}

func (s *Service) details(ctx context.Context, tx db.Tx, a Application) (Details, error) {
	d := Details{Application: a, Aliases: []string{}, Owners: []Owner{}, Acts: []string{}}
	var err error
	if d.UnitName, err = unitName(ctx, tx, a.Unit); err != nil {
		return d, err
	}
	aliases, err := aliasesOf(ctx, tx, idsOf(a))
	if err != nil {
		return d, err
	}
	d.Aliases = append(d.Aliases, aliases[a.ID]...)
	if d.Components, err = componentsOf(ctx, tx, a.ID); err != nil {
		return d, err
	}
	repositories, err := repositoriesOf(ctx, tx, a.ID)
	if err != nil {
		return d, err
	}
	d.Repositories = distribute(repositories, d.Components)
	owners, err := s.owners.Owners(ctx, tx, idsOf(a))
	if err != nil {
		return d, err
	}
	d.Owners = append(d.Owners, owners[a.ID]...)
	err = tx.NewSelect().ColumnExpr("(SELECT COUNT(DISTINCT to_id) FROM dependency WHERE from_id = ?) AS upstream", a.ID).
		ColumnExpr("(SELECT COUNT(DISTINCT from_id) FROM dependency WHERE to_id = ?) AS downstream", a.ID).Scan(ctx, &d.Counts)
	if err != nil {
		return d, err
	}
	d.Counts.Components, d.Counts.Repositories = int64(len(d.Components)), int64(len(repositories))
	switch err := authz.CheckUnit(ctx, tx, PermManage, a.Unit); problem.KindOf(err) {
	case problem.Forbidden, problem.NotFound:
	default:
		if err != nil {
			return d, err
		}
		d.Acts = append(d.Acts, "change", "delete", "change_aliases", "change_repositories", "change_components", "add_dependency")
	}
	return d, nil
}

// distribute hands the repository paths of components to them and returns the others.
func distribute(all []Repository, components []Component) []Repository {
	rest, byComponent := []Repository{}, map[ref.Component]Repository{}
	for _, r := range all {
		if r.Component == nil {
			rest = append(rest, r)
		} else {
			byComponent[*r.Component] = r
		}
	}
	for i := range components {
		if r, ok := byComponent[components[i].ID]; ok {
			components[i].Repository = &RepositoryPath{URL: r.URL, PathPrefix: r.PathPrefix}
		}
	}
	return rest
}

func idsOf(apps ...Application) []ref.App {
	out := make([]ref.App, len(apps))
	for i, a := range apps {
		out[i] = a.ID
	}
	return out
}
