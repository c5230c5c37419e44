package workflow_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"millrace/internal/aspect/workflow"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi/httpapitest"
)

func (w *world) graph(t testing.TB, url string) (g workflow.GraphView, etag string) {
	t.Helper()
	a := want(t, w.http.Do(t, "GET", url, nil), 200, "")
	a.Into(t, &g)
	return g, a.Header.Get("ETag")
}

func body(g workflow.GraphView) map[string]any {
	return map[string]any{"enabled": g.Enabled, "statuses": g.Statuses, "transitions": g.Transitions}
}

func names(g workflow.GraphView) string {
	var out []string
	for _, st := range g.Statuses {
		out = append(out, st.Name)
	}
	return strings.Join(out, " ")
}

func TestDrawAGraphThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const url = "/workflows/thing"
		w.start(t, "one", "two", "small")
		must(t, w.move(w.Ctx, "two", "Doing"))
		var list struct{ Items []workflow.EntryView }
		want(t, w.http.Do(t, "GET", "/workflows", nil), 200, "").Into(t, &list)
		if len(list.Items) != 3 || !list.Items[1].Own || list.Items[1].TypeName != "Small" || list.Items[1].Enabled || list.Items[2].Own || list.Items[2].Statuses != 4 {
			t.Fatalf("%+v", list.Items)
		}
		g, etag := w.graph(t, url)
		if names(g) != "New Doing Done Dropped" || etag != `"2"` || len(g.Warnings) != 0 || len(g.PartyNames) != 1 || g.Statuses[2].Permitted[0].ID == "release_manager" || len(g.Transitions) != 4 {
			t.Fatalf("%+v", g)
		}
		put := func(url string, b map[string]any, etag string) httpapitest.Answer {
			return w.http.Do(t, "PUT", url, b, "If-Match", etag)
		}
		want(t, w.http.Do(t, "PUT", url, body(g)), 428, "if_match_required")
		want(t, put(url, body(g), `"1"`), 409, "stale")
		want(t, put("/workflows/ghost", body(g), `"1"`), 404, "not_found")
		want(t, put(url+"?type=Ghost", body(g), `"1"`), 422, "unknown_lookup_value")

		// Faults come all at once, with their places.
		bad := g
		bad.Statuses = slices.Clone(g.Statuses)
		bad.Statuses[1].Order, bad.Statuses[2].Name, bad.Statuses[3].Initial = 0, "new", true
		bad.Transitions = append(slices.Clone(g.Transitions), workflow.Transition{From: "Ghost", To: "New"})
		a := want(t, put(url, body(bad), etag), 422, "workflow_invalid")
		for _, code := range []string{"order_twice", "status_twice", "one_initial", "status_unknown"} {
			if !strings.Contains(string(a.Body), `"`+code+`"`) {
				t.Errorf("%s is missing: %s", code, a.Body)
			}
		}
		cut := g
		cut.Transitions = g.Transitions[:0]
		want(t, put(url, body(cut), etag), 422, "workflow_invalid")

		// Done goes, Checked comes, Doing is renamed; nobody stands on Done, Two stands on Doing, which the other type lacks.
		next := g
		next.Statuses = []workflow.Status{g.Statuses[0], {Name: "Checked", Mode: workflow.Completed, Order: 9, BreachAfter: 5}}
		next.Transitions = []workflow.Transition{{From: "New", To: "Checked"}}
		var out workflow.GraphView
		want(t, put(url+"?dryRun=true", body(next), etag), 200, "").Into(t, &out)
		if names(out) != "New Checked" || len(out.Warnings) != 1 || out.Warnings[0].Code != "sla_on_end" || len(out.Consequences) != 1 ||
			out.Consequences[0].Kind != "records_stay" || !slices.Equal(out.Consequences[0].Records, []string{"two"}) {
			t.Fatalf("%+v", out)
		}
		if again, tag := w.graph(t, url); names(again) != names(g) || tag != etag {
			t.Fatal("the dry run saved something")
		}
		with := body(next)
		with["replacements"] = map[string]string{g.Statuses[1].ID: "checked"}
		bare := body(next)
		bare["replacements"] = map[string]string{g.Statuses[0].ID: "checked", g.Statuses[1].ID: "ghost"}
		a = want(t, put(url, bare, etag), 422, "workflow_invalid")
		if !strings.Contains(string(a.Body), "status_not_removed") || !strings.Contains(string(a.Body), "status_unknown") {
			t.Fatalf("%s", a.Body)
		}
		out = workflow.GraphView{}
		a = want(t, put(url, with, etag), 200, "")
		a.Into(t, &out)
		if len(out.Consequences) != 1 || out.Consequences[0].Kind != "records_move" || a.Header.Get("ETag") != `"3"` {
			t.Fatalf("%+v", out)
		}
		if got := w.path(t, "two"); got != "New 0, Doing 0, Checked 0" || w.moved[len(w.moved)-1] != "two: Doing → Checked" {
			t.Fatal(got, w.moved)
		}
		var statuses struct{ Items []workflow.StatusView }
		want(t, w.http.Do(t, "GET", "/workflow-statuses?subject=thing", nil), 200, "").Into(t, &statuses)
		if len(statuses.Items) != 4 || statuses.Items[1].Name != "Done" { // Done is still used by small things; Doing and Dropped are gone
			t.Fatalf("%+v", statuses)
		}
		if got := w.History("thing"); !slices.Equal(got, []events.Kind{workflow.GraphChanged}) {
			t.Fatal(got)
		}

		// A status is shared: a new name shows in the other graph too. A status that comes back keeps its id.
		small, tag := w.graph(t, url+"?type=small")
		small.Statuses[1].Name = "Finished"
		small.Statuses = append(small.Statuses, workflow.Status{Name: "New", Mode: workflow.Planning, Order: 7, Colour: "#00FF00"}, workflow.Status{Name: "Doing", Mode: workflow.Execution, Order: 8})
		want(t, put(url+"?type=small", body(small), tag), 200, "").Into(t, &out)
		if len(out.Consequences) != 1 || out.Consequences[0].Kind != "status_shared" || out.Statuses[3].ID != g.Statuses[1].ID || len(out.Warnings) == 0 {
			t.Fatalf("%+v", out)
		}
		if all, _ := w.graph(t, url); all.Statuses[0].Colour != "#00ff00" {
			t.Fatal("the shared status did not change")
		}

		// A type gets its own graph at the version 1 that it inherits, and loses it again.
		large, tag := w.graph(t, url+"?type=large")
		if !large.Inherited || tag != `"1"` {
			t.Fatal(large, tag)
		}
		a = want(t, put(url+"?type=large", body(large), tag), 200, "")
		if a.Header.Get("ETag") != `"2"` {
			t.Fatal(a.Header)
		}
		want(t, put(url+"?type=large", body(large), tag), 409, "stale")
		want(t, w.http.Do(t, "DELETE", url, nil, "If-Match", `"3"`), 409, "workflow_inherited")
		want(t, w.http.Do(t, "DELETE", url+"?type=large&dryRun=true", nil, "If-Match", `"2"`), 200, "")
		want(t, w.http.Do(t, "DELETE", url+"?type=large", nil, "If-Match", `"2"`), 200, "")
		want(t, w.http.Do(t, "DELETE", url+"?type=large", nil, "If-Match", `"1"`), 409, "workflow_inherited")
		// What was deleted does not come back at the next start.
		want(t, w.http.Do(t, "DELETE", url+"?type=small", nil, "If-Match", `"3"`), 200, "")
		must(t, w.flow.Ensure(w.Ctx))
		if g, _ := w.graph(t, url+"?type=small"); !g.Inherited {
			t.Fatal("the deleted workflow came back")
		}
	})
}

