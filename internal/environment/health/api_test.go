package health_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/environment/health"
	"millrace/internal/notify"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

type body = map[string]any

// others stands for the slices that health asks: it tells what the test put into it.
type others struct {
	changes  []health.Change
	bookings []health.AffectedBooking
	closed   interval.Span
}

func (o *others) EnvironmentChanges(_ context.Context, _ db.Tx, envs []ref.Environment, within interval.Span) (out []health.Change, err error) {
	for _, c := range o.changes {
		for _, e := range envs {
			if c.Environment == e && within.Contains(c.At) {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

func (o *others) BookingsWithin(_ context.Context, _ db.Tx, envs []ref.Environment, within interval.Span) (out []health.AffectedBooking, err error) {
	for _, b := range o.bookings {
		lost, ok := interval.Span{From: b.From, To: b.To}.Intersect(within)
		for _, e := range envs {
			if ok && b.Environment == e {
				b.LostSeconds = int64(lost.Length() / time.Second)
				out = append(out, b)
			}
		}
	}
	return out, nil
}

func (o *others) Closures(_ context.Context, _ db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	out := map[ref.Environment][]interval.Closure{}
	for _, p := range places {
		if !o.closed.From.IsZero() && o.closed.Overlaps(within) {
			out[p.Environment] = []interval.Closure{{Span: o.closed, Kind: interval.Maintenance}}
		}
	}
	return out, nil
}

type world struct {
	*environmenttest.World
	*httpapitest.Server
	health *health.Service
	others *others
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, append(append([]migrate.Set{}, environmenttest.Migrations...), health.Migrations, notify.Migrations), func(t *testing.T, d *db.DB) {
		w := &world{World: environmenttest.New(t, d, environmenttest.Options{Events: [][]events.Definition{health.Events}}), others: &others{}}
		w.health = health.New(health.Deps{
			DB: d, Events: w.Log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Environments: w.Environments,
			Changes: []health.ChangeSource{w.others}, Announced: []health.ClosureSource{w.others}, Bookings: w.others,
		})
		w.Server = httpapitest.New(t, d, w.Clock, w.health.Mount)
		fn(t, w)
	})
}

func want(t *testing.T, a httpapitest.Answer, status int, code string) httpapitest.Answer {
	t.Helper()
	if a.Status != status || status >= 400 && a.Code() != code {
		t.Fatalf("%d %q, want %d %q: %s", a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

func into[T any](t *testing.T, a httpapitest.Answer) (v T) {
	t.Helper()
	if a.Status >= 300 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	a.Into(t, &v)
	return v
}

func (w *world) says(t *testing.T, env, how string, at time.Time) health.Reported {
	t.Helper()
	return into[health.Reported](t, w.Do(t, "POST", "/health-events", body{"environment": env, "health": how, "at": at, "source": "probe"}))
}

func TestHealthOpensAndEndsOutages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sit := w.AddEnvironment("SIT2")
		w.AddEnvironment("QUIET")
		now := w.Clock.Now()
		if first := w.says(t, "SIT2", "Online", now.Add(-time.Hour)); first.Current != health.Online || !first.Changed || first.Outage != nil {
			t.Fatalf("%+v", first)
		}
		down := w.says(t, "sit2", "down", now.Add(-30*time.Minute))
		if down.Outage == nil || down.Outage.Kind != health.Unplanned || !down.Outage.Open || *down.Outage.Detect != 1800 {
			t.Fatalf("%+v", down)
		}
		if again := w.says(t, "SIT2", "offline", now.Add(-20*time.Minute)); again.Changed || again.Outage != nil {
			t.Fatalf("%+v", again)
		}
		// What happened before the last word moves nothing.
		if late := w.says(t, "SIT2", "online", now.Add(-25*time.Minute)); late.Changed || late.Current != health.Offline {
			t.Fatalf("%+v", late)
		}
		up := w.says(t, "SIT2", "online", now)
		if up.Outage == nil || up.Outage.ID != down.Outage.ID || up.Outage.Open || *up.Outage.Restore != 1800 {
			t.Fatalf("%+v", up)
		}
		kinds := w.History(string(sit.ID))
		if len(kinds) != 3 || kinds[0] != health.HealthChanged {
			t.Fatalf("history %v", kinds)
		}
		if kinds := w.History(string(down.Outage.ID)); len(kinds) != 2 {
			t.Fatalf("history of the outage %v", kinds)
		}
		page := into[health.EnvironmentHealth](t, w.Do(t, "GET", "/environments/SIT2/health?limit=2", nil))
		if page.Health != health.Online || len(page.Items) != 2 || page.Next == "" || page.Items[0].Health != health.Online {
			t.Fatalf("%+v", page)
		}
		rest := into[health.EnvironmentHealth](t, w.Do(t, "GET", "/environments/SIT2/health?limit=10&cursor="+page.Next, nil))
		if len(rest.Items) != 3 {
			t.Fatalf("%+v", rest)
		}
		board := into[health.Board](t, w.Do(t, "GET", "/health", nil))
		if len(board.Items) != 2 || board.Items[0].Health != health.NoData || board.Counts[health.Online] != 1 || board.Counts[health.NoData] != 1 || board.Counts[health.Offline] != 0 {
			t.Fatalf("%+v", board)
		}
		if one := into[health.Board](t, w.Do(t, "GET", "/health?environment=QUIET,nothing", nil)); len(one.Items) != 1 || one.Items[0].Key != "QUIET" {
			t.Errorf("of one environment: %+v", one.Items)
		}
		if only := into[health.Board](t, w.Do(t, "GET", "/health?health=no_data", nil)); len(only.Items) != 1 || only.Items[0].Key != "QUIET" {
			t.Fatalf("%+v", only)
		}
		sum := into[health.Summaries](t, w.Do(t, "GET", "/outages/summary", nil))
		if sum.Unplanned.Count != 1 || sum.Unplanned.OutSeconds != 1800 || sum.Planned.Count != 0 || sum.Previous.Unplanned.Count != 0 {
			t.Fatalf("%+v", sum)
		}
	})
}

func TestOutagesDuringAnnouncedWorkArePlanned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT2")
		now := w.Clock.Now()
		w.others.closed = interval.Span{From: now.Add(-time.Hour), To: now.Add(time.Hour)}
		if r := w.says(t, "SIT2", "offline", now); r.Outage == nil || r.Outage.Kind != health.Planned {
			t.Fatalf("%+v", r)
		}
	})
}

