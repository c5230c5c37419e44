package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type request struct {
	method, path, key, auth string
	body                    map[string]any
}

func serve(t *testing.T, answers ...func(w http.ResponseWriter)) (*Context, *[]request, *bytes.Buffer) {
	t.Helper()
	t.Setenv("MILLRACE_CLIENT_CONFIG", filepath.Join(t.TempDir(), "c.json"))
	for _, v := range []string{"GITHUB_SHA", "GITHUB_SERVER_URL", "CI_COMMIT_SHA", "GIT_COMMIT"} {
		t.Setenv(v, "")
	}
	var seen []request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := request{method: r.Method, path: r.URL.RequestURI(), key: r.Header.Get("Idempotency-Key"), auth: r.Header.Get("Authorization")}
		raw, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(raw, &q.body)
		seen = append(seen, q)
		answers[min(len(seen), len(answers))-1](w)
	}))
	t.Cleanup(s.Close)
	out := &bytes.Buffer{}
	return &Context{Ctx: context.Background(), Global: Global{URL: s.URL, Token: "tok", Output: "table"}, Out: out, Err: io.Discard, In: strings.NewReader("")}, &seen, out
}

func answer(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(status); _, _ = io.WriteString(w, body) }
}

func TestReportRetriesUnderOneKey(t *testing.T) {
	c, seen, out := serve(t, answer(503, `{"status":503,"code":"database_busy","detail":"busy"}`), answer(201, `{"id":"42"}`))
	client, _ := c.Client()
	client.Pause = func(context.Context, time.Duration) error { return nil }
	t.Setenv("GITHUB_SHA", "abc")
	// The command makes its own client; the pause of the first retry is a second at most.
	if err := (&ReportDeploymentCmd{Application: "shop", Environment: "prod", Result: "success"}).Run(c); err != nil {
		t.Fatal(err)
	}
	if len(*seen) != 2 || (*seen)[0].key == "" || (*seen)[0].key != (*seen)[1].key {
		t.Fatalf("requests %+v", *seen)
	}
	if b := (*seen)[1].body; b["application"] != "shop" || b["commit"] != "abc" || b["finishedAt"] == "" {
		t.Fatalf("body %v", b)
	}
	if (*seen)[0].auth != "Bearer tok" || !strings.Contains(out.String(), "42") {
		t.Fatalf("auth %q, output %q", (*seen)[0].auth, out)
	}
}

func TestExitCodes(t *testing.T) {
	for status, want := range map[int]int{401: ExitDenied, 403: ExitDenied, 404: ExitNotFound, 422: ExitRejected, 409: ExitRejected, 500: ExitFailed} {
		c, _, _ := serve(t, answer(status, `{"code":"x","detail":"No."}`))
		err := (&ConnectionsListCmd{}).Run(c)
		if got := ExitCode(err); got != want {
			t.Errorf("%d: exit %d (%v), want %d", status, got, err, want)
		}
	}
	if ExitCode(nil) != 0 || ExitCode(UsageError{"x"}) != ExitUsage {
		t.Error("nil or usage")
	}
}

func TestLoginChecksBeforeItKeeps(t *testing.T) {
	c, _, _ := serve(t, answer(401, `{"code":"token_invalid","detail":"No."}`), answer(200, `{"person":{"name":"Ada"}}`))
	if err := (&LoginCmd{}).Run(c); ExitCode(err) != ExitDenied {
		t.Fatal(err)
	}
	if s, _ := loadSettings(); s.Token != "" {
		t.Fatal("a refused token was kept")
	}
	c.In = strings.NewReader("  fresh\n")
	if err := (&LoginCmd{TokenStdin: true}).Run(c); err != nil {
		t.Fatal(err)
	}
	if s, _ := loadSettings(); s.Token != "fresh" || s.URL != c.Global.URL {
		t.Fatalf("%+v", s)
	}
	other := &Context{Global: Global{URL: "http://elsewhere.test"}}
	if cl, err := other.Client(); err != nil || cl.Token != "" {
		t.Fatal("the token of one server was offered to another")
	}
}

func TestMetricsTable(t *testing.T) {
	c, seen, out := serve(t, answer(200, `{"from":"2025-01-01T00:00:00Z","to":"2025-04-01T00:00:00Z","metrics":[
		{"key":"change_lead_time","value":187200,"unit":"seconds","n":40,"low":90000,"high":200000,"previous":{"value":null}},
		{"key":"change_fail_rate","value":null,"unit":"ratio","n":0,"reason":"not enough data"}]}`))
	if err := (&MetricsDoraCmd{Application: "shop", Class: "production", Bucket: "week"}).Run(c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains((*seen)[0].path, "environmentClass=PRODUCTION") {
		t.Fatal((*seen)[0].path)
	}
	for _, want := range []string{"2 d 4 h", "1 d 1 h", "not enough data", "—"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestJUnitCounts(t *testing.T) {
	got, err := countJUnit([]byte(`<testsuites><testsuite tests="99"><testcase/><testcase><failure/></testcase>
		<testcase><error/></testcase><testcase><skipped/></testcase></testsuite></testsuites>`))
	if err != nil || got.Tests != 4 || got.failed() != 2 || got.Skipped != 1 || got.passed() != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	for _, bad := range []string{"", "<html/>", "<testsuite>"} {
		if _, err := countJUnit([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestListFollowsCursors(t *testing.T) {
	c, seen, _ := serve(t, answer(200, `{"items":[1,2],"next":"n1"}`), answer(200, `{"items":[3]}`))
	client, _ := c.Client()
	n := 0
	if err := client.List(c.Ctx, "/x", nil, func(json.RawMessage) error { n++; return nil }); err != nil || n != 3 {
		t.Fatal(n, err)
	}
	if !strings.Contains((*seen)[1].path, "cursor=n1") {
		t.Fatal((*seen)[1].path)
	}
}
