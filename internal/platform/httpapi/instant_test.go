package httpapi_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

// Span is embedded, as the filters of lists are.
type Span struct {
	From time.Time `query:"from"`
}

func TestADateOfTheQueryIsItsMidnight(t *testing.T) {
	got := ""
	s := httpapitest.New(t, dbtest.SQLite(t, sets...), clock.System(), func(a *httpapi.API) {
		httpapi.Handle(a, httpapi.Operation{Method: "GET", Path: "/things", ID: "list-things", Summary: "List things", Tag: "things"}, authz.Need("things.view"),
			func(_ context.Context, i *struct {
				Span
				To   time.Time `query:"to"`
				Day  time.Time `query:"day" timeFormat:"2006-01-02"`
				Text string    `query:"text"`
			}) (*struct{}, error) {
				got = fmt.Sprint(i.From.Format(time.RFC3339), " ", i.To.Format(time.RFC3339), " ", i.Day.Format(time.RFC3339), " ", i.Text)
				return nil, nil
			})
	})
	for query, want := range map[string]string{
		"from=2026-11-22&to=2026-11-23T01:00:00Z&day=2026-11-24&text=2026-11-25": "2026-11-22T00:00:00Z 2026-11-23T01:00:00Z 2026-11-24T00:00:00Z 2026-11-25",
		"from=2026-02-30": "", "from=2026-2-1": "", "to=soon": "",
	} {
		got = ""
		a := s.Do(t, "GET", "/things?"+query, nil)
		if got != want || (want == "") != (a.Status == 422) {
			t.Errorf("%s: %d %q %s", query, a.Status, got, a.Body)
		}
	}
}
