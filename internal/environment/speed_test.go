package environment_test

import (
	"context"
	"fmt"
	"testing"

	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/ref"
)

// BenchmarkCatalogue measures what booking asks for most, over 2,000 environments.
func BenchmarkCatalogue(b *testing.B) {
	for engine, open := range map[string]func() *db.DB{
		"sqlite":   func() *db.DB { return dbtest.SQLite(b, environmenttest.Migrations...) },
		"postgres": func() *db.DB { return dbtest.Postgres(b, environmenttest.Migrations...) },
	} {
		b.Run(engine, func(b *testing.B) {
			w := environmenttest.New(b, open())
			list := w.AddEnvironments(2000, nil)
			run := func(name string, fn func(ctx context.Context, tx db.Tx, i int) error) {
				b.Run(name, func(b *testing.B) {
					for i := range b.N {
						if err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error { return fn(ctx, tx, i) }); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			run("LockSchedules", func(ctx context.Context, tx db.Tx, i int) error {
				_, err := w.Environments.LockSchedules(ctx, tx, []ref.Environment{list[i%2000].ID})
				return err
			})
			run("Match", func(ctx context.Context, tx db.Tx, _ int) error {
				matches, err := w.Environments.Match(ctx, tx, environment.Capability{Usage: []string{"SIT"}})
				if err == nil && len(matches) != 2000 {
					err = fmt.Errorf("%d matches", len(matches))
				}
				return err
			})
		})
	}
}
