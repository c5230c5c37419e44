package valuestream

import (
	"testing"

	"millrace/internal/platform/ref"
)

func line(n int) []CommitFact { // k1 at hour 1, k2 on it at hour 2 …
	var out []CommitFact
	for i := range n {
		name := func(i int) string { return "k" + string(rune('1'+i)) }
		if i == 0 {
			out = append(out, c(name(i), 1))
		} else {
			out = append(out, c(name(i), float64(i+1), name(i-1)))
		}
	}
	return out
}

func TestEdgeCasesOfRealData(t *testing.T) {
	unfinished := d("D2", "p", 20, "k2")
	unfinished.Result, unfinished.FinishedAt = ResultNone, 0
	cancelled := d("D2", "p", 20, "k2")
	cancelled.Result = ResultCancelled
	flagged := d("D3", "p", 30, "k3")
	flagged.Rollback = true
	planned := d("D3", "p", 30, "k1")
	planned.Rework = No
	hotfix := d("D3", "p", 30, "k3")
	hotfix.Rework = Yes
	noFinish := d("D2", "p", 20, "k2")
	noFinish.FinishedAt = 0
	closed := RequestFact{ID: id("r1"), State: RequestClosed, Commits: []ProposedCommit{{Commit: id("k2"), AuthoredAt: h(2)}}}
	open := RequestFact{ID: id("r1"), State: RequestOpen, Head: id("k2"), Commits: []ProposedCommit{{Commit: id("k2"), AuthoredAt: h(2)}}}
	rebased := merged("r1", 3.5, "k3", "x1", 2, "x2", 3)
	late := merged("r1", 2.5, "k3", "x1", 3) // first commit half an hour younger than the merge
	cases := []struct {
		name     string
		facts    *AppFacts
		leads    map[string]float64
		excluded map[string]string
		flags    map[string]Flag
		remedies map[string]Remedy
	}{
		{
			name:  "the same commit deployed again",
			facts: app("a", line(2), nil, d("D1", "p", 10, "k1"), d("D2", "p", 20, "k2"), d("D3", "p", 30, "k2")),
			leads: map[string]float64{"k2@D2": 18}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst, "D3": FlagRedeploy},
		}, {
			name: "rollback to an older commit and forward again",
			facts: app("a", line(4), nil, d("D1", "p", 10, "k1"), d("D2", "p", 20, "k3"), d("D3", "p", 30, "k1"),
				d("D4", "p", 40, "k3"), d("D5", "p", 50, "k4")),
			leads:    map[string]float64{"k2@D2": 18, "k3@D2": 17, "k4@D5": 46},
			excluded: map[string]string{"D1": "first_deployment"},
			flags:    map[string]Flag{"D1": FlagFirst, "D3": FlagRollback | FlagRework},
			remedies: map[string]Remedy{"D2": RemedyRollback},
		}, {
			name:  "a failed deployment between two successes",
			facts: app("a", line(3), nil, d("D1", "p", 10, "k1"), failing(d("D2", "p", 20, "k2")), d("D3", "p", 30, "k3")),
			leads: map[string]float64{"k2@D3": 28, "k3@D3": 27}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst}, remedies: map[string]Remedy{"D2": RemedyNextSuccess},
		}, {
			name:  "a run re-attempted at once is one deployment",
			facts: app("a", line(2), nil, d("D1", "p", 10, "k1"), failing(d("D2", "p", 20, "k2")), d("D3", "p", 20.2, "k2")),
			leads: map[string]float64{"k2@D3": 18.2}, excluded: map[string]string{"D1": "first_deployment"},
			flags:    map[string]Flag{"D1": FlagFirst, "D2": FlagRetried},
			remedies: map[string]Remedy{"D2": RemedyNextSuccess},
		}, {
			name:  "the running commit deployed again after a failed attempt takes the attempt back",
			facts: app("a", line(2), nil, d("D1", "p", 10, "k1"), failing(d("D2", "p", 20, "k2")), d("D3", "p", 21, "k1")),
			leads: map[string]float64{}, excluded: map[string]string{"D1": "first_deployment"},
			flags:    map[string]Flag{"D1": FlagFirst, "D3": FlagRedeploy | FlagRollback | FlagRework},
			remedies: map[string]Remedy{"D2": RemedyRollback},
		}, {
			name: "regions interleaved: a change counts where it arrives first",
			facts: app("a", line(3), nil, d("E1", "eu", 10, "k1"), d("U1", "us", 12, "k2"), d("E2", "eu", 20, "k3"),
				d("U2", "us", 30, "k3")),
			leads: map[string]float64{"k2@U1": 10, "k3@E2": 17}, excluded: map[string]string{"E1": "first_deployment"},
			flags: map[string]Flag{"E1": FlagFirst, "U1": FlagFirst},
		}, {
			name: "classes do not mix",
			facts: app("a", line(2), nil, d("P1", "p", 10, "k1"), inClass(d("S1", "s", 11, "k1"), ClassStaging),
				inClass(d("S2", "s", 12, "k2"), ClassStaging), d("P2", "p", 20, "k2")),
			leads: map[string]float64{"k2@P2": 18}, excluded: map[string]string{"P1": "first_deployment"},
			flags: map[string]Flag{"P1": FlagFirst, "S1": FlagFirst},
		}, {
			name:  "an unfinished and a cancelled deployment bring nothing",
			facts: app("a", line(3), nil, d("D1", "p", 10, "k1"), unfinished, d("D3", "p", 30, "k3")),
			leads: map[string]float64{"k2@D3": 28, "k3@D3": 27}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name:  "cancelled",
			facts: app("a", line(3), nil, d("D1", "p", 10, "k1"), cancelled, d("D3", "p", 30, "k3")),
			leads: map[string]float64{"k2@D3": 28, "k3@D3": 27}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name:  "a result without a finish ends when it began",
			facts: app("a", line(2), nil, d("D1", "p", 10, "k1"), noFinish),
			leads: map[string]float64{"k2@D2": 17.9}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name:  "a rollback the source tells of",
			facts: app("a", line(3), nil, d("D1", "p", 10, "k1"), d("D2", "p", 20, "k2"), flagged),
			leads: map[string]float64{"k2@D2": 18, "k3@D3": 27}, excluded: map[string]string{"D1": "first_deployment"},
			flags:    map[string]Flag{"D1": FlagFirst, "D3": FlagRollback | FlagRework},
			remedies: map[string]Remedy{"D2": RemedyRollback},
		}, {
			name:  "a planned step back is no rework",
			facts: app("a", line(3), nil, d("D1", "p", 10, "k1"), d("D2", "p", 20, "k2"), planned),
			leads: map[string]float64{"k2@D2": 18}, excluded: map[string]string{"D1": "first_deployment"},
			flags:    map[string]Flag{"D1": FlagFirst, "D3": FlagRollback},
			remedies: map[string]Remedy{"D2": RemedyRollback},
		}, {
			name:  "a hotfix",
			facts: app("a", line(3), nil, d("D1", "p", 10, "k1"), d("D2", "p", 20, "k2"), hotfix),
			leads: map[string]float64{"k2@D2": 18, "k3@D3": 27}, excluded: map[string]string{"D1": "first_deployment"},
			flags:    map[string]Flag{"D1": FlagFirst, "D3": FlagRework},
			remedies: map[string]Remedy{"D2": RemedyHotfix},
		}, {
			name: "a force-pushed branch that shares nothing with what ran",
			facts: app("a", append(line(2), c("z1", 1), c("z2", 11, "z1"), c("z3", 21, "z2")), nil,
				d("D1", "p", 10, "k2"), d("D2", "p", 20, "z2"), d("D3", "p", 30, "z3")),
			leads:    map[string]float64{"z3@D3": 9},
			excluded: map[string]string{"D1": "first_deployment", "D2": "unrelated_history"},
			flags:    map[string]Flag{"D1": FlagFirst},
		}, {
			name:  "a deployed commit nobody knows does not blame the next deployment for all of history",
			facts: app("a", line(3), nil, d("D1", "p", 10, "gone"), d("D2", "p", 20, "k2"), d("D3", "p", 30, "k3")),
			leads: map[string]float64{"k3@D3": 27}, excluded: map[string]string{"D2": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst | FlagCommitUnknown},
		}, {
			name:  "a shallow history",
			facts: app("a", line(4)[1:], nil, d("D1", "p", 10, "k2"), d("D2", "p", 20, "k4")),
			leads: map[string]float64{"k3@D2": 17, "k4@D2": 16}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name:  "no commit named",
			facts: app("a", line(1), nil, d("D1", "p", 10, ""), d("D2", "p", 20, "")),
			leads: map[string]float64{}, excluded: map[string]string{},
			flags: map[string]Flag{"D1": FlagFirst | FlagNoCommit, "D2": FlagNoCommit},
		}, {
			name:  "rebase merge: the copies below the last one belong to the request",
			facts: app("a", line(4), []RequestFact{rebased}, d("D1", "p", 1, "k1"), d("D2", "p", 20, "k4")),
			leads: map[string]float64{"r1@D2": 18, "k4@D2": 16}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name:  "a first commit younger than the merge counts from the merge",
			facts: app("a", line(3), []RequestFact{late}, d("D1", "p", 1, "k2"), d("D2", "p", 20, "k3")),
			leads: map[string]float64{"r1@D2": 17.5}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name: "the head of a request deployed before it was squashed counts once",
			facts: app("a", []CommitFact{c("k1", 1), c("b1", 2, "k1"), c("S3", 5, "k1"), c("k4", 6, "S3")},
				[]RequestFact{merged("r1", 5, "S3", "b1", 2)}, d("D1", "p", 1, "k1"), d("D2", "p", 4, "b1"), d("D3", "p", 8, "k4")),
			leads: map[string]float64{"r1@D2": 2, "k4@D3": 2}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name:  "a request that was closed owns nothing",
			facts: app("a", line(2), []RequestFact{closed}, d("D1", "p", 1, "k1"), d("D2", "p", 20, "k2")),
			leads: map[string]float64{"k2@D2": 18}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name:  "an open request deployed from its head",
			facts: app("a", line(2), []RequestFact{open}, d("D1", "p", 1, "k1"), d("D2", "p", 20, "k2")),
			leads: map[string]float64{"r1@D2": 18}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name: "merged and not deployed; merged without a known commit",
			facts: app("a", line(4), []RequestFact{merged("r1", 30, "k4", "x1", 3), merged("r2", 31, "gone", "x2", 3),
				merged("r0", 0, "gone", "x3", 0)}, d("D1", "p", 1, "k1"), d("D2", "p", 20, "k2")),
			leads:    map[string]float64{"k2@D2": 18},
			excluded: map[string]string{"D1": "first_deployment", "r1": "not_deployed", "r2": "merge_commit_unknown"},
			flags:    map[string]Flag{"D1": FlagFirst},
		}, {
			name: "a merge without a request is no change, its side commits are",
			facts: app("a", []CommitFact{c("k1", 1), c("s1", 2, "k1"), c("k2", 3, "k1"), c("M4", 4, "k2", "s1")}, nil,
				d("D1", "p", 1, "k1"), d("D2", "p", 10, "M4")),
			leads: map[string]float64{"s1@D2": 8, "k2@D2": 7}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		}, {
			name: "a request whose commits nobody listed owns its side branch",
			facts: app("a", []CommitFact{c("k1", 1), c("s1", 2, "k1"), c("s2", 3, "s1"), c("k3", 3, "k1"), c("M4", 4, "k3", "s2")},
				[]RequestFact{merged("r1", 4, "M4")}, d("D1", "p", 1, "k1"), d("D2", "p", 10, "M4")),
			leads: map[string]float64{"r1@D2": 8, "k3@D2": 7}, excluded: map[string]string{"D1": "first_deployment"},
			flags: map[string]Flag{"D1": FlagFirst},
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var v Deriver
			rows := v.Application(tc.facts)
			sameMap(t, "lead hours", leads(rows, ClassProduction), tc.leads)
			sameMap(t, "excluded", excluded(rows, ClassProduction), tc.excluded)
			flags, remedies := map[string]Flag{}, map[string]Remedy{}
			for _, r := range rows.Deployments {
				if r.Flags != 0 {
					flags[word(r.ID)] = r.Flags
				}
				if r.Remedy != RemedyNone {
					remedies[word(r.ID)] = r.Remedy
				}
			}
			sameMap(t, "flags", flags, tc.flags)
			sameMap(t, "remedies", remedies, tc.remedies)
		})
	}
}

