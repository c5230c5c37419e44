package watch_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"

	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/signedlink"
	"millrace/internal/platform/vault"
)

const (
	permView   authz.Permission = "thing.view"
	permManage authz.Permission = "thing.manage"
)

type world struct {
	*peopletest.World
	watch         *watch.Service
	subject       subject.Subject
	a, b          people.Unit
	ada, bob, cid people.Person
	core          people.Team
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{}
	keys, err := vault.LoadKeys(t.TempDir())
	must(t, err)
	w.World = peopletest.New(t, d, func(deps *people.Deps) {
		deps.Events = events.NewLog(deps.Clock, nil, people.Events, watch.Events)
		w.watch = watch.New(watch.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: slog.New(slog.DiscardHandler), Subjects: subject.NewRegistry(),
			Links: signedlink.New(vault.New(keys, deps.Clock), deps.Clock), PublicURL: "https://millrace.test"})
		deps.Reassigners = []people.Reassigner{w.watch}
		deps.Rehomers = []people.Rehomer{w.watch}
	})
	w.a, w.b = w.AddUnit("A", ""), w.AddUnit("B", "")
	w.ada, w.bob, w.cid = w.AddPerson("Ada", w.a.ID), w.AddPerson("Bob", w.a.ID), w.AddPerson("Cid", w.b.ID)
	w.core, err = w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: w.a.ID})
	must(t, err)
	must(t, w.SetTeamMember(w.Ctx, w.core.ID, w.bob.ID, false))
	must(t, w.SetTeamMember(w.Ctx, w.core.ID, w.cid.ID, false))
	things := map[string]subject.Record{"one": {ID: "one", Unit: w.a.ID, Label: "One <b>"}, "uno": {ID: "one", Unit: w.a.ID, Label: "One <b>"}, "two": {ID: "two", Unit: w.b.ID, Label: "Two"}}
	w.subject = subject.Subject{Kind: "thing", PathPrefix: "/things", View: permView, Manage: permManage,
		Resolve: func(_ context.Context, _ db.Tx, id string) (subject.Record, error) {
			r, ok := things[id]
			if !ok {
				return r, authz.ErrNotFound
			}
			return r, nil
		}}
	return w
}

var migrations = append(slices.Clone(peopletest.Migrations), watch.Migrations, signedlink.Migrations)

func each(t *testing.T, fn func(t *testing.T, w *world, s *httpapitest.Server)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := httpapitest.New(t, d, w.Clock, func(api *httpapi.API) {
			w.watch.Mount(api, w.subject)
			w.watch.MountUnsubscribe(api)
		})
		fn(t, w, s)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) as(p people.Person, permissions ...authz.Permission) context.Context {
	principal := peopletest.Principal(w.a, permissions...)
	principal.Person, principal.Name = p.ID, p.Name
	return authz.With(w.T.Context(), principal)
}

// recipients writes down whom a record is told to: "Ada holder, out@example.org watching".
func (w *world) recipients(id string) string {
	w.T.Helper()
	names := map[ref.Person]string{w.ada.ID: "Ada", w.bob.ID: "Bob", w.cid.ID: "Cid"}
	var out []string
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		list, err := w.watch.Recipients(ctx, tx, "thing", id)
		for _, r := range list {
			out = append(out, names[r.Person]+r.Email+" "+string(r.Reason))
		}
		return err
	})
	must(w.T, err)
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (w *world) unsubscribe(id, email string) (address string, ok bool) {
	w.T.Helper()
	must(w.T, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
		address, ok, err = w.watch.Unsubscribe(ctx, tx, "thing", id, email)
		return err
	}))
	return address, ok
}

