package delivery_test

import (
	"testing"

	"millrace/internal/delivery"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
)

func TestMigrationsRunOnBothEngines(t *testing.T) {
	dbtest.Each(t, []migrate.Set{delivery.Migrations}, func(t *testing.T, d *db.DB) {
		var v int64
		if err := d.SQL().QueryRowContext(t.Context(), `SELECT version FROM mapping_state`).Scan(&v); err != nil || v != 1 {
			t.Fatal(v, err)
		}
	})
}
