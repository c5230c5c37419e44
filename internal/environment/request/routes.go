package request

import (
	"context"
	"net/http"
	"time"

	"millrace/internal/aspect/workflow"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

const tag = "request"

var view, create = authz.Need(PermView), authz.Need(PermCreate)

// Mount registers the routes of the slice. What the aspects add hangs below the same addresses.
func (s *Service) Mount(api *httpapi.API) {
	s.mountBookingRequests(api)
	s.mountBookingActs(api)
	s.mountSettings(api)
}

type (
	// FilterIn are the query parameters that narrow a list of requests.
	FilterIn struct {
		Q           string          `query:"q" maxLength:"200" doc:"Part of a title, or a reference such as EB-12."`
		Unit        ref.Unit        `query:"unit" doc:"A unit and everything below it."`
		Type        []string        `query:"type" doc:"Ids or names of types, separated by commas."`
		Status      []string        `query:"status" doc:"Ids or names of statuses, separated by commas."`
		Mode        []workflow.Mode `query:"mode" enum:"planning,execution,implementation,completed,cancelled" doc:"What statuses mean; one or several, separated by commas."`
		Open        string          `query:"open" enum:"true,false" doc:"Only those that are not over, or only the others."`
		Assignee    string          `query:"assignee" maxLength:"100" doc:"The id of a person or team; me, mine (me and my teams) or nobody."`
		Requester   string          `query:"requester" maxLength:"100" doc:"The id of a person; me stands for the caller."`
		Release     string          `query:"release" maxLength:"200"`
		Environment string          `query:"environment" maxLength:"200" doc:"The id, key or name of an environment, named by itself or by a group."`
		Group       string          `query:"group" maxLength:"200" doc:"The id or key of a group."`
		From        time.Time       `query:"from" doc:"Keeps what ends after this moment."`
		To          time.Time       `query:"to" doc:"Keeps what begins before this moment."`
		OnSchedule  string          `query:"onSchedule" enum:"true,false" doc:"Of change requests: those that are shown on the schedule, or the others."`
		Outage      string          `query:"outage" enum:"true,false" doc:"Of change requests: those with an outage, or the others."`
		Field       []string        `query:"field,explode" doc:"Conditions on custom fields: key:op:value."`
		Sort        string          `query:"sort" enum:"number,-number,title,-title,from,-from,raised,-raised,updated,-updated" default:"-number"`
	}
	ListIn struct {
		FilterIn
		httpapi.Paging
	}
	// PathIn names a request in an address.
	PathIn struct {
		ID string `path:"id" maxLength:"100" doc:"The id of the request, or its reference such as EB-12."`
	}
	// DryRunIn asks for what would happen instead of letting it happen.
	DryRunIn struct {
		DryRun bool `query:"dryRun" doc:"Save nothing; answer exactly what saving would."`
	}
	// ActIn is the version an act is based on; acts take it and do not demand it, because the workflow guards them.
	ActIn struct {
		IfMatch string `header:"If-Match" doc:"The ETag of the request as you read it; an act on a changed request is then refused."`
	}
	bookingOut struct {
		ETag string `header:"ETag"`
		Body BookingView
	}
	bookingsOut struct {
		Body struct {
			Items []BookingItem `json:"items" nullable:"false"`
		}
	}
	createBookingIn struct {
		DryRunIn
		Body NewBookingRequest
	}
	changeBookingIn struct {
		PathIn
		DryRunIn
		httpapi.IfMatch
		Body BookingRequestChange
	}
	MoveIn struct {
		PathIn
		DryRunIn
		ActIn
		Body Move
	}
	CancelIn struct {
		PathIn
		DryRunIn
		ActIn
		Body struct {
			Note string `json:"note,omitempty" maxLength:"2000"`
		}
	}
	DuplicateIn struct {
		PathIn
		DryRunIn
		Body Duplicate
	}
	BulkIn struct {
		DryRunIn
		Body struct {
			IDs    []ref.EnvironmentRequest `json:"ids" minItems:"1" maxItems:"1000" nullable:"false"`
			Change BulkChange               `json:"change"`
		}
	}
	BulkOut       struct{ Body BulkResult }
	assessmentOut struct{ Body Assessment }
)

// SeenVersion is the version the caller saw; 0 where they did not say.
func (in ActIn) SeenVersion() (int64, error) {
	if in.IfMatch == "" {
		return 0, nil
	}
	return httpapi.IfMatch{IfMatch: in.IfMatch}.Version()
}

func (in FilterIn) filter() Filter {
	f := Filter{Text: in.Q, Unit: in.Unit, Type: in.Type, Status: in.Status, Mode: in.Mode, Assignee: in.Assignee, Requester: in.Requester, Release: in.Release,
		Environment: in.Environment, Group: in.Group, Fields: in.Field, Sort: in.Sort, Open: flag(in.Open), OnSchedule: flag(in.OnSchedule), Outage: flag(in.Outage)}
	if !in.From.IsZero() {
		f.From = &in.From
	}
	if !in.To.IsZero() {
		f.To = &in.To
	}
	return f
}

func flag(text string) *bool {
	if text == "" {
		return nil
	}
	set := text == "true"
	return &set
}

// Page is the filter of a page of a list.
func (in ListIn) Page() Filter {
	f := in.filter()
	f.Cursor, f.Limit = in.Cursor, in.Limit
	return f
}

func answer(v BookingView, err error) (*bookingOut, error) {
	if err != nil {
		return nil, err
	}
	return &bookingOut{ETag: httpapi.ETag(v.Version), Body: v}, nil
}

func (s *Service) mountBookingRequests(api *httpapi.API) {
	const path = "/booking-requests"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path, ID: "list-booking-requests", Summary: "List booking requests", Tag: tag}, authz.SignedIn(),
		func(ctx context.Context, in *ListIn) (*httpapi.ListOut[BookingItem], error) {
			page, err := s.ListBookingRequests(ctx, in.Page())
			return &httpapi.ListOut[BookingItem]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path, ID: "create-booking-request", Summary: "Ask for environments", Tag: tag, Status: http.StatusCreated,
		Description: "With submit it leaves its draft at once, and its lines become bookings; where an approved booking is in the way, the answer names the line and the ways out."}, create,
		func(ctx context.Context, in *createBookingIn) (*bookingOut, error) {
			return answer(s.CreateBookingRequest(ctx, in.Body, in.DryRun))
		})
	MountExport(s, api, bookingKind, "Booking requests", bookingColumns, s.ListBookingRequests)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path + "/bulk-edit", ID: "bulk-edit-booking-requests", Summary: "Change many booking requests", Tag: tag,
		Description: "Each stands for itself: one that cannot be changed is skipped, with the reason."}, create,
		func(ctx context.Context, in *BulkIn) (*BulkOut, error) {
			out, err := s.BulkEditBookingRequests(ctx, in.Body.IDs, in.Body.Change, in.DryRun)
			return &BulkOut{out}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path + "/{id}", ID: "get-booking-request", Summary: "Show a booking request", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*bookingOut, error) {
			return answer(s.BookingRequest(ctx, in.ID))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: path + "/{id}", ID: "change-booking-request", Summary: "Change a booking request", Tag: tag,
		Description: "The bookings of a submitted request follow its lines: they move, are cancelled, or made."}, create,
		func(ctx context.Context, in *changeBookingIn) (*bookingOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.ChangeBookingRequest(ctx, in.ID, version, in.Body, in.DryRun))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path + "/{id}/assessment", ID: "assess-booking-request", Summary: "Show what is free and what is in the way of a booking request", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*assessmentOut, error) {
			out, err := s.Assess(ctx, in.ID)
			return &assessmentOut{out}, err
		})
}

