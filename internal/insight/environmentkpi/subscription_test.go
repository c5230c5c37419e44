package environmentkpi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

type body = map[string]any

// person returns a principal of a new person who holds permissions on a unit, also when asked for by the job.
func (w *world) person(name string, unit people.Unit, permissions ...authz.Permission) *authz.Principal {
	p := w.AddPerson(name, "")
	principal := peopletest.Principal(unit, permissions...)
	principal.Person, principal.Name = p.ID, name
	w.people[p.ID] = principal
	return principal
}

// work does what waits in the queue.
func (w *world) work(t *testing.T) {
	t.Helper()
	jobs := w.queue
	w.queue = nil
	for _, j := range jobs {
		if err := w.kpi.Send(w.Ctx, j.Dispatch); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) due(t *testing.T) {
	t.Helper()
	if err := w.kpi.EnqueueDue(w.Ctx); err != nil {
		t.Fatal(err)
	}
}

func TestReportsAreMailedMonthly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := drawHistory(t, w)
		ada := w.person("Ada", h.retail, PermViewReport, PermSubscribe)
		w.As(ada)
		a := w.Do(t, "POST", "/report-subscriptions", body{"unit": h.retail.ID, "day": 3, "format": "pdf", "zone": "Europe/Berlin", "recipients": []string{"Ada <ada@example.com>", "ADA@example.com", "boss@example.com"}})
		if a.Status != 201 || a.Header.Get("ETag") != `"1"` {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		var sub SubscriptionView
		a.Into(t, &sub)
		if !slices.Equal(sub.Recipients, []string{"ada@example.com", "boss@example.com"}) || sub.UnitName != "Retail" || sub.Latest != nil {
			t.Fatalf("%+v", sub)
		}
		// It was made on the 10th, so the 3rd of November is not caught up with.
		w.due(t)
		w.Clock.Set(at("2026-12-03 04:59"))
		w.due(t)
		if len(w.queue) != 0 {
			t.Fatal("too early")
		}
		w.Clock.Set(at("2026-12-03 05:00"))
		w.due(t)
		w.due(t)
		if len(w.queue) != 1 {
			t.Fatalf("%d reports of one month", len(w.queue))
		}
		job := w.queue[0]
		w.work(t)
		if err := w.kpi.Send(w.Ctx, job.Dispatch); err != nil { // the job comes twice
			t.Fatal(err)
		}
		w.Clock.Set(at("2026-12-20 05:00"))
		w.due(t)
		if len(w.queue) != 0 || len(w.mails.Mails()) != 1 {
			t.Fatalf("%d mails, %d jobs", len(w.mails.Mails()), len(w.queue))
		}
		m := w.mails.Mails()[0]
		if strings.Join(m.To, " ") != "ada@example.com boss@example.com" || !strings.Contains(m.Data, `filename="environments-2026-11.pdf"`) ||
			!strings.Contains(m.Data, "application/pdf") || !strings.Contains(m.Data, "Subject: Test environments 2026-11: Retail") {
			t.Fatalf("%.2000s", m.Data)
		}
		list := get[struct{ Items []SubscriptionView }](t, w, "/report-subscriptions")
		if len(list.Items) != 1 || list.Items[0].Latest == nil || list.Items[0].Latest.State != "sent" || list.Items[0].Latest.Month != "2026-11" {
			t.Fatalf("%+v", list)
		}
		if kinds := w.History(sub.ID); !slices.Equal(kinds, []events.Kind{EventSubscribed, EventSent}) {
			t.Fatal(kinds)
		}

		// At once, also a second time.
		for range 2 {
			w.Clock.Advance(time.Minute)
			if a := w.Do(t, "POST", "/report-subscriptions/"+sub.ID+"/run", nil); a.Status != 202 {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			w.work(t)
		}
		if len(w.mails.Mails()) != 3 {
			t.Fatalf("%d mails", len(w.mails.Mails()))
		}

		// A change needs the version; the format changes with it.
		change := body{"day": 28, "format": "xlsx", "recipients": []string{}}
		if a := w.Do(t, "PATCH", "/report-subscriptions/"+sub.ID, change); a.Code() != "if_match_required" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := w.Do(t, "PATCH", "/report-subscriptions/"+sub.ID, change, "If-Match", `"1"`); a.Status != 200 || a.Header.Get("ETag") != `"2"` {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := w.Do(t, "PATCH", "/report-subscriptions/"+sub.ID, change, "If-Match", `"1"`); a.Code() != "stale" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := w.Do(t, "DELETE", "/report-subscriptions/"+sub.ID, nil); a.Status != 204 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if kinds := w.History(sub.ID); kinds[len(kinds)-1] != EventUnsubscribed {
			t.Fatal(kinds)
		}
	})
}

func TestReportsHaveTheRightsOfTheSubscriberNow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := drawHistory(t, w)
		ada := w.person("Ada", h.retail, PermViewReport, PermSubscribe)
		w.As(ada)
		var sub SubscriptionView
		w.Do(t, "POST", "/report-subscriptions", body{"day": 1, "format": "xlsx"}).Into(t, &sub)
		if len(sub.Recipients) != 1 || !strings.HasSuffix(sub.Recipients[0], "@example.com") {
			t.Fatalf("%+v", sub)
		}
		latest := func() *DispatchView {
			w.Clock.Advance(time.Minute)
			w.Do(t, "POST", "/report-subscriptions/"+sub.ID+"/run", nil)
			w.work(t)
			return get[struct{ Items []SubscriptionView }](t, w, "/report-subscriptions").Items[0].Latest
		}
		if l := latest(); l.State != "sent" || !strings.Contains(w.mails.Mails()[0].Data, "of 2 bookings") && !strings.Contains(w.mails.Mails()[0].Data, "of 3 bookings") {
			t.Fatalf("%+v", l) // Retail alone has three bookings
		}
		// Her grant is taken away between two mails.
		delete(w.people, ada.Person)
		if l := latest(); l.State != "failed" || !strings.Contains(l.Problem, "may not see it any more") {
			t.Fatalf("%+v", l)
		}
		w.people[ada.Person] = peopletest.Principal(h.retail, PermSubscribe)
		if l := latest(); l.State != "failed" {
			t.Fatalf("%+v", l)
		}
		w.people[ada.Person] = ada
		// The mail server goes away and comes back.
		w.mails.Down(true)
		w.Clock.Advance(time.Minute)
		w.Do(t, "POST", "/report-subscriptions/"+sub.ID+"/run", nil)
		job := w.queue[0]
		w.queue = nil
		if err := w.kpi.Send(w.Ctx, job.Dispatch); err == nil {
			t.Fatal("nobody took the mail")
		}
		list := get[struct{ Items []SubscriptionView }](t, w, "/report-subscriptions")
		if l := list.Items[0].Latest; l.State != "queued" || l.Problem == "" {
			t.Fatalf("%+v", l)
		}
		w.mails.Down(false)
		w.Clock.Advance(time.Hour)
		if err := w.kpi.Send(w.Ctx, job.Dispatch); err != nil {
			t.Fatal(err)
		}
		if got := len(w.mails.Mails()); got != 2 {
			t.Fatalf("%d mails", got)
		}
	})
}

func TestSubscriptionsThatCannotBeKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := drawHistory(t, w)
		other := w.AddUnit("Other", "")
		ada := w.person("Ada", h.retail, PermViewReport, PermSubscribe)
		w.As(ada)
		for _, c := range []struct {
			body body
			code string
		}{
			{body{"day": 29, "format": "pdf"}, "validation_failed"},
			{body{"day": 1, "format": "docx"}, "validation_failed"},
			{body{"day": 1, "format": "pdf", "zone": "Mars/Base"}, "subscription_invalid"},
			{body{"day": 1, "format": "pdf", "recipients": []string{"nobody"}}, "subscription_invalid"},
			{body{"day": 1, "format": "pdf", "unit": other.ID}, "subscription_invalid"},
			{body{"day": 1, "format": "pdf", "unit": "nowhere"}, "subscription_invalid"},
		} {
			if a := w.Do(t, "POST", "/report-subscriptions", c.body); a.Code() != c.code {
				t.Errorf("%v: %d %s", c.body, a.Status, a.Body)
			}
		}
		// Nobody sees or touches the subscriptions of another.
		var sub SubscriptionView
		w.Do(t, "POST", "/report-subscriptions", body{"day": 1, "format": "pdf"}).Into(t, &sub)
		w.As(w.person("Bob", w.Root, PermViewReport, PermSubscribe))
		if list := get[struct{ Items []SubscriptionView }](t, w, "/report-subscriptions"); len(list.Items) != 0 {
			t.Fatal("a subscription of somebody else is shown")
		}
		for _, call := range [][2]string{{"DELETE", ""}, {"POST", "/run"}} {
			if a := w.Do(t, call[0], "/report-subscriptions/"+sub.ID+call[1], nil); a.Status != 404 {
				t.Errorf("%v: %d %s", call, a.Status, a.Body)
			}
		}
		err := w.DB.Write(w.Ctx, func(ctx ctx, tx tx) error {
			if err := w.kpi.Rehome(ctx, tx, h.retail.ID, w.Root.ID); err != nil {
				return err
			}
			_, err := w.kpi.Forget(ctx, tx, ada.Person)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.As(ada)
		if a := w.Do(t, "DELETE", "/report-subscriptions/"+sub.ID, nil); a.Status != 404 {
			t.Errorf("%d: a forgotten person has subscriptions", a.Status)
		}
	})
}

