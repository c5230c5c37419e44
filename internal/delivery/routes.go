package delivery

import (
	"context"
	"net/http"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const tag = "delivery"

var mayView, mayReport, mayMap, mayLink = authz.Need(PermView), authz.Need(PermReport), authz.Need(PermManageMapping), authz.Need(PermLinkAccount)

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	s.mountDeployments(api)
	s.mountIncidents(api)
	s.mountFacts(api)
	s.mountRecords(api)
	s.mountMapping(api)
	s.mountAccounts(api)
	s.mountExport(api)
}

type (
	// FilterIn are the query parameters that narrow a list of facts.
	FilterIn struct {
		Application      string   `query:"application" maxLength:"500" doc:"Key, alias, name or id of an application."`
		Unit             ref.Unit `query:"unit" maxLength:"36" doc:"A unit and everything below it."`
		Environment      string   `query:"environment" maxLength:"500"`
		EnvironmentClass string   `query:"environmentClass" maxLength:"100"`
		Result           string   `query:"result" maxLength:"100"`
		Status           string   `query:"status" maxLength:"100"`
		Repository       string   `query:"repository" maxLength:"2000" doc:"Id or any address of a repository."`
		From             string   `query:"from" maxLength:"40" doc:"RFC 3339 or a date (UTC); from then on."`
		To               string   `query:"to" maxLength:"40" doc:"RFC 3339 or a date (UTC); before then."`
		Q                string   `query:"q" maxLength:"200" doc:"Part of a name, title, key or address."`
		Unmapped         bool     `query:"unmapped" doc:"Only what belongs to no application."`
		Open             bool     `query:"open" doc:"Only what has not ended."`
	}
	listIn struct {
		FilterIn
		httpapi.Paging
	}
	// IDIn names a fact in an address.
	IDIn struct {
		ID string `path:"id" maxLength:"20" pattern:"^[0-9]+$"`
	}
	viewOut[T any] struct {
		Body T
	}
)

func (in FilterIn) filter() (Filter, error) {
	f := Filter{
		Application: in.Application, Unit: in.Unit, Environment: in.Environment, Status: in.Status,
		Repository: in.Repository, Text: in.Q, Unmapped: in.Unmapped, Open: in.Open,
	}
	var faults problem.Fields
	var ok bool
	if f.EnvironmentClass, ok = ParseEnvironmentClass(in.EnvironmentClass); !ok {
		faults.Add("query.environmentClass", "environment_class_unknown", "Use PRODUCTION, STAGING, TESTING or DEVELOPMENT.")
	}
	if f.Result, ok = ParseResult(in.Result); !ok {
		faults.Add("query.result", "result_unknown", "Use SUCCESS, FAILURE or CANCELLED.")
	}
	f.From, f.To = day(in.From, "query.from", &faults), day(in.To, "query.to", &faults)
	for _, s := range []*string{&f.Application, &f.Environment, &f.Status, &f.Repository} {
		if cleaned, _ := clean(*s, maxURL); cleaned == "" && *s != "" {
			*s = "\uFFFD" // a filter of nothing but rubbish keeps nothing rather than everything
		} else {
			*s = cleaned
		}
	}
	if len(faults) > 0 {
		return f, invalid(faults)
	}
	return f, nil
}

func day(s, field string, faults *problem.Fields) time.Time {
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	faults.Add(field, "time_malformed", "Write a date (2026-03-01) or a time with its offset (2026-03-01T10:00:00Z).")
	return time.Time{}
}

func (in IDIn) fact() (ref.Fact, error) {
	id, err := ref.ParseFact(in.ID)
	if err != nil {
		return 0, authz.ErrNotFound
	}
	return id, nil
}

// route describes one operation in a line.
func route(method, path, id, summary string, status int) httpapi.Operation {
	return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: tag, Status: status}
}

// bulkRoute is route for an array of elements, each of which stands for itself.
func bulkRoute(path, id, summary string) httpapi.Operation {
	op := route(http.MethodPost, path, id, summary, http.StatusOK)
	op.MaxBody = httpapi.MaxBulkBody
	return op
}

// mountList registers a list and the look at one of its facts.
func mountList[V, D any](s *Service, api *httpapi.API, path, noun string, l list, key func(V) (time.Time, string),
	more func(context.Context, db.Tx, []V) error, get func(context.Context, ref.Fact) (D, error)) {
	mountPages(s, api, path, noun, l, key, more)
	mountLook(api, path, noun, func(ctx context.Context, in *IDIn) (*viewOut[D], error) {
		id, err := in.fact()
		if err != nil {
			return nil, err
		}
		one, err := get(ctx, id)
		return &viewOut[D]{one}, err
	})
}