func (s *Service) mountBookingActs(api *httpapi.API) {
	const path = "/booking-requests/{id}"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path + "/workflow/moves", ID: "move-booking-request", Summary: "Move a booking request to another status", Tag: tag,
		Description: "Leaving the planning statuses makes the bookings, giving the request up cancels them."}, create,
		func(ctx context.Context, in *MoveIn) (*bookingOut, error) {
			version, err := in.SeenVersion()
			if err != nil {
				return nil, err
			}
			return answer(s.MoveBookingRequest(ctx, in.ID, version, in.Body, in.DryRun))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path + "/cancel", ID: "cancel-booking-request", Summary: "Give a booking request and its bookings up", Tag: tag,
		Description: "A dry run shows which bookings would go."}, create,
		func(ctx context.Context, in *CancelIn) (*bookingOut, error) {
			version, err := in.SeenVersion()
			if err != nil {
				return nil, err
			}
			return answer(s.CancelBookingRequest(ctx, in.ID, version, in.Body.Note, in.DryRun))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path + "/duplicates", ID: "duplicate-booking-request", Summary: "Repeat a booking request weekly or monthly", Tag: tag, Status: http.StatusCreated}, create,
		func(ctx context.Context, in *DuplicateIn) (*bookingsOut, error) {
			items, err := s.DuplicateBookingRequest(ctx, in.ID, in.Body, in.DryRun)
			out := &bookingsOut{}
			out.Body.Items = items
			return out, err
		})
}
