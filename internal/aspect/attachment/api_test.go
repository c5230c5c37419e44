package attachment_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"mime/multipart"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/aspect/attachment"
	"millrace/internal/aspect/subject"
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
	list                        = "/things/one/attachments"
)

type world struct {
	*peopletest.World
	*httpapitest.Server
	t           *testing.T
	attachments *attachment.Service
	a, b        people.Unit
}

var migrations = append(slices.Clone(peopletest.Migrations), attachment.Migrations)

func each(t *testing.T, limits attachment.Limits, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := &world{t: t}
		w.World = peopletest.New(t, d, func(deps *people.Deps) {
			deps.Events = events.NewLog(deps.Clock, nil, people.Events, attachment.Events)
			w.attachments = attachment.New(attachment.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: slog.New(slog.DiscardHandler), Subjects: subject.NewRegistry(), Limits: limits})
			deps.Rehomers = []people.Rehomer{w.attachments}
		})
		w.a, w.b = w.AddUnit("A", ""), w.AddUnit("B", "")
		of := subject.Subject{Kind: "thing", PathPrefix: "/things", View: permView, Manage: permManage,
			Resolve: func(_ context.Context, _ db.Tx, id string) (subject.Record, error) {
				if id != "one" && id != "two" {
					return subject.Record{}, authz.ErrNotFound
				}
				return subject.Record{ID: id, Unit: w.a.ID, Label: id}, nil
			}}
		w.Server = httpapitest.New(t, d, w.Clock, func(api *httpapi.API) { w.attachments.Mount(api, of) })
		w.Server.As(peopletest.Principal(w.a, permView, permManage))
		fn(t, w)
	})
}

