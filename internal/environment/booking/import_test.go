package booking

import (
	"context"
	"testing"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

func TestImportGoesThroughTheSameDecision(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.AddEnvironment("SIT1", auto), w.AddEnvironment("SIT2")
		there := w.book(w.Ctx, "SIT1", w.hours(50, 60))
		row := func(e environment.Environment, from, to int, approved bool) ImportRow {
			return ImportRow{NewBooking: NewBooking{From: w.hours(from, 0).From, To: w.hours(0, to).To, Title: "Row"}, Environments: []ref.Environment{e.ID}, Approved: approved}
		}
		rows := []ImportRow{row(a, 1, 5, false), row(a, 4, 8, false), row(b, 1, 5, true), row(b, 4, 8, false), row(a, 55, 70, false), row(a, 9, 9, false), row(b, 20, 30, false), row(b, 25, 35, false)}
		var out []ImportedRow
		err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
			out, err = w.ImportIn(ctx, tx, rows)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"", "booking_overlaps", "", "booking_overlaps", "booking_overlaps", "booking_invalid", "", ""} {
			code := ""
			if out[i].Problem != nil {
				code = out[i].Problem.Code
			}
			if code != want {
				t.Errorf("row %d: %q, want %q", i, code, want)
			}
		}
		if len(out[1].Held) != 1 || out[1].Held[0].Row != 0 || out[3].Held[0].Row != 2 || out[4].Held[0].Booking != there.ID || out[4].Held[0].Row != -1 {
			t.Fatalf("%+v", out)
		}
		if out[0].Status != Approved || out[2].Status != Approved || out[6].Status != Requested {
			t.Fatalf("%+v", out)
		}
		if n := w.overlapping(t); n != 0 {
			t.Fatalf("%d double bookings", n)
		}
		if page := must(w.List(w.Ctx, ListFilter{Limit: 50})); len(page.Items) != 5 {
			t.Fatalf("%d bookings", len(page.Items))
		}
	})
}
