package valuestream

import (
	"go/parser"
	"go/token"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestRulesArePure keeps databases, transport and clocks out of the rules.
func TestRulesArePure(t *testing.T) {
	for _, file := range strings.Fields(`fact commit_graph repository rows derive change intervention attribution failure columns
		metric measure statistics bucket sentences monorepo`) {
		f, err := parser.ParseFile(token.NewFileSet(), file+".go", nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			for _, banned := range []string{"platform/db", "platform/httpapi", "platform/events", "platform/clock", "database/sql", "net/http", "context"} {
				if strings.Contains(i.Path.Value, banned) {
					t.Errorf("%s.go imports %s", file, i.Path.Value)
				}
			}
		}
	}
}

// randomApp makes an application whose facts are as messy as those of real tools.
func randomApp(r *rand.Rand) (commits []CommitFact, requests []RequestFact, deployments []DeploymentFact) {
	commits = randomHistory(r, 5+r.IntN(80))
	for i := range commits {
		commits[i].AuthoredAt = h(float64(i) + r.Float64()*3)
		commits[i].CommittedAt = commits[i].AuthoredAt
	}
	for q := range r.IntN(20) {
		f := RequestFact{ID: int64(1000 + q), State: RequestState(r.IntN(3)), Merge: int64(r.IntN(len(commits) + 5)), MergedAt: h(r.Float64() * 100)}
		for range r.IntN(4) {
			f.Commits = append(f.Commits, ProposedCommit{int64(r.IntN(len(commits) + 5)), h(r.Float64() * 100)})
		}
		requests = append(requests, f)
	}
	for i := range r.IntN(40) {
		f := DeploymentFact{ID: int64(2000 + i), Environment: []string{"eu", "us"}[r.IntN(2)], Class: Class(r.IntN(3)), Result: Result(r.IntN(4)),
			StartedAt: h(r.Float64() * 120), Rework: Tri(r.IntN(3) - 1), Rollback: r.IntN(12) == 0}
		f.FinishedAt = f.StartedAt + r.Int64N(2*hour) - hour/4
		for range r.IntN(3) {
			f.Commits = append(f.Commits, CommitRef{1, int64(r.IntN(len(commits) + 4))})
		}
		deployments = append(deployments, f)
	}
	return commits, requests, deployments
}

func TestDerivationHoldsWhateverTheFacts(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 9))
		commits, requests, deployments := randomApp(r)
		var v Deriver
		rows := v.Application(app("a", commits, requests, deployments...))
		if len(rows.Deployments) != len(deployments) {
			t.Fatalf("seed %d: %d rows of %d deployments", seed, len(rows.Deployments), len(deployments))
		}
		type key struct {
			class Class
			kind  ChangeKind
			id    int64
		}
		seen := map[key]bool{}
		for _, c := range rows.Changes {
			k := key{c.Class, c.Kind, c.ID}
			if seen[k] {
				t.Fatalf("seed %d: change %v counts twice in one class", seed, k)
			}
			seen[k] = true
			if c.Reason == ReasonNone && (c.FirstAt > c.DeployedAt || c.MergedAt > c.DeployedAt || c.MergedAt > 0 && c.FirstAt > c.MergedAt) {
				t.Fatalf("seed %d: a negative span: %+v", seed, c)
			}
		}
		// The order in which facts arrive does not matter.
		r.Shuffle(len(deployments), func(i, j int) { deployments[i], deployments[j] = deployments[j], deployments[i] })
		r.Shuffle(len(commits), func(i, j int) { commits[i], commits[j] = commits[j], commits[i] })
		again := v.Application(app("a", commits, requests, deployments...))
		if !reflect.DeepEqual(rows, again) || digest(&rows) != digest(&again) {
			t.Fatalf("seed %d: another order of facts gives other rows", seed)
		}
		cols := newColumns(&rows, nil, nil)
		for _, m := range measureAll([]*columns{cols}, Question{From: h(-10), To: h(200), Now: h(300), Class: ClassProduction}) {
			if m.Value != nil && (*m.Value < 0 || m.Low != nil && (*m.Low > *m.Value+1e-9 || *m.High < *m.Value-1e-9)) {
				t.Fatalf("seed %d: %+v", seed, m)
			}
		}
	}
}