func (w *world) call(method, path, body string, status int, code string, headers ...string) httpapitest.Answer {
	w.t.Helper()
	var content any
	if body != "" {
		content = body
	}
	a := w.Server.Do(w.t, method, path, content, headers...)
	if a.Status != status || status >= 400 && a.Code() != code {
		w.t.Fatalf("%s %s: %d %s, want %d %s: %.300s", method, path, a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

func (w *world) attach(name, content string) attachment.Attachment {
	w.t.Helper()
	w.Clock.Advance(time.Second)
	var a attachment.Attachment
	w.call("POST", list+"?name="+name, content, 201, "", "Content-Type", "application/octet-stream").Into(w.t, &a)
	return a
}

// rows counts what is kept in the tables.
func (w *world) rows() string {
	w.t.Helper()
	var out []string
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		for _, table := range []string{"attachment", "attachment_chunk"} {
			n, err := tx.NewSelect().Table(table).Count(ctx)
			if err != nil {
				return err
			}
			out = append(out, fmt.Sprint(n))
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func random(n int) string {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func TestFilesComeBackAsTheyWere(t *testing.T) {
	each(t, attachment.Limits{}, func(t *testing.T, w *world) {
		const chunk = 256 << 10
		for _, size := range []int{1, chunk - 1, chunk, chunk + 1, 3*chunk + 17} {
			content := random(size)
			a := w.attach("x.bin", content)
			sum := sha256.Sum256([]byte(content))
			if a.Size != int64(size) || a.SHA256 != hex.EncodeToString(sum[:]) || a.Kind != attachment.File {
				t.Fatalf("%+v", a)
			}
			at := list + "/" + a.ID + "/content"
			if got := w.call("GET", at, "", 200, ""); string(got.Body) != content || got.Header.Get("Content-Length") != fmt.Sprint(size) {
				t.Fatalf("%d bytes came back changed", size)
			}
			if size > chunk {
				got := w.call("GET", at, "", 206, "", "Range", fmt.Sprintf("bytes=%d-%d", chunk-5, chunk+0))
				if string(got.Body) != content[chunk-5:chunk+1] {
					t.Fatal("a range over two chunks is wrong")
				}
				w.call("GET", at, "", 416, "", "Range", "bytes=99999999-")
			}
			w.call("GET", at, "", 304, "", "If-None-Match", `"`+a.SHA256+`"`)
		}
		var page attachment.ListView
		w.call("GET", list+"?limit=3", "", 200, "").Into(t, &page)
		if len(page.Items) != 3 || page.Next == "" || fmt.Sprint(page.Actions) != "[add delete]" {
			t.Fatalf("%+v", page)
		}
		w.call("GET", list+"?limit=3&cursor="+page.Next, "", 200, "").Into(t, &page)
		if len(page.Items) != 2 || page.Items[1].Size != 3*chunk+17 {
			t.Fatalf("%+v", page)
		}
	})
}

func TestWhatPeopleUploadNeverRuns(t *testing.T) {
	each(t, attachment.Limits{}, func(t *testing.T, w *world) {
		for name, content := range map[string]string{"page.html": "<html><script>alert(1)</script>", "pic.svg": "<?xml version='1.0'?><svg onload='x'>", "a.js": "alert(1)", "empty": ""} {
			a := w.attach(name, content)
			got := w.call("GET", list+"/"+a.ID+"/content", "", 200, "")
			h := got.Header
			if strings.Contains(h.Get("Content-Type"), "html") || strings.Contains(h.Get("Content-Type"), "svg") || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
				h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || string(got.Body) != content {
				t.Errorf("%s: %v", name, h)
			}
		}
		a := w.attach("Gr%C3%B6%C3%9Fe%0D%0AX-Evil:%201.txt", "x")
		got := w.call("GET", list+"/"+a.ID+"/content", "", 200, "")
		if got.Header.Get("X-Evil") != "" || !strings.Contains(got.Header.Get("Content-Disposition"), "filename*=utf-8''Gr%C3%B6%C3%9Fe") {
			t.Errorf("%v", got.Header)
		}
		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		_ = parts.WriteField("note", "x")
		p, _ := parts.CreateFormFile("file", "form.txt")
		_, _ = io.WriteString(p, "from a form")
		_ = parts.Close()
		var sent attachment.Attachment
		w.call("POST", list, form.String(), 201, "", "Content-Type", parts.FormDataContentType()).Into(t, &sent)
		if sent.Name != "form.txt" || sent.Size != 11 || sent.ContentType != "text/plain; charset=utf-8" {
			t.Errorf("%+v", sent)
		}
		w.call("POST", list, "--x--", 400, "upload_broken", "Content-Type", "multipart/form-data; boundary=x")
		w.call("POST", list, "x", 422, "attachment_unnamed")
	})
}

func TestLimitsHold(t *testing.T) {
	each(t, attachment.Limits{File: 1000, Record: 2500, Count: 4}, func(t *testing.T, w *world) {
		w.attach("a", random(1000))
		w.call("POST", list+"?name=b", random(1001), 413, "attachment_too_large")
		w.call("POST", list+"?name=b", random(200_000), 413, "attachment_too_large")
		b := w.attach("b", random(1000))
		w.call("POST", list+"?name=c", random(501), 413, "attachment_quota")
		if got := w.rows(); got != "2 2" {
			t.Fatal("a refused file left something behind:", got)
		}
		w.call("DELETE", list+"/"+b.ID, "", 204, "")
		w.call("GET", list+"/"+b.ID+"/content", "", 404, "not_found")
		w.call("DELETE", list+"/"+b.ID, "", 404, "not_found")
		w.attach("c", random(501))
		w.call("POST", list+"/urls", `{"url":"https://wiki.example.org/x"}`, 201, "")
		w.call("POST", list+"/urls", `{"url":"https://wiki.example.org/x","name":"Wiki"}`, 201, "")
		w.call("POST", list+"/urls", `{"url":"https://wiki.example.org/x"}`, 409, "too_many_attachments")
		w.call("POST", list+"?name=d", "x", 409, "too_many_attachments")
		if kinds := fmt.Sprint(w.History("one")); kinds != "[attachment.added attachment.added attachment.deleted attachment.added attachment.added attachment.added]" {
			t.Fatal(kinds)
		}
	})
}

func TestTwoUploadsAtOnceShareTheRoom(t *testing.T) {
	each(t, attachment.Limits{File: 1000, Record: 2500}, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				_, errs[i] = w.attachments.AttachFile(w.Ctx, "thing", "one", "x", strings.NewReader(random(1000)))
			})
		}
		all.Wait()
		kept := 0
		for _, err := range errs {
			if err == nil {
				kept++
			} else if problem.CodeOf(err) != "attachment_quota" {
				t.Error(err)
			}
		}
		if kept != 2 || w.rows() != "2 2" {
			t.Fatalf("%d kept, rows %s", kept, w.rows())
		}
	})
}

// breaking is a sender that goes away.
type breaking struct{ left int }

func (b *breaking) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errors.New("gone")
	}
	n := min(len(p), b.left)
	b.left -= n
	return n, nil
}

