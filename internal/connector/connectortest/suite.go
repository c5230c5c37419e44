package connectortest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"

	"millrace/internal/connector"
	"millrace/internal/delivery"
)

// Fixture is a tool with a history, and a session that is connected to it.
type Fixture struct {
	Connector connector.Connector
	Session   *connector.Session
	Scope     connector.Scope
	// Base is the tool's address, which differs from fixture to fixture.
	Base string
	// Log is where the session and its client log to.
	Log *Log
	// Happen makes the tool's history go on.
	Happen func()
	// Fail makes the tool fail at the nth request from now on, and at all after it; nil heals it. A tool that is not
	// reached by HTTP has none.
	Fail func(after int, f *Fault)
	// Later returns the session as it is after so long a time that no rate limit is remembered.
	Later func() *connector.Session
	// Requests counts the requests so far, where Fail is set.
	Requests func() int
}

// Run tests that a connector keeps the contract. open is called once per part and makes a fixture of the same history
// each time.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Run("describes itself", func(t *testing.T) { describes(t, open(t)) })
	t.Run("verifies and lists its scopes", func(t *testing.T) { verifies(t, open(t)) })
	t.Run("maps everything it pulls", func(t *testing.T) { mapsAll(t, open(t)) })
	t.Run("map is pure", func(t *testing.T) { mapIsPure(t, open(t)) })
	t.Run("goes on from every step", func(t *testing.T) { resumes(t, open) })
	t.Run("goes on after history went on", func(t *testing.T) { increments(t, open) })
	t.Run("brings nothing twice", func(t *testing.T) { settles(t, open(t)) })
	t.Run("stops when told", func(t *testing.T) { stops(t, open(t)) })
	t.Run("refuses a cursor it cannot read", func(t *testing.T) { badCursor(t, open(t)) })
	t.Run("fails clearly", func(t *testing.T) { failsClearly(t, open) })
}

func describes(t *testing.T, f Fixture) {
	d := f.Connector.Describe()
	if d.Kind == "" || d.Title == "" || d.Summary == "" {
		t.Errorf("the description is not complete: %+v", d)
	}
	if err := f.Connector.CheckRules(d.DefaultRules); err != nil {
		t.Errorf("the default rules are not accepted: %v", err)
	}
	if !json.Valid(d.RulesSchema) {
		t.Error("the schema of the rules is not JSON")
	}
	for _, bad := range []string{``, `[`, `"text"`, `{"surelyNoRule":1}`} {
		if err := f.Connector.CheckRules(json.RawMessage(bad)); err == nil && bad != `` {
			t.Errorf("the rules %q were accepted", bad)
		}
	}
	if _, receives := f.Connector.(connector.WebhookReceiver); receives != d.Webhooks {
		t.Error("the description does not say the truth about webhooks")
	}
}

func verifies(t *testing.T, f Fixture) {
	v, err := f.Connector.Verify(t.Context(), f.Session)
	if err != nil || len(v.Missing) > 0 {
		t.Fatalf("verify: %+v, %v", v, err)
	}
	found := 0
	for s, err := range f.Connector.Scopes(t.Context(), f.Session, "") {
		if err != nil {
			t.Fatal(err)
		}
		if s.ExternalID == f.Scope.ExternalID {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the scope was listed %d times", found)
	}
	for s := range f.Connector.Scopes(t.Context(), f.Session, "surely nothing is called this") {
		t.Errorf("a search for nothing found %s", s.Name)
	}
}

// pulled is what came out of a pass.
type pulled struct {
	pages  []connector.Page
	cursor connector.Cursor
	steps  int
	err    error
}

// pull works from a cursor, at most limit steps; 0 means all.
func pull(t *testing.T, f Fixture, from connector.Cursor, limit int) pulled {
	t.Helper()
	out := pulled{cursor: from}
	for step, err := range f.Connector.Pull(t.Context(), f.Session, f.Scope, from) {
		if err != nil {
			out.err = err
			return out
		}
		out.steps++
		out.pages = append(out.pages, step.Pages...)
		if step.Cursor != nil {
			if !json.Valid(step.Cursor) {
				t.Fatalf("the cursor is not JSON: %s", step.Cursor)
			}
			out.cursor = step.Cursor
		}
		if step.Note == "" {
			t.Error("a step does not say what it is about")
		}
		if out.steps == limit {
			return out
		}
	}
	return out
}

// records maps pages in order; what comes later takes the place of what came before.
func records(t *testing.T, f Fixture, pages []connector.Page) map[delivery.Head]string {
	t.Helper()
	out := map[delivery.Head]string{}
	for _, p := range pages {
		made, left, err := f.Connector.Map(f.Connector.Describe().DefaultRules, p)
		if err != nil {
			t.Fatalf("map %s %s: %v", p.Endpoint, p.URL, err)
		}
		for _, u := range left {
			t.Errorf("not mapped: %+v", u)
		}
		for _, r := range made {
			raw, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if r.RecordHead().Kind == delivery.KindToolAccount {
				continue // a person is told in many places, each time in part
			}
			head := r.RecordHead()
			if f.Base != "" {
				head.ExternalID = strings.ReplaceAll(head.ExternalID, f.Base, "http://tool")
				raw = bytes.ReplaceAll(raw, []byte(f.Base), []byte("http://tool"))
			}
			out[head] = string(raw)
		}
	}
	return out
}

func differences(t *testing.T, what string, got, want map[delivery.Head]string) {
	t.Helper()
	for h, w := range want {
		if got[h] == "" {
			t.Errorf("%s: %s %s is missing", what, h.Kind, h.ExternalID)
		} else if got[h] != w {
			t.Errorf("%s: %s %s differs\n got %s\nwant %s", what, h.Kind, h.ExternalID, got[h], w)
		}
	}
	for h := range got {
		if want[h] == "" {
			t.Errorf("%s: %s %s is one too many", what, h.Kind, h.ExternalID)
		}
	}
}

func mapsAll(t *testing.T, f Fixture) {
	all := pull(t, f, nil, 0)
	if all.err != nil || all.steps < 2 {
		t.Fatalf("%d steps, %v", all.steps, all.err)
	}
	got := records(t, f, all.pages)
	kinds := map[delivery.RecordKind]int{}
	for h := range got {
		kinds[h.Kind]++
	}
	for _, k := range []delivery.RecordKind{delivery.KindRepository, delivery.KindCommit, delivery.KindDeployment, delivery.KindDeploymentCommit} {
		if kinds[k] == 0 {
			t.Errorf("nothing of the kind %s came in: %v", k, kinds)
		}
	}
	twice := records(t, f, append(append([]connector.Page{}, all.pages...), all.pages...))
	differences(t, "every page twice", twice, got)
}

func mapIsPure(t *testing.T, f Fixture) {
	all := pull(t, f, nil, 0)
	rules := f.Connector.Describe().DefaultRules
	var wait sync.WaitGroup
	for _, p := range all.pages {
		before, _ := json.Marshal(p)
		first, left, err := f.Connector.Map(rules, p)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			wait.Go(func() {
				again, leftAgain, err := f.Connector.Map(rules, p)
				if err != nil || !reflect.DeepEqual(first, again) || !reflect.DeepEqual(left, leftAgain) {
					t.Errorf("the page %s of %s gives another result the second time (%v)", p.URL, p.Endpoint, err)
				}
			})
		}
		wait.Wait()
		if after, _ := json.Marshal(p); !bytes.Equal(before, after) {
			t.Errorf("mapping changed the page %s", p.URL)
		}
	}
}

