package valuestream

import (
	"math/rand/v2"
	"testing"
	"time"
)

// randomHistory makes n commits with up to two parents each among the last few.
func randomHistory(r *rand.Rand, n int) []CommitFact {
	out := make([]CommitFact, n)
	for i := range out {
		out[i] = CommitFact{ID: int64(i + 1), AuthoredAt: int64(i + 1)}
		for range r.IntN(3) {
			if i > 0 {
				out[i].More = append(out[i].More, int64(max(1, i-r.IntN(6))))
			}
		}
	}
	return out
}

func ancestry(g *Graph, c int32) map[int32]bool {
	seen := map[int32]bool{c: true}
	queue := []int32{c}
	for len(queue) > 0 {
		for _, p := range g.parents(queue[0]) {
			if !seen[p] {
				seen[p] = true
				queue = append(queue, p)
			}
		}
		queue = queue[1:]
	}
	return seen
}

func TestAdvanceYieldsEachCommitOnceAndWhatTheDefinitionSays(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := NewGraph(randomHistory(r, 5+r.IntN(60)))
		var w, scratch walker
		w.begin(g.Len())
		deployed := map[int32]bool{}
		for range 12 {
			head := int32(r.IntN(g.Len()))
			want, meets := map[int32]bool{}, false
			for a := range ancestry(g, head) {
				if deployed[a] {
					meets = true
				} else {
					want[a] = true
				}
			}
			added, met := w.advance(g, head)
			if met != meets {
				t.Fatalf("seed %d: met is %v", seed, met)
			}
			if len(added) != len(want) {
				t.Fatalf("seed %d: %d commits, want %d", seed, len(added), len(want))
			}
			for _, c := range added {
				if !want[c] || deployed[c] {
					t.Fatalf("seed %d: commit %d does not belong", seed, c)
				}
				deployed[c] = true
			}
			other := int32(r.IntN(g.Len()))
			if got := g.Descends(head, other, &scratch); got != ancestry(g, head)[other] {
				t.Fatalf("seed %d: descends(%d, %d) is %v", seed, head, other, got)
			}
		}
	}
}

func TestGraphToleratesBrokenHistory(t *testing.T) {
	g := NewGraph([]CommitFact{
		{ID: 1, Parent1: 2}, {ID: 2, Parent1: 1}, // a cycle
		{ID: 3, Parent1: 9, Parent2: 3}, {ID: 3}, {ID: 0},
	})
	if g.Len() != 3 || g.Find(9) != -1 {
		t.Fatalf("%d commits", g.Len())
	}
	var w walker
	w.begin(g.Len())
	if added, met := w.advance(g, g.Find(1)); len(added) != 2 || met {
		t.Fatalf("the cycle gives %d commits", len(added))
	}
}

// TestChainsCostTheirHistoryOnce would run for minutes if every deployment walked back to the root.
func TestChainsCostTheirHistoryOnce(t *testing.T) {
	const n = 200_000
	facts := make([]CommitFact, n)
	deployments := make([]DeploymentFact, 0, n)
	for i := range facts {
		facts[i] = CommitFact{ID: int64(i + 1), AuthoredAt: int64(i+1) * second, CommittedAt: int64(i+1) * second}
		if i > 0 {
			facts[i].Parent1 = facts[i-1].ID
		}
		deployments = append(deployments, DeploymentFact{
			ID: int64(i + 1), Environment: "p", Class: ClassProduction, Result: ResultSuccess,
			StartedAt: int64(i+2) * second, FinishedAt: int64(i+2) * second, Commits: []CommitRef{{1, facts[i].ID}},
		})
	}
	start := time.Now()
	var v Deriver
	rows := v.Application(app("a", facts, nil, deployments...))
	if len(rows.Changes) != n {
		t.Fatalf("%d changes", len(rows.Changes))
	}
	t.Logf("%d deployments in %v", n, time.Since(start))
}