func TestABrokenUploadIsNotSeen(t *testing.T) {
	each(t, attachment.Limits{}, func(t *testing.T, w *world) {
		if _, err := w.attachments.AttachFile(w.Ctx, "thing", "one", "x", &breaking{left: 600 << 10}); problem.CodeOf(err) != "upload_broken" {
			t.Fatal(err)
		}
		if w.rows() != "0 0" || len(w.History("one")) != 0 {
			t.Fatal(w.rows())
		}
		// A process that died in the middle leaves its chunks; they are swept once nobody can be sending any more.
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		left := w.attach("left", random(300<<10))
		must(w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE attachment SET ready = FALSE WHERE id = ?`, left.ID)
			return err
		}))
		w.call("GET", list+"/"+left.ID+"/content", "", 404, "not_found")
		must(w.attachments.Purge(w.Ctx))
		if w.rows() != "1 2" {
			t.Fatal("swept while it may still come in", w.rows())
		}
		w.Clock.Advance(3 * time.Hour)
		must(w.attachments.Purge(w.Ctx))
		if w.rows() != "0 0" {
			t.Fatal(w.rows())
		}
		w.attach("x", "y")
		must(w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			if err := w.attachments.MoveRecord(ctx, tx, "thing", "one", w.b.ID); err != nil {
				return err
			}
			return w.attachments.ForgetRecord(ctx, tx, "thing", "one")
		}))
		if w.rows() != "0 0" {
			t.Fatal(w.rows())
		}
	})
}

func TestAttachmentsAreGuarded(t *testing.T) {
	each(t, attachment.Limits{}, func(t *testing.T, w *world) {
		a := w.attach("x", "y")
		w.call("GET", "/things/two/attachments/"+a.ID+"/content", "", 404, "not_found")
		var u attachment.Attachment
		w.call("POST", list+"/urls", `{"url":"https://wiki.example.org/x"}`, 201, "").Into(t, &u)
		w.call("GET", list+"/"+u.ID+"/content", "", 409, "attachment_is_url")
		w.call("POST", list+"/urls", `{"url":"javascript:alert(1)"}`, 422, "attachment_invalid")
		viewer, elsewhere := peopletest.Principal(w.a, permView), peopletest.Principal(w.b, permView, permManage)
		for _, c := range [][3]string{{"GET", list, ""}, {"GET", list + "/" + a.ID + "/content", ""}, {"POST", list + "?name=x", "y"}, {"POST", list + "/urls", `{"url":"https://x.example.org"}`}, {"DELETE", list + "/" + a.ID, ""}} {
			w.Server.As(nil)
			w.call(c[0], c[1], c[2], 401, "sign_in_required")
			w.Server.As(elsewhere)
			w.call(c[0], c[1], c[2], 404, "not_found")
			w.Server.As(viewer)
			if c[0] == "GET" {
				w.call(c[0], c[1], c[2], 200, "")
			} else {
				w.call(c[0], c[1], c[2], 403, "permission_missing")
			}
		}
	})
}
