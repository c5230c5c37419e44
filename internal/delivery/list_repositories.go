package delivery

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// RepositoryFilter narrows a list of repositories; empty members do not.
type RepositoryFilter struct {
	Text        string
	Application string
	Unmapped    bool
}

// ListRepositories returns one page of repositories by address.
func (s *Service) ListRepositories(ctx context.Context, f RepositoryFilter, p httpapi.Paging) (page httpapi.Page[RepositoryView], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := visibleRepositories(ctx, tx)
		if text, _ := clean(f.Text, 200); text != "" {
			name, arg := tx.Contains("f.name", text)
			key, _ := tx.Contains("f.repository_key", text)
			q = q.Where("("+name+" OR "+key+")", arg, arg)
		}
		if f.Application != "" {
			app, err := findApplication(ctx, tx, f.Application)
			if err != nil {
				return err
			}
			q = q.Where("f.id IN (SELECT repository_id FROM repository_application WHERE application_id = ?)", app)
		}
		if f.Unmapped {
			q = q.Where("NOT EXISTS (SELECT 1 FROM repository_application AS ra WHERE ra.repository_id = f.id)")
		}
		var key string
		var id int64
		if resume, err := httpapi.DecodeCursor(p.Cursor, &key, &id); err != nil {
			return err
		} else if resume {
			q = q.Where("(f.repository_key, f.id) > (?, ?)", key, id)
		}
		rows := []RepositoryView{}
		if err := columnsOf[RepositoryView](q).OrderExpr("f.repository_key, f.id").Limit(int64(p.Limit)+1).Scan(ctx, &rows); err != nil {
			return err
		}
		page = httpapi.NewPage(rows, p.Limit, func(v RepositoryView) []any {
			n, _ := ref.ParseFact(v.ID)
			return []any{v.Key, int64(n)}
		})
		return addApplications(ctx, tx, page.Items)
	})
	return page, err
}

// visibleRepositories selects from repository AS f what the caller may see: the repositories of visible applications;
// one of no application is seen by those who see everything.
func visibleRepositories(ctx context.Context, tx db.Tx) *bun.SelectQuery {
	q := tx.NewSelect().TableExpr("repository AS f")
	if condition, args := authz.Condition(ctx, PermView, "a.unit_id"); condition != "" {
		q = q.Where("f.id IN (SELECT ra.repository_id FROM repository_application AS ra JOIN v_application AS a ON a.id = ra.application_id WHERE "+condition+")", args...)
	}
	return q
}

func addApplications(ctx context.Context, tx db.Tx, rows []RepositoryView) error {
	ids := make([]ref.Fact, len(rows))
	for i, r := range rows {
		ids[i], _ = ref.ParseFact(r.ID)
		rows[i].Applications = []RepositoryApplication{}
	}
	if len(ids) == 0 {
		return nil
	}
	apps, err := readRepositoryApplications(ctx, tx, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		for _, a := range apps[id] {
			rows[i].Applications = append(rows[i].Applications, RepositoryApplication{a.application, a.prefix, origin(a)})
		}
	}
	return nil
}

// GetRepository returns one repository.
func (s *Service) GetRepository(ctx context.Context, id ref.Fact) (RepositoryView, error) {
	rows := []RepositoryView{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := columnsOf[RepositoryView](visibleRepositories(ctx, tx)).Where("f.id = ?", int64(id)).Scan(ctx, &rows); err != nil {
			return err
		}
		if len(rows) == 0 {
			return authz.ErrNotFound
		}
		return addApplications(ctx, tx, rows)
	})
	if err != nil {
		return RepositoryView{}, err
	}
	return rows[0], nil
}
