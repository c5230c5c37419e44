package health

import (
	"context"
	"net/http"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

const tag = "health"

type (
	reportIn  struct{ Body NewEvent }
	reportOut struct{ Body Reported }
	alertsIn  struct{ Body Alerts }
	alertsOut struct{ Body Received }
	// EnvironmentIn names an environment in an address.
	EnvironmentIn struct {
		ID string `path:"id" maxLength:"200" doc:"The id or the key of the environment."`
		httpapi.Paging
	}
	environmentOut struct{ Body EnvironmentHealth }
	boardIn        struct {
		Q           string   `query:"q" maxLength:"200" doc:"Part of a name or key."`
		Unit        ref.Unit `query:"unit" doc:"A unit and everything below it."`
		Application string   `query:"application" maxLength:"200"`
		Group       string   `query:"group" maxLength:"200"`
		Environment []string `query:"environment" doc:"Ids or keys of environments, separated by commas."`
		Health      []Health `query:"health" enum:"online,offline,issue,unknown,no_data" doc:"One or several, separated by commas."`
		httpapi.Paging
	}
	boardOut struct{ Body Board }
	// FilterIn are the query parameters that narrow outages.
	FilterIn struct {
		Q           string     `query:"q" maxLength:"200" doc:"Part of a title or of the environment's name."`
		Environment string     `query:"environment" maxLength:"200" doc:"A key, name or id."`
		Application string     `query:"application" maxLength:"200" doc:"A key, name or id."`
		Unit        ref.Unit   `query:"unit" doc:"A unit and everything below it."`
		Kind        OutageKind `query:"kind" enum:"planned,unplanned"`
		Open        string     `query:"open" enum:"true,false" doc:"Only those that have not ended, or only the others."`
		From        time.Time  `query:"from" doc:"Keeps what lasts beyond this moment."`
		To          time.Time  `query:"to" doc:"Keeps what begins before this moment."`
	}
	outagesIn struct {
		FilterIn
		httpapi.Paging
	}
	summaryOut struct{ Body Summaries }
	// OutageIn names an outage in an address.
	OutageIn struct {
		ID ref.Outage `path:"id" maxLength:"100"`
	}
	openIn  struct{ Body NewOutage }
	viewOut struct {
		ETag string `header:"ETag"`
		Body View
	}
	changeIn struct {
		OutageIn
		httpapi.IfMatch
		Body OutageChange
	}
	endIn struct {
		OutageIn
		httpapi.IfMatch
		Body End
	}
	causeIn struct {
		OutageIn
		httpapi.IfMatch
		Body Cause
	}
	deleteIn struct {
		OutageIn
		httpapi.IfMatch
	}
	suspectsOut struct {
		Body struct {
			Items []Suspect `json:"items" nullable:"false"`
		}
	}
	impactOut struct{ Body Impact }
)

func (in FilterIn) filter() Filter {
	f := Filter{Text: in.Q, Environment: in.Environment, Application: in.Application, Unit: in.Unit, Kind: in.Kind}
	if in.Open != "" {
		open := in.Open == "true"
		f.Open = &open
	}
	if !in.From.IsZero() {
		f.From = &in.From
	}
	if !in.To.IsZero() {
		f.To = &in.To
	}
	return f
}

func answer(v View, err error) (*viewOut, error) {
	if err != nil {
		return nil, err
	}
	return &viewOut{ETag: httpapi.ETag(v.Version), Body: v}, nil
}

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	s.mountHealth(api)
	s.mountOutages(api)
}

