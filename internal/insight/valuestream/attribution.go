package valuestream

import (
	"cmp"
	"math"
	"slices"

	"millrace/internal/platform/ref"
)

// The weights of attribution. They are part of the definitions in docs/reference/metrics.md.
const (
	scoreExplicit   = 1.0
	scoreOwn        = 0.9
	scoreDependency = 0.6

	// scoreHalfLife: after this long the suspicion against a deployment has halved.
	scoreHalfLife = 24 * hour
	// attributionWindow: an older deployment is no candidate unless it is named.
	attributionWindow = 3 * day
	// factorSuperseded lowers the score once for each later success of the same environment instance.
	factorSuperseded = 0.5
	// factorOtherInstance lowers the score when the incident names another instance of the same class.
	factorOtherInstance = 0.6
	// shareRemedied: a rollback or hotfix after the incident began closes this share of the gap to certainty.
	shareRemedied = 0.5
	// attributionThreshold: below it the incident stays unattributed.
	attributionThreshold = 0.3
	scoreFloor           = 0.02
	// longestRollout: how long after the start of an incident a deployment that was under way may end.
	longestRollout = 12 * hour
	// candidatesExamined bounds the deployments of one application looked at for one incident.
	candidatesExamined = 100
)

// Evidence is one stable word for what speaks for or against a candidate.
type Evidence string

// The words of evidence.
const (
	EvidenceNamedByIncident  Evidence = "named_by_incident"
	EvidenceFixedBySuccessor Evidence = "fixed_by_next_deployment"
	EvidenceSameApplication  Evidence = "same_application"
	EvidenceDependency       Evidence = "dependency"
	EvidenceSameInstance     Evidence = "same_environment"
	EvidenceOtherInstance    Evidence = "other_environment"
	EvidenceRolledBack       Evidence = "rolled_back_after"
	EvidenceHotfixed         Evidence = "fixed_after"
	EvidenceFailedResult     Evidence = "deployment_failed"
	EvidenceInProgress       Evidence = "in_progress_at_start"
	EvidenceSuperseded       Evidence = "superseded"
	EvidenceRecent           Evidence = "recent"
)

// Candidate is a deployment that may have caused an incident.
type Candidate struct {
	Deployment  int64
	Application ref.App
	Score       float64
	Age         int64 // from the end of the deployment to the start of the incident; negative while it was running
	Evidence    []Evidence
}

// Suspects is an application whose deployments may have caused an incident: its rows sorted by finish as a Deriver
// yields them.
type Suspects struct {
	Application ref.App
	Dependency  bool // the incident's application depends on it
	Rows        []DeploymentRow
	fixes       map[int64]int // incident → the row that answers it
}

// NewSuspects indexes the rows of an application once for any number of incidents.
func NewSuspects(app ref.App, rows []DeploymentRow) *Suspects {
	s := &Suspects{Application: app, Rows: rows, fixes: map[int64]int{}}
	for i := range rows {
		if f := rows[i].FixesIncident; f != 0 {
			if _, known := s.fixes[f]; !known {
				s.fixes[f] = i
			}
		}
	}
	return s
}

// asDependency returns the same rows seen from an application that depends on this one.
func (s *Suspects) asDependency() *Suspects {
	d := *s
	d.Dependency = true
	return &d
}

// Candidates scores the deployments that may have caused an incident, best first. find resolves a deployment the
// incident names, wherever it was made.
func Candidates(in *IncidentFact, suspects []*Suspects, find func(id int64) (ref.App, *DeploymentRow)) []Candidate {
	class := in.Class
	if class == ClassOther {
		class = ClassProduction
	}
	var out []Candidate
	if in.CausedBy != 0 && find != nil {
		if app, d := find(in.CausedBy); d != nil {
			out = append(out, Candidate{Deployment: d.ID, Application: app, Score: scoreExplicit,
				Age: in.StartedAt - d.FinishedAt, Evidence: []Evidence{EvidenceNamedByIncident}})
		}
	}
	if in.StartedAt > 0 {
		for i := range suspects {
			out = scoreSuspects(out, in, class, suspects[i])
		}
	}
	slices.SortStableFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Age, b.Age), cmp.Compare(b.Deployment, a.Deployment))
	})
	return slices.CompactFunc(out, func(a, b Candidate) bool { return a.Deployment == b.Deployment })
}