// mountPages registers a list.
func mountPages[V any](s *Service, api *httpapi.API, path, noun string, l list, key func(V) (time.Time, string), more func(context.Context, db.Tx, []V) error) {
	httpapi.Handle(api, route(http.MethodGet, "/"+path, "list-"+path, "List "+noun+"s, newest first", 0), mayView,
		func(ctx context.Context, in *listIn) (*httpapi.ListOut[V], error) {
			f, err := in.filter()
			if err != nil {
				return nil, err
			}
			page, err := listFacts(ctx, s, l, f, in.Paging, key, more)
			return &httpapi.ListOut[V]{Body: page}, err
		})
}

// mountLook registers the look at one fact.
func mountLook[O any](api *httpapi.API, path, noun string, get func(context.Context, *IDIn) (*O, error)) {
	httpapi.Handle(api, route(http.MethodGet, "/"+path+"/{id}", "get-"+path[:len(path)-1], "Show one "+noun+" with what belongs to it", 0), mayView, get)
}

// bulkOut translates outcomes into the answer of a bulk route.
func bulkOut[T any](ctx context.Context, api *httpapi.API, outcomes []Outcome[T], err error) (*httpapi.BulkOut[T], error) {
	if err != nil {
		return nil, err
	}
	at := -1
	return httpapi.RunBulk(ctx, api, outcomes, func(context.Context, Outcome[T]) (T, error) {
		at++
		return outcomes[at].Item, outcomes[at].Err
	}), nil
}

// one translates the outcomes of a single element.
func one[T any](outcomes []Outcome[T], err error) (*viewOut[T], error) {
	if err != nil {
		return nil, err
	}
	return &viewOut[T]{outcomes[0].Item}, outcomes[0].Err
}

func (s *Service) mountDeployments(api *httpapi.API) {
	type in struct{ Body DeploymentReport }
	httpapi.Handle(api, route(http.MethodPost, "/deployments", "report-deployment", "Report a deployment", http.StatusCreated), mayReport,
		func(ctx context.Context, in *in) (*viewOut[DeploymentView], error) {
			return one(s.ReportDeployments(ctx, []DeploymentReport{in.Body}))
		})
	httpapi.Handle(api, bulkRoute("/deployments/bulk", "report-deployments", "Report many deployments; each element stands for itself"), mayReport,
		func(ctx context.Context, in *httpapi.BulkIn[DeploymentReport]) (*httpapi.BulkOut[DeploymentView], error) {
			out, err := s.ReportDeployments(ctx, in.Body)
			return bulkOut(ctx, api, out, err)
		})
	mountList(s, api, "deployments", "deployment", deployments, func(v DeploymentView) (time.Time, string) { return v.At, v.ID }, addCommits, s.GetDeployment)
}

func (s *Service) mountIncidents(api *httpapi.API) {
	type in struct{ Body IncidentReport }
	httpapi.Handle(api, route(http.MethodPost, "/incidents", "report-incident", "Report an incident", http.StatusCreated), mayReport,
		func(ctx context.Context, in *in) (*viewOut[IncidentView], error) {
			return one(s.ReportIncidents(ctx, []IncidentReport{in.Body}))
		})
	httpapi.Handle(api, bulkRoute("/incidents/bulk", "report-incidents", "Report many incidents; each element stands for itself"), mayReport,
		func(ctx context.Context, in *httpapi.BulkIn[IncidentReport]) (*httpapi.BulkOut[IncidentView], error) {
			out, err := s.ReportIncidents(ctx, in.Body)
			return bulkOut(ctx, api, out, err)
		})
	type patchIn struct {
		IDIn
		httpapi.IfMatch
		Body IncidentPatch
	}
	type patchOut struct {
		ETag string `header:"ETag"`
		Body IncidentView
	}
	type lookOut struct {
		ETag string `header:"ETag"`
		Body IncidentDetails
	}
	httpapi.Handle(api, route(http.MethodPatch, "/incidents/{id}", "change-incident", "Resolve or correct an incident", 0), mayReport,
		func(ctx context.Context, in *patchIn) (*patchOut, error) {
			id, err := in.fact()
			if err != nil {
				return nil, err
			}
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			v, err := s.ChangeIncident(ctx, id, version, in.Body)
			return &patchOut{httpapi.ETag(v.Version), v}, err
		})
	mountPages(s, api, "incidents", "incident", incidents, func(v IncidentView) (time.Time, string) { return v.At, v.ID }, nil)
	mountLook(api, "incidents", "incident", func(ctx context.Context, in *IDIn) (*lookOut, error) {
		id, err := in.fact()
		if err != nil {
			return nil, err
		}
		one, err := s.GetIncident(ctx, id)
		return &lookOut{httpapi.ETag(one.Version), one}, err
	})
}
