package change_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/environment/health"
	"millrace/internal/environment/request"
	"millrace/internal/environment/request/change"
	"millrace/internal/environment/request/requesttest"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// outages returns the announced outages of an environment.
func outages(t *testing.T, w *requesttest.World, env ref.Environment) (out []interval.Closure) {
	t.Helper()
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		m, err := w.Health.Closures(ctx, tx, []interval.Place{{Environment: env}}, interval.Span{From: w.After(-1000), To: w.After(10_000)})
		out = m[env]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestChangeRequestSaysWhomItHits(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		sit, uat := w.AddEnvironment("SIT1", requesttest.Auto), w.AddEnvironment("UAT1", requesttest.Auto)
		w.AddGroup("LANE", sit, uat)
		ada := w.AddPerson("Ada", w.Root.ID)
		held := w.Ask(t, "Test", 24, 48, requesttest.Body{"release": "R1", "submit": true, "lines": []requesttest.Body{{"environment": "SIT1", "intent": "change_code"}}})
		if _, err := w.Bookings.HandOver(w.Ctx, string(held.Bookings[0].ID), 0, ada.ID); err != nil {
			t.Fatal(err)
		}
		in := requesttest.Body{"title": "Patch the database", "type": "patch", "from": w.After(40), "to": w.After(60), "environments": []string{"sit1"}, "outage": requesttest.Body{"from": w.After(46), "to": w.After(50)}, "colour": "#ABCDEF"}
		dry := requesttest.Into[change.View](t, w.Do(t, "POST", "/environment-change-requests?dryRun=true", in))
		if dry.Reference != "EC-1" || len(dry.Impact.Bookings) != 1 || len(dry.Impact.People) != 1 || len(dry.Impact.Groups) != 1 || dry.Impact.Releases[0] != "R1" || !dry.Impact.Outage {
			t.Fatalf("%+v", dry.Impact)
		}
		if h := dry.Impact.Bookings[0]; h.Holder.Name != "Ada" || !h.Overlap.From.Equal(w.After(46)) || !h.Overlap.To.Equal(w.After(48)) {
			t.Fatalf("%+v", h)
		}
		if len(outages(t, w, sit.ID)) != 0 {
			t.Fatal("the dry run announced an outage")
		}
		r := requesttest.Into[change.View](t, w.Do(t, "POST", "/environment-change-requests", in))
		if r.Reference != "EC-1" || r.Position.Status != "Requested" || r.TypeRef.Name != "Patch" || r.Colour != "#abcdef" || !r.OnSchedule || len(r.Consequences) != 1 || r.Consequences[0].Kind != "outage_announced" {
			t.Fatalf("%+v", r)
		}
		if o := outages(t, w, sit.ID); len(o) != 1 || !o[0].From.Equal(w.After(46)) {
			t.Fatalf("%+v", o)
		}
		// The outage moves and changes places with the request.
		path := "/environment-change-requests/EC-1"
		r = requesttest.Into[change.View](t, w.Do(t, "PATCH", path, requesttest.Body{"outage": requesttest.Body{"from": w.After(50), "to": w.After(52)}, "cards": []requesttest.Body{{"environment": "UAT1"}}}, "If-Match", `"1"`))
		if o := outages(t, w, uat.ID); len(outages(t, w, sit.ID)) != 0 || len(o) != 1 || !o[0].From.Equal(w.After(50)) {
			t.Fatalf("%+v", o)
		}
		if len(r.Impact.Bookings) != 0 || len(r.Consequences) != 2 {
			t.Fatalf("%+v %+v", r.Impact, r.Consequences)
		}
		requesttest.Want(t, w.Do(t, "PATCH", path, requesttest.Body{"outage": requesttest.Body{"from": w.After(52), "to": w.After(50)}}, "If-Match", `"2"`), 422, "change_request_invalid")
		requesttest.Want(t, w.Do(t, "PATCH", path, requesttest.Body{"colour": "red"}, "If-Match", `"2"`), 422, "change_request_invalid")
		// The request books what it announces to be out, nobody else does.
		requesttest.Want(t, w.Do(t, "POST", "/booking-requests", requesttest.Body{"title": "x", "from": w.After(50), "to": w.After(51), "submit": true, "lines": []requesttest.Body{{"environment": "UAT1"}}}), 422, "environment_not_bookable")
		r = requesttest.Into[change.View](t, w.Do(t, "POST", path+"/bookings", requesttest.Body{}))
		if len(r.Bookings) != 1 || r.Bookings[0].Status != booking.Approved || r.Bookings[0].Title != "EC-1 Patch the database" || len(outages(t, w, uat.ID)) != 1 || len(r.Impact.Bookings) != 0 {
			t.Fatalf("%+v", r)
		}
		// It goes with the request.
		gone := requesttest.Into[change.View](t, w.Do(t, "POST", path+"/cancel", requesttest.Body{}))
		if len(gone.Consequences) != 2 || gone.Bookings[0].Status != booking.Cancelled || len(outages(t, w, uat.ID)) != 0 {
			t.Fatalf("%+v", gone.Consequences)
		}
		requesttest.Want(t, w.Do(t, "POST", path+"/bookings", requesttest.Body{}), 409, "request_ended")
	})
}

