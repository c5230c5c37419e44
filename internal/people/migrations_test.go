package people_test

import (
	"context"
	"testing"

	"millrace/internal/people/peopletest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

// TestPathsCompareByteByByte guards what access rests on: a subtree is a range of paths, which only holds while paths are
// compared byte by byte, whatever the language of the database is. The test server speaks C, so that behaviour alone
// would not show a missing collation.
func TestPathsCompareByteByByte(t *testing.T) {
	d := dbtest.Postgres(t, peopletest.Migrations...)
	for _, relation := range []string{"unit", "v_unit"} {
		var collation string
		must(t, d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return tx.NewRaw(`SELECT COALESCE(collation_name, 'the default') FROM information_schema.columns
				WHERE table_name = ? AND column_name = 'path'`, relation).Scan(ctx, &collation)
		}))
		if collation != "C" {
			t.Errorf("%s.path compares by %s", relation, collation)
		}
	}
}

// TestPublishedViews names the columns other slices rely on.
func TestPublishedViews(t *testing.T) {
	dbtest.Each(t, peopletest.Migrations, func(t *testing.T, d *db.DB) {
		for _, query := range []string{
			"SELECT id, name, parent_id, path, depth, type, director_id, state FROM v_unit",
			"SELECT id, name, email, unit_id, state, notification_email, time_zone, valid_until, is_from_directory FROM v_person",
			"SELECT id, name, unit_id FROM v_team",
			"SELECT team_id, person_id, lead FROM v_team_member",
		} {
			must(t, d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
				_, err := tx.ExecContext(ctx, query)
				return err
			}))
		}
	})
}