// calls are all calls of the slice with what they need.
var calls = []struct {
	method, path string
	body         body
	needs        authz.Permission
	unit         bool // the call names a unit
}{
	{"GET", "/reports/environment-kpi?unit={unit}", nil, PermViewReport, true},
	{"GET", "/reports/environment-kpi?unit={unit}&format=xlsx", nil, PermViewReport, true},
	{"GET", "/reports/environment-kpi?unit={unit}&format=pdf", nil, PermViewReport, true},
	{"GET", "/reports/environment-utilisation?unit={unit}", nil, PermViewReport, true},
	{"GET", "/reports/environment-utilisation?environment=UAT1", nil, PermViewReport, true},
	{"GET", "/reports/environment-advice?unit={unit}", nil, PermViewReport, true},
	{"GET", "/reports/environment-advice?environment=UAT1", nil, PermViewReport, true},
	{"POST", "/report-subscriptions", body{"day": 1, "format": "pdf"}, PermSubscribe, false},
	{"PATCH", "/report-subscriptions/{id}", body{"day": 2, "format": "pdf"}, PermSubscribe, false},
	{"POST", "/report-subscriptions/{id}/run", nil, PermSubscribe, false},
	{"GET", "/report-subscriptions", nil, "", false},
	{"DELETE", "/report-subscriptions/{id}", nil, "", false},
}

func TestAccess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := drawHistory(t, w)
		other := w.AddUnit("Other", "")
		holder := w.person("Holder", h.retail, PermViewReport, PermSubscribe)
		outsider := w.person("Outsider", other, PermViewReport, PermSubscribe)
		sees := authz.Permission("environment.view_environment")
		var sub SubscriptionView
		w.As(holder).Do(t, "POST", "/report-subscriptions", body{"day": 1, "format": "pdf"}).Into(t, &sub)
		fill := strings.NewReplacer("{unit}", string(h.retail.ID), "{id}", sub.ID)
		for _, c := range calls {
			path := fill.Replace(c.path)
			if a := w.As(nil).Do(t, c.method, path, c.body, "If-Match", `"1"`); a.Status != 401 {
				t.Errorf("nobody: %s %s %d", c.method, path, a.Status)
			}
			if c.needs != "" {
				if a := w.As(w.person("Lacking", h.retail, sees)).Do(t, c.method, path, c.body, "If-Match", `"1"`); a.Status != 403 {
					t.Errorf("without %s: %s %s %d %s", c.needs, c.method, path, a.Status, a.Body)
				}
			}
			if c.unit || strings.Contains(c.path, "{id}") {
				if a := w.As(outsider).Do(t, c.method, path, c.body, "If-Match", `"1"`); a.Status != 404 {
					t.Errorf("from elsewhere: %s %s %d %s", c.method, path, a.Status, a.Body)
				}
			}
			if a := w.As(holder).Do(t, c.method, path, c.body, "If-Match", `"1"`); a.Status >= 300 {
				t.Errorf("holder: %s %s %d %s", c.method, path, a.Status, a.Body)
			}
		}
		// What lies elsewhere is in no figure.
		r := get[ReportView](t, w.at(outsider), "/reports/environment-kpi?month=2026-10")
		near(t, "bookings", r.Bookings.Total.Value, 0)
		near(t, "capacity", r.Utilisation.Capacity.Value, nil)
		near(t, "outages", r.Outages.Planned.Value, nil)
		if len(r.ByUsage)+len(r.Cost.Unit) != 0 || r.Bookings.Waiting.N != 0 {
			t.Errorf("%+v", r)
		}
		half := get[ReportView](t, w.at(holder), "/reports/environment-kpi?month=2026-10")
		near(t, "capacity of Retail", half.Utilisation.Capacity.Value, 1488)
		if _, err := w.kpi.Subscribe(authz.With(t.Context(), authz.System("robot")), SubscriptionBody{Day: 1, Format: "pdf"}); problem.CodeOf(err) != "subscription_needs_person" {
			t.Error(err)
		}
	})
}

func (w *world) at(p *authz.Principal) *world { w.As(p); return w }
