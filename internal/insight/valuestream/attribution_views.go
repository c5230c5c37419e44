package valuestream

import (
	"time"

	"millrace/internal/platform/ref"
)

// CandidateView is a deployment that may have caused an incident.
type CandidateView struct {
	Deployment DeploymentView `json:"deployment"`
	Score      float64        `json:"score" doc:"0 to 1; from 0.3 on the best one is taken."`
	AgeSeconds float64        `json:"ageSeconds" doc:"From the end of the deployment to the start of the incident; negative while it was under way."`
	Evidence   []Evidence     `json:"evidence" nullable:"false"`
}

// DecisionView is what an incident is put down to.
type DecisionView struct {
	Deployment *DeploymentView `json:"deployment,omitempty" doc:"Absent when to none."`
	Confidence float64         `json:"confidence"`
	Source     string          `json:"source" enum:"automatic,human"`
	Reason     string          `json:"reason" doc:"Why to none: a stable code; empty otherwise."`
	Message    string          `json:"message"`
	Evidence   []Evidence      `json:"evidence" nullable:"false"`
}

// CorrectionView is what a person decided.
type CorrectionView struct {
	DeploymentID *string   `json:"deploymentId" doc:"Null: none caused it."`
	Reason       string    `json:"reason"`
	DecidedBy    string    `json:"decidedBy"`
	DecidedAt    time.Time `json:"decidedAt"`
	Version      int64     `json:"version"`
}

// AttributionView is an incident with the deployments that may have caused it.
type AttributionView struct {
	IncidentID string          `json:"incidentId"`
	Title      string          `json:"title"`
	StartedAt  *time.Time      `json:"startedAt"`
	ResolvedAt *time.Time      `json:"resolvedAt"`
	Decision   DecisionView    `json:"decision"`
	Correction *CorrectionView `json:"correction,omitempty" doc:"Absent when nobody corrected it."`
	Candidates []CandidateView `json:"candidates" nullable:"false" doc:"Best first."`
	Allowed    []string        `json:"allowed" nullable:"false" doc:"What you may do: correct, release."`
}

func viewAttribution(a Attribution) AttributionView {
	v := AttributionView{IncidentID: ref.Fact(a.Incident.ID).String(), Title: a.Title, StartedAt: viewTime(a.Incident.StartedAt),
		ResolvedAt: viewTime(a.Incident.ResolvedAt), Candidates: make([]CandidateView, len(a.Candidates)), Allowed: []string{}}
	v.Decision = DecisionView{Confidence: a.Decision.Confidence, Source: a.Decision.Source.String(), Reason: a.Decision.Reason.String(),
		Message: itemSentences[a.Decision.Reason], Evidence: words(a.Decision.Evidence)}
	if l, known := a.Deployments[a.Decision.Deployment]; known {
		d := viewDeployment(l)
		v.Decision.Deployment = &d
	}
	for i, c := range a.Candidates {
		v.Candidates[i] = CandidateView{Deployment: viewDeployment(a.Deployments[c.Deployment]), Score: c.Score,
			AgeSeconds: float64(c.Age) / float64(second), Evidence: words(c.Evidence)}
	}
	if c := a.Correction; c != nil {
		v.Correction = &CorrectionView{Reason: c.Reason, DecidedBy: c.By, DecidedAt: c.At, Version: c.Version}
		if c.Deployment != 0 {
			id := ref.Fact(c.Deployment).String()
			v.Correction.DeploymentID = &id
		}
	}
	if a.MayCorrect {
		v.Allowed = append(v.Allowed, "correct")
		if a.Correction != nil {
			v.Allowed = append(v.Allowed, "release")
		}
	}
	return v
}

func words(e []Evidence) []Evidence {
	if e == nil {
		return []Evidence{}
	}
	return e
}
