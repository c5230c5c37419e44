package environmentkpi

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const tag = "environmentkpi"

// fileTypes are the formats of files and how they travel.
var fileTypes = map[string]string{
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"pdf":  "application/pdf",
}

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	view := authz.Need(PermViewReport)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/reports/environment-kpi", ID: "get-environment-kpi", Tag: tag,
		Summary: "The key figures of environments for a month or any window",
		Description: "Of a unit with everything below it; without one, of everything you may see. Without month, from and to it is the last full month. " +
			"With format=xlsx or format=pdf the answer is a file."}, view, s.handleReport)
	describeReport(api)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/reports/environment-utilisation", ID: "get-environment-utilisation", Tag: tag,
		Summary: "How environments were booked and used, one by one and by the hours of the week, and what that cost"}, view, s.handleUse)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/reports/environment-advice", ID: "get-environment-advice", Tag: tag,
		Summary:     "Which environments could go or serve better elsewhere",
		Description: "Replays the bookings of the three months that end with the month as if the environment had been gone. With an environment it tells booking by booking."}, view, s.handleAdvice)
	s.mountSubscriptions(api)
}

// QuestionIn are the query parameters of a question.
type QuestionIn struct {
	Month string   `query:"month" maxLength:"7" doc:"A calendar month in the time zone; by default the last full one." example:"2026-10"`
	Unit  ref.Unit `query:"unit" maxLength:"100" doc:"A unit and everything below it."`
	Zone  string   `query:"zone" maxLength:"64" doc:"IANA name; where months and hours begin. By default UTC." example:"Europe/Berlin"`
	From  string   `query:"from" maxLength:"40" doc:"Instead of a month: RFC 3339, or a date in the time zone."`
	To    string   `query:"to" maxLength:"40" doc:"RFC 3339, or a date in the time zone, not included."`
}

func (in *QuestionIn) question(environment string) (Question, error) {
	q := Question{Scope: Scope{Unit: in.Unit, Environment: environment}, Month: in.Month, Zone: in.Zone}
	zone, err := interval.Zone(in.Zone)
	if err != nil {
		zone = time.UTC // the question itself tells
	}
	var faults problem.Fields
	read := func(name, text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return t
		}
		t, err := time.ParseInLocation("2006-01-02", text, zone)
		if err != nil {
			faults.Add("query."+name, "malformed", "Give an instant like 2026-10-31T12:00:00Z or a date like 2026-10-31.")
		}
		return t
	}
	q.From, q.To = read("from", in.From), read("to", in.To)
	return q, faults.Err("question_malformed", "The question cannot be understood.")
}

type reportIn struct {
	QuestionIn
	Format string `query:"format" enum:"json,xlsx,pdf" default:"json"`
}

// reportOut is the report as JSON, or as the bytes of a file.
type reportOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        any
}

func (s *Service) handleReport(ctx context.Context, in *reportIn) (*reportOut, error) {
	q, err := in.question("")
	if err != nil {
		return nil, err
	}
	r, err := s.Report(ctx, q)
	if err != nil || fileTypes[in.Format] == "" {
		return &reportOut{Body: r}, err
	}
	file, err := r.file(in.Format)
	return &reportOut{ContentType: fileTypes[in.Format], Disposition: `attachment; filename="` + r.fileName(in.Format) + `"`, Body: file}, err
}

// describeReport puts the JSON of the report and its files into the API document, which cannot be seen from a body that is
// one or the other.
func describeReport(api *httpapi.API) {
	doc := api.OpenAPI()
	answer := doc.Paths[httpapi.Prefix+"/reports/environment-kpi"].Get.Responses["200"]
	answer.Content["application/json"].Schema = doc.Components.Schemas.Schema(reflect.TypeFor[ReportView](), true, "")
}

type useIn struct {
	QuestionIn
	Environment string `query:"environment" maxLength:"200" doc:"Key, name or id of one environment."`
}

func (s *Service) handleUse(ctx context.Context, in *useIn) (*struct{ Body UseReportView }, error) {
	q, err := in.question(in.Environment)
	if err != nil {
		return nil, err
	}
	r, err := s.Utilisation(ctx, q)
	return &struct{ Body UseReportView }{r}, err
}

func (s *Service) handleAdvice(ctx context.Context, in *useIn) (*struct{ Body AdviceReportView }, error) {
	q, err := in.question(in.Environment)
	if err != nil {
		return nil, err
	}
	r, err := s.Advice(ctx, q)
	return &struct{ Body AdviceReportView }{r}, err
}
