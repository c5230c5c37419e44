package request_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/watch"
	"millrace/internal/aspect/workflow"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/request"
	"millrace/internal/environment/request/requesttest"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

func write(t *testing.T, w *requesttest.World, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := w.DB.Write(w.Ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func TestRequestersAndAssigneesEditTheirRequests(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		unit := w.AddUnit("Tests", "")
		w.AddEnvironment("SIT1", requesttest.Auto, func(e *environment.Environment) { e.Unit = unit.ID })
		ada, bob, cy := w.AddPerson("Ada", unit.ID), w.AddPerson("Bob", unit.ID), w.AddPerson("Cy", unit.ID)
		team := team(w, "Testers", unit.ID, cy.ID)
		w.Server.As(w.Holder(ada, unit))
		r := w.Ask(t, "Mine", 24, 48, requesttest.Body{"lines": []requesttest.Body{{"environment": "SIT1"}}})
		if r.Unit != unit.ID || r.Requester != ada.ID || !slices.Equal(r.AllowedActs, []string{"change", "move", "cancel", "duplicate"}) {
			t.Fatalf("%+v", r)
		}
		requesttest.Into[request.BookingView](t, w.Do(t, "PATCH", "/booking-requests/EB-1", requesttest.Body{"assignee": requesttest.Body{"kind": "team", "id": team}}, "If-Match", `"1"`))
		requesttest.Want(t, w.Server.As(w.Holder(bob, unit)).Do(t, "PATCH", "/booking-requests/EB-1", requesttest.Body{"title": "His"}, "If-Match", `"2"`), 403, "permission_missing")
		if r := requesttest.Into[request.BookingView](t, w.Do(t, "GET", "/booking-requests/EB-1", nil)); !slices.Equal(r.AllowedActs, []string{"duplicate"}) || r.Assignee.Name != "Testers" {
			t.Fatalf("%+v", r)
		}
		r = requesttest.Into[request.BookingView](t, w.Server.As(w.Holder(cy, unit)).Do(t, "POST", "/booking-requests/EB-1/workflow/moves", requesttest.Body{"to": "Submitted"}))
		if len(r.Bookings) != 1 {
			t.Fatalf("%+v", r)
		}
		if b, err := w.Bookings.Get(w.Ctx, r.Bookings[0].Reference); err != nil || b.Holder != ada.ID {
			t.Fatalf("%+v %v", b, err)
		}
		for query, n := range map[string]int{"assignee=mine": 1, "assignee=me": 0, "requester=me": 0, "requester=" + string(ada.ID): 1} {
			if got := requesttest.Into[struct{ Items []any }](t, w.Do(t, "GET", "/booking-requests?"+query, nil)); len(got.Items) != n {
				t.Errorf("%s keeps %d, want %d", query, len(got.Items), n)
			}
		}
		// Nobody says yes to their own wish, unless they play the role.
		w.Server.As(w.Holder(ada, unit))
		requesttest.Want(t, w.Do(t, "POST", "/booking-requests/EB-1/workflow/moves", requesttest.Body{"to": "Approved"}), 403, "status_not_permitted")
		if _, err := w.CreateGrant(w.Ctx, people.NewGrant{Role: "environment_manager", Unit: w.Root.ID, SubjectKind: "person", SubjectID: string(bob.ID)}); err != nil {
			t.Fatal(err)
		}
		w.Server.As(w.Holder(bob, unit, request.PermManage))
		if r = requesttest.Into[request.BookingView](t, w.Do(t, "POST", "/booking-requests/EB-1/workflow/moves", requesttest.Body{"to": "Approved", "from": "Submitted"})); r.Position.Status != "Approved" || len(r.Bookings) != 1 {
			t.Fatalf("%+v", r)
		}
		// Who asked may give the request up although a colleague's booking came of it.
		requesttest.Into[request.BookingView](t, w.Server.As(w.Holder(ada, unit)).Do(t, "POST", "/booking-requests/EB-1/cancel", requesttest.Body{}))
	})
}

// team adds a team with members.
func team(w *requesttest.World, name string, unit ref.Unit, members ...ref.Person) ref.Team {
	w.T.Helper()
	made, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: name, Unit: unit})
	if err != nil {
		w.T.Fatal(err)
	}
	for _, p := range members {
		if err := w.SetTeamMember(w.Ctx, made.ID, p, false); err != nil {
			w.T.Fatal(err)
		}
	}
	return made.ID
}

