package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/connector/github"
	"millrace/internal/platform/problem"
)

func collect(t *testing.T, f connectortest.Fixture, from connector.Cursor) (pages []connector.Page, at connector.Cursor, err error) {
	t.Helper()
	at = from
	for step, err := range f.Connector.Pull(t.Context(), f.Session, f.Scope, from) {
		if err != nil {
			return pages, at, err
		}
		pages, at = append(pages, step.Pages...), step.Cursor
		if step.Rate == nil || step.Rate.Limit != 5000 || step.Rate.Remaining >= 5000 || !step.Rate.ResetAt.After(connectortest.Now) {
			t.Errorf("the step %q does not tell the rate limit: %+v", step.Note, step.Rate)
		}
	}
	return pages, at, nil
}

func mustCollect(t *testing.T, f connectortest.Fixture, from connector.Cursor) ([]connector.Page, connector.Cursor) {
	t.Helper()
	pages, at, err := collect(t, f, from)
	if err != nil {
		t.Fatal(err)
	}
	return pages, at
}

// shas are the commits of the pages of one branch, in order of arrival.
func shas(t *testing.T, pages []connector.Page) []string {
	t.Helper()
	var out []string
	for _, p := range pages {
		if p.Endpoint != "commits" {
			continue
		}
		var commits []struct {
			SHA string `json:"sha"`
		}
		if err := json.Unmarshal(p.Payload, &commits); err != nil {
			t.Fatal(err)
		}
		for _, c := range commits {
			out = append(out, c.SHA)
		}
	}
	return out
}

