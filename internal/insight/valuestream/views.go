package valuestream

import (
	"time"

	"millrace/internal/platform/ref"
)

// MeasureView is a value with what it rests on. Null means not known, which is not 0.
type MeasureView struct {
	Value *float64 `json:"value" doc:"Null when there is nothing to compute it from."`
	N     int      `json:"n" doc:"How many items it rests on."`
	Low   *float64 `json:"low" doc:"Lower end of the 95 % interval; null when there are too few items for one."`
	High  *float64 `json:"high" doc:"Upper end of the 95 % interval."`
}

// PointView is one step of a series.
type PointView struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Partial bool      `json:"partial" doc:"The window or the present cuts the step short; rates count only the days it has."`
	MeasureView
}

// PercentilesView is how the spans of a metric spread.
type PercentilesView struct {
	P50 float64 `json:"p50"`
	P75 float64 `json:"p75"`
	P90 float64 `json:"p90"`
	P95 float64 `json:"p95"`
}

// MissingView is a condition a metric lacks.
type MissingView struct {
	Code    Missing `json:"code"`
	Message string  `json:"message"`
}

// MetricView is one metric of the scope and window.
type MetricView struct {
	Key  Key    `json:"key" enum:"change_lead_time,deployment_frequency,failed_deployment_recovery_time,change_fail_rate,deployment_rework_rate"`
	Unit string `json:"unit" enum:"seconds,per_day,ratio"`
	MeasureView
	Enough      bool             `json:"enough" doc:"Whether the value rests on enough data to act on."`
	Reason      string           `json:"reason" doc:"A stable code when it does not; empty otherwise."`
	Message     string           `json:"message" doc:"The reason as a sentence."`
	Previous    MeasureView      `json:"previous" doc:"The same for the window of equal length just before."`
	Percentiles *PercentilesView `json:"percentiles,omitempty" doc:"Absent for rates and where there is no value."`
	Excluded    int              `json:"excluded" doc:"How many items of the window are left out; the items route tells why."`
	Readiness   []MissingView    `json:"readiness" nullable:"false" doc:"What the metric lacks; empty when nothing."`
	Series      []PointView      `json:"series" nullable:"false"`
}

// FreshnessView says how old the answer may be.
type FreshnessView struct {
	DerivedAt          *time.Time `json:"derivedAt" doc:"When metrics were last derived."`
	LatestDeploymentAt *time.Time `json:"latestDeploymentAt" doc:"The latest deployment in scope, of any class."`
}

// DoraView is the answer about the five metrics.
type DoraView struct {
	Metrics          []MetricView  `json:"metrics" nullable:"false"`
	From             time.Time     `json:"from"`
	To               time.Time     `json:"to"`
	Bucket           Bucket        `json:"bucket"`
	TimeZone         string        `json:"timeZone"`
	EnvironmentClass string        `json:"environmentClass"`
	LeadFrom         LeadFrom      `json:"leadFrom"`
	Applications     int           `json:"applications" doc:"How many applications the scope holds."`
	Freshness        FreshnessView `json:"freshness"`
}

func viewMeasure(m Measure) MeasureView { return MeasureView{m.Value, m.N, m.Low, m.High} }

func viewTime(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	t := moment(us)
	return &t
}

func viewDora(a DoraAnswer) DoraView {
	v := DoraView{
		Metrics: make([]MetricView, len(a.Metrics)), From: a.Question.From.UTC(), To: a.Question.To.UTC(), Bucket: a.Question.Bucket,
		TimeZone: a.Question.Zone.String(), EnvironmentClass: a.Question.Class.String(), LeadFrom: a.Question.LeadFrom,
		Applications: a.Applications, Freshness: FreshnessView{LatestDeploymentAt: viewTime(a.LastAt)},
	}
	if !a.DerivedAt.IsZero() {
		v.Freshness.DerivedAt = &a.DerivedAt
	}
	for i, m := range a.Metrics {
		one := MetricView{
			Key: m.Key, Unit: m.Key.Unit(), MeasureView: viewMeasure(m.Measure), Enough: m.Enough, Reason: m.Reason,
			Message: reasonSentences[m.Reason], Previous: viewMeasure(m.Previous), Excluded: m.Excluded,
			Readiness: []MissingView{}, Series: make([]PointView, len(m.Series)),
		}
		if m.Percentiles != nil {
			one.Percentiles = &PercentilesView{m.Percentiles[0], m.Percentiles[1], m.Percentiles[2], m.Percentiles[3]}
		}
		for _, missing := range a.Readiness[m.Key] {
			one.Readiness = append(one.Readiness, MissingView{missing, missingSentences[missing]})
		}
		for k, p := range m.Series {
			one.Series[k] = PointView{Start: moment(p.Start), End: moment(p.End), Partial: p.Partial, MeasureView: viewMeasure(p.Measure)}
		}
		v.Metrics[i] = one
	}
	return v
}

