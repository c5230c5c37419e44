package valuestream

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	const tag = "valuestream"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/metrics/dora", ID: "get-dora-metrics", Tag: tag,
		Summary:     "The five metrics of software delivery performance",
		Description: "Of a unit with everything below it, an application or a team; without any, of everything you may see."},
		authz.Need(PermViewMetrics), s.handleDora)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/metrics/dora/{key}/items", ID: "list-dora-items", Tag: tag,
		Summary:     "What a metric counts and what it leaves out",
		Description: "The latest first. Each item tells what it contributes, or why it is left out, and the way from its commit to its deployment."},
		authz.Need(PermViewMetrics), s.handleItems)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/incidents/{id}/attribution", ID: "get-incident-attribution", Tag: tag,
		Summary: "Which deployment an incident is put down to, and which others were considered"},
		authz.Need(PermViewMetrics), s.handleAttribution)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/incidents/{id}/attribution", ID: "correct-incident-attribution", Tag: tag,
		Summary:     "Put an incident down to a deployment, or to none, by hand",
		Description: "Stands above every score and survives derivations. If-Match is needed when a correction is in place."},
		authz.Need(PermCorrectAttribution), s.handleCorrect)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/incidents/{id}/attribution", ID: "release-incident-attribution", Tag: tag,
		Summary: "Take a correction back", Status: http.StatusOK},
		authz.Need(PermCorrectAttribution), s.handleRelease)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/metrics/derivations", ID: "request-derivation", Tag: tag,
		Summary: "Derive all metrics anew in the background", Status: http.StatusAccepted},
		authz.Need(PermDerive), s.handleRequestDerivation)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/metrics/derivations", ID: "list-derivations", Tag: tag,
		Summary: "The latest derivations of all metrics and how far they are"},
		authz.Need(PermDerive), s.handleDerivations)
}

// QuestionIn are the query parameters of a question.
type QuestionIn struct {
	Unit        ref.Unit `query:"unit" maxLength:"100" doc:"A unit and everything below it."`
	Application string   `query:"application" maxLength:"200" doc:"An application by id, key, alias or name."`
	Team        ref.Team `query:"team" maxLength:"100" doc:"The applications a team is responsible or accountable for."`
	Class       string   `query:"environmentClass" maxLength:"100" default:"PRODUCTION" doc:"PRODUCTION, STAGING, TESTING or DEVELOPMENT, in any case."`
	From        string   `query:"from" maxLength:"40" doc:"RFC 3339, or a date in the time zone; by default 90 days before the end." example:"2026-01-01"`
	To          string   `query:"to" maxLength:"40" doc:"RFC 3339, or a date in the time zone, not included; by default now."`
	Bucket      string   `query:"bucket" enum:"day,week,month" default:"week"`
	TimeZone    string   `query:"timeZone" maxLength:"60" default:"UTC" doc:"IANA name; where days, weeks and months begin." example:"Europe/Berlin"`
	LeadFrom    string   `query:"leadFrom" enum:"first_commit,merge" default:"first_commit" doc:"Where change lead time begins."`
}

func (in *QuestionIn) question() (DoraQuestion, error) {
	var faults problem.Fields
	q := DoraQuestion{Scope: Scope{Unit: in.Unit, Application: in.Application, Team: in.Team}, LeadFrom: LeadFrom(in.LeadFrom)}
	var known bool
	if q.Class, known = ParseClass(strings.ToUpper(strings.TrimSpace(in.Class))); !known || q.Class == ClassOther {
		faults.Add("query.environmentClass", "environment_class_unknown", "Use PRODUCTION, STAGING, TESTING or DEVELOPMENT.")
	}
	q.Bucket, _ = ParseBucket(in.Bucket)
	var err error
	if in.TimeZone == "Local" {
		in.TimeZone = "?"
	}
	if q.Zone, err = time.LoadLocation(in.TimeZone); err != nil {
		faults.Add("query.timeZone", "unknown", "Give a time zone by its IANA name, for example Europe/Berlin.")
		q.Zone = time.UTC
	}
	read := func(name, s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return t
		}
		t, err := time.ParseInLocation("2006-01-02", s, q.Zone)
		if err != nil {
			faults.Add("query."+name, "malformed", "Give an instant like 2026-01-31T12:00:00Z or a date like 2026-01-31.")
		}
		return t
	}
	q.From, q.To = read("from", in.From), read("to", in.To)
	return q, faults.Err("question_malformed", "The question cannot be understood.")
}

type doraOut struct{ Body DoraView }

func (s *Service) handleDora(ctx context.Context, in *QuestionIn) (*doraOut, error) {
	q, err := in.question()
	if err != nil {
		return nil, err
	}
	a, err := s.Dora(ctx, q)
	if err != nil {
		return nil, err
	}
	return &doraOut{Body: viewDora(a)}, nil
}

type itemsIn struct {
	Key string `path:"key" enum:"change_lead_time,deployment_frequency,failed_deployment_recovery_time,change_fail_rate,deployment_rework_rate"`
	QuestionIn
	httpapi.Paging
	State string `query:"state" enum:"included,excluded" doc:"Only items the metric counts, or only those it leaves out."`
}