// scoreSuspects goes back from the start of the incident through one application's deployments.
func scoreSuspects(out []Candidate, in *IncidentFact, class Class, s *Suspects) []Candidate {
	rows := s.Rows
	var fixer *DeploymentRow
	if i, known := s.fixes[in.ID]; known && in.ID != 0 && !s.Dependency {
		fixer = &rows[i]
	}
	// Rows are sorted by finish; those that ended later count only if they had begun.
	at, _ := slices.BinarySearchFunc(rows, in.StartedAt+longestRollout, func(d DeploymentRow, t int64) int {
		if d.FinishedAt == 0 {
			return 1
		}
		return cmp.Compare(d.FinishedAt, t)
	})
	superseded := map[string]int{}
	for i, examined := at-1, 0; i >= 0 && examined < candidatesExamined; i-- {
		d := &rows[i]
		if in.StartedAt-d.FinishedAt > attributionWindow {
			break
		}
		if d.Class != class || d.StartedAt > in.StartedAt || d.FixesIncident == in.ID && in.ID != 0 || !d.Counts() {
			continue
		}
		if in.CausedBy == d.ID {
			continue
		}
		examined++
		c := scoreOne(in, d, s, superseded[d.Environment])
		if fixer != nil && superseded[d.Environment] == 0 && fixer.Environment == d.Environment && d.FinishedAt <= in.StartedAt {
			c.Score = scoreExplicit
			c.Evidence = append(c.Evidence, EvidenceFixedBySuccessor)
		}
		if d.Result == ResultSuccess {
			superseded[d.Environment]++
		}
		if c.Score >= scoreFloor {
			out = append(out, c)
		}
	}
	return out
}

func scoreOne(in *IncidentFact, d *DeploymentRow, s *Suspects, superseded int) Candidate {
	c := Candidate{Deployment: d.ID, Application: s.Application, Age: in.StartedAt - d.FinishedAt}
	if s.Dependency {
		c.Score, c.Evidence = scoreDependency, []Evidence{EvidenceDependency}
	} else {
		c.Score, c.Evidence = scoreOwn, []Evidence{EvidenceSameApplication}
	}
	if c.Age < 0 {
		c.Evidence = append(c.Evidence, EvidenceInProgress)
	} else {
		c.Score *= math.Exp2(-float64(c.Age) / float64(scoreHalfLife))
		if c.Age <= 4*hour {
			c.Evidence = append(c.Evidence, EvidenceRecent)
		}
	}
	if superseded > 0 {
		c.Score *= math.Pow(factorSuperseded, float64(superseded))
		c.Evidence = append(c.Evidence, EvidenceSuperseded)
	}
	if in.Environment != "" && !s.Dependency {
		if in.Environment == d.Environment {
			c.Evidence = append(c.Evidence, EvidenceSameInstance)
		} else {
			c.Score *= factorOtherInstance
			c.Evidence = append(c.Evidence, EvidenceOtherInstance)
		}
	}
	remedied := d.RemediedAt >= in.StartedAt
	switch {
	case d.Remedy == RemedyRollback && remedied:
		c.Score += (1 - c.Score) * shareRemedied
		c.Evidence = append(c.Evidence, EvidenceRolledBack)
	case d.Remedy == RemedyHotfix && remedied:
		c.Score += (1 - c.Score) * shareRemedied
		c.Evidence = append(c.Evidence, EvidenceHotfixed)
	case d.Result == ResultFailure:
		c.Evidence = append(c.Evidence, EvidenceFailedResult)
	}
	return c
}

// Source says who decided an attribution.
type Source uint8

// The sources of a decision.
const (
	SourceAutomatic Source = iota
	SourceHuman
)

// String returns the source as the API writes it.
func (s Source) String() string {
	if s == SourceHuman {
		return "human"
	}
	return "automatic"
}

// Decision is which deployment, if any, an incident is put down to.
type Decision struct {
	Deployment  int64 // 0 when none
	Application ref.App
	Confidence  float64
	Source      Source
	Reason      Reason // why none
	Evidence    []Evidence
}

// Override is what a person decided about an incident; a Deployment of 0 says that no deployment caused it.
type Override struct {
	Deployment  int64
	Application ref.App
}

// Decide takes the best candidate that passes the threshold. What a person decided stands above every score.
func Decide(candidates []Candidate, override *Override) Decision {
	if override != nil {
		d := Decision{Deployment: override.Deployment, Application: override.Application, Confidence: 1, Source: SourceHuman}
		if override.Deployment == 0 {
			d.Reason = ReasonOverriddenNone
		}
		return d
	}
	if len(candidates) == 0 {
		return Decision{Reason: ReasonNoCandidate}
	}
	best := candidates[0]
	if best.Score < attributionThreshold {
		return Decision{Reason: ReasonUnattributed}
	}
	return Decision{Deployment: best.Deployment, Application: best.Application, Confidence: best.Score, Evidence: best.Evidence}
}
