package calendar

import (
	"context"
	"net/http"
	"time"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

type (
	typeOut struct {
		ETag string `header:"ETag"`
		Body FreezeType
	}
	// UnitIn names a unit in an address.
	UnitIn struct {
		Unit ref.Unit `path:"id" doc:"The id of the unit."`
	}
	timeOut struct {
		ETag string `header:"ETag"`
		Body TimeView
	}
	occurrencesIn struct {
		Kind     []Kind    `query:"kind" enum:"freeze,holiday,maintenance" doc:"All kinds when left out."`
		From     time.Time `query:"from" required:"true"`
		To       time.Time `query:"to" required:"true"`
		Unit     ref.Unit  `query:"unit" doc:"Keeps what is meant for something of a unit or below it."`
		Type     string    `query:"type" maxLength:"200"`
		Q        string    `query:"q" maxLength:"200"`
		Schedule bool      `query:"schedule" doc:"Keeps what schedules show."`
	}
	closuresIn struct {
		Environment []string     `query:"environment" maxItems:"2000" doc:"Ids or keys, separated by commas."`
		Group       []string     `query:"group" maxItems:"500" doc:"Ids or keys, separated by commas."`
		Application string       `query:"application" maxLength:"200" doc:"Asks about the application itself, where no environment is named."`
		Unit        string       `query:"unit" maxLength:"200" doc:"Asks about the unit itself, where nothing else is named; the root unit when left out."`
		From        time.Time    `query:"from" doc:"The moment asked about; now when left out."`
		To          time.Time    `query:"to" doc:"Until when closures are listed; two years when left out."`
		Use         interval.Use `query:"use" enum:"booking,deployment" default:"deployment"`
	}
	previewIn struct {
		Body struct {
			From       time.Time           `json:"from"`
			To         time.Time           `json:"to"`
			Recurrence interval.Recurrence `json:"recurrence"`
			Limit      int                 `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"20"`
		}
	}
	// Preview shows what a recurrence comes to.
	Preview struct {
		Items   []interval.Span `json:"items" nullable:"false"`
		More    bool            `json:"more" doc:"Whether there are more occurrences than asked for."`
		Endless bool            `json:"endless"`
		Rule    string          `json:"rule" doc:"The rule in its tidy form."`
	}
)

func typeAnswer(t FreezeType, err error) (*typeOut, error) {
	if err != nil {
		return nil, err
	}
	return &typeOut{ETag: httpapi.ETag(t.Version), Body: t}, nil
}

func (s *Service) mountTypes(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/freeze-types", ID: "list-freeze-types", Summary: "List types of freezes", Tag: tag}, viewing,
		func(ctx context.Context, _ *struct{}) (*list[FreezeType], error) {
			types, err := s.ListTypes(ctx)
			return &list[FreezeType]{Body: httpapi.Page[FreezeType]{Items: types}}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/freeze-types", ID: "create-freeze-type", Summary: "Create a type of freezes", Tag: tag, Status: http.StatusCreated}, managing,
		func(ctx context.Context, in *struct{ Body TypeFields }) (*typeOut, error) {
			return typeAnswer(s.CreateType(ctx, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/freeze-types/{id}", ID: "change-freeze-type", Summary: "Change a type of freezes", Tag: tag}, managing,
		func(ctx context.Context, in *struct {
			PathIn
			httpapi.IfMatch
			Body TypeChange
		}) (*typeOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return typeAnswer(s.ChangeType(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/freeze-types/{id}", ID: "delete-freeze-type", Summary: "Delete a type of freezes", Tag: tag,
		Description: "Freezes that have it, and its place as the default, need replaceBy."}, managing,
		func(ctx context.Context, in *struct {
			PathIn
			DryIn
			httpapi.IfMatch
			ReplaceBy string `query:"replaceBy" maxLength:"200" doc:"The id or name of the type that takes its place."`
		}) (*removalOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			gone, err := s.DeleteType(ctx, in.ID, version, in.ReplaceBy, in.DryRun)
			if err != nil {
				return nil, err
			}
			return &removalOut{Body: Removal{Consequences: gone, DryRun: in.DryRun}}, nil
		})
}

func timeAnswer(e EffectiveTime, err error) (*timeOut, error) {
	if err != nil {
		return nil, err
	}
	out := &timeOut{Body: timeView(e)}
	if e.Version > 0 {
		out.ETag = httpapi.ETag(e.Version)
	}
	return out, nil
}

func (s *Service) mountTimes(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/units/{id}/working-time", ID: "get-working-time", Summary: "Show the working time that counts for a unit", Tag: tag}, viewing,
		func(ctx context.Context, in *UnitIn) (*timeOut, error) {
			return timeAnswer(s.WorkingTimeOf(ctx, in.Unit))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/units/{id}/working-time", ID: "set-working-time", Summary: "Give a unit its own working time", Tag: tag,
		Description: "If-Match is needed where the unit has a working time of its own already (version above 0)."}, managing,
		func(ctx context.Context, in *struct {
			UnitIn
			httpapi.IfMatch
			Body SetTime
		}) (*timeOut, error) {
			version, err := in.Version()
			if err != nil && in.IfMatch.IfMatch != "" {
				return nil, err
			}
			return timeAnswer(s.SetWorkingTime(ctx, in.Unit, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/units/{id}/working-time", ID: "remove-working-time", Summary: "Let the working time of the unit above count again", Tag: tag, Status: http.StatusNoContent}, managing,
		func(ctx context.Context, in *struct {
			UnitIn
			httpapi.IfMatch
		}) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.RemoveWorkingTime(ctx, in.Unit, version)
		})
}

func (s *Service) mountQuestions(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/closures", ID: "ask-closures", Summary: "Ask why places are closed and when they open", Tag: tag,
		Description: "Freezes, holidays, maintenance windows and whatever else closes a place, taken together."}, viewing,
		func(ctx context.Context, in *closuresIn) (*struct{ Body Answer }, error) {
			a, err := s.AskClosures(ctx, Question{
				Environments: in.Environment, Groups: in.Group, Application: in.Application, Unit: in.Unit,
				Within: interval.Span{From: in.From.UTC(), To: in.To.UTC()}, Use: in.Use,
			})
			if err != nil {
				return nil, err
			}
			return &struct{ Body Answer }{a}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/calendar-occurrences", ID: "list-calendar-occurrences", Summary: "List when freezes, holidays and maintenance windows are in force", Tag: tag}, viewing,
		func(ctx context.Context, in *occurrencesIn) (*list[Occurrence], error) {
			kinds := in.Kind
			if len(kinds) == 0 {
				kinds = []Kind{Freeze, Holiday, Maintenance}
			}
			f := Filter{Text: in.Q, During: interval.Span{From: in.From, To: in.To}, Unit: in.Unit, Type: in.Type}
			items, err := s.Occurrences(ctx, kinds, f, in.Schedule)
			return &list[Occurrence]{Body: httpapi.Page[Occurrence]{Items: items}}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/recurrences/preview", ID: "preview-recurrence", Summary: "Show the occurrences of a recurrence", Tag: tag}, viewing,
		func(_ context.Context, in *previewIn) (*struct{ Body Preview }, error) {
			rule, err := in.Body.Recurrence.Parse()
			if err != nil {
				return nil, err
			}
			base := interval.Span{From: in.Body.From.UTC(), To: in.Body.To.UTC()}
			if base.Empty() || base.Endless() {
				return nil, problem.New(problem.Invalid, "span_reversed", "It must end after it begins.")
			}
			if err := rule.Check(base); err != nil {
				return nil, err
			}
			out := Preview{Items: []interval.Span{}, Endless: rule.Endless(), Rule: rule.String()}
			all, err := rule.Within(base, interval.Span{From: base.From, To: base.From.AddDate(100, 0, 0)})
			if err != nil {
				return nil, err
			}
			for span := range all {
				if len(out.Items) == in.Body.Limit {
					out.More = true
					break
				}
				out.Items = append(out.Items, span)
			}
			return &struct{ Body Preview }{out}, nil
		})
}