func TestDeploymentsOfSeveralRepositories(t *testing.T) {
	two := NewRepository(2, NewGraph([]CommitFact{c("w1", 1), c("w2", 5, "w1")}), nil)
	first, second := d("D1", "p", 10, "k1"), d("D2", "p", 20, "k2")
	first.Commits = append(first.Commits, CommitRef{2, id("w1")})
	second.Commits = append(second.Commits, CommitRef{2, id("w2")})
	facts := app("a", line(2), nil, first, second)
	facts.Repositories[2] = two
	var v Deriver
	rows := v.Application(facts)
	sameMap(t, "lead hours", leads(rows, ClassProduction), map[string]float64{"k2@D2": 18, "w2@D2": 15})
	if got := deploymentOf(t, rows, "D2").NewCommits; got != 2 {
		t.Errorf("%d new commits, want 2", got)
	}
}

func TestFlaggedSpans(t *testing.T) {
	late := merged("r1", 2.5, "k3", "x1", 3)
	after := merged("r2", 25, "k4", "x2", 4)
	var v Deriver
	rows := v.Application(app("a", line(4), []RequestFact{late, after}, d("D1", "p", 1, "k2"), d("D2", "p", 20, "k4")))
	for _, r := range rows.Changes {
		switch word(r.ID) {
		case "r1":
			if r.Flags&FlagFirstAfterMerge == 0 || r.FirstAt != r.MergedAt {
				t.Errorf("r1 is %+v", r)
			}
		case "r2": // deployed five hours before it was merged
			if r.Flags&FlagMergedAfterDeployment == 0 || r.DeployedAt != r.MergedAt || r.FirstAt != h(4) {
				t.Errorf("r2 is %+v", r)
			}
		}
	}
}