func TestCustomFieldsHoldRequestsBack(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		w.AddEnvironment("SIT1", requesttest.Auto)
		for _, def := range []field.NewField{
			{Subject: request.BookingSubject, DataType: field.Text, Definition: field.Definition{Name: "Cost centre", Mandatory: field.FromStatus, FromStatus: "Submitted"}},
			{Subject: request.BookingSubject, DataType: field.Number, Definition: field.Definition{Name: "Testers", Default: json.RawMessage("3")}},
		} {
			if _, err := w.Fields.Define(w.Ctx, def); err != nil {
				t.Fatal(err)
			}
		}
		lines := []requesttest.Body{{"environment": "SIT1"}}
		requesttest.Want(t, w.Do(t, "POST", "/booking-requests", requesttest.Body{"title": "x", "from": w.After(1), "to": w.After(2), "lines": lines, "submit": true}), 422, "custom_fields_missing")
		requesttest.Want(t, w.Do(t, "POST", "/booking-requests", requesttest.Body{"title": "x", "from": w.After(1), "to": w.After(2), "fields": requesttest.Body{"nothing": 1}}), 422, "custom_fields_invalid")
		r := w.Ask(t, "Fields", 1, 2, requesttest.Body{"lines": lines, "fields": requesttest.Body{"cost_centre": "4711"}, "submit": true})
		if r.Fields["cost_centre"] != "4711" || len(r.Bookings) != 1 {
			t.Fatalf("%+v", r.Fields)
		}
		for query, n := range map[string]int{"field=cost_centre:4711": 1, "field=testers:gt:2": 1, "field=testers:gt:3": 0} {
			if got := requesttest.Into[struct{ Items []any }](t, w.Do(t, "GET", "/booking-requests?"+query, nil)); len(got.Items) != n {
				t.Errorf("%s keeps %d, want %d", query, len(got.Items), n)
			}
		}
		copies := requesttest.Into[struct{ Items []request.BookingItem }](t, w.Do(t, "POST", "/booking-requests/EB-1/duplicates", requesttest.Body{"repeat": "weekly", "times": 1}))
		if copies.Items[0].Fields["cost_centre"] != "4711" {
			t.Fatalf("%+v", copies.Items[0].Fields)
		}
	})
}

func TestTypesHaveTheirOwnWays(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		w.AddEnvironment("SIT1", requesttest.Auto)
		ada := w.AddPerson("Ada", w.Root.ID)
		training := w.Lookups.ID(request.BookingTypeList, "Training")
		g, _, err := w.Flow.Graph(w.Ctx, request.BookingSubject, "Training")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Flow.Draw(w.Ctx, request.BookingSubject, "Training", g.Version, workflow.Drawing{Enabled: true, Statuses: []workflow.Status{
			{Name: "Wish", Mode: workflow.Planning, Initial: true}, {Name: "Booked", Mode: workflow.Implementation, Order: 1}},
			Transitions: []workflow.Transition{{From: "Wish", To: "Booked"}, {From: "Booked", To: "Wish"}}}, false)
		if err != nil {
			t.Fatal(err)
		}
		v, err := w.Fields.Lookups.Change(w.Ctx, request.BookingTypeList, training, 1, field.ValueChange{Attributes: httpapi.Some(field.Attributes{request.DefaultAssignee: string(ada.ID)})})
		if err != nil {
			t.Fatal(err)
		}
		types := requesttest.Into[struct{ Items []request.TypeView }](t, w.Do(t, "GET", "/request-types", nil)).Items
		if at := slices.IndexFunc(types, func(x request.TypeView) bool { return x.ID == v.ID }); at < 0 || types[at].DefaultAssignee.Name != "Ada" || len(types) != 10 {
			t.Fatalf("%+v", types)
		}
		r := w.Ask(t, "Course", 24, 48, requesttest.Body{"type": "training", "submit": true, "lines": []requesttest.Body{{"environment": "SIT1"}}})
		if r.Position.Status != "Booked" || r.Assignee == nil || r.Assignee.Name != "Ada" || len(r.Bookings) != 1 {
			t.Fatalf("%+v", r)
		}
		// Another type begins anew where its workflow has no such status: as a draft it holds nothing.
		r = requesttest.Into[request.BookingView](t, w.Do(t, "PATCH", "/booking-requests/EB-1", requesttest.Body{"type": "Project"}, "If-Match", `"2"`))
		if r.Position.Status != "Draft" || r.Bookings[0].Status != booking.Cancelled {
			t.Fatalf("%+v", r)
		}
		// A type that is deleted gives its requests another.
		w.Ask(t, "Course 2", 24, 48, requesttest.Body{"type": "training"})
		if _, err := w.Fields.Lookups.Delete(w.Ctx, request.BookingTypeList, training, v.Version, "Test", false); err != nil {
			t.Fatal(err)
		}
		r = requesttest.Into[request.BookingView](t, w.Do(t, "GET", "/booking-requests/EB-2", nil))
		if r.TypeRef.Name != "Test" || r.Position.Status != "Draft" {
			t.Fatalf("%+v", r)
		}
	})
}

