package valuestream

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// TestApplicationsNumberedAtOnceAllGetNumbers lets several derivations meet applications for the first time together.
func TestApplicationsNumberedAtOnceAllGetNumbers(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		start := make(chan struct{})
		faults := make([]error, 8)
		for i := range faults {
			wg.Go(func() {
				<-start
				for n := range 10 {
					// One is its own, one is everybody's.
					apps := []ref.App{ref.App(fmt.Sprintf("own-%d-%d", i, n)), ref.App(fmt.Sprintf("shared-%d", n))}
					if err := w.service.number(t.Context(), apps, map[ref.App]appState{}, nil); err != nil {
						faults[i] = err
						return
					}
				}
			})
		}
		close(start)
		wg.Wait()
		for _, err := range faults {
			if err != nil {
				t.Fatal(err)
			}
		}
		var rows, numbers int
		err := w.d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return tx.NewRaw(`SELECT COUNT(*), COUNT(DISTINCT app_no) FROM dora_application`).Scan(ctx, &rows, &numbers)
		})
		if err != nil || rows != 90 || numbers != rows {
			t.Fatal(rows, numbers, err)
		}
	})
}
