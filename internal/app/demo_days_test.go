package app_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"millrace/internal/app"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/config"
)

// TestTheDemoLoadsOnAnyDay starts the demo while nothing may be booked. MILLRACE_DEMO_DAYS names more days to try.
func TestTheDemoLoadsOnAnyDay(t *testing.T) {
	days := []string{"2026-12-28T03:30:00Z"}
	if more := os.Getenv("MILLRACE_DEMO_DAYS"); more != "" {
		days = strings.Fields(more)
	}
	for _, text := range days {
		t.Run(text, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(config.Source{Environ: []string{}, Flags: map[string]string{"data": t.TempDir()}})
			if err != nil {
				t.Fatal(err)
			}
			ctx := authz.With(t.Context(), authz.System("Test"))
			a, err := app.New(ctx, app.Options{Config: c, Logger: slog.New(slog.DiscardHandler), Version: "test", Clock: clock.NewFake(now)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.Close() })
			if d, err := a.LoadDemo(ctx); err != nil || !d.Loaded {
				t.Fatalf("%+v %v", d, err)
			}
			var requested int
			if err := a.DB().SQL().QueryRow("SELECT COUNT(*) FROM booking WHERE status = 'requested'").Scan(&requested); err != nil || requested < 20 {
				t.Fatalf("%d bookings wait for a decision, %v", requested, err)
			}
		})
	}
}