func (s *Service) handleItems(ctx context.Context, in *itemsIn) (*httpapi.ListOut[ItemView], error) {
	base, err := in.question()
	if err != nil {
		return nil, err
	}
	q := ItemsQuestion{DoraQuestion: base, Key: Key(in.Key), State: in.State, Limit: in.Limit}
	var after ItemPlace
	var to int64
	if ok, err := httpapi.DecodeCursor(in.Cursor, &after.At, &after.Rank, &to); err != nil {
		return nil, err
	} else if ok {
		q.After = &after
		if q.To.IsZero() { // later pages keep the end of the first
			q.To = moment(to)
		}
	}
	if q.To.IsZero() {
		q.To = s.clock.Now()
	}
	items, err := s.Items(ctx, q)
	if err != nil {
		return nil, err
	}
	page := httpapi.NewPage(items, in.Limit, func(i Item) []any { return []any{i.At, i.rank, q.To.UnixMicro()} })
	d, err := s.describe(ctx, page.Items, base.Class)
	if err != nil {
		return nil, err
	}
	out := &httpapi.ListOut[ItemView]{Body: httpapi.Page[ItemView]{Items: make([]ItemView, len(page.Items)), Next: page.Next}}
	for i := range page.Items {
		out.Body.Items[i] = d.item(&page.Items[i], q.Key)
	}
	return out, nil
}

// IncidentID is the path of the routes about one incident.
type IncidentID struct {
	ID string `path:"id" maxLength:"20"`
}

func (in *IncidentID) fact() (int64, error) {
	id, err := ref.ParseFact(in.ID)
	if err != nil {
		return 0, authz.ErrNotFound
	}
	return int64(id), nil
}

type attributionOut struct {
	ETag string `header:"ETag"`
	Body AttributionView
}

func (s *Service) answerAttribution(ctx context.Context, id int64) (*attributionOut, error) {
	a, err := s.IncidentAttribution(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &attributionOut{Body: viewAttribution(a)}
	if a.Correction != nil {
		out.ETag = httpapi.ETag(a.Correction.Version)
	}
	return out, nil
}

func (s *Service) handleAttribution(ctx context.Context, in *IncidentID) (*attributionOut, error) {
	id, err := in.fact()
	if err != nil {
		return nil, err
	}
	return s.answerAttribution(ctx, id)
}

// CorrectionBody is what a person decides about an incident.
type CorrectionBody struct {
	DeploymentID *string `json:"deploymentId" required:"true" doc:"The deployment that caused it; null: none did." maxLength:"20"`
	Reason       string  `json:"reason" required:"true" minLength:"1" maxLength:"2000" doc:"Why; kept on record."`
}

func (s *Service) handleCorrect(ctx context.Context, in *struct {
	IncidentID
	httpapi.IfMatch
	Body CorrectionBody
}) (*attributionOut, error) {
	id, err := in.fact()
	if err != nil {
		return nil, err
	}
	version := int64(0)
	if in.IfMatch.IfMatch != "" {
		if version, err = in.Version(); err != nil {
			return nil, err
		}
	}
	deployment := int64(0)
	if in.Body.DeploymentID != nil {
		fact, err := ref.ParseFact(*in.Body.DeploymentID)
		if err != nil {
			return nil, problem.New(problem.Invalid, "deployment_unknown", "There is no such deployment, or you may not see it.").
				With(problem.Field{Path: "body.deploymentId", Code: "malformed", Message: "Give the id of a deployment, or null."})
		}
		deployment = int64(fact)
	}
	if err := s.CorrectAttribution(ctx, id, deployment, in.Body.Reason, version); err != nil {
		return nil, err
	}
	return s.answerAttribution(ctx, id)
}

func (s *Service) handleRelease(ctx context.Context, in *struct {
	IncidentID
	httpapi.IfMatch
}) (*attributionOut, error) {
	id, err := in.fact()
	if err != nil {
		return nil, err
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	if err := s.ReleaseAttribution(ctx, id, version); err != nil {
		return nil, err
	}
	return s.answerAttribution(ctx, id)
}

// DerivationView is a derivation of all metrics.
type DerivationView struct {
	JobID      string     `json:"jobId"`
	State      string     `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Done       int64      `json:"done"`
	Total      int64      `json:"total"`
	Note       string     `json:"note"`
	Error      string     `json:"error"`
	CreatedAt  time.Time  `json:"createdAt"`
	StartedAt  *time.Time `json:"startedAt"`
	FinishedAt *time.Time `json:"finishedAt"`
}

func viewDerivation(j jobs.Info) DerivationView {
	return DerivationView{JobID: strconv.FormatInt(j.ID, 10), State: j.State, Done: j.ProgressDone, Total: j.ProgressTotal, Note: j.ProgressNote,
		Error: j.Error, CreatedAt: j.CreatedAt.UTC(), StartedAt: j.StartedAt, FinishedAt: j.FinishedAt}
}

type derivationOut struct {
	Location string `header:"Location"`
	Body     struct {
		Link       string          `json:"link" doc:"Where the progress shows."`
		Derivation *DerivationView `json:"derivation,omitempty"`
	}
}

func (s *Service) handleRequestDerivation(ctx context.Context, _ *struct{}) (*derivationOut, error) {
	if err := s.RequestDerivation(ctx); err != nil {
		return nil, err
	}
	out := &derivationOut{Location: httpapi.Prefix + "/metrics/derivations"}
	out.Body.Link = out.Location
	list, err := s.Derivations(ctx)
	if err == nil && len(list) > 0 {
		v := viewDerivation(list[0])
		out.Body.Derivation = &v
	}
	return out, nil
}

func (s *Service) handleDerivations(ctx context.Context, _ *struct{}) (*httpapi.ListOut[DerivationView], error) {
	list, err := s.Derivations(ctx)
	if err != nil {
		return nil, err
	}
	out := &httpapi.ListOut[DerivationView]{Body: httpapi.Page[DerivationView]{Items: make([]DerivationView, len(list))}}
	for i, j := range list {
		out.Body.Items[i] = viewDerivation(j)
	}
	return out, nil
}
