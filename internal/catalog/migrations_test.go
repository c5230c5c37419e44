package catalog

import (
	"context"
	"testing"

	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
)

func TestPublishedViewsAnswer(t *testing.T) {
	dbtest.Each(t, []migrate.Set{Migrations}, func(t *testing.T, d *db.DB) {
		for view, columns := range map[string]string{
			"v_application":            "id, key, name, unit_id, state",
			"v_application_repository": "application_id, component_id, repository_key, path_prefix",
			"v_application_name":       "name_key, application_id, precedence",
			"v_component":              "id, application_id, name, name_key",
			"v_dependency":             "id, from_id, to_id, type, criticality",
		} {
			err := d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
				rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM "+view)
				if err != nil {
					return err
				}
				return rows.Close()
			})
			if err != nil {
				t.Errorf("%s: %v", view, err)
			}
		}
	})
}
