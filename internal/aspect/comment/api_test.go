package comment_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/aspect/comment"
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
	"millrace/internal/platform/ref"
)

const (
	permView   authz.Permission = "thing.view"
	permManage authz.Permission = "thing.manage"
)

type world struct {
	*peopletest.World
	*httpapitest.Server
	t        *testing.T
	comments *comment.Service
	watch    *watch.Service
	a, b     people.Unit
	ada, bob people.Person
}

var migrations = append(slices.Clone(peopletest.Migrations), watch.Migrations, comment.Migrations)

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := &world{t: t}
		subjects := subject.NewRegistry()
		w.World = peopletest.New(t, d, func(deps *people.Deps) {
			deps.Events = events.NewLog(deps.Clock, nil, people.Events, watch.Events, comment.Events)
			w.watch = watch.New(watch.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Subjects: subjects})
			w.comments = comment.New(comment.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: slog.New(slog.DiscardHandler), Subjects: subjects, Watch: w.watch})
			deps.Rehomers = []people.Rehomer{w.comments}
		})
		w.a, w.b = w.AddUnit("A", ""), w.AddUnit("B", "")
		w.ada, w.bob = w.AddPerson("Ada", w.a.ID), w.AddPerson("Bob", w.a.ID)
		things := map[string]subject.Record{"one": {ID: "one", Unit: w.a.ID, Label: "One"}, "two": {ID: "two", Unit: w.a.ID, Label: "Two"}}
		of := subject.Subject{Kind: "thing", PathPrefix: "/things", View: permView, Manage: permManage,
			Resolve: func(_ context.Context, _ db.Tx, id string) (subject.Record, error) {
				if r, ok := things[id]; ok {
					return r, nil
				}
				return subject.Record{}, authz.ErrNotFound
			}}
		w.Server = httpapitest.New(t, d, w.Clock, func(api *httpapi.API) { w.comments.Mount(api, of) })
		fn(t, w)
	})
}

func (w *world) person(p people.Person, permissions ...authz.Permission) *authz.Principal {
	out := peopletest.Principal(w.a, permissions...)
	out.Person, out.Name = p.ID, p.Name
	return out
}