// ApplicationView names an application.
type ApplicationView struct {
	ID   ref.App `json:"id"`
	Key  string  `json:"key"`
	Name string  `json:"name"`
}

// DeploymentView names a deployment.
type DeploymentView struct {
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	URL              string          `json:"url"`
	Application      ApplicationView `json:"application"`
	Environment      string          `json:"environment"`
	EnvironmentClass string          `json:"environmentClass"`
	Result           string          `json:"result"`
	Version          string          `json:"version"`
	FinishedAt       *time.Time      `json:"finishedAt"`
	Commits          []string        `json:"commits" nullable:"false" doc:"The commits it was made from."`
}

// ChangeView names a change request, a commit of its own, or the history before a first deployment.
type ChangeView struct {
	Kind          string     `json:"kind" enum:"change_request,commit,history"`
	ID            string     `json:"id"`
	Number        int64      `json:"number,omitempty"`
	Title         string     `json:"title"`
	URL           string     `json:"url"`
	Author        string     `json:"author"`
	Repository    string     `json:"repository"`
	SHA           string     `json:"sha" doc:"The merge commit, or the commit itself."`
	FirstCommitAt *time.Time `json:"firstCommitAt"`
	MergedAt      *time.Time `json:"mergedAt"`
	Changes       int        `json:"changes" doc:"How many changes a row of history stands for; otherwise 1."`
}

// IncidentView names an incident and what it is put down to.
type IncidentView struct {
	ID           string     `json:"id"`
	Key          string     `json:"key"`
	Title        string     `json:"title"`
	URL          string     `json:"url"`
	Severity     string     `json:"severity"`
	StartedAt    *time.Time `json:"startedAt"`
	ResolvedAt   *time.Time `json:"resolvedAt"`
	DeploymentID *string    `json:"deploymentId"`
	Confidence   float64    `json:"confidence"`
	Source       string     `json:"source" enum:"automatic,human"`
}

// StepView is one step on the way from a commit to a deployment.
type StepView struct {
	Step string     `json:"step" enum:"first_commit,merged,deployed_commit,deployment,incident,recovered"`
	SHA  string     `json:"sha,omitempty"`
	ID   string     `json:"id,omitempty"`
	At   *time.Time `json:"at"`
}

// ItemView is one thing a metric counts or leaves out.
type ItemView struct {
	Kind        ItemKind        `json:"kind" enum:"change,deployment,incident"`
	State       string          `json:"state" enum:"included,excluded"`
	Reason      string          `json:"reason" doc:"Why it is left out: a stable code; empty when included."`
	Message     string          `json:"message" doc:"The reason as a sentence."`
	At          time.Time       `json:"at"`
	Value       *float64        `json:"value" doc:"What it contributes, in the unit of the metric."`
	Unit        string          `json:"unit"`
	Application ApplicationView `json:"application"`
	Change      *ChangeView     `json:"change,omitempty"`
	Deployment  *DeploymentView `json:"deployment,omitempty"`
	Incidents   []IncidentView  `json:"incidents" nullable:"false" doc:"The incident itself, or those put down to the deployment."`
	Notes       []Note          `json:"notes" nullable:"false" doc:"What the rules noticed: rollback, rework, rolled_back, first_commit_after_merge …"`
	Path        []StepView      `json:"path" nullable:"false" doc:"The evidence: from the first commit to the deployment."`
}
