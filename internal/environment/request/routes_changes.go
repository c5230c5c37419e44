package request

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

type (
	changeOut struct {
		ETag string `header:"ETag"`
		Body ChangeView
	}
	changesOut struct {
		Body struct {
			Items []ChangeItem `json:"items" nullable:"false"`
		}
	}
	impactOut      struct{ Body Impact }
	createChangeIn struct {
		DryRunIn
		Body NewChangeRequest
	}
	changeChangeIn struct {
		PathIn
		DryRunIn
		httpapi.IfMatch
		Body ChangeRequestChange
	}
	bookChangeIn struct {
		PathIn
		DryRunIn
		ActIn
		Body NewChangeBooking
	}
	moveCardIn struct {
		PathIn
		Card string `path:"card" maxLength:"100" doc:"The id of a card."`
		DryRunIn
		ActIn
		Body CardMove
	}
)

func changeAnswer(v ChangeView, err error) (*changeOut, error) {
	if err != nil {
		return nil, err
	}
	return &changeOut{ETag: httpapi.ETag(v.Version), Body: v}, nil
}

func (s *Service) mountChangeRequests(api *httpapi.API) {
	const path = "/environment-change-requests"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path, ID: "list-environment-change-requests", Summary: "List environment change requests", Tag: tag,
		Description: "With release it is the maintenance bench of that release."}, authz.SignedIn(),
		func(ctx context.Context, in *listIn) (*httpapi.ListOut[ChangeItem], error) {
			page, err := s.ListChangeRequests(ctx, in.page())
			return &httpapi.ListOut[ChangeItem]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path, ID: "create-environment-change-request", Summary: "Ask for a change of environments", Tag: tag, Status: http.StatusCreated,
		Description: "The answer says whom it hits; a dry run says so before anything is saved."}, create,
		func(ctx context.Context, in *createChangeIn) (*changeOut, error) {
			return changeAnswer(s.CreateChangeRequest(ctx, in.Body, in.DryRun))
		})
	mountExport(s, api, changeKind, "Environment change requests", changeColumns, s.ListChangeRequests)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path + "/bulk-edit", ID: "bulk-edit-environment-change-requests", Summary: "Change many environment change requests", Tag: tag,
		Description: "Each stands for itself: one that cannot be changed is skipped, with the reason."}, create,
		func(ctx context.Context, in *bulkIn) (*bulkOut, error) {
			out, err := s.BulkEditChangeRequests(ctx, in.Body.IDs, in.Body.Change, in.DryRun)
			return &bulkOut{out}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path + "/{id}", ID: "get-environment-change-request", Summary: "Show an environment change request", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*changeOut, error) {
			return changeAnswer(s.ChangeRequest(ctx, in.ID))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: path + "/{id}", ID: "change-environment-change-request", Summary: "Change an environment change request", Tag: tag,
		Description: "Its announced outage follows."}, create,
		func(ctx context.Context, in *changeChangeIn) (*changeOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return changeAnswer(s.ChangeChangeRequest(ctx, in.ID, version, in.Body, in.DryRun))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path + "/{id}/impact", ID: "get-environment-change-request-impact", Summary: "Show whom a change request hits", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*impactOut, error) {
			out, err := s.Impact(ctx, in.ID)
			return &impactOut{out}, err
		})
}

func (s *Service) mountChangeActs(api *httpapi.API) {
	const path = "/environment-change-requests/{id}"
	act := func(suffix, id, summary, description string) httpapi.Operation {
		return httpapi.Operation{Method: http.MethodPost, Path: path + suffix, ID: id, Summary: summary, Description: description, Tag: tag}
	}
	httpapi.Handle(api, act("/workflow/moves", "move-environment-change-request", "Move an environment change request to another status",
		"Giving it up takes its announced outage and its bookings away."), create,
		func(ctx context.Context, in *moveIn) (*changeOut, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			return changeAnswer(s.MoveChangeRequest(ctx, in.ID, version, in.Body, in.DryRun))
		})
	httpapi.Handle(api, act("/cancel", "cancel-environment-change-request", "Give an environment change request up", "A dry run shows what would go with it."), create,
		func(ctx context.Context, in *cancelIn) (*changeOut, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			return changeAnswer(s.CancelChangeRequest(ctx, in.ID, version, in.Body.Note, in.DryRun))
		})
	httpapi.Handle(api, act("/bookings", "book-environment-change-request", "Book the environments of a change request in one step",
		"The outage that the request announces does not keep it from booking."), authz.Need(PermCreate),
		func(ctx context.Context, in *bookChangeIn) (*changeOut, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			return changeAnswer(s.BookChangeRequest(ctx, in.ID, version, in.Body, in.DryRun))
		})
	httpapi.Handle(api, act("/cards/{card}/moves", "move-change-card", "Move a card of the progression path to another status",
		"A card that is done brings its versions to the stacks of its environments."), create,
		func(ctx context.Context, in *moveCardIn) (*changeOut, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			return changeAnswer(s.MoveCard(ctx, in.ID, in.Card, version, in.Body, in.DryRun))
		})
	op := act("/duplicates", "duplicate-environment-change-request", "Repeat an environment change request weekly or monthly", "")
	op.Status = http.StatusCreated
	httpapi.Handle(api, op, create,
		func(ctx context.Context, in *duplicateIn) (*changesOut, error) {
			items, err := s.DuplicateChangeRequest(ctx, in.ID, in.Body, in.DryRun)
			out := &changesOut{}
			out.Body.Items = items
			return out, err
		})
}
