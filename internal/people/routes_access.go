package people

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// RolePath is the part of an address that names a role.
type RolePath struct {
	ID ref.Role `path:"id"`
}

type roleOut struct {
	ETag string `header:"ETag"`
	Body RoleView
}

func showRole(ctx context.Context, r Role, err error) (*roleOut, error) {
	if err != nil {
		return nil, err
	}
	return &roleOut{ETag: httpapi.ETag(r.Version), Body: viewRole(ctx, ListedRole{Role: r})}, nil
}

func (s *Service) mountAccess(api *httpapi.API) {
	const tag = "people"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/permissions", ID: "list-permissions", Tag: tag,
		Summary: "List every permission there is"}, authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[authz.Declaration], error) {
			return &httpapi.ListOut[authz.Declaration]{Body: httpapi.Page[authz.Declaration]{Items: s.DeclaredPermissions(ctx)}}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/roles", ID: "list-roles", Tag: tag,
		Summary: "List roles, the built-in ones first"}, authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[RoleView], error) {
			list, err := s.ListRoles(ctx)
			if err != nil {
				return nil, err
			}
			page := httpapi.Page[ListedRole]{Items: list}
			return &httpapi.ListOut[RoleView]{Body: viewPage(page, func(r ListedRole) RoleView { return viewRole(ctx, r) })}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/roles", ID: "create-role", Tag: tag,
		Summary: "Create a role", Status: http.StatusCreated}, authz.Need(PermManageRole),
		func(ctx context.Context, in *struct{ Body NewRole }) (*roleOut, error) {
			r, err := s.CreateRole(ctx, in.Body)
			return showRole(ctx, r, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/roles/{id}", ID: "get-role", Tag: tag,
		Summary: "Read a role, by its id or by the code of a built-in one"}, authz.Need(PermViewRole),
		func(ctx context.Context, in *RolePath) (*roleOut, error) {
			r, err := s.Role(ctx, string(in.ID))
			return showRole(ctx, r, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/roles/{id}", ID: "change-role", Tag: tag,
		Summary: "Edit a role"}, authz.Need(PermManageRole),
		func(ctx context.Context, in *struct {
			RolePath
			httpapi.IfMatch
			Body RoleChange
		}) (*roleOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			r, err := s.ChangeRole(ctx, in.ID, version, in.Body)
			return showRole(ctx, r, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/roles/{id}", ID: "delete-role", Tag: tag, Status: http.StatusOK,
		Summary: "Delete an own role and end its grants"}, authz.Need(PermManageRole),
		func(ctx context.Context, in *struct {
			RolePath
			httpapi.IfMatch
			DryRunQuery
		}) (*consequencesOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			more, err := s.DeleteRole(ctx, in.ID, version, in.DryRun)
			return showConsequences(in.DryRun, more, err)
		})
	s.mountGrants(api)
}

type grantOut struct {
	Body GrantView
}

func (s *Service) mountGrants(api *httpapi.API) {
	const tag = "people"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/grants", ID: "list-grants", Tag: tag,
		Summary: "List who holds which role on visible units"}, authz.SignedIn(), s.handleListGrants)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/grants", ID: "create-grant", Tag: tag,
		Summary: "Grant a role on a unit and everything below it", Status: http.StatusCreated}, authz.Need(PermManageGrant),
		func(ctx context.Context, in *struct{ Body NewGrant }) (*grantOut, error) {
			g, err := s.CreateGrant(ctx, in.Body)
			if err != nil {
				return nil, err
			}
			return &grantOut{Body: viewGrant(ctx, g, s.clock.Now())}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/grants/{id}", ID: "delete-grant", Tag: tag, Status: http.StatusNoContent,
		Summary: "Withdraw a role", Description: "Needs no If-Match: a grant never changes, it is only given and withdrawn."}, authz.Need(PermManageGrant),
		func(ctx context.Context, in *struct {
			ID ref.Grant `path:"id"`
		}) (*struct{}, error) {
			return nil, s.DeleteGrant(ctx, in.ID)
		})
}

func (s *Service) handleListGrants(ctx context.Context, in *struct {
	httpapi.Paging
	Unit        ref.Unit    `query:"unit" doc:"Keep grants on this unit and below it."`
	InForceOn   ref.Unit    `query:"inForceOn" doc:"Keep grants that reach this unit, from itself or from above."`
	Role        ref.Role    `query:"role"`
	SubjectKind SubjectKind `query:"subjectKind" enum:"person,team,service"`
	SubjectID   string      `query:"subjectId" maxLength:"100"`
}) (*httpapi.ListOut[GrantView], error) {
	page, err := s.ListGrants(ctx, GrantFilter{Unit: in.Unit, InForceOn: in.InForceOn, Role: in.Role, SubjectKind: in.SubjectKind,
		SubjectID: in.SubjectID, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	return &httpapi.ListOut[GrantView]{Body: viewPage(page, func(g ListedGrant) GrantView { return viewGrant(ctx, g, now) })}, nil
}
