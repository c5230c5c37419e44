package delivery

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// assignRepositories brings repository_application of the given repositories (nil: all) in line with the rules and the
// catalogue. It returns the applications that gained or lost a repository.
func (s *Service) assignRepositories(ctx context.Context, tx db.Tx, rules *ruleset, ids []ref.Fact) ([]ref.App, error) {
	touched := map[ref.App]bool{}
	if ids == nil {
		if err := tx.NewSelect().Table("repository").Column("id").OrderExpr("id").Scan(ctx, &ids); err != nil {
			return nil, err
		}
	}
	for _, chunk := range db.Chunks(ids, 500) {
		if err := assignChunk(ctx, tx, rules, chunk, touched); err != nil {
			return nil, err
		}
	}
	out := make([]ref.App, 0, len(touched))
	for a := range touched {
		out = append(out, a)
	}
	return out, nil
}

func assignChunk(ctx context.Context, tx db.Tx, rules *ruleset, ids []ref.Fact, touched map[ref.App]bool) error {
	var repositories []struct {
		ID            ref.Fact
		ConnectionID  ref.Connection
		RepositoryKey string
	}
	if err := tx.NewSelect().Table("repository").Column("id", "connection_id", "repository_key").
		Where("id IN (?)", bun.In(ids)).Scan(ctx, &repositories); err != nil {
		return err
	}
	catalogue, err := catalogueOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	before, err := readRepositoryApplications(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, r := range repositories {
		after := rules.repositoryApplications(r.ConnectionID, r.RepositoryKey, catalogue[r.ID])
		was := map[repositoryApp]bool{}
		for _, c := range before[r.ID] {
			was[c] = true
		}
		for _, c := range after {
			if was[c] {
				delete(was, c)
				continue
			}
			touched[c.application] = true
			source := byCatalog
			if c.rule {
				source = byRule
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO repository_application (repository_id, application_id, path_prefix, source) VALUES (?, ?, ?, ?)
				ON CONFLICT (repository_id, application_id, path_prefix) DO UPDATE SET source = excluded.source`,
				int64(r.ID), c.application, c.prefix, source); err != nil {
				return err
			}
			delete(was, repositoryApp{c.application, c.prefix, !c.rule})
		}
		for c := range was {
			touched[c.application] = true
			if _, err := tx.ExecContext(ctx, `DELETE FROM repository_application WHERE repository_id = ? AND application_id = ? AND path_prefix = ?`,
				int64(r.ID), c.application, c.prefix); err != nil {
				return err
			}
		}
	}
	return nil
}

// catalogueOf reads which applications the catalogue gives the repositories to, under any of their names.
func catalogueOf(ctx context.Context, tx db.Tx, ids []ref.Fact) (map[ref.Fact][]repositoryApp, error) {
	var rows []struct {
		RepositoryID  ref.Fact
		ApplicationID ref.App
		PathPrefix    string
	}
	if err := tx.NewSelect().TableExpr("repository_alias AS a").Join("JOIN v_application_repository AS c ON c.repository_key = a.repository_key").
		ColumnExpr("DISTINCT a.repository_id, c.application_id, c.path_prefix").
		Where("a.repository_id IN (?) AND a.repository_key <> ''", bun.In(ids)).
		OrderExpr("a.repository_id, c.path_prefix, c.application_id").Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := map[ref.Fact][]repositoryApp{}
	for _, r := range rows {
		out[r.RepositoryID] = append(out[r.RepositoryID], repositoryApp{application: r.ApplicationID, prefix: r.PathPrefix})
	}
	return out, nil
}
