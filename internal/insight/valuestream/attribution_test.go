package valuestream

import (
	"math"
	"slices"
	"testing"

	"millrace/internal/platform/ref"
)

func blameOf(t *testing.T, deps map[ref.App][]ref.App, overrides map[int64]Override, apps ...*AppFacts) *Blame {
	t.Helper()
	b := NewBlame(deps, overrides)
	for _, a := range apps {
		var v Deriver
		b.Add(a.Application, v.Application(a).Deployments, func(int64) bool { return true })
	}
	return b
}

func TestAttribution(t *testing.T) {
	fixing := d("D4", "eu", 60, "k4")
	fixing.FixesIncident, fixing.Rework = id("I"), Yes
	shop := app("shop", line(5), nil, d("D1", "eu", 10, "k1"), d("D2", "eu", 40, "k2"), d("D3", "us", 44, "k2"))
	fixed := app("shop", line(5), nil, d("D1", "eu", 10, "k1"), d("D2", "eu", 40, "k2"), d("D3", "us", 44, "k2"), fixing)
	pay := app("pay", line(5), nil, d("P1", "main", 10, "k1"), d("P2", "main", 59, "k2"))
	deps := map[ref.App][]ref.App{"shop": {"pay", "shop"}}
	incident := func(hours float64) IncidentFact {
		return IncidentFact{ID: id("I"), Application: "shop", StartedAt: h(hours), ResolvedAt: h(hours + 1)}
	}
	named := incident(400)
	named.CausedBy = id("D1")
	inEU := incident(45)
	inEU.Environment = "eu"
	staging := incident(45)
	staging.Class = ClassStaging
	cases := []struct {
		name       string
		incident   IncidentFact
		apps       []*AppFacts
		override   map[int64]Override
		deployment string
		confidence float64
		reason     string
		evidence   Evidence
	}{
		{"latest deployment of the application", incident(45), []*AppFacts{shop, pay}, nil, "D3", 0.9 * math.Exp2(-1.0/24), "", EvidenceSameApplication},
		{"the instance the incident names", inEU, []*AppFacts{shop, pay}, nil, "D2", 0.9 * math.Exp2(-5.0/24), "", EvidenceSameInstance},
		{"a dependency deployed an hour ago", incident(60), []*AppFacts{shop, pay}, nil, "P2", 0.6 * math.Exp2(-1.0/24), "", EvidenceDependency},
		{"named by the incident, however old", named, []*AppFacts{shop, pay}, nil, "D1", 1, "", EvidenceNamedByIncident},
		{"the next deployment says it fixes it", incident(59), []*AppFacts{fixed, pay}, nil, "D2", 1, "", EvidenceFixedBySuccessor},
		{"before any deployment", incident(5), []*AppFacts{shop, pay}, nil, "", 0, "no_candidate", ""},
		{"long after the last one", incident(300), []*AppFacts{shop}, nil, "", 0, "no_candidate", ""},
		{"too faint", incident(44 + 40), []*AppFacts{shop}, nil, "", 0, "unattributed", ""},
		{"another class", staging, []*AppFacts{shop}, nil, "", 0, "no_candidate", ""},
		{"no deployments at all", incident(45), nil, nil, "", 0, "no_candidate", ""},
		{"a person says otherwise", incident(45), []*AppFacts{shop, pay}, map[int64]Override{id("I"): {Deployment: id("P1"), Application: "pay"}}, "P1", 1, "", ""},
		{"a person says none of them", incident(45), []*AppFacts{shop, pay}, map[int64]Override{id("I"): {}}, "", 1, "overridden_none", ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got := blameOf(t, deps, tc.override, tc.apps...).Failure(&tc.incident).Decision
			if word(got.Deployment) != tc.deployment || got.Reason.String() != tc.reason {
				t.Fatalf("decided %q (%s), want %q (%s)", word(got.Deployment), got.Reason, tc.deployment, tc.reason)
			}
			if math.Abs(got.Confidence-tc.confidence) > 1e-9 {
				t.Errorf("confidence %v, want %v", got.Confidence, tc.confidence)
			}
			if tc.evidence != "" && !slices.Contains(got.Evidence, tc.evidence) {
				t.Errorf("evidence %v lacks %s", got.Evidence, tc.evidence)
			}
			if (len(tc.override) > 0) != (got.Source == SourceHuman) {
				t.Errorf("source is %s", got.Source)
			}
		})
	}
}

func TestARollbackRaisesSuspicion(t *testing.T) {
	calm := app("a", line(3), nil, d("D1", "p", 10, "k1"), d("D2", "p", 20, "k2"))
	undone := app("a", line(3), nil, d("D1", "p", 10, "k1"), d("D2", "p", 20, "k2"), d("D3", "p", 50, "k1"))
	in := IncidentFact{ID: 1, Application: "a", StartedAt: h(48)}
	before, after := blameOf(t, nil, nil, calm).Candidates(&in), blameOf(t, nil, nil, undone).Candidates(&in)
	if before[0].Deployment != after[0].Deployment || after[0].Score <= before[0].Score {
		t.Fatalf("%v then %v", before[0], after[0])
	}
	if !slices.Contains(after[0].Evidence, EvidenceRolledBack) {
		t.Errorf("evidence %v", after[0].Evidence)
	}
}

func TestADeploymentUnderWayIsACandidate(t *testing.T) {
	slow := d("D2", "p", 20, "k2")
	slow.StartedAt = h(18)
	in := IncidentFact{ID: 1, Application: "a", StartedAt: h(19), ResolvedAt: h(19.5)}
	facts := app("a", line(2), nil, d("D1", "p", 10, "k1"), slow)
	f := blameOf(t, nil, nil, facts).Failure(&in)
	if f.Decision.Deployment != id("D2") || !slices.Contains(f.Decision.Evidence, EvidenceInProgress) {
		t.Fatalf("decided %+v", f.Decision)
	}
	// Resolved before the deployment ended: the recovery took no time rather than a negative one.
	var v Deriver
	rows := v.Application(facts)
	if cols := newColumns(&rows, []FailureRow{f}, nil); len(cols.recover) != 1 || cols.recover[0] != 0 {
		t.Fatalf("recovery %v", cols.recover)
	}
}

func TestScoresNeverGrowWithAge(t *testing.T) {
	facts := app("a", line(2), nil, d("D1", "p", 10, "k1"))
	b := blameOf(t, nil, nil, facts)
	last := 2.0
	for age := 0.0; age < 72; age += 0.5 {
		got := b.Candidates(&IncidentFact{ID: 1, Application: "a", StartedAt: h(10 + age)})
		if len(got) != 1 || got[0].Score >= last {
			t.Fatalf("age %v: %v after %v", age, got, last)
		}
		last = got[0].Score
	}
}
