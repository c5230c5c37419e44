package catalog

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/internal/platform/problem"
)

func TestCheckKey(t *testing.T) {
	for key, code := range map[string]string{
		"shop": "", "SHOP-1": "", "a.b_c": "", "9lives": "",
		"": "required", strings.Repeat("x", 101): "too_long", "-x": "key_invalid", "a b": "key_invalid", "a/b": "key_invalid",
		"ä": "key_invalid", "01890a5d-ac96-774b-bcce-b302099a8057": "key_invalid", "Export": "key_reserved", "bulk-edit": "key_reserved",
	} {
		var faults problem.Fields
		checkKey(&faults, "key", key)
		got := ""
		if len(faults) > 0 {
			got = faults[0].Code
		}
		if got != code {
			t.Errorf("%q: %q, want %q", key, got, code)
		}
	}
}

func TestCleanAliases(t *testing.T) {
	a := Application{Key: "SHOP", Name: "Web  Shop"}
	a.tidy()
	var faults problem.Fields
	got := cleanAliases(&faults, "aliases", a, []string{" shop ", "WEB SHOP", "store", "", "Store", "Ödland"})
	if len(faults) != 0 || len(got) != 2 || got[0].Alias != "store" || got[1].Folded != "ödland" {
		t.Fatalf("%+v %v", got, faults)
	}
}

func TestCleanRepositories(t *testing.T) {
	var faults problem.Fields
	got := cleanRepositories(&faults, "r", []RepositoryPath{
		{URL: "https://me:secret@github.com/Acme/Mono.git", PathPrefix: "/services/web/**"},
		{URL: "git@github.com:acme/mono.git", PathPrefix: `services\web`},
		{URL: "git@github.com:acme/mono.git"},
	})
	if len(faults) != 0 || len(got) != 2 {
		t.Fatalf("%+v %v", got, faults)
	}
	if got[0].URL != "https://github.com/Acme/Mono.git" || got[0].Key != "github.com/acme/mono" || got[0].PathPrefix != "services/web" {
		t.Fatalf("%+v", got[0])
	}
	cleanRepositories(&faults, "r", []RepositoryPath{{URL: "https://github.com/"}})
	if len(faults) != 1 || faults[0].Code != "repository_unreadable" {
		t.Fatalf("%v", faults)
	}
	for _, s := range []string{"https://u:s3cret@h/x/y", "u:s3cret@h/x/y", "https://u:s3/cret@h/x/y", "https://u:%zzs3cret@h/x/y", "https://u:p@s3cret@h/x", "https://h/x?token=s3cret"} {
		if shown := showURL(s); strings.Contains(shown, "cret") {
			t.Errorf("%q is shown as %q", s, shown)
		}
	}
}

func TestParseCriticality(t *testing.T) {
	for in, want := range map[string]Criticality{"Mission critical": MissionCritical, "mission-critical": MissionCritical, "CRITICAL": MissionCritical, "high": High, "Low": Low} {
		if got, ok := parseCriticality(in); !ok || got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
	if _, ok := parseCriticality("huge"); ok {
		t.Error("huge is no criticality")
	}
}

// TestCyclesAgreeWithReachability compares Tarjan's algorithm with the definition on random graphs.
func TestCyclesAgreeWithReachability(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(12)
		var edges []edge
		for range r.IntN(n * 3) {
			edges = append(edges, edge{r.IntN(n), r.IntN(n)})
		}
		reach := make([][]bool, n)
		for i := range reach {
			reach[i] = make([]bool, n)
		}
		for _, e := range edges {
			reach[e.from][e.to] = true
		}
		for k := range n {
			for i := range n {
				for j := range n {
					reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
				}
			}
		}
		found := cycles(n, edges)
		number := groups(n, found)
		for i := range n {
			for j := range n {
				if i == j {
					continue
				}
				together := number[i] != 0 && number[i] == number[j]
				if want := reach[i][j] && reach[j][i]; together != want {
					t.Fatalf("seed %d: nodes %d and %d: together %v, want %v; edges %v, cycles %v", seed, i, j, together, want, edges, found)
				}
			}
		}
		for _, group := range found {
			if len(group) < 2 || !slices.IsSorted(group) {
				t.Fatalf("seed %d: group %v", seed, group)
			}
		}
	}
}

func TestCyclesOfALongChainAndRing(t *testing.T) {
	t.Parallel()
	const n = 200_000
	edges := make([]edge, 0, n)
	for i := range n - 1 {
		edges = append(edges, edge{i, i + 1})
	}
	if got := cycles(n, edges); len(got) != 0 {
		t.Fatalf("a chain has %d cycles", len(got))
	}
	if got := cycles(n, append(edges, edge{n - 1, 0})); len(got) != 1 || len(got[0]) != n {
		t.Fatalf("a ring has %d cycles", len(got))
	}
}
