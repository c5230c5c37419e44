package health

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"millrace/internal/platform/ref"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// TestTheLatestEventWinsInAnyOrder compares what is left after events came in any order with the latest of them.
func TestTheLatestEventWinsInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	healths := []Health{Online, Offline, Issue, Unknown}
	for range 2000 {
		n := 1 + r.IntN(8)
		events := make([]Event, n)
		for i := range events {
			events[i] = Event{ID: ref.Fact(i + 1), At: at(i), Health: healths[r.IntN(4)]}
		}
		want := events[n-1]
		r.Shuffle(n, func(i, j int) { events[i], events[j] = events[j], events[i] })
		var now last
		for _, e := range events {
			now = weigh(now, e).Next
		}
		if now.Health != want.Health || now.Event != want.ID || !now.At.Equal(want.At) {
			t.Fatalf("%+v after %+v, want %+v", now, events, want)
		}
	}
}

func TestWhatAnEventBringsAbout(t *testing.T) {
	for _, c := range []struct {
		before, says                Health
		minutes                     int
		current, changed, open, end bool
	}{
		{"", Online, 0, true, true, false, true},
		{"", Offline, 0, true, true, true, false},
		{Online, Offline, 1, true, true, true, false},
		{Issue, Offline, 1, true, true, true, false},
		{Offline, Offline, 1, true, false, false, false},
		{Offline, Issue, 1, true, true, false, false},
		{Offline, Online, 1, true, true, false, true},
		{Online, Offline, -1, false, false, false, false},
		{Online, Unknown, 0, true, true, false, false},
	} {
		before := last{Health: c.before, Since: at(-60), At: at(0), Event: 1}
		if c.before == "" {
			before = last{}
		}
		got := weigh(before, Event{ID: 2, Health: c.says, At: at(c.minutes)})
		if got.Current != c.current || got.Changed != c.changed || got.Opens != c.open || got.Ends != c.end {
			t.Errorf("%q then %q after %d minutes: %+v", c.before, c.says, c.minutes, got)
		}
		if !got.Changed && got.Next.Since != before.Since {
			t.Errorf("%q then %q: since moved to %s", c.before, c.says, got.Next.Since)
		}
	}
}

func TestParseHealth(t *testing.T) {
	for text, want := range map[string]Health{"Online": Online, " UP ": Online, "down": Offline, "Degraded": Issue, "unknown": Unknown} {
		if h, ok := parseHealth(text); !ok || h != want {
			t.Errorf("%q is %q", text, h)
		}
	}
	for _, text := range []string{"", "no data", "no_data", "banana"} {
		if h, ok := parseHealth(text); ok {
			t.Errorf("%q is %q", text, h)
		}
	}
}

func TestSummarise(t *testing.T) {
	ptr := func(t time.Time) *time.Time { return &t }
	s := summarise([]Outage{
		{StartedAt: at(0), DetectedAt: at(10), FoundAt: ptr(at(40)), EndedAt: ptr(at(60))},
		{StartedAt: at(-60), DetectedAt: at(-60), EndedAt: ptr(at(30))},
		{StartedAt: at(100), DetectedAt: at(120)},
	}, at(0), at(600), at(130))
	if s.Count != 3 || s.Open != 1 || s.OutSeconds != (60+30+30)*60 {
		t.Fatalf("%+v", s)
	}
	if *s.MeanDetect != 600 || s.Detected != 3 || *s.MeanFind != 1800 || s.Found != 1 || *s.MeanRestore != 75*60 || s.Restored != 2 {
		t.Fatalf("detect %d, find %d, restore %d: %+v", *s.MeanDetect, *s.MeanFind, *s.MeanRestore, s)
	}
	if none := summarise(nil, at(0), at(1), at(2)); none.MeanRestore != nil || none.Count != 0 {
		t.Fatalf("%+v", none)
	}
}

func TestRankSuspects(t *testing.T) {
	distance := map[ref.Environment]int{"sit": 0, "stub": 1, "db": 2}
	names := map[ref.Environment]string{"sit": "SIT-2", "stub": "Payment stub", "db": "Oracle"}
	list := rank([]Change{
		{Kind: "deployment", ID: "old", Environment: "sit", At: at(-600)},
		{Kind: "deployment", ID: "fresh", Environment: "sit", At: at(-20)},
		{Kind: "configuration", ID: "stub", Environment: "stub", At: at(-5)},
		{Kind: "deployment", ID: "after", Environment: "sit", At: at(1)},
		{Kind: "deployment", ID: "elsewhere", Environment: "uat", At: at(-1)},
		{Kind: "deployment", ID: "ancient", Environment: "sit", At: at(-73 * 60)},
	}, noon, distance, names)
	var ids []string
	for _, s := range list {
		ids = append(ids, s.ID)
		if s.Score <= 0 || s.Score > 1 || len(s.Evidence) != 2 {
			t.Errorf("%+v", s)
		}
	}
	if !slices.Equal(ids, []string{"fresh", "stub", "old"}) {
		t.Fatal(ids)
	}
	if list[1].Evidence[1] != "The environment depends on Payment stub, to which it happened." || list[0].Evidence[0] != "It happened 20 min before." {
		t.Fatalf("%q", list[1].Evidence)
	}
}

// TestWalkFindsTheShortestWay compares the distances with those found by relaxing every edge again and again.
func TestWalkFindsTheShortestWay(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	name := func(i int) ref.Environment { return ref.Environment(rune('a' + i)) }
	for range 500 {
		var edges []edge
		for range r.IntN(20) {
			edges = append(edges, edge{name(r.IntN(8)), name(r.IntN(8))})
		}
		for _, against := range []bool{false, true} {
			want := map[ref.Environment]int{"a": 0}
			for range 8 {
				for _, e := range edges {
					from, to := e.from, e.to
					if against {
						from, to = to, from
					}
					if d, ok := want[from]; ok && d < farthest {
						if w, ok := want[to]; !ok || d+1 < w {
							want[to] = d + 1
						}
					}
				}
			}
			got := walk(edges, "a", against, farthest)
			if len(got) != len(want) {
				t.Fatalf("%v: %v, want %v", edges, got, want)
			}
			for k, v := range want {
				if got[k] != v {
					t.Fatalf("%v: %v, want %v", edges, got, want)
				}
			}
		}
	}
}

func TestAlertsAsEvents(t *testing.T) {
	end := at(30)
	firing := Alert{Status: "firing", Labels: map[string]string{"env": "SIT2", "alertname": "Down", "severity": "critical"}, Annotations: map[string]string{"summary": "No answer", "description": "for 5 min"},
		StartsAt: at(0), EndsAt: &time.Time{}, GeneratorURL: "javascript:alert(1)", Fingerprint: "f1"}
	e, ok := eventOf(firing)
	if !ok || e.Environment != "SIT2" || e.Health != "offline" || !e.At.Equal(at(0)) || e.Message != "No answer\nfor 5 min" || e.Link != "" {
		t.Fatalf("%+v", e)
	}
	resolved := firing
	resolved.Status, resolved.EndsAt = "resolved", &end
	r, _ := eventOf(resolved)
	if r.Health != "online" || !r.At.Equal(end) || r.ExternalID == e.ExternalID {
		t.Fatalf("%+v", r)
	}
	if _, ok := eventOf(Alert{Labels: map[string]string{"env": " "}}); ok {
		t.Fatal("an alert without an environment")
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 59 * time.Second: "59 s", 90 * time.Minute: "1 h 30 min", 24 * time.Hour: "1 d", 52 * time.Hour: "2 d 4 h", 3 * time.Hour: "3 h"} {
		if got := words(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