func TestOldBranchMergedLaterIsCollected(t *testing.T) {
	f, g := fixture(t, 3)
	_, at := mustCollect(t, f, nil)
	g.Happen()
	pages, _ := mustCollect(t, f, at)
	got := shas(t, pages)
	for _, want := range []string{"old branch", "merge old branch"} {
		if !slices.Contains(got, connectortest.SHA(want)) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
	if len(got) != 2 {
		t.Errorf("%d commits, want the two new ones alone", len(got))
	}
}

func TestForcePushIsTolerated(t *testing.T) {
	f, g := fixture(t, 3)
	_, at := mustCollect(t, f, nil)
	g.ForcePush()
	pages, at := mustCollect(t, f, at)
	if got := shas(t, pages); !slices.Contains(got, connectortest.SHA("rewritten")) {
		t.Errorf("the rewritten commit is missing in %v", got)
	}
	pages, _ = mustCollect(t, f, at)
	if got := shas(t, pages); len(got) != 0 {
		t.Errorf("a third pass brings %v", got)
	}
}

// A force-push while a list of commits is broken off takes away the commit the list was pinned to.
func TestForcePushBetweenTwoPages(t *testing.T) {
	f, g := fixture(t, 3)
	var at connector.Cursor
	for step, err := range f.Connector.Pull(t.Context(), f.Session, f.Scope, nil) {
		if err != nil {
			t.Fatal(err)
		}
		at = step.Cursor
		if len(step.Pages) > 0 && step.Pages[0].Endpoint == "commits" {
			break
		}
	}
	g.ForcePush()
	pages, _ := mustCollect(t, f, at)
	got := shas(t, pages)
	for _, want := range []string{"rewritten", "base", "work 8"} {
		if !slices.Contains(got, connectortest.SHA(want)) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
}

func TestRenamedRepositoryIsFoundByItsID(t *testing.T) {
	f, g := fixture(t, 100)
	g.Do(func() { g.Repository["full_name"] = "acme/store" })
	pages, _ := mustCollect(t, f, nil)
	for _, p := range pages {
		if !strings.Contains(string(p.Scope), `"acme/store"`) || !strings.Contains(string(p.Scope), `"1296269"`) {
			t.Fatalf("scope %s", p.Scope)
		}
	}
}

func TestPagesShrinkWhereGitHubGivesUp(t *testing.T) {
	f, g := fixture(t, 100)
	want, _ := mustCollect(t, f, nil)
	g.Fail(func(r *http.Request) *connectortest.Fault {
		if n, _ := strconv.Atoi(r.URL.Query().Get("per_page")); n > 5 && strings.HasSuffix(r.URL.Path, "/pulls") {
			return &connectortest.Fault{Status: http.StatusBadGateway}
		}
		return nil
	})
	got, _ := mustCollect(t, f, nil)
	if len(got) != len(want) {
		t.Errorf("%d pages with small answers, %d with large ones", len(got), len(want))
	}
}

func TestRunsBeyondTheThousandGitHubLists(t *testing.T) {
	f, g := fixture(t, 100)
	g.Do(func() {
		g.Runs = nil
		for i := range 1250 {
			// Four runs of each moment, so that pages end between equal ones.
			r := g.AddRun(int64(50000+i), 100+float64(i/4), "queued", "", "base")
			r["status"] = "completed"
		}
		clear(g.Jobs)
	})
	pages, _ := mustCollect(t, f, nil)
	seen := map[string]int{}
	for _, p := range pages {
		if p.Endpoint == "runs" {
			seen[p.URL]++
		}
	}
	if len(seen) != 1250 {
		t.Errorf("%d of 1250 runs", len(seen))
	}
}

func TestAttemptAgainIsCollected(t *testing.T) {
	f, g := fixture(t, 100)
	_, at := mustCollect(t, f, nil)
	g.Happen()
	pages, _ := mustCollect(t, f, at)
	var ids []string
	for _, p := range pages {
		if p.Endpoint == "runs" {
			ids = append(ids, p.URL[strings.LastIndexByte(p.URL, '/')+1:])
		}
	}
	slices.Sort(ids)
	if fmt.Sprint(ids) != "[30004 30005]" {
		t.Errorf("runs %v, want the one attempted again and the one that ended", ids)
	}
}

func TestRefusedEndpointDoesNotStopTheOthers(t *testing.T) {
	f, g := fixture(t, 100)
	g.Fail(func(r *http.Request) *connectortest.Fault {
		if strings.Contains(r.URL.Path, "/actions/") {
			return &connectortest.Fault{Status: http.StatusForbidden, Body: `{"message":"Resource not accessible by personal access token"}`}
		}
		return nil
	})
	pages, at, err := collect(t, f, nil)
	p := problem.Of(err)
	if p == nil || p.Code != "tool_forbidden" || !strings.Contains(p.Message, "Actions: read") || strings.Contains(p.Message, "Issues") {
		t.Fatalf("error %v", err)
	}
	seen := map[string]bool{}
	for _, p := range pages {
		seen[p.Endpoint] = true
	}
	if !seen["deployments"] || !seen["releases"] || seen["runs"] {
		t.Errorf("collected %v", seen)
	}
	g.Fail(nil)
	pages, _ = mustCollect(t, f, at)
	if !slices.ContainsFunc(pages, func(p connector.Page) bool { return p.Endpoint == "runs" }) {
		t.Error("the runs are not collected once the right is there")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	f, _ := fixture(t, 100)
	f.Session.Settings["historyDays"] = "30"
	pages, _ := mustCollect(t, f, nil)
	for _, p := range pages {
		var one struct {
			UpdatedAt time.Time `json:"updated_at"`
		}
		if p.Endpoint == "commits" || json.Unmarshal(p.Payload, &one) != nil || one.UpdatedAt.IsZero() {
			continue
		}
		if p.Endpoint != "repositories" && one.UpdatedAt.Before(connectortest.Now.AddDate(0, 0, -30)) {
			t.Errorf("%s is older than asked for", p.URL)
		}
	}
	f.Session.Settings["historyDays"] = "soon"
	if _, _, err := collect(t, f, nil); problem.CodeOf(err) != "github_history_invalid" {
		t.Errorf("error %v", err)
	}
}

// The address of the next page comes from the answer; it must not lead the token to another host.
func TestTokenStaysWithItsHost(t *testing.T) {
	f, g := fixture(t, 100)
	g.Fail(func(r *http.Request) *connectortest.Fault {
		if strings.HasSuffix(r.URL.Path, "/branches") {
			return &connectortest.Fault{Header: http.Header{"Link": {`<https://evil.example.com/next>; rel="next"`}}, Body: `[]`}
		}
		return nil
	})
	_, _, err := collect(t, f, nil)
	if p := problem.Of(err); p == nil || p.Code != "tool_bad_answer" || !strings.Contains(p.Message, "evil.example.com") {
		t.Errorf("error %v", err)
	}
}

func TestVerifyNamesWhatIsMissing(t *testing.T) {
	f, g := fixture(t, 100)
	g.Do(func() { g.Scopes = "read:org" })
	g.Fail(func(r *http.Request) *connectortest.Fault {
		if strings.HasSuffix(r.URL.Path, "/deployments") {
			return &connectortest.Fault{Status: http.StatusForbidden, Body: `{}`}
		}
		return nil
	})
	v, err := f.Connector.Verify(t.Context(), f.Session)
	if err != nil || v.Account != "robot" || fmt.Sprint(v.Missing) != "[repo Deployments: read]" {
		t.Errorf("%+v, %v", v, err)
	}
	f.Session.Credential = "ghp_wrongwrongwrong"
	if _, err := f.Connector.Verify(t.Context(), f.Session); problem.CodeOf(err) != "tool_unauthorised" {
		t.Errorf("error %v", err)
	}
}

func TestBaseAddress(t *testing.T) {
	f, g := fixture(t, 100)
	for address, ok := range map[string]bool{g.URL + "/": true, g.URL + "/api/v3/": true, "ftp://x": false, "github.com": false, "https://u:p@github.com": false} {
		f.Session.Settings["baseUrl"] = address
		_, err := f.Connector.Verify(t.Context(), f.Session)
		if (err == nil) != ok || (!ok && problem.CodeOf(err) != "github_address_invalid") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestScopesByFullNameAndWithoutToken(t *testing.T) {
	f, _ := fixture(t, 100)
	for _, token := range []string{f.Session.Credential, ""} {
		f.Session.Credential = token
		var got []string
		for s, err := range f.Connector.Scopes(t.Context(), f.Session, "acme/shop") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, s.ExternalID+" "+s.Name+" "+s.Note)
		}
		if fmt.Sprint(got) != "[1296269 acme/shop private]" {
			t.Errorf("%v", got)
		}
	}
}

func TestMapFillsTheRulesFromTheScope(t *testing.T) {
	c := github.New()
	page := connector.Page{
		Endpoint: "pull_requests", Scope: json.RawMessage(`{"externalId":"9","name":"acme/shop"}`),
		Payload: json.RawMessage(`{"id":1,"number":2,"title":"x","state":"open","body":"closes https://github.com/acme/shop/issues/5 and closes https://github.com/other/repo/issues/6"}`),
	}
	for range 2 { // the second time from the cache
		got, _, err := c.Map(json.RawMessage(`{}`), page)
		if err != nil {
			t.Fatal(err)
		}
		var links []string
		for _, r := range got {
			if h := r.RecordHead(); h.Kind == "change_request_work_item" {
				links = append(links, h.ExternalID)
			}
		}
		if fmt.Sprint(links) != "[pull_request:1|issue:9#5]" {
			t.Errorf("links %v", links)
		}
	}
	if _, _, err := c.Map(json.RawMessage(`{"bugLabel":"("}`), page); problem.CodeOf(err) != "bad_mapping_rules" {
		t.Errorf("error %v", err)
	}
}