func TestTheHouseKeepsRequests(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		unit, next := w.AddUnit("Tests", ""), w.AddUnit("Next", "")
		app := w.AddApplication("payments", "")
		sit := w.AddEnvironment("SIT1", func(e *environment.Environment) { e.Application = app.ID })
		ada, bob := w.AddPerson("Ada", unit.ID), w.AddPerson("Bob", unit.ID)
		w.Named[app.ID] = []ref.Person{bob.ID}
		w.Server.As(authz.System("test"))
		held := w.Ask(t, "Held", 24, 48, requesttest.Body{"unitId": unit.ID, "submit": true, "assignee": requesttest.Body{"kind": "person", "id": ada.ID}, "lines": []requesttest.Body{{"environment": "SIT1"}}})
		if _, err := w.Bookings.HandOver(w.Ctx, string(held.Bookings[0].ID), 0, bob.ID); err != nil {
			t.Fatal(err)
		}
		c := w.AskChange(t, "Patch", 30, 40, requesttest.Body{"unitId": unit.ID, "environments": []string{"SIT1"}})
		audience := func(kind, id string) (out []string) {
			t.Helper()
			write(t, w, func(ctx context.Context, tx db.Tx) error {
				list, err := w.Requests.Audience(ctx, tx, events.Event{SubjectKind: kind, SubjectID: id})
				out = nil
				for _, r := range list {
					out = append(out, map[ref.Person]string{ada.ID: "Ada", bob.ID: "Bob"}[r.Person]+" "+string(r.Reason))
				}
				return err
			})
			return out
		}
		if got := strings.Join(audience(request.BookingSubject, string(held.ID)), ", "); got != "Ada assignee, Bob approver" {
			t.Fatal(got)
		}
		if got := strings.Join(audience(request.ChangeSubject, string(c.ID)), ", "); got != "Bob affected" {
			t.Fatal(got)
		}
		if got := audience("environment", string(sit.ID)); len(got) != 0 {
			t.Fatal(got)
		}
		write(t, w, func(ctx context.Context, tx db.Tx) error {
			for kind, fn := range w.Requests.Parties() {
				list, err := fn(ctx, tx, map[string]string{request.BookingSubject: string(held.ID), request.ChangeSubject: string(c.ID)}[kind])
				if err != nil {
					return err
				}
				if kind == request.BookingSubject && !slices.Equal(list, []watch.Recipient{{Person: ada.ID, Reason: watch.Assignee}}) {
					t.Errorf("%s: %+v", kind, list)
				}
			}
			return nil
		})
		write(t, w, func(ctx context.Context, tx db.Tx) error {
			use, err := w.Requests.EnvironmentUse(ctx, tx, sit.ID)
			if err != nil || len(use) != 2 || use[0].Count != 1 {
				t.Errorf("%+v %v", use, err)
			}
			preview, err := w.Requests.RehomePreview(ctx, tx, unit.ID)
			if err != nil || !slices.Equal(preview, []string{"1 booking request", "1 environment change request"}) {
				t.Errorf("%v %v", preview, err)
			}
			if err := w.Requests.Rehome(ctx, tx, unit.ID, next.ID); err != nil {
				return err
			}
			moved, err := w.Requests.Reassign(ctx, tx, ada.ID, bob.ID, "open")
			if err != nil || !slices.Equal(moved, []string{"1 booking request assigned to them."}) {
				t.Errorf("%v %v", moved, err)
			}
			gone, err := w.Requests.Forget(ctx, tx, bob.ID)
			if err != nil || len(gone) != 1 {
				t.Errorf("%v %v", gone, err)
			}
			_, err = w.Requests.ForgetTeam(ctx, tx, "nothing")
			return err
		})
		r := requesttest.Into[request.BookingView](t, w.Do(t, "GET", "/booking-requests/EB-1", nil))
		if r.UnitRef.Name != "Next" || r.Assignee != nil {
			t.Fatalf("%+v", r)
		}
		got := w.History(string(r.ID))
		if !slices.Contains(got, request.EventRequestRehomed) || !slices.Contains(got, request.EventRequestChanged) {
			t.Fatal(got)
		}
		// Who leaves a submitted request standing too long is told.
		w.Clock.Advance(30 * 24 * time.Hour)
		n, err := w.Flow.Breaches(authz.With(t.Context(), authz.System("Clock")), w.Clock.Now())
		if err != nil || n != 2 {
			t.Fatalf("%d breaches %v", n, err)
		}
		if r := requesttest.Into[request.BookingView](t, w.Do(t, "GET", "/booking-requests/EB-1", nil)); !r.Position.Breached || r.Position.BreachColour == "" {
			t.Fatalf("%+v", r.Position)
		}
	})
}