func (s *Service) mountHealth(api *httpapi.API) {
	report := authz.Need(PermReport)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/health-events", ID: "report-health", Summary: "Say how an environment is", Tag: tag, Status: http.StatusCreated,
		Description: "The event with the latest time wins, whatever the order of arrival. The first offline opens an outage, the next online ends it."}, report,
		func(ctx context.Context, in *reportIn) (*reportOut, error) {
			out, err := s.ReportHealth(ctx, in.Body)
			return &reportOut{out}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/health-events/bulk", ID: "report-health-events", Summary: "Say how many environments are", Tag: tag, MaxBody: httpapi.MaxBulkBody,
		Description: "Each element stands for itself: one that fails does not stop the others."}, report,
		func(ctx context.Context, in *httpapi.BulkIn[NewEvent]) (*httpapi.BulkOut[Reported], error) {
			return httpapi.RunBulk(ctx, api, in.Body, s.ReportHealth), nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/health-events/alertmanager", ID: "receive-alerts", Summary: "Take the webhook of a Prometheus Alertmanager", Tag: tag, MaxBody: httpapi.MaxBulkBody,
		Description: "Set this address as a webhook receiver, with the token of a service account as its credentials. A label millrace_environment, environment or env names the environment; severity critical means offline."}, report,
		func(ctx context.Context, in *alertsIn) (*alertsOut, error) {
			out, err := s.ReceiveAlerts(ctx, in.Body)
			return &alertsOut{out}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/{id}/health", ID: "get-environment-health", Summary: "Show how an environment is and was", Tag: tag}, authz.Need(PermView),
		func(ctx context.Context, in *EnvironmentIn) (*environmentOut, error) {
			out, err := s.EnvironmentHealth(ctx, in.ID, in.Cursor, in.Limit)
			return &environmentOut{out}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/health", ID: "list-health", Summary: "Show how environments are", Tag: tag}, authz.SignedIn(),
		func(ctx context.Context, in *boardIn) (*boardOut, error) {
			out, err := s.ListHealth(ctx, TileFilter{Text: in.Q, Unit: in.Unit, Application: in.Application, Group: in.Group, Environment: in.Environment, Health: in.Health}, in.Cursor, in.Limit)
			return &boardOut{out}, err
		})
}

func (s *Service) mountOutages(api *httpapi.API) {
	view, manage := authz.Need(PermView), authz.Need(PermManage)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/outages", ID: "list-outages", Summary: "List outages, the latest first", Tag: tag}, authz.SignedIn(),
		func(ctx context.Context, in *outagesIn) (*httpapi.ListOut[Item], error) {
			page, err := s.ListOutages(ctx, in.filter(), in.Cursor, in.Limit)
			return &httpapi.ListOut[Item]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/outages/summary", ID: "summarise-outages", Summary: "Add the outages of a period up", Tag: tag,
		Description: "The last month when no period is given. Mean times come with the number of outages they rest on."}, view,
		func(ctx context.Context, in *FilterIn) (*summaryOut, error) {
			out, err := s.Summarise(ctx, in.filter())
			return &summaryOut{out}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/outages", ID: "open-outage", Summary: "Record an outage by hand", Tag: tag, Status: http.StatusCreated}, manage,
		func(ctx context.Context, in *openIn) (*viewOut, error) { return answer(s.OpenOutage(ctx, in.Body)) })
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/outages/{id}", ID: "get-outage", Summary: "Show an outage", Tag: tag}, view,
		func(ctx context.Context, in *OutageIn) (*viewOut, error) { return answer(s.Outage(ctx, in.ID)) })
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/outages/{id}", ID: "change-outage", Summary: "Change an outage", Tag: tag}, manage,
		func(ctx context.Context, in *changeIn) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.ChangeOutage(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/outages/{id}", ID: "delete-outage", Summary: "Take back an outage that was none", Tag: tag, Status: http.StatusNoContent}, manage,
		func(ctx context.Context, in *deleteIn) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return &struct{}{}, s.DeleteOutage(ctx, in.ID, version)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/outages/{id}/end", ID: "end-outage", Summary: "End an outage", Tag: tag,
		Description: "Who ends it says how the environment is since then. A monitor that sees it offline within a quarter of an hour continues the outage; what a monitor said before counts no more."}, manage,
		func(ctx context.Context, in *endIn) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.EndOutage(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/outages/{id}/cause", ID: "mark-outage-cause", Summary: "Mark what caused an outage", Tag: tag}, manage,
		func(ctx context.Context, in *causeIn) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.MarkCause(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/outages/{id}/suspects", ID: "list-outage-suspects", Summary: "Rank what may have caused an outage", Tag: tag}, view,
		func(ctx context.Context, in *OutageIn) (*suspectsOut, error) {
			list, err := s.Suspects(ctx, in.ID)
			out := &suspectsOut{}
			out.Body.Items = list
			return out, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/outages/{id}/told", ID: "list-outage-told", Summary: "List who was told of an outage, on which way, and whether that came", Tag: tag}, view,
		func(ctx context.Context, in *struct {
			OutageIn
			httpapi.Paging
		}) (*httpapi.ListOut[Told], error) {
			page, err := s.ListTold(ctx, in.ID, in.Cursor, in.Limit)
			return &httpapi.ListOut[Told]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/outages/{id}/impact", ID: "get-outage-impact", Summary: "Show whom an outage hurts", Tag: tag}, view,
		func(ctx context.Context, in *OutageIn) (*impactOut, error) {
			out, err := s.Impact(ctx, in.ID)
			return &impactOut{out}, err
		})
}