// call sends a request as somebody and demands its outcome.
func (w *world) call(p *authz.Principal, method, path string, body any, status int, code string, headers ...string) httpapitest.Answer {
	w.t.Helper()
	w.Clock.Advance(time.Second)
	a := w.Server.As(p).Do(w.t, method, path, body, headers...)
	if a.Status != status || status >= 400 && a.Code() != code {
		w.t.Fatalf("%s %s: %d %s, want %d %s: %s", method, path, a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

func (w *world) write(p *authz.Principal, body map[string]any) comment.View {
	w.t.Helper()
	var v comment.View
	w.call(p, "POST", "/things/one/comments", body, 201, "").Into(w.t, &v)
	return v
}

// told returns whom the last event of the record is told to.
func (w *world) told() string {
	w.t.Helper()
	names := map[ref.Person]string{w.ada.ID: "Ada", w.bob.ID: "Bob"}
	var out []string
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		var row events.Row
		if err := tx.NewSelect().Model(&row).Where("subject_id = 'one'").OrderExpr("at DESC, id DESC").Limit(1).Scan(ctx); err != nil {
			return err
		}
		list, err := w.comments.Audience(ctx, tx, row.Event())
		for _, r := range list {
			v, err := w.comments.Values(ctx, tx, row.Event(), r)
			if err != nil {
				return err
			}
			out = append(out, fmt.Sprintf("%s%s %s %q", names[r.Person], r.Email, r.Reason, v["Comment"]))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (w *world) wants(got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestAConversation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, bob := w.person(w.ada, permView, comment.PermWrite), w.person(w.bob, permView, comment.PermWrite)
		first := w.write(ada, map[string]any{"body": "**Free** on Monday? <b>x</b> @[Bob](person:" + string(w.bob.ID) + ")"})
		if first.Thread != first.ID || first.External || first.Body[:8] != "**Free**" || fmt.Sprint(first.Actions) != "[reply edit delete]" || first.AuthorName != "Ada" {
			t.Fatalf("%+v", first)
		}
		w.wants(w.told(), `Ada watching "**Free** on Monday? <b>x</b> @Bob", Bob mentioned "**Free** on Monday? <b>x</b> @Bob"`)
		reply := w.write(bob, map[string]any{"body": "Yes", "replyTo": first.ID})
		again := w.write(ada, map[string]any{"body": "Thanks @" + strings.ToUpper(w.bob.Email), "replyTo": reply.ID})
		if reply.Thread != first.ID || again.Thread != first.ID || *again.ReplyTo != reply.ID || fmt.Sprint(again.Mentions) != "["+string(w.bob.ID)+"]" {
			t.Fatalf("%+v %+v", reply, again)
		}
		var page httpapi.Page[comment.View]
		var seen []string
		for cursor := ""; ; cursor = page.Next {
			page = httpapi.Page[comment.View]{}
			w.call(bob, "GET", "/things/one/comments?limit=2&cursor="+cursor, nil, 200, "").Into(t, &page)
			for _, c := range page.Items {
				seen = append(seen, c.ID+fmt.Sprint(c.Actions))
			}
			if page.Next == "" {
				break
			}
		}
		w.wants(fmt.Sprint(seen), fmt.Sprintf("[%s[reply] %s[reply edit delete] %s[reply]]", first.ID, reply.ID, again.ID))
		w.call(bob, "GET", "/things/one/comments?sort=-createdAt&limit=1", nil, 200, "").Into(t, &page)
		w.wants(page.Items[0].ID, again.ID)
	})
}

func TestCommentsAreEditedAndDeletedByTheirWriter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, bob, boss := w.person(w.ada, permView, comment.PermWrite), w.person(w.bob, permView, comment.PermWrite), w.person(w.bob, permView, permManage, comment.PermWrite)
		c := w.write(ada, map[string]any{"body": "one"})
		at := "/things/one/comments/" + c.ID
		w.call(ada, "PATCH", at, map[string]any{"body": "two"}, 428, "if_match_required")
		w.call(bob, "PATCH", at, map[string]any{"body": "two"}, 403, "not_your_comment", "If-Match", `"1"`)
		w.call(boss, "PATCH", at, map[string]any{"body": "two"}, 403, "not_your_comment", "If-Match", `"1"`)
		w.call(ada, "PATCH", at, map[string]any{"body": " "}, 422, "comment_invalid", "If-Match", `"1"`)
		w.call(ada, "PATCH", at, map[string]any{"body": "one "}, 200, "", "If-Match", `"1"`)
		w.call(ada, "PATCH", at, map[string]any{"body": "two @" + w.bob.Email}, 200, "", "If-Match", `"1"`)
		w.wants(w.told(), `Bob mentioned "two @`+w.bob.Email+`"`)
		w.call(ada, "PATCH", at, map[string]any{"body": "three @" + w.bob.Email}, 409, "stale", "If-Match", `"1"`)
		w.call(ada, "PATCH", at, map[string]any{"body": "three @" + w.bob.Email}, 200, "", "If-Match", `"2"`)
		w.wants(w.told(), "")
		w.call(bob, "DELETE", at, nil, 403, "not_your_comment", "If-Match", `"3"`)
		w.call(boss, "DELETE", at, nil, 204, "", "If-Match", `"3"`)
		w.call(ada, "PATCH", at, map[string]any{"body": "four"}, 409, "comment_deleted", "If-Match", `"4"`)
		w.call(ada, "DELETE", at, nil, 409, "comment_deleted", "If-Match", `"4"`)
		var page httpapi.Page[comment.View]
		w.call(bob, "GET", "/things/one/comments", nil, 200, "").Into(t, &page)
		if v := page.Items[0]; v.Body != "" || v.DeletedAt == nil || v.DeletedBy != "Bob" || len(v.Actions) != 0 || len(v.Mentions) != 0 {
			t.Fatalf("%+v", v)
		}
		var past httpapi.Page[comment.Revision]
		w.call(w.person(w.bob, permView), "GET", at+"/revisions", nil, 403, "not_your_comment")
		w.call(boss, "GET", at+"/revisions", nil, 200, "").Into(t, &past)
		if len(past.Items) != 3 || past.Items[0].Body != "one" || past.Items[2].Body != "three @"+w.bob.Email || past.Items[2].ReplacedBy != "Bob" {
			t.Fatalf("%+v", past)
		}
		w.wants(fmt.Sprint(w.History("one")), "[comment.added comment.edited comment.edited comment.deleted]")
	})
}