func TestBadHealthEvents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT2")
		now := w.Clock.Now()
		for code, b := range map[string]body{
			"environment_unknown":  {"environment": "nothing", "health": "online"},
			"health_event_invalid": {"environment": "SIT2", "health": "banana", "at": now.Add(time.Hour), "link": "javascript:1"},
			"validation_failed":    {"environment": "SIT2"},
		} {
			want(t, w.Do(t, "POST", "/health-events", b), 422, code)
		}
		// The same id again changes nothing, whatever it says.
		once := body{"environment": "SIT2", "health": "offline", "source": "probe", "externalId": "7"}
		first := into[health.Reported](t, w.Do(t, "POST", "/health-events", once))
		once["health"] = "online"
		if twice := into[health.Reported](t, w.Do(t, "POST", "/health-events", once)); twice.Number != first.Number || twice.Current != health.Offline {
			t.Fatalf("%+v", twice)
		}
		out := into[struct{ Succeeded, Failed int }](t, w.Do(t, "POST", "/health-events/bulk", []body{{"environment": "SIT2", "health": "up"}, {"environment": "?", "health": "up"}}))
		if out.Succeeded != 1 || out.Failed != 1 {
			t.Fatalf("%+v", out)
		}
	})
}

func TestTwoMonitorsOpenOneOutage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT2")
		now := w.Clock.Now()
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				how := []string{"offline", "offline", "issue", "online"}[i%4]
				at := now.Add(time.Duration(i-20) * time.Minute)
				if _, err := w.health.ReportHealth(w.Ctx, health.NewEvent{Environment: "SIT2", Health: how, At: &at}); err != nil {
					t.Error(err)
				}
			}()
		}
		wait.Wait()
		board := into[health.Board](t, w.Do(t, "GET", "/health", nil))
		if board.Items[0].Health != health.Online {
			t.Fatalf("%+v", board.Items)
		}
		if open := into[struct{ Items []health.Item }](t, w.Do(t, "GET", "/outages?open=true", nil)); len(open.Items) != 0 {
			t.Fatalf("%+v", open.Items)
		}
	})
}

func TestAlertmanagerWebhook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT2")
		start := w.Clock.Now().Add(-time.Hour)
		alert := func(name, status, severity string, at time.Time) body {
			return body{"status": status, "labels": body{"environment": "SIT2", "alertname": name, "severity": severity}, "startsAt": start, "endsAt": at, "fingerprint": name, "extra": 1}
		}
		send := func(alerts ...body) health.Received {
			t.Helper()
			return into[health.Received](t, w.Do(t, "POST", "/health-events/alertmanager", body{"version": "4", "receiver": "millrace", "groupKey": "{}", "alerts": alerts}))
		}
		current := func() health.Health {
			return into[health.EnvironmentHealth](t, w.Do(t, "GET", "/environments/SIT2/health", nil)).Health
		}
		nobody := body{"status": "firing", "labels": body{"alertname": "Other"}, "startsAt": start}
		if r := send(alert("Down", "firing", "critical", time.Time{}), alert("Slow", "firing", "warning", time.Time{}), nobody); r.Taken != 2 || len(r.Ignored) != 1 || r.Ignored[0].Code != "no_environment_label" {
			t.Fatalf("%+v", r)
		}
		if r := send(alert("Down", "firing", "critical", time.Time{})); r.Taken != 1 {
			t.Fatalf("a repetition: %+v", r)
		}
		send(alert("Slow", "resolved", "warning", start.Add(10*time.Minute)))
		if h := current(); h != health.Offline {
			t.Fatalf("%s while an alert still fires", h)
		}
		send(alert("Down", "resolved", "critical", start.Add(20*time.Minute)))
		if h := current(); h != health.Online {
			t.Fatalf("%s after all are resolved", h)
		}
	})
}