func TestOutagesWaitForTheSchedule(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		sit := w.AddEnvironment("SIT1")
		requesttest.Into[request.Policy](t, w.Do(t, "PUT", "/request-policy", requesttest.Body{"mandatory": []string{}, "noPastStart": true, "insideWindow": true, "slotsOnly": false, "announceOutages": "scheduled"}, "If-Match", `"1"`))
		w.AskChange(t, "Patch", 10, 20, requesttest.Body{"environments": []string{"SIT1"}, "outage": requesttest.Body{"from": w.After(10), "to": w.After(11)}})
		if len(outages(t, w, sit.ID)) != 0 {
			t.Fatal("announced before it was scheduled")
		}
		move := func(to string) change.View {
			t.Helper()
			return requesttest.Into[change.View](t, w.Do(t, "POST", "/environment-change-requests/EC-1/workflow/moves", requesttest.Body{"to": to}))
		}
		move("Scheduled")
		if len(outages(t, w, sit.ID)) != 1 {
			t.Fatal("not announced")
		}
		move("Assigned")
		if len(outages(t, w, sit.ID)) != 0 {
			t.Fatal("not taken back")
		}
		move("Scheduled")
		move("In progress")
		w.Clock.Advance(time.Hour)
		done := move("Done")
		if done.StartedAt == nil || done.CompletedAt == nil || done.CompletedAt.Sub(*done.StartedAt) != time.Hour || len(outages(t, w, sit.ID)) != 1 {
			t.Fatalf("%+v", done)
		}
		requesttest.Want(t, w.Do(t, "PATCH", "/environment-change-requests/EC-1", requesttest.Body{"title": "x"}, "If-Match", fmt.Sprintf(`"%d"`, done.Version)), 409, "request_ended")
	})
}

