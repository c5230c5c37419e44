package change

import (
	"context"
	"net/http"

	"millrace/internal/environment/request"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

type (
	changeOut struct {
		ETag string `header:"ETag"`
		Body View
	}
	changesOut struct {
		Body struct {
			Items []Item `json:"items" nullable:"false"`
		}
	}
	impactOut      struct{ Body Impact }
	createChangeIn struct {
		request.DryRunIn
		Body NewRequest
	}
	changeChangeIn struct {
		request.PathIn
		request.DryRunIn
		httpapi.IfMatch
		Body RequestChange
	}
	bookChangeIn struct {
		request.PathIn
		request.DryRunIn
		request.ActIn
		Body NewBooking
	}
	moveCardIn struct {
		request.PathIn
		Card string `path:"card" maxLength:"100" doc:"The id of a card."`
		request.DryRunIn
		request.ActIn
		Body CardMove
	}
)

func answer(v View, err error) (*changeOut, error) {
	if err != nil {
		return nil, err
	}
	return &changeOut{ETag: httpapi.ETag(v.Version), Body: v}, nil
}

// Mount registers the routes of environment change requests.
func (s *Service) Mount(api *httpapi.API) {
	s.mountRequests(api)
	s.mountActs(api)
}

func (s *Service) mountRequests(api *httpapi.API) {
	const path = "/environment-change-requests"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path, ID: "list-environment-change-requests", Summary: "List environment change requests", Tag: tag,
		Description: "With release it is the maintenance bench of that release."}, authz.SignedIn(),
		func(ctx context.Context, in *request.ListIn) (*httpapi.ListOut[Item], error) {
			page, err := s.List(ctx, in.Page())
			return &httpapi.ListOut[Item]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path, ID: "create-environment-change-request", Summary: "Ask for a change of environments", Tag: tag, Status: http.StatusCreated,
		Description: "The answer says whom it hits; a dry run says so before anything is saved."}, mayCreate,
		func(ctx context.Context, in *createChangeIn) (*changeOut, error) {
			return answer(s.Create(ctx, in.Body, in.DryRun))
		})
	request.MountExport(s.Requests, api, kind, "Environment change requests", columns, s.List)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path + "/bulk-edit", ID: "bulk-edit-environment-change-requests", Summary: "Change many environment change requests", Tag: tag,
		Description: "Each stands for itself: one that cannot be changed is skipped, with the reason."}, mayCreate,
		func(ctx context.Context, in *request.BulkIn) (*request.BulkOut, error) {
			out, err := s.BulkEdit(ctx, in.Body.IDs, in.Body.Change, in.DryRun)
			return &request.BulkOut{Body: out}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path + "/{id}", ID: "get-environment-change-request", Summary: "Show an environment change request", Tag: tag}, mayView,
		func(ctx context.Context, in *request.PathIn) (*changeOut, error) {
			return answer(s.Get(ctx, in.ID))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: path + "/{id}", ID: "change-environment-change-request", Summary: "Change an environment change request", Tag: tag,
		Description: "Its announced outage follows."}, mayCreate,
		func(ctx context.Context, in *changeChangeIn) (*changeOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.Change(ctx, in.ID, version, in.Body, in.DryRun))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path + "/{id}/impact", ID: "get-environment-change-request-impact", Summary: "Show whom a change request hits", Tag: tag}, mayView,
		func(ctx context.Context, in *request.PathIn) (*impactOut, error) {
			out, err := s.Impact(ctx, in.ID)
			return &impactOut{out}, err
		})
}

func (s *Service) mountActs(api *httpapi.API) {
	const path = "/environment-change-requests/{id}"
	act := func(suffix, id, summary, description string) httpapi.Operation {
		return httpapi.Operation{Method: http.MethodPost, Path: path + suffix, ID: id, Summary: summary, Description: description, Tag: tag}
	}
	httpapi.Handle(api, act("/workflow/moves", "move-environment-change-request", "request.Move an environment change request to another status",
		"Giving it up takes its announced outage and its bookings away."), mayCreate,
		func(ctx context.Context, in *request.MoveIn) (*changeOut, error) {
			version, err := in.SeenVersion()
			if err != nil {
				return nil, err
			}
			return answer(s.Move(ctx, in.ID, version, in.Body, in.DryRun))
		})
	httpapi.Handle(api, act("/cancel", "cancel-environment-change-request", "Give an environment change request up", "A dry run shows what would go with it."), mayCreate,
		func(ctx context.Context, in *request.CancelIn) (*changeOut, error) {
			version, err := in.SeenVersion()
			if err != nil {
				return nil, err
			}
			return answer(s.Cancel(ctx, in.ID, version, in.Body.Note, in.DryRun))
		})
	httpapi.Handle(api, act("/bookings", "book-environment-change-request", "Book the environments of a change request in one step",
		"The outage that the request announces does not keep it from booking."), mayCreate,
		func(ctx context.Context, in *bookChangeIn) (*changeOut, error) {
			version, err := in.SeenVersion()
			if err != nil {
				return nil, err
			}
			return answer(s.Book(ctx, in.ID, version, in.Body, in.DryRun))
		})
	httpapi.Handle(api, act("/cards/{card}/moves", "move-change-card", "request.Move a card of the progression path to another status",
		"A card that is done brings its versions to the stacks of its environments."), mayCreate,
		func(ctx context.Context, in *moveCardIn) (*changeOut, error) {
			version, err := in.SeenVersion()
			if err != nil {
				return nil, err
			}
			return answer(s.MoveCard(ctx, in.ID, in.Card, version, in.Body, in.DryRun))
		})
	op := act("/duplicates", "duplicate-environment-change-request", "Repeat an environment change request weekly or monthly", "")
	op.Status = http.StatusCreated
	httpapi.Handle(api, op, mayCreate,
		func(ctx context.Context, in *request.DuplicateIn) (*changesOut, error) {
			items, err := s.Duplicate(ctx, in.ID, in.Body, in.DryRun)
			out := &changesOut{}
			out.Body.Items = items
			return out, err
		})
}
