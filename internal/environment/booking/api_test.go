package booking

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

func (w *world) serve(t *testing.T) *httpapitest.Server {
	t.Helper()
	return httpapitest.New(t, w.DB, w.Clock, w.Mount)
}

func (w *world) body(env string, from, to int) map[string]any {
	return map[string]any{"environment": env, "from": w.hours(from, to).From, "to": w.hours(from, to).To, "intent": "change_code", "title": "Test"}
}

func TestBookingThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		w.AddEnvironment("SIT2")
		srv := w.serve(t)
		a := srv.Do(t, "POST", "/bookings", w.body("SIT1", 1, 5))
		var b BookingAnswer
		a.Into(t, &b)
		if a.Status != 201 || b.ID == "" || b.Status != Approved || a.Header.Get("ETag") != `"1"` || b.Conflicts == nil {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a = srv.Do(t, "POST", "/bookings?dryRun=true", w.body("SIT1", 2, 3))
		var p struct {
			Code string
			Data struct {
				Conflicts    []ConflictWith
				Alternatives []Alternative
			}
		}
		a.Into(t, &p)
		if a.Status != 409 || p.Code != "booking_overlaps" || len(p.Data.Conflicts) != 1 || p.Data.Conflicts[0].Booking.ID != b.ID || len(p.Data.Alternatives) == 0 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a = srv.Do(t, "POST", "/bookings", w.body("SIT1", 5, 5)); a.Status != 422 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a = srv.Do(t, "PATCH", "/bookings/"+string(b.ID), map[string]any{"title": "New"}); a.Status != 428 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a = srv.Do(t, "PATCH", "/bookings/"+string(b.ID), map[string]any{"title": "New", "release": "26.4"}, "If-Match", `"1"`); a.Status != 200 || !strings.Contains(string(a.Body), `"New"`) {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		srv.Do(t, "POST", "/bookings", w.body("SIT2", 1, 5))
		srv.Do(t, "POST", "/bookings", w.body("SIT2", 3, 8))
		for path, wants := range map[string]string{
			"/bookings?environment=SIT1&from=2025-03-03T00:00:00Z&to=2025-03-04T00:00:00Z": `"reference":"BK-1"`,
			"/bookings?bookingUnit=" + string(b.Unit):                                      `"reference":"BK-1"`,
			"/bookings?bookingUnit=" + string(b.ID):                                        `"items":[]`,
			"/bookings/BK-1":                                                               `"allowedActs":[`,
			"/bookings/pending":                                                            `"status":"requested"`,
			"/conflicts":                                                                   `"kind":"exclusive"`,
			"/environments/SIT1/openings?duration=8h":                                      `"from":"2025-03-03T14:00:00Z"`,
			"/openings?environment=SIT1&duration=8h":                                       `"items":[{`,
			"/booking-policies":                                                            `"mode":"strict"`,
			"/schedule-views":                                                              `"items":[]`,
			"/calendar-feeds":                                                              `"items":[]`,
			"/schedule":                                                                    `"bookings":[{"id":`,
			"/schedule?view=groups":                                                        `"rows":`,
			"/schedule?label=release":                                                      `"k":"26.4"`,
			"/schedule?label=group":                                                        `"bookings":[{"id":`,
			"/schedule?view=requests":                                                      `"rows":`,
			"/schedule?view=overview":                                                      `"load":[{`,
		} {
			if a := srv.Do(t, "GET", path, nil); a.Status != 200 || !strings.Contains(string(a.Body), wants) {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
		}
		for _, act := range []string{"cancel", "approve"} {
			if a = srv.Do(t, "POST", "/bookings/BK-1/"+act, nil); act == "cancel" && a.Status != 200 || act == "approve" && a.Code() != "booking_state" {
				t.Errorf("%s: %d %s", act, a.Status, a.Body)
			}
		}
	})
}

func TestAccessThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		there := w.AddUnit("There", "")
		w.AddEnvironment("SIT1", auto, func(e *environment.Environment) { e.Unit = there.ID })
		b := w.book(w.Ctx, "SIT1", w.hours(1, 5))
		srv := w.serve(t)
		here := w.AddUnit("Here", "")
		holder := func(u ref.Unit, path string, perms ...authz.Permission) *authz.Principal {
			set := map[authz.Permission]struct{}{environment.PermView: {}}
			for _, p := range perms {
				set[p] = struct{}{}
			}
			return &authz.Principal{Kind: authz.PersonPrincipal, Person: "someone", Name: "Someone", Grants: []authz.Grant{{Unit: u, Path: path, Permissions: set}}}
		}
		viewer := holder(there.ID, there.Path, PermView)
		elsewhere := holder(here.ID, here.Path, PermView, PermCreate, PermManage, PermApprove)
		acts := map[string]any{"approve": nil, "reject": map[string]any{"reason": "x"}, "cancel": nil, "extend": map[string]any{"to": w.hours(0, 9).To}, "release-early": nil,
			"hand-over": map[string]any{"to": "x"}, "confirm-use": nil, "split": map[string]any{"at": w.hours(2, 0).From}}
		for name, body := range acts {
			path := "/bookings/" + string(b.ID) + "/" + name
			for _, c := range []struct {
				who  *authz.Principal
				want int
			}{{nil, 401}, {elsewhere, 404}, {viewer, 403}} {
				if a := srv.As(c.who).Do(t, "POST", path, body); a.Status != c.want {
					t.Errorf("%s: %d, want %d: %s", name, a.Status, c.want, a.Body)
				}
			}
		}
		for _, path := range []string{"/bookings", "/bookings/pending", "/conflicts"} {
			if a := srv.As(elsewhere).Do(t, "GET", path, nil); a.Status != 200 || !strings.Contains(string(a.Body), `"items":[]`) {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
		}
		if a := srv.As(elsewhere).Do(t, "GET", "/schedule", nil); !strings.Contains(string(a.Body), `"rows":[]`) {
			t.Errorf("%s", a.Body)
		}
		if a := srv.As(elsewhere).Do(t, "GET", "/bookings/"+string(b.ID), nil); a.Status != 404 {
			t.Errorf("%d", a.Status)
		}
		if a := srv.As(elsewhere).Do(t, "POST", "/bookings", w.body("SIT1", 10, 11)); a.Status != 422 || a.Code() != "environment_unknown" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := srv.As(viewer).Do(t, "POST", "/bookings", w.body("SIT1", 10, 11)); a.Status != 403 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := srv.As(viewer).Do(t, "GET", "/bookings", nil); !strings.Contains(string(a.Body), string(b.ID)) {
			t.Errorf("%s", a.Body)
		}
	})
}

func TestCheckDeployment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e := w.AddEnvironment("SIT2", auto)
		ada, bob := w.AddPerson("Ada", ""), w.AddPerson("Bob", "")
		b := w.book(w.as(ada), "SIT2", w.hours(0, 4))
		w.book(w.as(bob), "SIT2", w.hours(6, 8))
		ask := func(p *authz.Principal, booking string) DeploymentAnswer {
			ctx := authz.With(t.Context(), p)
			return must(w.CheckDeployment(ctx, DeploymentQuestion{Environment: "SIT2", Booking: booking}))
		}
		if a := ask(w.people[ada.ID], ""); a.Verdict != Go || a.ExitCode != 0 || a.Booking.ID != b.ID {
			t.Fatalf("%+v", a)
		}
		a := ask(w.people[bob.ID], "")
		if a.Verdict != VerdictBooked || a.ExitCode != 10 || !a.OpensAt.Equal(w.hours(4, 0).From) || !strings.Contains(a.Reason, "Ada") {
			t.Fatalf("%+v", a)
		}
		if a := ask(w.people[bob.ID], b.Reference); a.Verdict != Go {
			t.Fatalf("%+v", a)
		}
		w.closed = []closing{{e.ID, interval.Closure{Span: w.hours(-1, 2), Kind: interval.Freeze, Name: "F", Reason: "Frozen.", Refuses: []interval.Use{interval.ForDeployment}}}}
		if a := ask(w.people[ada.ID], ""); a.Verdict != VerdictFreeze || a.ExitCode != 11 || !a.OpensAt.Equal(w.hours(2, 0).From) {
			t.Fatalf("%+v", a)
		}
		w.closed[0].Kind = interval.Outage
		if a := ask(w.people[ada.ID], ""); a.Verdict != VerdictOutage || a.ExitCode != 12 {
			t.Fatalf("%+v", a)
		}
		w.closed = nil
		w.Clock.Set(w.hours(5, 0).From)
		if a := ask(w.people[ada.ID], ""); a.Verdict != Go || a.Booking != nil {
			t.Fatalf("%+v", a)
		}
	})
}

