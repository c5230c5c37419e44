package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/problem"
)

type thing struct {
	Name     string `json:"name" minLength:"1"`
	Password string `json:"password,omitempty" minLength:"8"`
}

type in struct{ Body thing }
type out struct{ Body thing }

func serve(t *testing.T, d *db.DB, c clock.Clock, calls *int) *httpapitest.Server {
	return httpapitest.New(t, d, c, func(a *httpapi.API) {
		httpapi.Handle(a, httpapi.Operation{Method: "POST", Path: "/things", ID: "make-thing", Summary: "Make a thing", Tag: "things", Status: 201, MaxBody: 1000},
			authz.Need("things.make"), func(_ context.Context, i *in) (*out, error) {
				*calls++
				switch i.Body.Name {
				case "conflict":
					return nil, problem.New(problem.Conflict, "thing_taken", "Taken.")
				case "broken":
					return nil, errors.New("secret internals")
				case "panic":
					panic("at the disco")
				}
				return &out{Body: i.Body}, nil
			})
	})
}

var sets = []migrate.Set{httpapi.Migrations}

func TestProblemsOnTheWire(t *testing.T) {
	calls := 0
	s := serve(t, dbtest.SQLite(t, sets...), clock.System(), &calls)
	for _, c := range []struct {
		body   any
		status int
		code   string
	}{
		{thing{Name: "ok"}, 201, ""},
		{thing{Name: "conflict"}, 409, "thing_taken"},
		{thing{Name: "broken"}, 500, "internal"},
		{thing{Name: "panic"}, 500, "internal"},
		{thing{}, 422, "validation_failed"},
		{"{", 400, "malformed_request"},
		{strings.Repeat("[", 20_000), 413, "body_too_large"},
		{strings.Repeat("[", 900), 400, "malformed_request"},
		{"\xff\xfe\x00", 400, "malformed_request"},
		{`{"name":"x","password":"hunter2"}`, 422, "validation_failed"},
	} {
		a := s.Do(t, "POST", "/things", c.body)
		if a.Status != c.status || a.Code() != c.code {
			t.Errorf("%.40v: %d %s %s", c.body, a.Status, a.Code(), a.Body)
		}
		if strings.Contains(string(a.Body), "secret internals") || strings.Contains(string(a.Body), "hunter2") {
			t.Errorf("the answer leaks: %s", a.Body)
		}
	}
	if a := s.Do(t, "GET", "/nothing", nil); a.Status != 404 || a.Code() != "no_such_route" {
		t.Errorf("unknown route: %d %s", a.Status, a.Body)
	}
}

func TestGuardStandsBeforeTheHandler(t *testing.T) {
	calls := 0
	s := serve(t, dbtest.SQLite(t, sets...), clock.System(), &calls)
	if a := s.As(nil).Do(t, "POST", "/things", thing{Name: "x"}); a.Status != 401 {
		t.Errorf("nobody: %d", a.Status)
	}
	if a := s.As(authz.System("x", "things.other")).Do(t, "POST", "/things", thing{Name: "x"}); a.Status != 403 {
		t.Errorf("without the permission: %d", a.Status)
	}
	if a := s.As(nil).Do(t, "POST", "/things", "{"); a.Status != 401 || a.Code() != "sign_in_required" {
		t.Errorf("nobody with a bad body: %d %s", a.Status, a.Code())
	}
	if calls != 0 {
		t.Fatal("the handler ran")
	}
}

func TestCrossSiteRequestsAreRefused(t *testing.T) {
	calls := 0
	s := serve(t, dbtest.SQLite(t, sets...), clock.System(), &calls)
	a := s.Do(t, "POST", "/things", thing{Name: "x"}, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if a.Status != 403 || a.Code() != "cross_site_request" || calls != 0 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Do(t, "POST", "/things", thing{Name: "x"}, "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer x"); a.Status != 201 {
		t.Fatalf("a token request was refused: %d", a.Status)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		calls, c := 0, clock.NewFake(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
		s := serve(t, d, c, &calls)
		post := func(name, key string) httpapitest.Answer {
			return s.Do(t, http.MethodPost, "/things", thing{Name: name}, "Idempotency-Key", key)
		}
		first, second := post("a", "k1"), post("a", "k1")
		if first.Status != 201 || second.Status != 201 || string(first.Body) != string(second.Body) || calls != 1 {
			t.Fatalf("%d calls, %s then %s", calls, first.Body, second.Body)
		}
		if a := post("b", "k1"); a.Status != 422 || a.Code() != "idempotency_key_reused" {
			t.Fatalf("another body under the key: %d %s", a.Status, a.Code())
		}
		if a := post("conflict", "k2"); a.Status != 409 {
			t.Fatal(a.Status)
		}
		if post("conflict", "k2"); calls != 3 {
			t.Fatalf("a failed request was not tried again: %d calls", calls)
		}
		s.As(authz.System("other", "things.make"))
		if post("b", "k1"); calls != 4 {
			t.Fatal("one caller's key bound another caller")
		}
		c.Advance(72 * time.Hour)
		if err := s.API.PurgeIdempotencyKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.As(authz.System("test"))
		if post("a", "k1"); calls != 5 {
			t.Fatal("an old key was not forgotten")
		}
	})
}

func TestDocumentCarriesPermissions(t *testing.T) {
	calls := 0
	s := serve(t, dbtest.SQLite(t, sets...), clock.System(), &calls)
	op := s.API.OpenAPI().Paths["/api/v1/things"].Post
	if op.Extensions["x-permission"] != "things.make" || len(op.Security) == 0 {
		t.Fatalf("%+v", op)
	}
	res, err := http.Get(s.URL + "/api/docs")
	if err != nil || res.StatusCode != 200 {
		t.Fatal(err, res.StatusCode)
	}
	_ = res.Body.Close()
}

func TestCursorsAndVersions(t *testing.T) {
	var a string
	var n int
	if ok, err := httpapi.DecodeCursor(httpapi.EncodeCursor("x", 3), &a, &n); !ok || err != nil || a != "x" || n != 3 {
		t.Fatal(ok, err, a, n)
	}
	for _, bad := range []string{"!", "e30", httpapi.EncodeCursor("x")} {
		if _, err := httpapi.DecodeCursor(bad, &a, &n); problem.CodeOf(err) != "bad_cursor" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, c := range []struct{ header, code string }{{"", "if_match_required"}, {`"x"`, "if_match_malformed"}, {`"3"`, ""}, {`W/"3"`, ""}} {
		v, err := (httpapi.IfMatch{IfMatch: c.header}).Version()
		if problem.CodeOf(err) != c.code || (err == nil && v != 3) {
			t.Errorf("%q: %v %v", c.header, v, err)
		}
	}
}

// TestExtensionMembersStandBesideTheOthers checks that what belongs to a problem is where RFC 9457 has it, and cannot
// take the place of a standard member.
func TestExtensionMembersStandBesideTheOthers(t *testing.T) {
	raw, err := json.Marshal(&httpapi.Problem{Status: 409, Code: "booking_overlaps", Data: map[string]any{"conflicts": []int{1}, "status": "mine", "code": nil}})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Status    int
		Code      string
		Conflicts []int
		Data      map[string]any
	}
	if err := json.Unmarshal(raw, &got); err != nil || got.Status != 409 || got.Code != "booking_overlaps" || len(got.Conflicts) != 1 || got.Data["status"] != "mine" {
		t.Fatalf("%s: %v", raw, err)
	}
}
