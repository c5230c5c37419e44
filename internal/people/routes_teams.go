package people

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// TeamPath is the part of an address that names a team.
type TeamPath struct {
	ID ref.Team `path:"id"`
}

type teamOut struct {
	ETag string `header:"ETag"`
	Body TeamWithMembersView
}

// MemberPath is the part of an address that names a member of a team.
type MemberPath struct {
	TeamPath
	Person ref.Person `path:"personId"`
}

func (s *Service) mountTeams(api *httpapi.API) {
	const tag = "people"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/teams", ID: "list-teams", Tag: tag,
		Summary: "List teams by name"}, authz.SignedIn(), s.handleListTeams)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/teams", ID: "create-team", Tag: tag,
		Summary: "Create a team", Status: http.StatusCreated}, authz.Need(PermManageTeam),
		func(ctx context.Context, in *struct{ Body NewTeam }) (*teamOut, error) {
			t, err := s.CreateTeam(ctx, in.Body)
			return s.teamAnswer(ctx, t, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/teams/{id}", ID: "get-team", Tag: tag,
		Summary: "Read a team and its members"}, authz.Need(PermViewTeam),
		func(ctx context.Context, in *TeamPath) (*teamOut, error) {
			t, members, err := s.Team(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return showTeam(ctx, t, members), nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/teams/{id}", ID: "change-team", Tag: tag,
		Summary: "Edit a team"}, authz.Need(PermManageTeam),
		func(ctx context.Context, in *struct {
			TeamPath
			httpapi.IfMatch
			Body TeamChange
		}) (*teamOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			t, err := s.ChangeTeam(ctx, in.ID, version, in.Body)
			return s.teamAnswer(ctx, t, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/teams/{id}", ID: "delete-team", Tag: tag, Status: http.StatusOK,
		Summary: "Delete a team"}, authz.Need(PermManageTeam),
		func(ctx context.Context, in *struct {
			TeamPath
			httpapi.IfMatch
			DryRunQuery
		}) (*consequencesOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			more, err := s.DeleteTeam(ctx, in.ID, version, in.DryRun)
			return showConsequences(in.DryRun, more, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/teams/{id}/members/{personId}", ID: "set-team-member", Tag: tag,
		Summary:     "Put a person into a team",
		Description: "Needs no If-Match: each member stands for itself, and sending the same again changes nothing."}, authz.Need(PermManageTeam),
		func(ctx context.Context, in *struct {
			MemberPath
			Body struct {
				Lead bool `json:"lead,omitempty"`
			}
		}) (*teamOut, error) {
			err := s.SetTeamMember(ctx, in.ID, in.Person, in.Body.Lead)
			return s.teamAnswer(ctx, Team{ID: in.ID}, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/teams/{id}/members/{personId}", ID: "remove-team-member", Tag: tag, Status: http.StatusOK,
		Summary:     "Take a person out of a team",
		Description: "Needs no If-Match: each member stands for itself, and sending the same again changes nothing."}, authz.Need(PermManageTeam),
		func(ctx context.Context, in *MemberPath) (*teamOut, error) {
			err := s.RemoveTeamMember(ctx, in.ID, in.Person)
			return s.teamAnswer(ctx, Team{ID: in.ID}, err)
		})
}

func (s *Service) handleListTeams(ctx context.Context, in *struct {
	httpapi.Paging
	Text   string     `query:"q" maxLength:"200" doc:"Keep teams whose name contains it."`
	Unit   ref.Unit   `query:"unit" doc:"Keep teams of this unit and everything below it."`
	Person ref.Person `query:"person" doc:"Keep teams this person is in."`
}) (*httpapi.ListOut[TeamView], error) {
	page, err := s.ListTeams(ctx, TeamFilter{Text: in.Text, Unit: in.Unit, Person: in.Person, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return &httpapi.ListOut[TeamView]{Body: viewPage(page, func(t ListedTeam) TeamView { return viewTeam(ctx, t) })}, nil
}

func showTeam(ctx context.Context, t ListedTeam, members []ListedMember) *teamOut {
	if members == nil {
		members = []ListedMember{}
	}
	return &teamOut{ETag: httpapi.ETag(t.Version), Body: TeamWithMembersView{TeamView: viewTeam(ctx, t), Members: members}}
}

// teamAnswer shows a team that a use case just stored.
func (s *Service) teamAnswer(ctx context.Context, t Team, err error) (*teamOut, error) {
	if err != nil {
		return nil, err
	}
	listed, members, err := s.Team(ctx, t.ID)
	if err != nil {
		// Who may manage but not view still gets what was stored.
		listed = ListedTeam{Team: t}
	}
	return showTeam(ctx, listed, members), nil
}

func showConsequences(dry bool, more []Consequence, err error) (*consequencesOut, error) {
	if err != nil {
		return nil, err
	}
	return &consequencesOut{Body: Consequences{DryRun: dry, Consequences: more}}, nil
}
