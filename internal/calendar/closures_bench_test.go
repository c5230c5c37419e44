package calendar_test

import (
	"context"
	"fmt"
	"testing"

	"millrace/internal/calendar"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// BenchmarkClosures asks about one environment under 200 recurring freezes of the whole organisation, as every booking does.
func BenchmarkClosures(b *testing.B) {
	w := newWorld(b, dbtest.SQLite(b, migrations...))
	for i := range 200 {
		w.add(b, calendar.Freeze, calendar.NewWindow{Name: fmt.Sprint("f", i), From: at(i), To: at(i + 1), Recurrence: &interval.Recurrence{Rule: "FREQ=WEEKLY"}})
	}
	places := []interval.Place{{Environment: ref.Environment("sit1"), Unit: w.a.ID, UnitPath: w.a.Path}}
	for b.Loop() {
		must(b, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := w.calendar.Closures(ctx, tx, places, interval.Span{From: at(0), To: at(2)})
			return err
		}))
	}
}