func TestProgressionPathBringsVersions(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		w.AddApplication("payments", "")
		dev, sit, uat := w.AddEnvironment("DEV1"), w.AddEnvironment("SIT1"), w.AddEnvironment("UAT1")
		w.AddGroup("LANE", sit, uat)
		if _, err := w.Stacks.CreateComponent(w.Ctx, "DEV1", stack.NewComponent{Host: "db1", Name: "Oracle", Installed: "19"}); err != nil {
			t.Fatal(err)
		}
		targets := []requesttest.Body{{"application": "payments", "version": "4.2"}}
		requesttest.Want(t, w.Do(t, "POST", "/environment-change-requests", requesttest.Body{"title": "x", "from": w.After(1), "to": w.After(2), "cards": []requesttest.Body{{"environment": "DEV1", "targets": []requesttest.Body{{"component": "Nothing"}}}}}), 422, "component_unknown")
		requesttest.Want(t, w.Do(t, "POST", "/environment-change-requests", requesttest.Body{"title": "x", "from": w.After(1), "to": w.After(2), "cards": []requesttest.Body{{"environment": "DEV1", "hosts": []string{"db2"}}}}), 422, "host_unknown")
		r := w.AskChange(t, "Deploy 4.2", 1, 20, requesttest.Body{"inOrder": true, "bench": true, "release": "R1", "cards": []requesttest.Body{
			{"environment": "DEV1", "hosts": []string{"DB1"}, "targets": append(targets, requesttest.Body{"component": "oracle", "version": "21"})}, {"group": "LANE", "targets": targets},
		}})
		if len(r.Cards) != 2 || r.Cards[0].Targets[0].Name != "payments" || r.Cards[0].Targets[1].Name != "Oracle" || len(r.Cards[0].Hosts) != 1 || r.TypeRef.Name != "Deploy" {
			t.Fatalf("%+v", r.Cards)
		}
		card := func(i int, more string) string {
			return "/environment-change-requests/EC-1/cards/" + r.Cards[i].ID + "/moves" + more
		}
		requesttest.Want(t, w.Do(t, "POST", card(1, ""), requesttest.Body{"status": "in_progress"}), 409, "card_out_of_order")
		requesttest.Want(t, w.Do(t, "POST", "/environment-change-requests/EC-1/cards/nothing/moves", requesttest.Body{"status": "done"}), 404, "not_found")
		requesttest.Into[change.View](t, w.Do(t, "POST", card(0, "?dryRun=true"), requesttest.Body{"status": "done"}))
		requesttest.Into[change.View](t, w.Do(t, "POST", card(0, ""), requesttest.Body{"status": "in_progress"}))
		w.Clock.Advance(time.Hour)
		done := requesttest.Into[change.View](t, w.Do(t, "POST", card(0, ""), requesttest.Body{"status": "done", "note": "smooth"}))
		if c := done.Cards[0]; c.Status != change.CardDone || c.EndedAt.Sub(*c.StartedAt) != time.Hour || c.Note != "smooth" || done.Consequences[0].Count != 2 {
			t.Fatalf("%+v %+v", c, done.Consequences)
		}
		versions := func(env ref.Environment) map[string]string {
			t.Helper()
			out := map[string]string{}
			err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
				s, err := w.Stacks.In(ctx, tx, env)
				for _, c := range s.Loose {
					out[c.Name] = c.Installed
				}
				for _, h := range s.Hosts {
					for _, c := range h.Components {
						out[c.Name] = c.Installed
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if v := versions(dev.ID); v["payments"] != "4.2" || v["Oracle"] != "21" {
			t.Fatalf("%v", v)
		}
		requesttest.Want(t, w.Do(t, "POST", card(0, ""), requesttest.Body{"status": "skipped"}), 409, "card_state")
		requesttest.Into[change.View](t, w.Do(t, "POST", card(1, ""), requesttest.Body{"status": "done"}))
		if v := versions(uat.ID); v["payments"] != "4.2" {
			t.Fatalf("%v", v)
		}
		// Cards that are sent back keep their status.
		again := requesttest.Into[change.View](t, w.Do(t, "PATCH", "/environment-change-requests/EC-1", requesttest.Body{"cards": []requesttest.Body{{"id": r.Cards[1].ID, "group": "LANE", "targets": targets}, {"id": r.Cards[0].ID, "environment": "DEV1"}}}, "If-Match", `"4"`))
		if again.Cards[0].ID != r.Cards[1].ID || again.Cards[0].Status != change.CardDone || len(again.Cards[1].Targets) != 0 {
			t.Fatalf("%+v", again.Cards)
		}
		// Executed changes are suspects of outages; the type of one of health is the same.
		var changes []health.Change
		err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			list, err := w.Changes.EnvironmentChanges(ctx, tx, []ref.Environment{dev.ID, uat.ID}, interval.Span{From: w.After(0), To: w.After(5)})
			for _, c := range list {
				changes = append(changes, health.Change(c))
			}
			return err
		})
		if err != nil || len(changes) != 2 || changes[0].Label != "EC-1 Deploy 4.2" || changes[0].Kind != "change_request" || !changes[0].At.Equal(w.After(1)) {
			t.Fatalf("%+v %v", changes, err)
		}
	})
}

