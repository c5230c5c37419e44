package workflow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"millrace/internal/platform/ref"
)

// drawn returns a random graph: each status named after its number, some with ids.
func drawn(r *rand.Rand) Graph {
	n := 1 + r.IntN(7)
	g := Graph{Enabled: r.IntN(2) == 0}
	for i := range n {
		st := Status{Name: fmt.Sprint("S", i), Mode: []Mode{Planning, Execution, Completed}[r.IntN(3)], Order: int64(i), Initial: i == 0}
		if r.IntN(2) == 0 {
			st.ID = ref.New[string]()
		}
		g.Statuses = append(g.Statuses, st)
	}
	for range r.IntN(2 * n) {
		from, to := r.IntN(n), r.IntN(n)
		g.Transitions = append(g.Transitions, Transition{From: g.Statuses[from].handle(), To: fmt.Sprint(" s", to)})
	}
	return g
}

// TestCheckAgainstBruteForce compares what check says about random graphs with paths found by trying.
func TestCheckAgainstBruteForce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	saved, refused := 0, 0
	for range 3000 {
		g := drawn(r)
		n := len(g.Statuses)
		reach, loops := make([][]bool, n), false
		for i := range reach {
			reach[i] = make([]bool, n)
			reach[i][i] = true
		}
		out := make([]bool, n)
		for _, tr := range g.Transitions {
			from, to := g.at(tr.From), g.at(tr.To)
			if from == to {
				loops = true
			} else {
				out[from] = true
			}
			reach[from][to] = true
		}
		for k := range n {
			for i := range n {
				for j := range n {
					reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
				}
			}
		}
		cut, dead := 0, 0
		for i, st := range g.Statuses {
			if !reach[0][i] {
				cut++
			}
			if !out[i] && !st.Mode.Ended() {
				dead++
			}
		}
		faults, warnings := check(&g)
		want := 0
		if g.Enabled {
			want = cut
		}
		if loops {
			if len(faults) == 0 {
				t.Fatalf("a transition to itself was taken: %+v", g)
			}
			refused++
			continue
		}
		if len(faults) != want {
			t.Fatalf("%d faults, want %d: %+v", len(faults), want, g)
		}
		count := map[string]int{}
		for _, w := range warnings {
			count[w.Code]++
		}
		if count["dead_end"] != dead || !g.Enabled && count["unreachable"] != cut {
			t.Fatalf("%v, want %d dead ends and %d unreachable: %+v", warnings, dead, cut, g)
		}
		for i, tr := range g.Transitions {
			if g.at(tr.From) < 0 || g.at(tr.To) < 0 || slices.Contains(g.Transitions[:i], tr) {
				t.Fatalf("the transition %v is unknown or stands twice", tr)
			}
		}
		saved++
	}
	if saved < 100 || refused < 100 {
		t.Fatal(saved, refused, "the test proves nothing")
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	t.Parallel()
	ok := func() Graph {
		return Graph{Enabled: true, Statuses: []Status{{Name: "A", Mode: Planning, Initial: true}, {Name: "B", Mode: Completed, Order: 1}}, Transitions: []Transition{{"A", "B"}}}
	}
	for code, spoil := range map[string]func(*Graph){
		"":                  func(*Graph) {},
		"status_count":      func(g *Graph) { g.Statuses = nil },
		"one_initial":       func(g *Graph) { g.Statuses[0].Initial = false },
		"order_twice":       func(g *Graph) { g.Statuses[1].Order = 0 },
		"status_twice":      func(g *Graph) { g.Statuses[1].Name = " a" },
		"mode_unknown":      func(g *Graph) { g.Statuses[1].Mode = "gone" },
		"name_invalid":      func(g *Graph) { g.Statuses[1].Name = "\x00" },
		"colour_unreadable": func(g *Graph) { g.Statuses[1].BreachFont = "red" },
		"out_of_range":      func(g *Graph) { g.Statuses[1].BreachAfter = -1 },
		"status_unknown":    func(g *Graph) { g.Transitions[0].To = "C" },
		"unreachable":       func(g *Graph) { g.Transitions = nil },
	} {
		g := ok()
		spoil(&g)
		faults, _ := check(&g)
		found := code == "" && len(faults) == 0
		for _, f := range faults {
			found = found || f.Code == code
		}
		if !found {
			t.Errorf("%q: %v", code, faults)
		}
	}
}