func TestOutsideAddressesAreToldOfExternalCommentsAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada := w.person(w.ada, permView, comment.PermWrite)
		if _, err := w.watch.Add(w.Ctx, "thing", "one", watch.NewWatcher{Email: "out@example.org"}); err != nil {
			t.Fatal(err)
		}
		inside := w.write(ada, map[string]any{"body": "secret"})
		w.wants(w.told(), `Ada watching "secret"`)
		outside := w.write(ada, map[string]any{"body": "public", "external": true})
		w.wants(w.told(), `Ada watching "public", out@example.org watching "public"`)
		w.call(ada, "POST", "/things/one/comments", map[string]any{"body": "x", "replyTo": inside.ID, "external": true}, 422, "comment_invalid")
		w.write(ada, map[string]any{"body": "no secret", "replyTo": outside.ID, "external": true})
		w.wants(w.told(), `Ada watching "no secret", out@example.org watching "no secret"`)
		w.write(ada, map[string]any{"body": "between us", "replyTo": outside.ID})
		w.wants(w.told(), `Ada watching "between us"`)
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			n, err := w.comments.Counts(ctx, tx, "thing", []string{"one", "two"})
			if n["one"] != 4 || len(n) != 1 {
				t.Error(n)
			}
			if err == nil {
				err = w.comments.MoveRecord(ctx, tx, "thing", "one", w.b.ID)
			}
			if err == nil {
				err = w.comments.ForgetRecord(ctx, tx, "thing", "one")
			}
			return err
		}))
	})
}

func TestCommentsAreGuarded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, viewer := w.person(w.ada, permView, comment.PermWrite), w.person(w.bob, permView)
		elsewhere := peopletest.Principal(w.b, permView, permManage, comment.PermWrite)
		c := w.write(ada, map[string]any{"body": "one"})
		at := "/things/one/comments/" + c.ID
		body := map[string]any{"body": "x"}
		for _, r := range []struct {
			method, path string
			body         any
			write        bool
		}{{"GET", "/things/one/comments", nil, false}, {"POST", "/things/one/comments", body, true}, {"PATCH", at, body, true}, {"DELETE", at, nil, true}, {"GET", at + "/revisions", nil, false}} {
			w.call(nil, r.method, r.path, r.body, 401, "sign_in_required", "If-Match", `"1"`)
			w.call(elsewhere, r.method, r.path, r.body, 404, "not_found", "If-Match", `"1"`)
			if r.write {
				w.call(viewer, r.method, r.path, r.body, 403, "permission_missing", "If-Match", `"1"`)
			} else {
				w.call(viewer, r.method, r.path, nil, 200, "")
			}
		}
		w.call(ada, "PATCH", "/things/two/comments/"+c.ID, body, 404, "not_found", "If-Match", `"1"`)
		w.call(ada, "POST", "/things/none/comments", body, 404, "not_found")
		for text, code := range map[string]string{`{"body":""}`: "comment_invalid", `{"body":"@[X](person:nobody)"}`: "comment_invalid", `{"body":"x","replyTo":"nothing"}`: "comment_invalid", `{}`: "validation_failed"} {
			w.call(ada, "POST", "/things/one/comments", text, 422, code)
		}
	})
}
