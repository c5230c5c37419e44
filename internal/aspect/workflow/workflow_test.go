package workflow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/standing"
	"millrace/internal/aspect/workflow"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/problem"
)

const (
	permView   authz.Permission = "thing.view"
	permManage authz.Permission = "thing.manage"
)

// world is an organisation with things of two types that move through statuses.
type world struct {
	*peopletest.World
	http   *httpapitest.Server
	flow   *workflow.Service
	fields *field.Service
	a, b   people.Unit
	things map[string]workflow.Record
	// moved is what the owner was told: "one: New → Doing".
	moved []string
}

// graph is New → Doing → Done, New → Dropped; only release managers finish, and who does it is a person.
func graph() workflow.Graph {
	return workflow.Graph{Enabled: true, Statuses: []workflow.Status{
		{Name: "New", Mode: workflow.Planning, Initial: true, BreachAfter: 60},
		{Name: "Doing", Mode: workflow.Execution, Order: 1, BreachAfter: 120, WorkingTime: true, BreachColour: "#FF0000", NeedsAssignee: true},
		{Name: "Done", Mode: workflow.Completed, Order: 2, Permitted: []standing.Party{{Kind: standing.RoleParty, ID: "release_manager"}}},
		{Name: "Dropped", Mode: workflow.Cancelled, Order: 3},
	}, Transitions: []workflow.Transition{{From: "New", To: "Doing"}, {From: "doing", To: "DONE"}, {From: "New", To: "Dropped"}, {From: "Doing", To: "New"}}}
}

func (w *world) subject() workflow.Subject {
	return workflow.Subject{Kind: "thing", Title: "Thing", TypeList: "thing_type", PathPrefix: "/things", View: permView, Manage: permManage,
		Resolve: func(_ context.Context, _ db.Tx, id string) (workflow.Record, error) {
			r, ok := w.things[id]
			if !ok {
				return r, authz.ErrNotFound
			}
			return r, nil
		},
		Moved: func(_ context.Context, tx db.Tx, r workflow.Record, from, to workflow.Status) error {
			tx.AfterCommit(func() { w.moved = append(w.moved, r.ID+": "+from.Name+" → "+to.Name) })
			return nil
		},
		Defaults: []workflow.Graph{graph(), {Type: "Small", Statuses: []workflow.Status{{Name: "Open", Mode: workflow.Planning, Initial: true}, {Name: "Done", Mode: workflow.Completed, Order: 1}}}},
	}
}

var migrations = append(slices.Clone(peopletest.Migrations), field.Migrations, workflow.Migrations)

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{}
	w.World = peopletest.New(t, d, func(deps *people.Deps) {
		deps.Events = events.NewLog(deps.Clock, nil, people.Events, field.Events, workflow.Events)
		logger := slog.New(slog.DiscardHandler)
		w.fields = field.New(field.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: logger})
		w.flow = workflow.New(workflow.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: logger, Lookups: w.fields.Lookups, Mandatory: w.fields})
	})
	w.fields.UseStatuses(w.flow)
	w.fields.Lookups.Register(field.List{Key: "thing_type", Title: "Thing type", Tag: "thing", Defaults: []field.Value{{Name: "Small"}, {Name: "Large"}}})
	w.http = httpapitest.New(t, d, w.Clock, func(api *httpapi.API) {
		w.flow.Mount(api)
		w.flow.MountSubject(api, w.subject())
		w.fields.MountSubject(api, field.Subject{Kind: "thing", Title: "Thing", PathPrefix: "/things", TypeList: "thing_type", View: permView, Manage: permManage,
			Resolve: func(_ context.Context, _ db.Tx, id string) (field.Record, error) {
				r := w.things[id]
				return field.Record{ID: r.ID, Unit: r.Unit, Label: r.Label, Type: r.Type}, nil
			}})
	})
	must(t, w.fields.Lookups.Ensure(w.Ctx))
	must(t, w.flow.Ensure(w.Ctx))
	w.a, w.b = w.AddUnit("A", ""), w.AddUnit("B", "")
	w.things = map[string]workflow.Record{
		"one": {Kind: "thing", ID: "one", Label: "One", Unit: w.a.ID}, "two": {Kind: "thing", ID: "two", Label: "Two", Unit: w.a.ID, Assignee: "somebody"},
		"far": {Kind: "thing", ID: "far", Label: "Far", Unit: w.b.ID}, "small": {Kind: "thing", ID: "small", Label: "Small", Unit: w.a.ID, Type: w.typ(t, "Small")},
	}
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if problem.CodeOf(err) != code {
		t.Fatalf("error %v, want %s", err, code)
	}
}

func want(t testing.TB, a httpapitest.Answer, status int, code string) httpapitest.Answer {
	t.Helper()
	if a.Status != status || status >= 400 && a.Code() != code {
		t.Fatalf("%d %q, want %d %q: %s", a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

func (w *world) typ(t testing.TB, name string) (id string) {
	t.Helper()
	must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		v, err := w.fields.Lookups.Resolve(ctx, tx, "thing_type", name, "body.type")
		id = string(v.ID)
		return err
	}))
	return id
}

