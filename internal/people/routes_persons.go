package people

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// PersonPath is the part of an address that names a person.
type PersonPath struct {
	ID ref.Person `path:"id"`
}

type personOut struct {
	ETag string `header:"ETag"`
	Body PersonView
}

func (s *Service) mountPersons(api *httpapi.API) {
	const tag = "people"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/persons", ID: "list-persons", Tag: tag,
		Summary: "List persons"}, authz.SignedIn(), s.handleListPersons)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/persons", ID: "create-person", Tag: tag,
		Summary: "Add a person, pending until they sign in", Status: http.StatusCreated}, authz.Need(PermManagePerson),
		func(ctx context.Context, in *struct{ Body NewPerson }) (*personOut, error) {
			p, err := s.CreatePerson(ctx, in.Body)
			return s.personAnswer(ctx, p, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/persons/bulk", ID: "create-persons", Tag: tag,
		Summary: "Add many persons", MaxBody: httpapi.MaxBulkBody}, authz.Need(PermManagePerson),
		func(ctx context.Context, in *httpapi.BulkIn[NewPerson]) (*httpapi.BulkOut[PersonView], error) {
			return httpapi.RunBulk(ctx, api, in.Body, func(ctx context.Context, n NewPerson) (PersonView, error) {
				p, err := s.CreatePerson(ctx, n)
				out, err := s.personAnswer(ctx, p, err)
				if err != nil {
					return PersonView{}, err
				}
				return out.Body, nil
			}), nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/persons/{id}", ID: "get-person", Tag: tag,
		Summary: "Read a person"}, authz.Need(PermViewPerson),
		func(ctx context.Context, in *PersonPath) (*personOut, error) {
			p, err := s.Person(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &personOut{ETag: httpapi.ETag(p.Version), Body: viewPerson(ctx, p, s.clock.Now())}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/persons/{id}", ID: "change-person", Tag: tag,
		Summary: "Edit a person"}, authz.Need(PermManagePerson),
		func(ctx context.Context, in *struct {
			PersonPath
			httpapi.IfMatch
			Body PersonChange
		}) (*personOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			p, err := s.ChangePerson(ctx, in.ID, version, in.Body)
			return s.personAnswer(ctx, p, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/persons/{id}/deactivate", ID: "deactivate-person", Tag: tag,
		Summary: "Keep a person from signing in", Status: http.StatusOK}, authz.Need(PermManagePerson), s.handleAct(s.DeactivatePerson))
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/persons/{id}/reactivate", ID: "reactivate-person", Tag: tag,
		Summary: "Let a person back in", Status: http.StatusOK}, authz.Need(PermManagePerson), s.handleAct(s.ReactivatePerson))
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/persons/{id}", ID: "delete-person", Tag: tag, Status: http.StatusOK,
		Summary: "Delete a person who is not active"}, authz.Need(PermManagePerson),
		func(ctx context.Context, in *struct {
			PersonActIn
			DryRunQuery
		}) (*consequencesOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			more, err := s.DeletePerson(ctx, in.ID, version, in.DryRun)
			return showConsequences(in.DryRun, more, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/persons/{id}/reassignments", ID: "reassign-person", Tag: tag, Status: http.StatusOK,
		Summary: "Move the open work of a person to somebody else"}, authz.Need(PermManagePerson),
		func(ctx context.Context, in *struct {
			PersonPath
			DryRunQuery
			Body Reassignment
		}) (*struct{ Body Reassigned }, error) {
			done, err := s.ReassignPerson(ctx, in.ID, in.Body, in.DryRun)
			if err != nil {
				return nil, err
			}
			return &struct{ Body Reassigned }{Body: done}, nil
		})
}

type listPersonsIn struct {
	httpapi.Paging
	Text  string   `query:"q" maxLength:"200" doc:"Keep persons whose name or email contains it."`
	State State    `query:"state" enum:"PENDING,ACTIVE,INACTIVE"`
	Unit  ref.Unit `query:"unit" doc:"Keep persons of this unit and everything below it."`
	Team  ref.Team `query:"team"`
	Sort  string   `query:"sort" enum:"name,-name,email,-email,createdAt,-createdAt" default:"name"`
}

func (s *Service) handleListPersons(ctx context.Context, in *listPersonsIn) (*httpapi.ListOut[PersonView], error) {
	page, err := s.ListPersons(ctx, PersonFilter{
		Text: in.Text, State: in.State, Unit: in.Unit, Team: in.Team, Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	return &httpapi.ListOut[PersonView]{Body: viewPage(page, func(p ListedPerson) PersonView { return viewPerson(ctx, p, now) })}, nil
}

// PersonActIn names a person and the version an act is based on.
type PersonActIn struct {
	PersonPath
	httpapi.IfMatch
}

func (s *Service) handleAct(act func(context.Context, ref.Person, int64) (Person, error)) func(context.Context, *PersonActIn) (*personOut, error) {
	return func(ctx context.Context, in *PersonActIn) (*personOut, error) {
		version, err := in.Version()
		if err != nil {
			return nil, err
		}
		p, err := act(ctx, in.ID, version)
		return s.personAnswer(ctx, p, err)
	}
}

// personAnswer shows a person whom a use case just stored, with the names that stand beside them.
func (s *Service) personAnswer(ctx context.Context, p Person, err error) (*personOut, error) {
	if err != nil {
		return nil, err
	}
	listed, err := s.Person(ctx, p.ID)
	if err != nil {
		// Who may manage but not view still gets what was stored.
		listed = ListedPerson{Person: p}
	}
	return &personOut{ETag: httpapi.ETag(listed.Version), Body: viewPerson(ctx, listed, s.clock.Now())}, nil
}