func TestChangeRequestsListDuplicateAndEditMany(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		sit := w.AddEnvironment("SIT1")
		w.AddGroup("LANE", sit)
		one := w.AskChange(t, "One", 10, 20, requesttest.Body{"environments": []string{"SIT1"}, "release": "R1", "outage": requesttest.Body{"from": w.After(10), "to": w.After(11)}})
		w.AskChange(t, "Two", 30, 40, requesttest.Body{"groups": []string{"LANE"}, "release": "R1", "onSchedule": false})
		w.AskChange(t, "Three", 50, 60, nil)
		copies := requesttest.Into[struct{ Items []change.Item }](t, w.Do(t, "POST", "/environment-change-requests/EC-1/duplicates", requesttest.Body{"repeat": "monthly", "times": 2}))
		if len(copies.Items) != 2 || !copies.Items[1].Outage.From.Equal(w.After(10).AddDate(0, 2, 0)) || len(outages(t, w, sit.ID)) != 3 {
			t.Fatalf("%+v", copies.Items)
		}
		done := requesttest.Into[request.BulkResult](t, w.Do(t, "POST", "/environment-change-requests/bulk-edit", requesttest.Body{"ids": []string{string(one.ID)}, "change": requesttest.Body{"shiftDays": 2, "status": "Scheduled"}}))
		if done.Changed != 1 || done.Items[0].Changes["status"][1] != "Scheduled" {
			t.Fatalf("%+v", done)
		}
		if o := outages(t, w, sit.ID); !o[0].From.Equal(w.After(58)) {
			t.Fatalf("%+v", o)
		}
		for query, n := range map[string]int{
			"release=R1": 4, "environment=SIT1": 4, "group=lane": 1, "onSchedule=false": 1, "outage=true": 3, "outage=false": 2, "status=Scheduled": 1, "q=t": 2, "mode=planning": 4,
		} {
			if got := requesttest.Into[struct{ Items []change.Item }](t, w.Do(t, "GET", "/environment-change-requests?"+query, nil)); len(got.Items) != n {
				t.Errorf("%s keeps %d, want %d", query, len(got.Items), n)
			}
		}
		csv := requesttest.Want(t, w.Do(t, "GET", "/environment-change-requests/export?release=R1&environment=SIT1", nil), 200, "")
		if len(csv.Body) < 100 {
			t.Fatalf("%s", csv.Body)
		}
	})
}