func (w *world) write(ctx context.Context, fn func(ctx context.Context, tx db.Tx) error) error {
	return w.DB.Write(ctx, fn)
}

func (w *world) start(t testing.TB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		must(t, w.write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := w.flow.Start(ctx, tx, w.things[id])
			return err
		}))
	}
}

func (w *world) move(ctx context.Context, id, to string) error {
	return w.write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := w.flow.Move(ctx, tx, w.things[id], workflow.Step{To: to})
		return err
	})
}

// allowed tells where a record may go: "Doing Dropped", and why not elsewhere in brackets.
func (w *world) allowed(t testing.TB, ctx context.Context, id string) string {
	t.Helper()
	var out []string
	must(t, w.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		list, err := w.flow.Allowed(ctx, tx, w.things[id])
		out = nil
		for _, c := range list {
			if c.Allowed {
				out = append(out, c.Name)
			} else {
				out = append(out, c.Name+"("+c.Code+")")
			}
		}
		return err
	}))
	return strings.Join(out, " ")
}

// path tells how a record went: "New 60 Doing 0!", with minutes and a mark for breaches.
func (w *world) path(t testing.TB, id string) string {
	t.Helper()
	var out []string
	must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		list, err := w.flow.Path(ctx, tx, "thing", id)
		out = nil
		for _, st := range list {
			text := fmt.Sprint(st.Status, " ", st.Minutes)
			if st.Breached {
				text += "!"
			}
			out = append(out, text)
		}
		return err
	}))
	return strings.Join(out, ", ")
}

func TestRecordsMoveAlongTheGraph(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		wantCode(t, w.move(w.Ctx, "one", "Doing"), "not_started")
		w.start(t, "one", "two", "small")
		err := w.write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := w.flow.Start(ctx, tx, w.things["one"])
			return err
		})
		wantCode(t, err, "already_started")
		editor := w.World.As(w.Root, permView, permManage)
		if got := w.allowed(t, editor, "one"); got != "New(current) Doing(assignee_needed) Done(no_transition) Dropped" {
			t.Fatal(got)
		}
		wantCode(t, w.move(editor, "one", "Doing"), "assignee_needed")
		wantCode(t, w.move(editor, "one", "Done"), "transition_not_allowed")
		wantCode(t, w.move(editor, "one", "New"), "status_unchanged")
		wantCode(t, w.move(editor, "one", "Elsewhere"), "status_unknown")
		w.Clock.Advance(10 * time.Minute)
		must(t, w.move(editor, "two", "doing"))
		w.Clock.Advance(5 * time.Minute)
		if got := w.allowed(t, editor, "two"); got != "New Doing(current) Done(not_permitted) Dropped(no_transition)" {
			t.Fatal(got)
		}
		wantCode(t, w.move(editor, "two", "Done"), "status_not_permitted")
		ada := w.AddPerson("Ada", w.b.ID)
		_, err = w.CreateGrant(w.Ctx, people.NewGrant{Role: "release_manager", Unit: w.b.ID, SubjectKind: "person", SubjectID: string(ada.ID)})
		must(t, err)
		principal := peopletest.Principal(w.Root, permView, permManage)
		principal.Person = ada.ID
		manager := authz.With(t.Context(), principal)
		wantCode(t, w.move(manager, "two", "Done"), "status_not_permitted") // the role is held on another unit
		_, err = w.CreateGrant(w.Ctx, people.NewGrant{Role: "release_manager", Unit: w.a.ID, SubjectKind: "person", SubjectID: string(ada.ID)})
		must(t, err)
		must(t, w.move(manager, "two", "Done"))
		if got := w.path(t, "two"); got != "New 10, Doing 5, Done 0" {
			t.Fatal(got)
		}
		if got := w.History("two"); !slices.Equal(got, []events.Kind{workflow.StatusChanged, workflow.StatusChanged}) {
			t.Fatal(got)
		}
		if !slices.Equal(w.moved, []string{"two: New → Doing", "two: Doing → Done"}) {
			t.Fatal(w.moved)
		}
		// The workflow of small things is off: every status of things may be chosen.
		if got := w.allowed(t, editor, "small"); got != "Open(current) Done Doing Dropped New" {
			t.Fatal(got)
		}
		must(t, w.move(editor, "small", "Doing"))
		must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			at, err := w.flow.Positions(ctx, tx, "thing", []string{"one", "two", "small", "far"})
			must(t, err)
			if len(at) != 3 || at["one"].Status != "New" || at["one"].DueAt == nil || at["two"].Mode != workflow.Completed || at["two"].DueAt != nil {
				t.Fatalf("%+v", at)
			}
			for text, n := range map[string]int{"doing": 1, at["one"].StatusID: 1, "nothing": 0} {
				cond, args := w.flow.Filter("thing", "x.subject_id", []string{text})
				got, err := tx.NewSelect().TableExpr("workflow_step AS x").Where("x.left_at IS NULL").Where(cond, args...).Count(ctx)
				if must(t, err); int(got) != n {
					t.Fatal(text, got)
				}
			}
			cond, args := w.flow.FilterModes("thing", "x.subject_id", []workflow.Mode{workflow.Completed})
			got, err := tx.NewSelect().TableExpr("workflow_step AS x").Where("x.left_at IS NULL").Where(cond, args...).Count(ctx)
			if must(t, err); got != 1 {
				t.Fatal(got)
			}
			return nil
		}))
	})
}

func TestMandatoryFieldsHoldARecordBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.start(t, "two")
		_, err := w.fields.Define(w.Ctx, field.NewField{Subject: "thing", DataType: field.Text, Definition: field.Definition{Name: "Plan", Mandatory: field.FromStatus, FromStatus: "doing"}})
		must(t, err)
		wantCode(t, w.move(w.Ctx, "two", "Doing"), "custom_fields_missing")
		must(t, w.write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return w.fields.Set(ctx, tx, "thing", field.Record{ID: "two", Unit: w.a.ID, Label: "Two"}, map[string]json.RawMessage{"plan": json.RawMessage(`"x"`)}, "body.fields")
		}))
		must(t, w.move(w.Ctx, "two", "Doing"))
		w.start(t, "one")
		must(t, w.move(w.Ctx, "one", "Dropped")) // who gives up need not fill in anything
	})
}

func TestBreachesAreToldOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.start(t, "one", "two", "far") // Monday 9:00
		run := func(want int) {
			t.Helper()
			n, err := w.flow.Breaches(authz.With(t.Context(), authz.System("Clock")), w.Clock.Now())
			if must(t, err); n != want {
				t.Fatalf("%d breaches, want %d", n, want)
			}
		}
		run(0)
		w.Clock.Set(peopletest.Start.Add(59 * time.Minute))
		run(0)
		must(t, w.move(w.Ctx, "two", "Doing"))
		w.Clock.Advance(time.Minute)
		delete(w.things, "far")
		run(1)
		run(0)
		if got := w.path(t, "one"); got != "New 60!" {
			t.Fatal(got)
		}
		if got := w.History("one"); !slices.Equal(got, []events.Kind{workflow.Breached}) {
			t.Fatal(got)
		}
		// Two came to Doing at 9:59; two working hours end at 11:59. It leaves late, before the job has run.
		w.Clock.Set(time.Date(2025, 3, 3, 12, 0, 0, 0, time.UTC))
		must(t, w.move(w.Ctx, "two", "New"))
		run(0)
		if got := w.History("two"); !slices.Equal(got, []events.Kind{workflow.StatusChanged, workflow.Breached, workflow.StatusChanged}) {
			t.Fatal(got)
		}
		if got := w.path(t, "two"); got != "New 59, Doing 121!, New 0" {
			t.Fatal(got)
		}
		// On Friday at 16:30, two working hours reach into Monday.
		w.Clock.Set(time.Date(2025, 3, 7, 16, 30, 0, 0, time.UTC))
		must(t, w.move(w.Ctx, "two", "Doing"))
		w.Clock.Set(time.Date(2025, 3, 10, 10, 29, 0, 0, time.UTC))
		run(0)
		w.Clock.Advance(time.Minute)
		run(1)
		must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			at, err := w.flow.Positions(ctx, tx, "thing", []string{"two"})
			if !at["two"].Breached || at["two"].BreachColour != "#ff0000" {
				t.Fatalf("%+v", at)
			}
			return err
		}))
	})
}

func TestConcurrentMovesLeaveOnePath(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.start(t, "two")
		errs := make(chan error, 8)
		for i := range 8 {
			go func() { errs <- w.move(w.Ctx, "two", []string{"Doing", "Dropped"}[i%2]) }()
		}
		done := 0
		for range 8 {
			if err := <-errs; err == nil {
				done++
			} else if code := problem.CodeOf(err); code != "status_unchanged" && code != "transition_not_allowed" {
				t.Fatal(err)
			}
		}
		if done != 1 || strings.Count(w.path(t, "two"), ",") != 1 {
			t.Fatal(done, w.path(t, "two"))
		}
	})
}

func TestTypeOfARecordChanges(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.start(t, "two", "one")
		must(t, w.move(w.Ctx, "two", "Doing"))
		retype := func(id, typ string) (st workflow.Status) {
			r := w.things[id]
			r.Type = typ
			w.things[id] = r
			must(t, w.write(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
				st, err = w.flow.Retype(ctx, tx, r)
				return err
			}))
			return st
		}
		if st := retype("two", w.typ(t, "Large")); st.Name != "Doing" { // follows the same graph
			t.Fatal(st)
		}
		g, _, err := w.flow.Graph(w.Ctx, "thing", "Large")
		must(t, err)
		_, err = w.flow.Draw(w.Ctx, "thing", "Large", g.Version, workflow.Drawing{Enabled: true, Statuses: []workflow.Status{{Name: "Asked", Mode: workflow.Planning, Initial: true}}}, false)
		must(t, err)
		if st := retype("one", w.typ(t, "Large")); st.Name != "Asked" || w.path(t, "one") != "New 0, Asked 0" {
			t.Fatal(st, w.path(t, "one"))
		}
	})
}
