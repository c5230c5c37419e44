package delivery

import (
	"context"
	"time"
)

// IncidentReport is an incident as a tool or a person reports it.
type IncidentReport struct {
	Application string `json:"application,omitempty" maxLength:"500" doc:"Key, alias, name or id of the application."`
	Title       string `json:"title,omitempty" maxLength:"2000"`
	StartedAt   string `json:"startedAt,omitempty" maxLength:"100" doc:"RFC 3339 with offset; left out, now."`
	ResolvedAt  string `json:"resolvedAt,omitempty" maxLength:"100"`
	CausedBy    string `json:"causedBy,omitempty" maxLength:"2000" doc:"Id, externalId or address of the deployment that caused it. It may be reported later."`
	Severity    string `json:"severity,omitempty" maxLength:"200"`
	Environment string `json:"environment,omitempty" maxLength:"500"`
	URL         string `json:"url,omitempty" maxLength:"2000"`
	ExternalID  string `json:"externalId,omitempty" maxLength:"400" doc:"Your own id of the incident. Sent again, it updates."`
	Key         string `json:"key,omitempty" maxLength:"200" doc:"The short name people use, INC-123."`
	DetectedAt  string `json:"detectedAt,omitempty" maxLength:"100"`
	Description string `json:"description,omitempty" maxLength:"20000"`
	Status      string `json:"status,omitempty" maxLength:"100" doc:"The status in your tool."`
}

// ReportIncidents takes incidents in. What became of each stands at its place; a failure of all is the error.
func (s *Service) ReportIncidents(ctx context.Context, in []IncidentReport) ([]Outcome[IncidentView], error) {
	items := make([]reported, len(in))
	now := s.clock.Now()
	for i, r := range in {
		items[i] = r.records(ctx, i, now)
	}
	if err := s.report(ctx, items); err != nil {
		return nil, err
	}
	return outcomes(ctx, s, items, s.incidentViews)
}

func (r IncidentReport) records(ctx context.Context, index int, now time.Time) reported {
	var times reportTimes
	if r.Title == "" {
		times.faults.Add("title", "title_required", "An incident needs a title.")
	}
	id := r.ExternalID
	if id == "" {
		id = externalIDFor(ctx, index)
	}
	started := times.parse(r.StartedAt, "startedAt")
	if started == nil && r.StartedAt == "" {
		started = &now
	}
	out := reported{application: r.Application, needsApplication: true, records: []Record{&Incident{
		Head: Head{Kind: KindIncident, ExternalID: id}, Application: r.Application, Key: r.Key, Title: r.Title, Description: r.Description, URL: r.URL,
		Severity: r.Severity, StatusRaw: r.Status, Environment: r.Environment, StartedAt: started,
		DetectedAt: times.parse(r.DetectedAt, "detectedAt"), ResolvedAt: times.parse(r.ResolvedAt, "resolvedAt"), CausedBy: r.CausedBy, UpdatedAt: &now,
	}}}
	if len(times.faults) > 0 {
		out.err = invalid(times.faults)
	}
	return out
}