// TestWhoMayDoWhat tries every route as nobody, from another unit, and with the view permission alone.
func TestWhoMayDoWhat(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		here, there := w.AddUnit("Here", ""), w.AddUnit("There", "")
		w.AddEnvironment("SIT1", requesttest.Auto)
		b := w.Ask(t, "B", 24, 48, requesttest.Body{"unitId": here.ID, "lines": []requesttest.Body{{"environment": "SIT1"}}})
		c := w.AskChange(t, "C", 24, 48, requesttest.Body{"unitId": here.ID, "environments": []string{"SIT1"}})
		all := []authz.Permission{request.PermView, request.PermCreate, request.PermManage, request.PermSettings}
		elsewhere := authz.From(w.World.As(there, all...))
		viewer := authz.From(w.World.As(here, request.PermView))
		contributor := authz.From(w.World.As(here, request.PermView, request.PermCreate))
		bp, cp := "/booking-requests/"+string(b.ID), "/environment-change-requests/"+string(c.ID)
		slot := requesttest.Body{"name": "x", "from": "08:00", "to": "09:00"}
		calls := []struct {
			method, path         string
			body                 any
			outside, viewing, by int
		}{
			{"GET", bp, nil, 404, 200, 200},
			{"GET", bp + "/assessment", nil, 404, 200, 200},
			{"POST", "/booking-requests", requesttest.Body{"title": "x", "from": w.After(1), "to": w.After(2), "unitId": here.ID}, 422, 403, 201},
			{"PATCH", bp, requesttest.Body{"title": "x"}, 404, 403, 403},
			{"POST", bp + "/workflow/moves", requesttest.Body{"to": "Submitted"}, 404, 403, 403},
			{"POST", bp + "/cancel", requesttest.Body{}, 404, 403, 403},
			{"POST", bp + "/duplicates", requesttest.Body{"repeat": "weekly", "times": 1}, 404, 403, 201},
			{"GET", bp + "/workflow", nil, 404, 200, 200},
			{"GET", cp, nil, 404, 200, 200},
			{"GET", cp + "/impact", nil, 404, 200, 200},
			{"POST", "/environment-change-requests", requesttest.Body{"title": "x", "from": w.After(1), "to": w.After(2), "unitId": here.ID}, 422, 403, 201},
			{"PATCH", cp, requesttest.Body{"title": "x"}, 404, 403, 403},
			{"POST", cp + "/workflow/moves", requesttest.Body{"to": "Assigned"}, 404, 403, 403},
			{"POST", cp + "/cancel", requesttest.Body{}, 404, 403, 403},
			{"POST", cp + "/bookings", requesttest.Body{}, 404, 403, 403},
			{"POST", cp + "/cards/" + c.Cards[0].ID + "/moves", requesttest.Body{"status": "done"}, 404, 403, 403},
			{"GET", "/request-policy", nil, 200, 200, 200},
			{"PUT", "/request-policy", requesttest.Body{"mandatory": []string{}, "noPastStart": true, "insideWindow": true, "slotsOnly": false, "announceOutages": "created"}, 403, 403, 403},
			{"POST", "/booking-time-slots", slot, 403, 403, 403},
			{"POST", "/booking-request-questions", requesttest.Body{"text": "x"}, 403, 403, 403},
		}
		for _, call := range calls {
			if a := w.Server.As(nil).Do(t, call.method, call.path, call.body, "If-Match", `"1"`); a.Status != 401 {
				t.Errorf("%s %s as nobody: %d", call.method, call.path, a.Status)
			}
			for name, as := range map[string]struct {
				who    *authz.Principal
				status int
			}{"from elsewhere": {elsewhere, call.outside}, "with the view alone": {viewer, call.viewing}, "as one who may make requests": {contributor, call.by}} {
				if a := w.Server.As(as.who).Do(t, call.method, call.path, call.body, "If-Match", `"1"`); a.Status != as.status {
					t.Errorf("%s %s %s: %d, want %d: %s", call.method, call.path, name, a.Status, as.status, a.Body)
				}
			}
		}
		bulk := requesttest.Into[request.BulkResult](t, w.Server.As(contributor).Do(t, "POST", "/booking-requests/bulk-edit", requesttest.Body{"ids": []string{string(b.ID)}, "change": requesttest.Body{"release": "R"}}))
		if bulk.Skipped != 1 || bulk.Items[0].Code != "permission_missing" && bulk.Items[0].Code != "forbidden" {
			t.Errorf("%+v", bulk)
		}
		for _, list := range []string{"/booking-requests", "/environment-change-requests"} {
			if got := requesttest.Into[struct{ Items []any }](t, w.Server.As(elsewhere).Do(t, "GET", list, nil)); len(got.Items) != 0 {
				t.Errorf("%s shows %d to somebody of another unit", list, len(got.Items))
			}
		}
	})
}
