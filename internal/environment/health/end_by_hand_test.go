package health_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"millrace/internal/environment/health"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// end ends an outage by hand.
func (w *world) end(t *testing.T, o *health.Item, b body) health.View {
	t.Helper()
	at := into[health.View](t, w.Do(t, "GET", "/outages/"+string(o.ID), nil))
	return into[health.View](t, w.Do(t, "POST", "/outages/"+string(o.ID)+"/end", b, "If-Match", etag(at.Version)))
}

func etag(version int64) string { return `"` + ref.Fact(version).String() + `"` }

func (w *world) now(t *testing.T) health.EnvironmentHealth {
	t.Helper()
	return into[health.EnvironmentHealth](t, w.Do(t, "GET", "/environments/SIT2/health", nil))
}

func (w *world) open(t *testing.T) []health.Item {
	t.Helper()
	return into[struct{ Items []health.Item }](t, w.Do(t, "GET", "/outages?open=true", nil)).Items
}

func TestEndingAnOutageByHandSaysHowTheEnvironmentIs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sit := w.AddEnvironment("SIT2")
		down := w.says(t, "SIT2", "offline", w.Clock.Now())
		w.Clock.Advance(time.Hour)
		// A monitor that repeats itself while the end lies before it does not outlast the person's word.
		w.says(t, "SIT2", "offline", w.Clock.Now().Add(-time.Minute))
		ended := w.end(t, down.Outage, body{"at": w.Clock.Now().Add(-10 * time.Minute)})
		if ended.Open || *ended.Restore != 3000 {
			t.Fatalf("%+v", ended)
		}
		is := w.now(t)
		if is.Health != health.Online || is.Items[0].EndedOutage != down.Outage.ID || is.Items[0].Source == "" || is.Items[0].Source == "probe" || is.Items[0].Message != ended.Title {
			t.Fatalf("%+v", is)
		}
		if open := w.open(t); len(open) != 0 {
			t.Fatalf("ending opened %+v", open)
		}
		if kinds := w.History(string(sit.ID)); len(kinds) != 2 || kinds[1] != health.HealthChanged && kinds[0] != health.HealthChanged {
			t.Fatalf("history %v", kinds)
		}
		// What happened before the last word moves nothing, as with monitors.
		if late := w.says(t, "SIT2", "offline", w.Clock.Now().Add(-30*time.Minute)); late.Changed {
			t.Fatalf("%+v", late)
		}
	})
}

func TestWhoEndsAnOutageChoosesTheHealth(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT2")
		down := w.says(t, "SIT2", "offline", w.Clock.Now())
		path := "/outages/" + string(down.Outage.ID) + "/end"
		w.Clock.Advance(time.Minute)
		want(t, w.Do(t, "POST", path, body{"health": "offline"}, "If-Match", `"1"`), 422, "validation_failed")
		want(t, w.Do(t, "POST", path, body{"health": "issue", "at": w.Clock.Now().Add(time.Hour)}, "If-Match", `"1"`), 422, "health_ahead")
		w.end(t, down.Outage, body{"health": "issue"})
		if is := w.now(t); is.Health != health.Issue || len(w.open(t)) != 0 {
			t.Fatalf("%+v", is)
		}
	})
}

func TestTwoOutagesAtOnceEndOneByOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT2")
		down := w.says(t, "SIT2", "offline", w.Clock.Now())
		other := into[health.View](t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": "The network is gone"}))
		w.Clock.Advance(time.Minute)
		w.end(t, &other.Item, body{})
		if is := w.now(t); is.Health != health.Offline || len(w.open(t)) != 1 {
			t.Fatalf("one outage is left, and it is %s", is.Health)
		}
		w.end(t, down.Outage, body{})
		if is := w.now(t); is.Health != health.Online || len(w.open(t)) != 0 {
			t.Fatalf("no outage is left, and it is %s", is.Health)
		}
	})
}

// TestAMonitorContinuesWhatWasEndedByHand is the reverse: the monitor goes on saying that the environment is offline.
func TestAMonitorContinuesWhatWasEndedByHand(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT2")
		start := w.Clock.Now()
		first := w.says(t, "SIT2", "offline", start)
		w.Clock.Advance(10 * time.Minute)
		w.end(t, first.Outage, body{})
		w.Clock.Advance(5 * time.Minute)
		again := w.says(t, "SIT2", "offline", w.Clock.Now())
		if again.Outage == nil || again.Outage.ID != first.Outage.ID || !again.Outage.Open || !again.Outage.StartedAt.Equal(start) {
			t.Fatalf("%+v", again.Outage)
		}
		if kinds := w.History(string(first.Outage.ID)); !slices.Contains(kinds, health.OutageContinued) {
			t.Fatalf("history %v", kinds)
		}
		// The monitor ends it as it would have ended it before.
		if up := w.says(t, "SIT2", "online", w.Clock.Now()); up.Outage == nil || up.Outage.ID != first.Outage.ID || up.Outage.Open {
			t.Fatalf("%+v", up)
		}
		// What a monitor ended is over: offline again is another outage.
		second := w.says(t, "SIT2", "offline", w.Clock.Now().Add(time.Minute))
		if second.Outage == nil || second.Outage.ID == first.Outage.ID {
			t.Fatalf("%+v", second.Outage)
		}
		// So it is long after an end by hand.
		w.Clock.Advance(10 * time.Minute)
		w.end(t, second.Outage, body{})
		w.Clock.Advance(16 * time.Minute)
		third := w.says(t, "SIT2", "offline", w.Clock.Now())
		if third.Outage == nil || third.Outage.ID == second.Outage.ID || len(w.open(t)) != 1 {
			t.Fatalf("%+v", third.Outage)
		}
	})
}

func TestEditingTheEndOfAnOutageSaysItToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sit := w.AddEnvironment("SIT2")
		made := into[health.View](t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": "x", "startedAt": w.Clock.Now().Add(-time.Hour)}))
		path := "/outages/" + string(made.ID)
		into[health.View](t, w.Do(t, "PATCH", path, body{"endedAt": w.Clock.Now().Add(-time.Minute)}, "If-Match", `"1"`))
		if is := w.now(t); is.Health != health.Online {
			t.Fatalf("%+v", is)
		}
		w.Clock.Advance(time.Minute)
		into[health.View](t, w.Do(t, "PATCH", path, body{"endedAt": nil}, "If-Match", `"2"`))
		if is := w.now(t); is.Health != health.Offline || len(w.open(t)) != 1 {
			t.Fatalf("opened again: %s with %d open", is.Health, len(w.open(t)))
		}
		// A planned outage that is edited ahead of its time says nothing about now.
		w.write(t, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM health_event")
			return err
		})
		from := w.Clock.Now().Add(time.Hour)
		plan := into[health.View](t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": "y", "kind": "planned", "startedAt": from}))
		w.end(t, &plan.Item, body{"at": from.Add(time.Hour)})
		if events := w.now(t).Items; len(events) != 0 {
			t.Fatalf("%s: %+v", sit.ID, events)
		}
	})
}