func TestARepositoryOfSeveralApplications(t *testing.T) {
	folders := []Folder{{"shop", "services/shop"}, {"pay", "services/pay"}, {"platform", ""}}
	paths := map[string][]string{
		"k2": {"services/shop/a.go"}, "k3": {"services/pay/b.go", "README.md"}, "k4": {"services/shopping/c.go"}, "k5": {"services/pay"},
	}
	touched := map[int64][]ref.App{} // k6 tells no paths
	for name, p := range paths {
		touched[id(name)] = touchedBy(folders, p)
	}
	want := map[ref.App]map[string]float64{
		"shop":     {"k2@D2": 28, "k6@D2": 24},
		"pay":      {"k3@D2": 27, "r5@D2": 26, "k6@D2": 24},
		"platform": {"k3@D2": 27, "k4@D2": 26, "k6@D2": 24},
		"stranger": {"k2@D2": 28, "k3@D2": 27, "k4@D2": 26, "r5@D2": 26, "k6@D2": 24}, // no folder is its own
	}
	for name, leadsWanted := range want {
		f := app(string(name), line(6), []RequestFact{merged("r5", 5, "k5", "x5", 4)}, d("D1", "p", 10, "k1"), d("D2", "p", 30, "k6"))
		f.Repositories[1].Divide(folders, touched)
		var v Deriver
		sameMap(t, string(name), leads(v.Application(f), ClassProduction), leadsWanted)
	}
}