func TestOutagesByHand(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sit, stub := w.AddEnvironment("SIT2"), w.AddEnvironment("STUB", func(e *environment.Environment) { e.Name = "Payment stub" })
		w.AddEnvironment("UAT", func(e *environment.Environment) { e.Parent = sit.ID })
		now := w.Clock.Now()
		want(t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": "x", "startedAt": now.Add(time.Hour)}), 422, "outage_invalid")
		want(t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": "x", "startedAt": now.Add(-time.Hour), "endedAt": now.Add(-2 * time.Hour)}), 422, "outage_invalid")
		made := want(t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": " Nothing answers ", "startedAt": now.Add(-time.Hour)}), 201, "")
		o := into[health.View](t, made)
		if made.Header.Get("ETag") != `"1"` || o.Title != "Nothing answers" || o.Source != "person" || strings.Join(o.AllowedActs, " ") != "change mark_cause delete end" {
			t.Fatalf("%s", made.Body)
		}
		path := "/outages/" + string(o.ID)
		// What it hurts and who is to blame.
		w.write(t, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE environment SET parent_id = ? WHERE id = ?`, stub.ID, sit.ID)
			return err
		})
		w.others.changes = []health.Change{
			{Kind: "configuration", ID: "c", Environment: stub.ID, At: now.Add(-70 * time.Minute), Label: "Changed the limits"},
			{Kind: "deployment", ID: "d", Environment: sit.ID, At: now.Add(-90 * time.Minute), Label: "Deployed 4.2"},
			{Kind: "deployment", ID: "later", Environment: sit.ID, At: now, Label: "Deployed 4.3"},
		}
		suspects := into[struct{ Items []health.Suspect }](t, w.Do(t, "GET", path+"/suspects", nil)).Items
		if len(suspects) != 2 || suspects[0].ID != "d" || suspects[1].Distance != 1 || suspects[1].EnvironmentName != "Payment stub" {
			t.Fatalf("%+v", suspects)
		}
		w.others.bookings = []health.AffectedBooking{{ID: "b", Environment: sit.ID, From: now.Add(-30 * time.Minute), To: now.Add(time.Hour), Holder: "p", Release: "R1"}}
		impact := into[health.Impact](t, w.Do(t, "GET", path+"/impact", nil))
		if len(impact.Environments) != 2 || impact.Environments[1].Distance != 1 || impact.LostSeconds != 1800 || impact.People != 1 || impact.Releases[0] != "R1" {
			t.Fatalf("%+v", impact)
		}
		want(t, w.Do(t, "POST", path+"/cause", body{"label": "x"}), 428, "if_match_required")
		w.Clock.Advance(time.Minute)
		marked := into[health.View](t, w.Do(t, "POST", path+"/cause", body{"kind": "configuration", "id": "c", "label": "Changed the limits"}, "If-Match", `"1"`))
		if marked.FoundAt == nil || *marked.Find != 60 || marked.Version != 2 {
			t.Fatalf("%+v", marked)
		}
		if s := into[struct{ Items []health.Suspect }](t, w.Do(t, "GET", path+"/suspects", nil)).Items; !s[1].Marked || s[0].Marked {
			t.Fatalf("%+v", s)
		}
		want(t, w.Do(t, "PATCH", path, body{"title": "y"}, "If-Match", `"1"`), 409, "stale")
		ended := into[health.View](t, w.Do(t, "POST", path+"/end", body{}, "If-Match", `"2"`))
		if ended.Open || *ended.Restore != 3660 {
			t.Fatalf("%+v", ended)
		}
		again := into[health.View](t, w.Do(t, "PATCH", path, body{"endedAt": nil, "description": "It came back"}, "If-Match", `"3"`))
		if !again.Open || again.Description == "" {
			t.Fatalf("%+v", again)
		}
		list := into[struct{ Items []health.Item }](t, w.Do(t, "GET", "/outages?q=nothing&environment=SIT2&open=true&kind=unplanned", nil))
		if len(list.Items) != 1 || list.Items[0].EnvironmentKey != "SIT2" {
			t.Fatalf("%+v", list)
		}
		want(t, w.Do(t, "DELETE", path, nil, "If-Match", `"4"`), 204, "")
		want(t, w.Do(t, "GET", path, nil), 404, "not_found")
		if kinds := w.History(string(o.ID)); len(kinds) != 5 {
			t.Fatalf("%v", kinds)
		}
	})
}

func (w *world) write(t *testing.T, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := w.DB.Write(w.Ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func TestPlannedOutagesFollowTheirRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sit := w.AddEnvironment("SIT2")
		from := w.Clock.Now().Add(24 * time.Hour)
		plan := func(title string, from, until time.Time) {
			t.Helper()
			w.write(t, func(ctx context.Context, tx db.Tx) error {
				return w.health.Planned(ctx, tx, sit, "environment_change_request", "r1", title, from, until)
			})
		}
		closures := func() (out []interval.Closure) {
			t.Helper()
			err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
				m, err := w.health.Closures(ctx, tx, []interval.Place{{Environment: sit.ID}}, interval.Span{From: w.Clock.Now(), To: w.Clock.Now().Add(30 * 24 * time.Hour)})
				out = m[sit.ID]
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		plan("Patch", from, from.Add(time.Hour))
		plan("Patch", from, from.Add(time.Hour))
		plan("Patch", from.Add(time.Hour), from.Add(2*time.Hour))
		if c := closures(); len(c) != 1 || !c[0].From.Equal(from.Add(time.Hour)) || len(c[0].Refuses) != 2 {
			t.Fatalf("%+v", c)
		}
		plan("", time.Time{}, time.Time{})
		if c := closures(); len(c) != 0 {
			t.Fatalf("%+v", c)
		}
		w.says(t, "SIT2", "offline", w.Clock.Now())
		if c := closures(); len(c) != 1 || !c[0].Endless() || len(c[0].Refuses) != 1 || c[0].Refuses[0] != interval.ForDeployment {
			t.Fatalf("%+v", c)
		}
	})
}

// TestWhoMayDoWhat tries every act as nobody, as somebody of another unit, and with the view permission alone.
func TestWhoMayDoWhat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		here, there := w.AddUnit("Here", ""), w.AddUnit("There", "")
		w.AddEnvironment("SIT2", func(e *environment.Environment) { e.Unit = here.ID })
		o := into[health.View](t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": "x"}))
		all := []authz.Permission{health.PermView, health.PermReport, health.PermManage, environment.PermView}
		elsewhere := authz.From(w.World.As(there, all...))
		viewer := authz.From(w.World.As(here, health.PermView, environment.PermView))
		path := "/outages/" + string(o.ID)
		for _, c := range []struct {
			method, path string
			body         any
			outside      int
			viewing      int
		}{
			{"POST", "/health-events", body{"environment": "SIT2", "health": "up"}, 422, 403},
			{"POST", "/outages", body{"environment": "SIT2", "title": "y"}, 422, 403},
			{"GET", path, nil, 404, 200},
			{"GET", path + "/suspects", nil, 404, 200},
			{"GET", path + "/impact", nil, 404, 200},
			{"GET", path + "/told", nil, 404, 200},
			{"PATCH", path, body{"title": "z"}, 404, 403},
			{"POST", path + "/end", body{}, 404, 403},
			{"POST", path + "/cause", body{"label": "z"}, 404, 403},
			{"DELETE", path, nil, 404, 403},
			{"GET", "/environments/SIT2/health", nil, 404, 200},
		} {
			if a := w.Server.As(nil).Do(t, c.method, c.path, c.body, "If-Match", `"1"`); a.Status != 401 {
				t.Errorf("%s %s as nobody: %d", c.method, c.path, a.Status)
			}
			if a := w.Server.As(elsewhere).Do(t, c.method, c.path, c.body, "If-Match", `"1"`); a.Status != c.outside {
				t.Errorf("%s %s from elsewhere: %d %s", c.method, c.path, a.Status, a.Body)
			}
			if a := w.Server.As(viewer).Do(t, c.method, c.path, c.body, "If-Match", `"1"`); a.Status != c.viewing {
				t.Errorf("%s %s with the view alone: %d %s", c.method, c.path, a.Status, a.Body)
			}
		}
		for _, list := range []string{"/health", "/outages"} {
			if got := into[struct{ Items []any }](t, w.Server.As(elsewhere).Do(t, "GET", list, nil)); len(got.Items) != 0 {
				t.Errorf("%s shows %d to somebody of another unit", list, len(got.Items))
			}
		}
	})
}