func resumes(t *testing.T, open func(t *testing.T) Fixture) {
	f := open(t)
	whole := pull(t, f, nil, 0)
	want := records(t, f, whole.pages)
	for limit := 1; limit < whole.steps; limit++ {
		first := pull(t, f, nil, limit)
		rest := pull(t, f, first.cursor, 0)
		if rest.err != nil {
			t.Fatalf("after step %d: %v", limit, rest.err)
		}
		differences(t, "resumed", records(t, f, append(first.pages, rest.pages...)), want)
		if limit > whole.steps/2 && len(rest.pages) >= len(whole.pages) {
			t.Errorf("after step %d of %d everything was collected anew", limit, whole.steps)
		}
	}
}

func increments(t *testing.T, open func(t *testing.T) Fixture) {
	f := open(t)
	before := pull(t, f, nil, 0)
	f.Happen()
	rest := pull(t, f, before.cursor, 0)
	if rest.err != nil {
		t.Fatal(rest.err)
	}
	differences(t, "two passes against one", records(t, f, append(before.pages, rest.pages...)), records(t, f, pull(t, f, nil, 0).pages))
	// What happens while a pass is under way must be there after the next one at the latest.
	for limit := 1; limit < before.steps; limit++ {
		g := open(t)
		first := pull(t, g, nil, limit)
		g.Happen()
		second := pull(t, g, first.cursor, 0)
		third := pull(t, g, second.cursor, 0)
		pages := append(append(first.pages, second.pages...), third.pages...)
		got := records(t, g, pages)
		for h, w := range records(t, g, pull(t, g, nil, 0).pages) {
			if got[h] != w {
				t.Errorf("history went on after step %d: %s %s\n got %s\nwant %s", limit, h.Kind, h.ExternalID, got[h], w)
			}
		}
	}
}

func settles(t *testing.T, f Fixture) {
	whole := pull(t, f, nil, 0)
	again := pull(t, f, whole.cursor, 0)
	third := pull(t, f, again.cursor, 0)
	if again.err != nil || third.err != nil {
		t.Fatal(again.err, third.err)
	}
	if len(third.pages) > 4 || len(third.pages) >= len(whole.pages) {
		for _, p := range third.pages {
			t.Logf("%s %s", p.Endpoint, p.URL)
		}
		t.Errorf("with nothing new, %d pages came in again", len(third.pages))
	}
	if len(third.cursor) > 64<<10 {
		t.Errorf("the cursor has %d bytes", len(third.cursor))
	}
}

func stops(t *testing.T, f Fixture) {
	n := 0
	for range f.Connector.Pull(t.Context(), f.Session, f.Scope, nil) {
		n++
		break
	}
	for range f.Connector.Scopes(t.Context(), f.Session, "") {
		break
	}
	if n != 1 {
		t.Errorf("%d steps", n)
	}
}

func badCursor(t *testing.T, f Fixture) {
	for _, c := range []string{`[`, `7`, `"x"`} {
		if got := pull(t, f, connector.Cursor(c), 0); got.err == nil {
			t.Errorf("the cursor %q was taken", c)
		}
	}
}

// hides fails the test when the secret can be read in a text.
func hides(t *testing.T, f Fixture, what, text string) {
	t.Helper()
	if f.Session.Credential != "" && strings.Contains(text, f.Session.Credential) {
		t.Errorf("the secret stands in %s: %.300s", what, text)
	}
}
