package app_test

import (
	"bufio"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/app/apptest"
)

const screens = 1000

// BenchmarkAChangeReachesAThousandScreens opens a thousand live streams, books an environment and measures how long
// after the answer the last stream has heard of it.
func BenchmarkAChangeReachesAThousandScreens(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *apptest.World
	}{{"sqlite", apptest.SQLite}, {"postgres", apptest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			w := engine.open(b)
			w.Must(b, 201, w.Admin, "POST", "/environments", map[string]any{"key": "SIT2", "unitId": w.Root, "autoApprove": true})
			heard := make(chan time.Time, screens)
			client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 0}}
			for range screens {
				req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, w.URL+"/api/v1/live", nil)
				if err != nil {
					b.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+w.Admin)
				res, err := client.Do(req)
				if err != nil || res.StatusCode != http.StatusOK {
					b.Fatal(err, res)
				}
				go func() {
					defer res.Body.Close()
					for lines := bufio.NewScanner(res.Body); lines.Scan(); {
						if strings.Contains(lines.Text(), "booking.booking_booked") {
							heard <- time.Now()
						}
					}
				}()
			}
			var last []time.Duration
			b.ResetTimer()
			for i := range b.N {
				from := time.Now().UTC().AddDate(0, 0, 1+2*i)
				began := time.Now()
				w.Must(b, 201, w.Admin, "POST", "/bookings", map[string]any{
					"environment": "SIT2", "from": from.Format(time.RFC3339), "to": from.Add(time.Hour).Format(time.RFC3339), "intent": "touch", "title": fmt.Sprint(i),
				})
				var latest time.Time
				for range screens {
					if at := <-heard; at.After(latest) {
						latest = at
					}
				}
				last = append(last, latest.Sub(began))
			}
			b.StopTimer()
			slices.Sort(last)
			b.ReportMetric(float64(last[len(last)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(last[len(last)-1].Microseconds())/1000, "ms-worst")
		})
	}
}