func TestServiceLevelsFollowTheGraph(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.start(t, "one")
		g, etag := w.graph(t, "/workflows/thing")
		g.Statuses[0].BreachAfter = 10
		want(t, w.http.Do(t, "PUT", "/workflows/thing", body(g), "If-Match", etag), 200, "")
		w.Clock.Advance(10 * 60e9)
		if n, err := w.flow.Breaches(w.Ctx, w.Clock.Now()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	})
}

func TestTheCourseOfARecordThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.start(t, "one", "two", "far")
		const url = "/things/two/workflow"
		var c workflow.CourseView
		want(t, w.http.Do(t, "GET", url, nil), 200, "").Into(t, &c)
		if c.Current.Status != "New" || len(c.Path) != 1 || len(c.Choices) != 4 || !c.Choices[1].Allowed || !c.Enabled {
			t.Fatalf("%+v", c)
		}
		want(t, w.http.Do(t, "POST", url+"/moves", map[string]any{"to": "Doing", "from": "Done"}), 409, "stale")
		a := want(t, w.http.Do(t, "POST", url+"/moves", map[string]any{"to": "Done"}), 409, "transition_not_allowed")
		if !strings.Contains(string(a.Body), `"allowed":["Doing","Dropped"]`) {
			t.Fatalf("%s", a.Body)
		}
		want(t, w.http.Do(t, "POST", url+"/moves", map[string]any{"to": "Doing", "from": "new", "note": "Go."}), 200, "").Into(t, &c)
		if c.Current.Status != "Doing" || len(c.Path) != 2 || c.Path[1].Note != "Go." || c.Path[1].ActorName != "test" {
			t.Fatalf("%+v", c)
		}
		viewer := peopletest.Principal(w.a, permView, workflow.PermView)
		want(t, w.http.As(viewer).Do(t, "GET", url, nil), 200, "").Into(t, &c)
		if slices.ContainsFunc(c.Choices, func(c workflow.ChoiceView) bool { return c.Allowed }) {
			t.Fatal("a viewer is offered statuses")
		}
		want(t, w.http.Do(t, "POST", url+"/moves", map[string]any{"to": "New"}), 403, "permission_missing")
		w.http.As(peopletest.Principal(w.b, permView, permManage))
		want(t, w.http.Do(t, "GET", url, nil), 404, "not_found")
		want(t, w.http.Do(t, "POST", url+"/moves", map[string]any{"to": "New"}), 404, "not_found")
		for _, call := range [][2]string{{"PUT", "/workflows/thing"}, {"DELETE", "/workflows/thing?type=small"}} {
			w.http.As(nil)
			want(t, w.http.Do(t, call[0], call[1], nil, "If-Match", `"2"`), 401, "sign_in_required")
			w.http.As(viewer)
			want(t, w.http.Do(t, call[0], call[1], nil, "If-Match", `"2"`), 403, "permission_missing")
			w.http.As(peopletest.Principal(w.a, workflow.PermManage))
			want(t, w.http.Do(t, call[0], call[1], map[string]any{"enabled": true, "statuses": []any{}, "transitions": []any{}}, "If-Match", `"2"`), 403, "permission_missing")
		}
		w.http.As(viewer)
		g, _ := w.graph(t, "/workflows/thing")
		if len(g.Actions) != 0 {
			t.Fatal("a viewer is offered acts")
		}
		w.http.As(peopletest.Principal(w.a))
		for _, url := range []string{"/workflows", "/workflows/thing", "/workflow-statuses?subject=thing"} {
			want(t, w.http.Do(t, "GET", url, nil), 403, "permission_missing")
		}
		must(t, w.write(w.Ctx, func(ctx context.Context, tx db.Tx) error { return w.flow.ForgetRecord(ctx, tx, "thing", "two") }))
		if w.path(t, "two") != "" {
			t.Fatal("the path is still there")
		}
	})
}