func wants(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestWhoFollowsIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *httpapitest.Server) {
		for _, in := range []watch.NewWatcher{{Team: w.core.ID}, {Person: w.ada.ID}, {Email: "Out@Example.org"}, {Email: "out@example.org"}, {Team: w.core.ID}} {
			_, err := w.watch.Add(w.Ctx, "thing", "uno", in)
			must(t, err)
		}
		wants(t, w.recipients("one"), "Ada watching, Bob watching, Cid watching, Out@Example.org watching")
		w.watch.RegisterParties("thing", func(context.Context, db.Tx, string) ([]watch.Recipient, error) {
			return []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}, {Person: w.bob.ID, Reason: watch.Approver}, {Person: w.cid.ID, Reason: watch.Affected}}, nil
		})
		wants(t, w.recipients("one"), "Ada holder, Bob approver, Cid affected, Out@Example.org watching")
		for _, p := range []people.Person{w.ada, w.bob, w.cid} {
			_, err := w.watch.Unfollow(w.as(p, permView), "thing", "one")
			must(t, err)
		}
		wants(t, w.recipients("one"), "Bob approver, Out@Example.org watching")
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return w.watch.Include(ctx, tx, "thing", subject.Record{ID: "one", Unit: w.a.ID}, w.ada.ID, watch.Mentioned)
		}))
		if _, err := w.watch.Add(w.Ctx, "thing", "one", watch.NewWatcher{Person: w.ada.ID}); problem.CodeOf(err) != "person_muted" {
			t.Fatal("somebody who wanted out was brought back", err)
		}
		wants(t, w.recipients("one"), "Bob approver, Out@Example.org watching")
		l, err := w.watch.Follow(w.as(w.ada, permView), "thing", "one")
		must(t, err)
		if !l.Following || l.Muted {
			t.Fatalf("%+v", l)
		}
		wants(t, w.recipients("one"), "Ada holder, Bob approver, Out@Example.org watching")
		wants(t, w.recipients("two"), "Ada holder, Bob approver, Cid affected")
		kinds := w.History("one")
		if fmt.Sprint(kinds) != "[watch.watcher_added watch.watcher_added watch.watcher_added watch.unfollowed watch.unfollowed watch.unfollowed watch.followed]" {
			t.Fatal(kinds)
		}
		if _, err := w.watch.Add(w.Ctx, "thing", "one", watch.NewWatcher{Email: w.bob.Email}); problem.CodeOf(err) != "person_muted" {
			t.Fatal("the address of somebody known is not them", err)
		}
	})
}

func TestLeaversAndDeletedRecords(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *httpapitest.Server) {
		for _, in := range []watch.NewWatcher{{Team: w.core.ID}, {Person: w.ada.ID}} {
			_, err := w.watch.Add(w.Ctx, "thing", "one", in)
			must(t, err)
		}
		_, err := w.watch.Unfollow(w.as(w.ada, permView), "thing", "one")
		must(t, err)
		_, err = w.watch.Add(authz.With(t.Context(), authz.System("test")), "thing", "two", watch.NewWatcher{Person: w.ada.ID})
		must(t, err)
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			said, err := w.watch.Reassign(ctx, tx, w.ada.ID, w.bob.ID, "all")
			if len(said) != 1 {
				t.Error(said)
			}
			return err
		}))
		wants(t, w.recipients("two"), "Bob watching")
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := w.watch.ForgetTeam(ctx, tx, w.core.ID)
			return err
		}))
		wants(t, w.recipients("one"), "")
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			if err := w.watch.MoveRecord(ctx, tx, "thing", "two", w.a.ID); err != nil {
				return err
			}
			return w.watch.ForgetRecord(ctx, tx, "thing", "two")
		}))
		wants(t, w.recipients("two"), "")
	})
}

func TestWatchersThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world, s *httpapitest.Server) {
		do := func(p *authz.Principal, method, path string, body any, status int, code string) watch.ListView {
			t.Helper()
			a := s.As(p).Do(t, method, path, body)
			if a.Status != status || status >= 400 && a.Code() != code {
				t.Fatalf("%s %s: %d %s, want %d %s: %s", method, path, a.Status, a.Code(), status, code, a.Body)
			}
			var v watch.ListView
			if status == 200 {
				a.Into(t, &v)
			}
			return v
		}
		boss, viewer, elsewhere := peopletest.Principal(w.a, permView, permManage), peopletest.Principal(w.a, permView), peopletest.Principal(w.b, permView, permManage)
		viewer.Person, viewer.Name = w.ada.ID, "Ada"
		const list = "/things/one/watchers"
		v := do(viewer, "GET", list, nil, 200, "")
		if len(v.Items) != 0 || fmt.Sprint(v.Actions) != "[follow unfollow]" {
			t.Fatalf("%+v", v)
		}
		v = do(viewer, "PUT", list+"/me", nil, 200, "")
		if !v.Following || v.Items[0].Name != "Ada" || fmt.Sprint(v.Actions) != "[unfollow]" {
			t.Fatalf("%+v", v)
		}
		v = do(viewer, "DELETE", list+"/me", nil, 200, "")
		if v.Following || !v.Muted || len(v.Items) != 0 {
			t.Fatalf("%+v", v)
		}
		v = do(boss, "POST", list, map[string]any{"email": "vendor@example.org"}, 200, "")
		if len(v.Items) != 1 || v.Items[0].Name != "vendor@example.org" || fmt.Sprint(v.Actions) != "[follow unfollow add remove]" {
			t.Fatalf("%+v", v)
		}
		for body, code := range map[string]string{`{}`: "watcher_invalid", `{"email":"a b@c.d"}`: "watcher_invalid", `{"email":"Ada <a@c.de>"}`: "watcher_invalid", `{"email":"x@y"}`: "watcher_invalid",
			`{"personId":"x","teamId":"y"}`: "watcher_invalid", `{"personId":"x"}`: "watcher_unknown", `{"teamId":"x"}`: "watcher_unknown"} {
			do(boss, "POST", list, body, 422, code)
		}
		do(authz.System("robot"), "PUT", list+"/me", nil, 422, "not_a_person")
		one := list + "/" + v.Items[0].ID
		for _, c := range [][2]string{{"GET", list}, {"POST", list}, {"PUT", list + "/me"}, {"DELETE", list + "/me"}, {"DELETE", one}} {
			var body any
			if c[0] == "POST" {
				body = map[string]any{"email": "a@example.org"}
			}
			do(nil, c[0], c[1], body, 401, "sign_in_required")
			do(elsewhere, c[0], c[1], body, 404, "not_found")
			if strings.HasSuffix(c[1], "me") || c[0] == "GET" {
				continue
			}
			do(viewer, c[0], c[1], body, 403, "permission_missing")
		}
		do(boss, "DELETE", one, nil, 204, "")
		do(boss, "DELETE", one, nil, 404, "not_found")
	})
}

