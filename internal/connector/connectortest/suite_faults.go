package connectortest

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"millrace/internal/platform/problem"
)

// faults are what tools do, each with the codes a connector may answer it with.
var faults = []struct {
	name  string
	fault *Fault
	codes []string
}{
	{"401", &Fault{Status: 401, Body: `{"message":"Bad credentials"}`}, []string{"tool_unauthorised"}},
	{"403", &Fault{Status: 403, Body: `{"message":"Resource not accessible by personal access token"}`}, []string{"tool_forbidden"}},
	{"404", &Fault{Status: 404, Body: `{"message":"Not Found"}`}, []string{"tool_not_found", "tool_forbidden", "repository_not_found"}},
	{"429", &Fault{Status: 429, Header: http.Header{"Retry-After": {"600"}}, Body: `{}`}, []string{"tool_rate_limited"}},
	{"secondary limit", &Fault{Status: 403, Header: http.Header{"Retry-After": {"600"}}, Body: `{"message":"You have exceeded a secondary rate limit"}`}, []string{"tool_rate_limited"}},
	{"500", &Fault{Status: 500, Body: `oops`}, []string{"tool_unavailable"}},
	{"502", &Fault{Status: 502, Body: `<html>`}, []string{"tool_unavailable"}},
	{"503", &Fault{Status: 503}, []string{"tool_unavailable"}},
	{"empty", &Fault{Status: 200}, []string{"tool_bad_answer", "tool_unavailable"}},
	{"half", &Fault{Status: 200, Body: `[{"id":1,"num`, Half: true}, []string{"tool_bad_answer", "tool_unavailable"}},
	{"cut", &Fault{Status: 200, Body: `[{"id":1,"num`}, []string{"tool_bad_answer", "tool_unavailable"}},
	{"another shape", &Fault{Status: 200, Body: `"hello"`}, []string{"tool_bad_answer", "tool_unavailable"}},
	{"a login page", &Fault{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: `<html>Sign in</html>`}, []string{"tool_bad_answer", "tool_unavailable"}},
}

func failsClearly(t *testing.T, open func(t *testing.T) Fixture) {
	f := open(t)
	if f.Fail == nil {
		t.Skip("this tool is not reached by HTTP")
	}
	began := f.Requests()
	want := records(t, f, pull(t, f, nil, 0).pages)
	total := f.Requests() - began
	for _, kind := range faults {
		t.Run(kind.name, func(t *testing.T) {
			for _, after := range slices.Compact([]int{0, min(1, total-1), total / 4, total / 2, total - 1}) {
				f = open(t)
				f.Fail(after, kind.fault)
				broken := pull(t, f, nil, 0)
				judge(t, f, broken.err, kind.codes)
				f.Fail(0, nil)
				healthy := f
				if kind.codes[0] == "tool_rate_limited" {
					healthy.Session = f.Later() // after some waiting
				}
				healed := pull(t, healthy, broken.cursor, 0)
				if healed.err != nil {
					t.Fatalf("after the tool was healed: %v", healed.err)
				}
				pages := append(broken.pages, healed.pages...)
				differences(t, "healed", records(t, f, pages), want)
				raw, _ := json.Marshal([]any{pages, broken.cursor, healed.cursor})
				hides(t, f, "the pages or the cursor", string(raw))
				hides(t, f, "the log", f.Log.String())
			}
			f = open(t)
			f.Fail(0, kind.fault)
			_, err := f.Connector.Verify(t.Context(), f.Session)
			judgeIfAny(t, f, err)
			for _, err := range f.Connector.Scopes(t.Context(), f.Session, "") {
				judgeIfAny(t, f, err)
			}
			hides(t, f, "the log", f.Log.String())
		})
	}
}

func judgeIfAny(t *testing.T, f Fixture, err error) {
	t.Helper()
	if err != nil {
		judge(t, f, err, nil)
	}
}

// judge wants a problem with one of the codes and a sentence, and the moment to try again where a limit is used up.
func judge(t *testing.T, f Fixture, err error, codes []string) {
	t.Helper()
	p := problem.Of(err)
	if p == nil {
		t.Errorf("not a problem: %v", err)
		return
	}
	if (codes != nil && !slices.Contains(codes, p.Code)) || len(p.Message) < 20 {
		t.Errorf("%s: %s, want one of %v", p.Code, p.Message, codes)
	}
	if at, ok := p.Data["retryAt"].(time.Time); p.Code == "tool_rate_limited" && (!ok || !at.After(Now)) {
		t.Errorf("the problem does not say when to try again: %v", p.Data)
	}
	hides(t, f, "the error", err.Error())
}
