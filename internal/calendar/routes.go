package calendar

import (
	"context"
	"net/http"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const tag = "calendar"

var viewing, managing = authz.Need(PermView), authz.Need(PermManage)

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	for _, kind := range []Kind{Freeze, Holiday, Maintenance} {
		s.mountWindows(api, kind)
		s.mountMany(api, kind)
	}
	s.mountTypes(api)
	s.mountTimes(api)
	s.mountQuestions(api)
}

type (
	// FilterIn are the query parameters that narrow a list of windows.
	FilterIn struct {
		Q           string    `query:"q" maxLength:"200" doc:"Part of a name or description."`
		Year        int       `query:"year" minimum:"1970" maximum:"2199" doc:"Keeps what is in force at some time of the year."`
		Zone        string    `query:"zone" maxLength:"64" doc:"The zone the year is counted in; UTC when left out."`
		From        time.Time `query:"from" doc:"Keeps what is in force at some time between from and to."`
		To          time.Time `query:"to"`
		Type        string    `query:"type" maxLength:"200" doc:"The id or name of a type of freezes."`
		Unit        ref.Unit  `query:"unit" doc:"Keeps what is meant for something of a unit or below it."`
		Environment string    `query:"environment" doc:"Keeps what names the environment, by id."`
		Group       string    `query:"group" doc:"Keeps what names the group, by id."`
		Application string    `query:"application" doc:"Keeps what names the application, by id."`
		State       []State   `query:"state" enum:"ACTIVE,CANCELLED"`
	}
	listIn struct {
		FilterIn
		Sort string `query:"sort" enum:"from,-from,name,-name" default:"from"`
		httpapi.Paging
	}
	// PathIn names a record in an address.
	PathIn struct {
		ID string `path:"id" maxLength:"200"`
	}
	// DryIn asks for the consequences alone.
	DryIn struct {
		DryRun bool `query:"dryRun" doc:"Do all the work, answer the same, and keep nothing."`
	}
	createIn struct {
		DryIn
		Body NewWindow
	}
	changeIn struct {
		PathIn
		DryIn
		httpapi.IfMatch
		Body WindowChange
	}
	stateIn struct {
		PathIn
		DryIn
		httpapi.IfMatch
		Body struct {
			Reason string `json:"reason,omitempty" maxLength:"2000"`
		}
	}
	deleteIn struct {
		PathIn
		DryIn
		httpapi.IfMatch
	}
	duplicateIn struct {
		PathIn
		DryIn
		Body Duplicate
	}
	windowOut struct {
		ETag string `header:"ETag"`
		Body WindowView
	}
	removalOut struct {
		Body Removal
	}
)

func (in FilterIn) filter() (Filter, error) {
	f := Filter{Text: in.Q, During: interval.Span{From: in.From, To: in.To}, Type: in.Type, Unit: in.Unit, State: in.State}
	for kind, target := range map[ScopeKind]string{ForEnvironment: in.Environment, ForGroup: in.Group, ForApplication: in.Application} {
		if target != "" {
			f.Scope, f.Target = kind, target
		}
	}
	if !in.To.IsZero() && in.From.IsZero() {
		f.During.From = earliest
	}
	if in.Year != 0 {
		var err error
		if f.During, err = Year(in.Year, in.Zone); err != nil {
			return f, err
		}
	}
	if f.During.Empty() {
		return f, problem.New(problem.Invalid, "stretch_invalid", "The end of the stretch of time must lie after its beginning.")
	}
	return f, nil
}

func answer(d Details, err error) (*windowOut, error) {
	if err != nil {
		return nil, err
	}
	return &windowOut{ETag: httpapi.ETag(d.Version), Body: view(d)}, nil
}

func (s *Service) mountWindows(api *httpapi.API, kind Kind) {
	n := nouns[kind]
	base := "/" + n.path
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: base, ID: "list-" + n.path, Summary: "List " + n.many, Tag: tag}, viewing,
		func(ctx context.Context, in *listIn) (*httpapi.ListOut[WindowView], error) {
			f, err := in.filter()
			if err != nil {
				return nil, err
			}
			page, err := s.ListWindows(ctx, kind, f, in.Sort, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpapi.Page[WindowView]{Items: make([]WindowView, len(page.Items)), Next: page.Next}
			for i, d := range page.Items {
				out.Items[i] = view(d)
			}
			return &httpapi.ListOut[WindowView]{Body: out}, nil
		})
	one := singular(n.path)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: base, ID: "create-" + one, Summary: "Create a " + n.one, Tag: tag, Status: http.StatusCreated}, managing,
		func(ctx context.Context, in *createIn) (*windowOut, error) {
			return answer(s.CreateWindow(ctx, kind, in.Body, in.DryRun))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: base + "/{id}", ID: "get-" + one, Summary: "Show a " + n.one, Tag: tag}, viewing,
		func(ctx context.Context, in *PathIn) (*windowOut, error) {
			return answer(s.GetWindow(ctx, kind, in.ID))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: base + "/{id}", ID: "change-" + one, Summary: "Change a " + n.one, Tag: tag}, managing,
		func(ctx context.Context, in *changeIn) (*windowOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.ChangeWindow(ctx, kind, in.ID, version, in.Body, in.DryRun))
		})
	for act, state := range map[string]State{"cancel": Cancelled, "reinstate": Active} {
		summary := map[State]string{Cancelled: "Cancel a " + n.one, Active: "Put a " + n.one + " back into force"}[state]
		httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: base + "/{id}/" + act, ID: act + "-" + one, Summary: summary, Tag: tag}, managing,
			func(ctx context.Context, in *stateIn) (*windowOut, error) {
				version, err := in.Version()
				if err != nil {
					return nil, err
				}
				return answer(s.SetState(ctx, kind, in.ID, version, state, in.Body.Reason, in.DryRun))
			})
	}
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: base + "/{id}/duplicate", ID: "duplicate-" + one, Summary: "Copy a " + n.one, Tag: tag, Status: http.StatusCreated}, managing,
		func(ctx context.Context, in *duplicateIn) (*windowOut, error) {
			return answer(s.DuplicateWindow(ctx, kind, in.ID, in.Body, in.DryRun))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: base + "/{id}", ID: "delete-" + one, Summary: "Delete a " + n.one, Tag: tag,
		Description: "What is or was in force is kept for the record; cancel it instead."}, managing,
		func(ctx context.Context, in *deleteIn) (*removalOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			list, err := s.DeleteWindow(ctx, kind, in.ID, version, in.DryRun)
			if err != nil {
				return nil, err
			}
			return &removalOut{Body: Removal{Consequences: list, DryRun: in.DryRun}}, nil
		})
}

func singular(path string) string { return path[:len(path)-1] }