func TestAnOutsideAddressEndsItsMails(t *testing.T) {
	each(t, func(t *testing.T, w *world, s *httpapitest.Server) {
		_, err := w.watch.Add(w.Ctx, "thing", "one", watch.NewWatcher{Email: "vendor@example.org"})
		must(t, err)
		address, ok := w.unsubscribe("one", "Vendor@example.org")
		if !ok || !strings.HasPrefix(address, "https://millrace.test/api/v1/unsubscribe?token=") {
			t.Fatal(address, ok)
		}
		u, err := url.Parse(address)
		must(t, err)
		path := "/unsubscribe?" + u.RawQuery
		s.As(nil)
		shown := s.Do(t, "GET", path, nil)
		if shown.Status != 200 || !strings.Contains(string(shown.Body), "One &lt;b&gt;") || !strings.Contains(string(shown.Body), "vendor@example.org") || shown.Header.Get("Content-Security-Policy") == "" {
			t.Fatal(shown.Status, string(shown.Body))
		}
		wants(t, w.recipients("one"), "vendor@example.org watching") // opening the link ends nothing
		if a := s.Do(t, "POST", path, "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded"); a.Status != 200 || !strings.Contains(string(a.Body), "no more mails") {
			t.Fatal(a.Status, string(a.Body))
		}
		wants(t, w.recipients("one"), "")
		if a := s.Do(t, "POST", path, ""); a.Status != 200 || !strings.Contains(string(a.Body), "any longer") {
			t.Fatal(a.Status, string(a.Body))
		}
		if _, ok := w.unsubscribe("one", "vendor@example.org"); ok {
			t.Fatal("still follows")
		}
		for _, method := range []string{"GET", "POST"} {
			if a := s.Do(t, method, "/unsubscribe?token=junk", nil); a.Status != 404 || a.Code() != "link_invalid" {
				t.Fatal(a.Status, a.Code())
			}
		}
		if kinds := w.History("one"); fmt.Sprint(kinds) != "[watch.watcher_added watch.unfollowed]" {
			t.Fatal(kinds)
		}
	})
}

func TestTheWeightiestReasonStands(t *testing.T) {
	t.Parallel()
	got := watch.Merge([]watch.Recipient{{Person: "a", Reason: watch.Watching}, {Email: "X@y.z", Reason: watch.Watching}, {}},
		[]watch.Recipient{{Person: "a", Reason: watch.Holder}, {Email: "x@y.z", Reason: watch.Stakeholder}, {Person: "b", Reason: "odd"}, {Person: "a", Reason: watch.Owner}})
	want := []watch.Recipient{{Person: "a", Reason: watch.Holder}, {Email: "X@y.z", Reason: watch.Stakeholder}, {Person: "b", Reason: "odd"}}
	if !slices.Equal(got, want) {
		t.Fatalf("%+v", got)
	}
	for _, r := range append(watch.Reasons(), "odd") {
		if !strings.HasPrefix(r.Because(), "because") {
			t.Errorf("%s is not explained", r)
		}
	}
}