func TestReached(t *testing.T) {
	t.Parallel()
	g := Graph{Statuses: []Status{{ID: "1", Name: "New", Mode: Planning}, {ID: "2", Name: "Doing", Mode: Execution, Order: 1}, {ID: "3", Name: "Done", Mode: Completed, Order: 2}, {ID: "4", Name: "Dropped", Mode: Cancelled, Order: 3}}}
	for _, c := range []struct {
		status, mark string
		want         bool
	}{{"1", "doing", false}, {"2", "DOING", true}, {"Done", "2", true}, {"4", "doing", false}, {"4", "Dropped", true}, {"gone", "Gone", true}, {"gone", "New", false}, {"New", "gone", false}} {
		if got := reached(g, c.status, c.mark); got != c.want {
			t.Errorf("reached(%s, %s) = %v", c.status, c.mark, got)
		}
	}
}

// TestDueAgainstAMinuteCounter walks minute by minute through weeks with changes of the clock, and finds the same end.
func TestDueAgainstAMinuteCounter(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Skip("no time zones:", err)
		}
		for range 60 {
			h := Hours{Zone: zone, Holidays: map[string]bool{}}
			works := false
			for day := range h.Week {
				if r.IntN(3) > 0 {
					from := 4*60 + r.IntN(12*60)
					h.Week[day] = Shift{From: from, To: from + 30 + r.IntN(7*60)}
					works = true
				}
			}
			if !works {
				continue
			}
			entered := time.Date(2025, []time.Month{3, 10, 4, 11}[r.IntN(4)], 1+r.IntN(30), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
			h.Holidays[entered.In(zone).AddDate(0, 0, r.IntN(4)).Format(time.DateOnly)] = true
			after := time.Duration(1+r.IntN(20*60)) * time.Minute
			got := due(entered, after, true, h)
			left := after
			at := entered
			for ; left > 0; at = at.Add(time.Minute) {
				local := at.In(zone)
				open := time.Date(local.Year(), local.Month(), local.Day(), 0, h.Week[local.Weekday()].From, 0, 0, zone)
				shut := time.Date(local.Year(), local.Month(), local.Day(), 0, h.Week[local.Weekday()].To, 0, 0, zone)
				if !h.Holidays[local.Format(time.DateOnly)] && !at.Before(open) && at.Before(shut) {
					left -= time.Minute
				}
			}
			if !got.Equal(at) {
				t.Fatalf("%s: %s after %s with %v: %s, want %s", name, after, entered, h, got, at)
			}
			if later := due(entered, after+time.Minute, true, h); !later.After(got) {
				t.Fatal("more time ends no later")
			}
		}
	}
	if got := due(time.Unix(0, 0), time.Hour, true, Hours{}); !got.Equal(time.Unix(3600, 0)) {
		t.Fatal("without any shift every hour counts:", got)
	}
	friday := time.Date(2025, 3, 7, 16, 30, 0, 0, time.UTC)
	if got := due(friday, 2*time.Hour, true, OfficeHours()); !got.Equal(time.Date(2025, 3, 10, 10, 30, 0, 0, time.UTC)) {
		t.Fatal(got)
	}
	if got := due(friday, 2*time.Hour, false, OfficeHours()); !got.Equal(friday.Add(2 * time.Hour)) {
		t.Fatal(got)
	}
}

// TestChoicesFollowEdges checks for random graphs that exactly the ends of transitions are offered, and all when it is off.
func TestChoicesFollowEdges(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		g := drawn(r)
		for i := range g.Statuses {
			g.Statuses[i].ID = fmt.Sprint("id", i)
			g.Statuses[i].NeedsAssignee = r.IntN(4) == 0
		}
		g.Transitions = nil
		for range r.IntN(10) {
			g.Transitions = append(g.Transitions, Transition{From: fmt.Sprint("id", r.IntN(len(g.Statuses))), To: fmt.Sprint("id", r.IntN(len(g.Statuses)))})
		}
		current := fmt.Sprint("id", r.IntN(len(g.Statuses)+1)) // the last one is a status that was removed
		assigned := r.IntN(2) == 0
		banned := fmt.Sprint("id", r.IntN(len(g.Statuses)))
		for _, c := range choices(g, current, assigned, func(st Status) bool { return st.ID != banned }) {
			edge := slices.ContainsFunc(g.Transitions, func(tr Transition) bool { return tr.From == current && tr.To == c.ID })
			stray := g.at(current) < 0
			want := c.ID != current && (!g.Enabled || (edge || stray) && c.ID != banned && (assigned || !c.NeedsAssignee))
			if c.Allowed != want || c.Allowed == (c.Reason != "") {
				t.Fatalf("%+v from %s, want %v in %+v", c, current, want, g)
			}
		}
	}
}