func TestUnusedBookingsAreWarnedOfAndFreed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		app := w.AddApplication("payments", "")
		w.AddEnvironment("SIT1", auto, func(e *environment.Environment) { e.Application = app.ID })
		p := DefaultPolicy()
		p.WarnUnusedAfterMinutes, p.FreeUnusedAfterMinutes = 60, 120
		must(w.SetPolicy(w.Ctx, w.Root.ID, 0, p))
		b := w.book(w.Ctx, "SIT1", w.hours(0, 100))
		in := w.ask("SIT1", w.hours(10, 20))
		in.OnClash = WaitInQueue
		waiter := must(w.Create(w.Ctx, in, false)).Bookings[0]
		wantStatus(t, waiter, Waiting)
		w.Clock.Set(w.hours(1, 0).From)
		must(w.JudgeUnused(w.Ctx))
		if got := must(w.Get(w.Ctx, b.Reference)); got.WarnedAt == nil || got.Status != Approved {
			t.Fatalf("%+v", got)
		}
		w.deployed = []Deployment{{Environment: "sit1", Application: app.ID, At: w.hours(1, 0).From.Add(30 * time.Minute), Label: "payments 4.2"}}
		if n := must(w.ProveUse(w.Ctx, []ref.App{app.ID}, w.start())); n != 1 {
			t.Fatalf("%d proven", n)
		}
		w.Clock.Set(w.hours(2, 0).From)
		if n := must(w.JudgeUnused(w.Ctx)); n != 0 {
			t.Fatalf("%d freed although used", n)
		}
		w.Clock.Set(w.hours(3, 0).From)
		must(w.JudgeUnused(w.Ctx))
		w.Clock.Set(w.hours(4, 0).From)
		if n := must(w.JudgeUnused(w.Ctx)); n != 1 {
			t.Fatalf("%d freed", n)
		}
		wantStatus(t, must(w.Get(w.Ctx, b.Reference)), Expired)
		wantStatus(t, must(w.Get(w.Ctx, waiter.Reference)), Approved)
	})
}

func TestFeedsAreReadBySecretAndRevoked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		ada, bob := w.AddPerson("Ada", ""), w.AddPerson("Bob", "")
		w.book(w.as(ada), "SIT1", w.hours(1, 5))
		w.book(w.as(bob), "SIT1", w.hours(5, 6), func(in *NewBooking) { in.Title = "Of Bob" })
		srv := w.serve(t).As(w.people[ada.ID])
		a := srv.Do(t, "POST", "/calendar-feeds", map[string]any{"name": "Mine"})
		var f CreatedFeed
		a.Into(t, &f)
		u := must(url.Parse(f.URL))
		path := strings.TrimPrefix(u.Path, "/api/v1")
		if a.Status != 201 || !strings.HasSuffix(path, ".ics") || a.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		cal := srv.As(nil).Do(t, "GET", path, nil)
		if cal.Status != 200 || !strings.Contains(string(cal.Body), "BK-1") || strings.Contains(string(cal.Body), "Of Bob") || !strings.HasPrefix(cal.Header.Get("Content-Type"), "text/calendar") {
			t.Fatalf("%d %s", cal.Status, cal.Body)
		}
		list := srv.As(w.people[ada.ID]).Do(t, "GET", "/calendar-feeds", nil)
		if strings.Contains(string(list.Body), strings.TrimSuffix(strings.TrimPrefix(path, "/calendar/"), ".ics")) {
			t.Fatal("the secret is shown again")
		}
		if a := srv.As(w.people[bob.ID]).Do(t, "DELETE", "/calendar-feeds/"+f.ID, nil); a.Status != 404 {
			t.Fatalf("%d", a.Status)
		}
		srv.As(w.people[ada.ID]).Do(t, "DELETE", "/calendar-feeds/"+f.ID, nil)
		if a := srv.As(nil).Do(t, "GET", path, nil); a.Status != 404 {
			t.Fatalf("a revoked feed answers %d", a.Status)
		}
	})
}

func TestDecisionLinksWorkOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1")
		ada, bob := w.AddPerson("Ada", ""), w.AddPerson("Bob", "")
		b := w.book(w.as(ada), "SIT1", w.hours(1, 5))
		w.as(bob, PermApprove)
		token := must(url.Parse(w.DecisionLink(b.ID, bob.ID))).Query().Get("token")
		srv := w.serve(t).As(nil)
		path := "/bookings/" + string(b.ID) + "/decision"
		page := srv.Do(t, "GET", path+"?token="+url.QueryEscape(token), nil)
		if page.Status != 200 || !strings.Contains(string(page.Body), `"decides":true`) || !strings.Contains(string(page.Body), `"used":false`) {
			t.Fatalf("%d %s", page.Status, page.Body)
		}
		if a := srv.Do(t, "POST", path, DecisionBody{Token: token + "x", Approve: true}); a.Status != 404 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := srv.Do(t, "POST", path, DecisionBody{Token: token, Approve: true}); a.Status != 200 || !strings.Contains(string(a.Body), `"status":"approved"`) {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := srv.Do(t, "POST", path, DecisionBody{Token: token, Reason: "no"}); a.Status == 200 {
			t.Fatalf("a link worked twice: %s", a.Body)
		}
	})
}

func TestSettlementIsProposedAndAcceptedInPart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1")
		for i := range 4 {
			w.book(w.Ctx, "SIT1", w.hours(10+100*(i/2), 20+100*(i/2)))
		}
		srv := w.serve(t)
		a := srv.Do(t, "POST", "/conflicts/settlement", map[string]any{"from": w.start(), "to": w.hours(0, 500).To})
		var p Proposal
		a.Into(t, &p)
		if a.Status != 200 || p.Conflicts != 2 || len(p.Moves) != 2 || len(p.Remaining) != 0 || !p.Exact || p.Gap != 0 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a = srv.Do(t, "POST", "/conflicts/settlements/"+p.ID+"/accept", map[string]any{"moves": []string{p.Moves[0].ID}})
		a.Into(t, &p)
		if a.Status != 200 || p.Moves[0].Result == nil || !p.Moves[0].Result.Accepted || p.Moves[1].Result != nil {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		// The other booking is changed meanwhile: its move is stale and refused with the reason.
		must(w.Extend(w.Ctx, string(p.Moves[1].Booking.ID), 0, p.Moves[1].Booking.To.Add(time.Hour), "", false))
		a = srv.Do(t, "POST", "/conflicts/settlements/"+p.ID+"/accept", map[string]any{})
		p = Proposal{}
		a.Into(t, &p)
		if r := p.Moves[1].Result; r == nil || r.Accepted || r.Code != "stale" {
			t.Fatalf("%s", a.Body)
		}
		page := must(w.ListConflicts(w.Ctx, ConflictFilter{Limit: 10}))
		if len(page.Items) != 1 {
			t.Fatalf("%d conflicts are left", len(page.Items))
		}
	})
}

