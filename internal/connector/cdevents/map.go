package cdevents

import (
	"encoding/json"
	"strings"
	"time"

	"millrace/internal/connector"
	"millrace/internal/delivery"
)

// reference is how CDEvents name another subject.
type reference struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	Name   string `json:"name"`
	URL    string `json:"url"`
	URI    string `json:"uri"`
}

func (r reference) name() string {
	if r.Name != "" {
		return r.Name
	}
	return r.ID
}

// content holds the members of subject.content of every event type that is mapped.
type content struct {
	Environment  reference       `json:"environment"`
	ArtifactID   string          `json:"artifactId"`
	PipelineName string          `json:"pipelineName"`
	PipelineRun  reference       `json:"pipelineRun"`
	TaskName     string          `json:"taskName"`
	URL          string          `json:"url"`
	URI          string          `json:"uri"`
	Outcome      string          `json:"outcome"`
	Errors       string          `json:"errors"`
	Repository   reference       `json:"repository"`
	Description  string          `json:"description"`
	Service      reference       `json:"service"`
	TicketURI    string          `json:"ticketURI"`
	TestSuite    reference       `json:"testSuite"`
	Severity     string          `json:"severity"`
	Change       reference       `json:"change"`
	Name         string          `json:"name"`
	ViewURL      string          `json:"viewUrl"`
	Owner        string          `json:"owner"`
	Summary      string          `json:"summary"`
	TicketType   string          `json:"ticketType"`
	Resolution   string          `json:"resolution"`
	Priority     string          `json:"priority"`
	Creator      string          `json:"creator"`
	Assignees    []string        `json:"assignees"`
	Status       string          `json:"status"`
	User         string          `json:"user"`
	Trigger      json.RawMessage `json:"trigger"`
}

// custom holds the members of customData this product reads; they complete what the specification has no word for.
type custom struct {
	Application   string     `json:"application"`
	Commit        string     `json:"commit"`
	Repository    string     `json:"repository"`
	Version       string     `json:"version"`
	Result        string     `json:"result"`
	StartedAt     *time.Time `json:"startedAt"`
	Passed        *int64     `json:"passed"`
	Failed        *int64     `json:"failed"`
	Skipped       *int64     `json:"skipped"`
	FixesIncident string     `json:"fixesIncident"`
	CausedBy      string     `json:"causedBy"`
	Rework        *bool      `json:"rework"`
}

// mapper turns one event into records; a nil slice says that the event is understood and adds nothing.
type mapper func(e Event, predicate string, c content, x custom) []delivery.Record

var mappers = map[string]mapper{
	"service": mapService, "pipelinerun": mapPipelineRun, "taskrun": mapTaskRun, "build": mapBuild, "change": mapChange,
	"artifact": mapArtifact, "testsuiterun": mapTestSuiteRun, "incident": mapIncident, "ticket": mapTicket, "repository": mapRepository,
	"environment": mapNothing, "branch": mapNothing, "testcaserun": mapNothing, "testoutput": mapNothing, "approval": mapNothing,
}

func mapNothing(Event, string, content, custom) []delivery.Record { return nil }

// Map turns one event into normalised records.
func Map(raw []byte) ([]delivery.Record, []connector.Unmapped, error) {
	e, err := Parse(raw)
	if err != nil {
		return nil, nil, err
	}
	subject, predicate := e.kind()
	m, known := mappers[strings.ToLower(subject)]
	if !known {
		return nil, []connector.Unmapped{{Endpoint: "cdevents", Reason: "unknown_event_type", Message: e.Context.Type}}, nil
	}
	var c content
	if len(e.Subject.Content) > 0 {
		if err := json.Unmarshal(e.Subject.Content, &c); err != nil {
			return nil, nil, errMalformed.Because(err)
		}
	}
	var x custom
	// customData is the sender's own and may be anything; what does not fit is left alone.
	_ = json.Unmarshal(e.CustomData, &x)
	return m(e, strings.ToLower(predicate), c, x), nil, nil
}

func at(e Event) *time.Time {
	t := e.Context.Timestamp.UTC()
	return &t
}

// subjectID is a record's external id: event sources number their subjects for themselves.
func subjectID(entity string, e Event) string {
	source := e.Subject.Source
	if source == "" {
		source = e.Context.Source
	}
	return entity + ":" + source + "/" + e.Subject.ID
}

func refID(entity string, r reference, e Event) string {
	if r.ID == "" {
		return ""
	}
	source := r.Source
	if source == "" {
		source = e.Context.Source
	}
	return entity + ":" + source + "/" + r.ID
}

func head(kind delivery.RecordKind, id string) delivery.Head {
	return delivery.Head{Kind: kind, ExternalID: id, Partial: true}
}

func firstText(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// result normalises the outcomes of CDEvents: success, failure, error, cancel; pass and fail for tests.
func result(outcome string) string {
	switch strings.ToLower(outcome) {
	case "success", "pass", "passed", "succeeded":
		return delivery.ResultSuccess
	case "cancel", "cancelled", "canceled", "abort":
		return delivery.ResultCancelled
	case "":
		return ""
	}
	return delivery.ResultFailure
}
