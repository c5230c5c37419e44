package environment

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

type (
	groupListIn struct {
		Q           string   `query:"q" maxLength:"200" doc:"Part of a key or name."`
		Unit        ref.Unit `query:"unit" doc:"A unit and everything below it."`
		Usage       []string `query:"usage" doc:"Ids or names of usages, separated by commas."`
		Environment string   `query:"environment" maxLength:"200" doc:"The id or key of a member."`
		httpapi.Paging
	}
	// GroupPathIn names a group in an address.
	GroupPathIn struct {
		ID string `path:"id" maxLength:"200" doc:"The id or the key of the group."`
	}
	groupOut struct {
		ETag string `header:"ETag"`
		Body GroupView
	}
	groupCreateIn struct{ Body NewGroup }
	groupChangeIn struct {
		GroupPathIn
		httpapi.IfMatch
		Body GroupChange
	}
	groupDeleteIn struct {
		GroupPathIn
		DeleteIn
	}
	membersIn struct {
		GroupPathIn
		httpapi.IfMatch
		Body struct {
			Members []string `json:"members" maxItems:"500" nullable:"false" doc:"Ids or keys of environments, in order."`
		}
	}
	connectionsIn struct {
		Group       string `query:"group" maxLength:"200" doc:"The id or key of a group."`
		Environment string `query:"environment" maxLength:"200" doc:"The id or key of an environment."`
		httpapi.Paging
	}
	connectionsAddIn struct {
		Body struct {
			Group string          `json:"group" minLength:"1" maxLength:"200" doc:"The id or key of the group."`
			Items []NewConnection `json:"items" minItems:"1" maxItems:"500"`
		}
	}
	connectionsOut struct {
		Body struct {
			Items []Connected `json:"items" nullable:"false"`
		}
	}
	// ConnectionPathIn names a connection in an address.
	ConnectionPathIn struct {
		ID string `path:"id" maxLength:"100"`
	}
	connectionChangeIn struct {
		ConnectionPathIn
		httpapi.IfMatch
		Body ConnectionChange
	}
	connectionOut struct {
		ETag string `header:"ETag"`
		Body Connected
	}
	connectionDeleteIn struct {
		ConnectionPathIn
		httpapi.IfMatch
	}
)

// GroupItem is a group in a list.
type GroupItem struct {
	Group
	UnitName    string     `json:"unitName"`
	Usage       *LookupRef `json:"usage,omitempty"`
	MemberCount int64      `json:"memberCount"`
	Owner       *Owner     `json:"owner,omitempty"`
}

// GroupView is a group with what its page shows.
type GroupView struct {
	GroupItem
	Members     []EnvironmentRef `json:"members" nullable:"false"`
	Hidden      int64            `json:"hiddenMembers" doc:"How many more there are that you may not see."`
	AllowedActs []string         `json:"allowedActs" nullable:"false"`
}

func groupItem(g GroupListed) GroupItem {
	return GroupItem{Group: g.Group, UnitName: g.UnitName, Usage: lookupRef(g.Group.Usage, g.UsageName, g.UsageColour), MemberCount: g.MemberCount, Owner: g.Owner}
}

func groupView(d GroupDetails) GroupView {
	return GroupView{GroupItem: groupItem(d.GroupListed), Members: d.Members, Hidden: d.Hidden, AllowedActs: d.Acts}
}

func answerGroup(d GroupDetails, err error) (*groupOut, error) {
	if err != nil {
		return nil, err
	}
	return &groupOut{ETag: httpapi.ETag(d.Version), Body: groupView(d)}, nil
}

func (s *Service) mountGroups(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environment-groups", ID: "list-environment-groups", Summary: "List groups of environments", Tag: tag}, authz.SignedIn(),
		func(ctx context.Context, in *groupListIn) (*httpapi.ListOut[GroupItem], error) {
			page, err := s.ListGroups(ctx, GroupFilter{Text: in.Q, Unit: in.Unit, Usage: in.Usage, Environment: in.Environment}, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpapi.Page[GroupItem]{Items: make([]GroupItem, len(page.Items)), Next: page.Next}
			for i, g := range page.Items {
				out.Items[i] = groupItem(g)
			}
			return &httpapi.ListOut[GroupItem]{Body: out}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environment-groups", ID: "create-environment-group", Summary: "Create a group of environments", Tag: tag, Status: http.StatusCreated}, manage,
		func(ctx context.Context, in *groupCreateIn) (*groupOut, error) {
			return answerGroup(s.CreateGroup(ctx, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environment-groups/{id}", ID: "get-environment-group", Summary: "Show a group of environments", Tag: tag}, view,
		func(ctx context.Context, in *GroupPathIn) (*groupOut, error) { return answerGroup(s.Group(ctx, in.ID)) })
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/environment-groups/{id}", ID: "change-environment-group", Summary: "Change a group of environments", Tag: tag}, manage,
		func(ctx context.Context, in *groupChangeIn) (*groupOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answerGroup(s.ChangeGroup(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/environment-groups/{id}", ID: "delete-environment-group", Summary: "Delete a group of environments", Tag: tag,
		Description: "The environments stay. What other records name it is told as consequences: it wants confirm, or keeps the group."}, manage,
		func(ctx context.Context, in *groupDeleteIn) (*deleteOut, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			list, err := s.DeleteGroup(ctx, in.ID, version, in.Confirm, in.DryRun)
			return deleted(list, in.DryRun, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/environment-groups/{id}/members", ID: "replace-environment-group-members", Summary: "Set the members of a group and their order", Tag: tag}, manage,
		func(ctx context.Context, in *membersIn) (*groupOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answerGroup(s.ReplaceMembers(ctx, in.ID, version, in.Body.Members))
		})
}

func (s *Service) mountConnections(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environment-connections", ID: "list-environment-connections", Summary: "List connections between environments", Tag: tag}, authz.SignedIn(),
		func(ctx context.Context, in *connectionsIn) (*httpapi.ListOut[Connected], error) {
			page, err := s.ListConnections(ctx, in.Group, in.Environment, in.Cursor, in.Limit)
			return &httpapi.ListOut[Connected]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environment-connections", ID: "add-environment-connections", Summary: "Add connections inside a group, all or none", Tag: tag, Status: http.StatusCreated}, manage,
		func(ctx context.Context, in *connectionsAddIn) (*connectionsOut, error) {
			list, err := s.AddConnections(ctx, in.Body.Group, in.Body.Items)
			out := &connectionsOut{}
			out.Body.Items = list
			return out, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/environment-connections/{id}", ID: "change-environment-connection", Summary: "Change a connection or move it to another group", Tag: tag}, manage,
		func(ctx context.Context, in *connectionChangeIn) (*connectionOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			c, err := s.ChangeConnection(ctx, in.ID, version, in.Body)
			return &connectionOut{ETag: httpapi.ETag(c.Version), Body: c}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/environment-connections/{id}", ID: "delete-environment-connection", Summary: "Remove a connection", Tag: tag, Status: http.StatusNoContent}, manage,
		func(ctx context.Context, in *connectionDeleteIn) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.DeleteConnection(ctx, in.ID, version)
		})
}