func TestBulkEditViewsPoliciesAndGzip(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		var ids []ref.Booking
		for i := range 3 {
			ids = append(ids, w.book(w.Ctx, "SIT1", w.hours(24*i, 24*i+24)).ID)
		}
		srv := w.serve(t)
		a := srv.Do(t, "POST", "/bookings/bulk-edit", map[string]any{"bookings": ids, "shiftDays": 1})
		if a.Status != 200 || !strings.Contains(string(a.Body), `"succeeded":3`) {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if got := must(w.Get(w.Ctx, string(ids[0]))); !got.From.Equal(w.hours(24, 0).From) {
			t.Fatalf("%v", got.From)
		}
		v := srv.Do(t, "POST", "/schedule-views", map[string]any{"name": "Payments", "query": map[string]any{"application": "payments"}})
		var view ScheduleView
		v.Into(t, &view)
		if v.Status != 201 || view.ID == "" {
			t.Fatalf("%d %s", v.Status, v.Body)
		}
		if v = srv.Do(t, "POST", "/schedule-views", map[string]any{"name": "payments", "query": map[string]any{}}); v.Code() != "view_name_taken" {
			t.Fatalf("%d %s", v.Status, v.Body)
		}
		if v = srv.Do(t, "DELETE", "/schedule-views/"+view.ID, nil); v.Status != 204 {
			t.Fatalf("%d %s", v.Status, v.Body)
		}
		p := DefaultPolicy()
		p.MinimumNoticeMinutes, p.MaximumHoldMinutes, p.NoPastDates = 60*24*30, 600, true
		if v = srv.Do(t, "PUT", "/booking-policies", p); v.Status != 200 {
			t.Fatalf("%d %s", v.Status, v.Body)
		}
		if v = srv.Do(t, "PUT", "/booking-policies", p); v.Status != 409 {
			t.Fatalf("%d %s", v.Status, v.Body)
		}
		if v = srv.Do(t, "POST", "/bookings", w.body("SIT1", 200, 220)); v.Code() != "booking_times_invalid" || !strings.Contains(string(v.Body), "notice_too_short") || !strings.Contains(string(v.Body), "hold_too_long") {
			t.Fatalf("%d %s", v.Status, v.Body)
		}
		req, _ := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/api/v1/schedule", nil)
		req.Header.Set("Accept-Encoding", "gzip")
		res := must(http.DefaultTransport.RoundTrip(req))
		defer res.Body.Close()
		var out Schedule
		if err := json.NewDecoder(must(gzip.NewReader(res.Body))).Decode(&out); err != nil || len(out.Rows) != 1 || len(out.Rows[0].Bars) != 3 || len(out.Bookings) != 3 {
			t.Fatalf("%v %s", err, fmt.Sprint(out))
		}
	})
}

func TestLeavingEnvironmentsLoweringCapacityAndRehoming(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Environments.Use(w.Service)
		e := w.AddEnvironment("PERF", auto, func(e *environment.Environment) { e.Capacity = 2 })
		touch := func(in *NewBooking) { in.Intent = Touch }
		a := w.book(w.Ctx, "PERF", w.hours(1, 5), touch)
		w.book(w.Ctx, "PERF", w.hours(2, 6), touch)
		err := w.DB.Write(w.Ctx, w.lower(e.ID))
		wantCode(t, err, "capacity_in_use")
		must(w.Cancel(w.Ctx, string(a.ID), 0, "", false))
		if err := w.DB.Write(w.Ctx, w.lower(e.ID)); err != nil {
			t.Fatal(err)
		}
		if err := w.DB.Write(w.Ctx, w.leave(e.ID)); err != nil {
			t.Fatal(err)
		}
		for _, l := range must(w.List(w.Ctx, ListFilter{Limit: 10})).Items {
			wantStatus(t, l, Cancelled)
		}
	})
}

func TestScheduleOfRequestsSaysTheirNames(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		srv := w.serve(t)
		for i, request := range []string{"known", "elsewhere"} {
			body := w.body("SIT1", 1+i*10, 5+i*10)
			body["request"] = request
			if a := srv.Do(t, "POST", "/bookings", body); a.Status != 201 {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
		}
		var page struct {
			Rows []struct{ ID, Name string }
		}
		srv.Do(t, "GET", "/schedule?view=requests", nil).Into(t, &page)
		names := map[string]string{}
		for _, r := range page.Rows {
			names[r.ID] = r.Name
		}
		if len(names) != 2 || names["known"] != "EB-7 Regression" || names["elsewhere"] != "A request you may not see" {
			t.Errorf("%v", names)
		}
	})
}
