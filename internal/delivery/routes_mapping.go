package delivery

import (
	"context"
	"net/http"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

type (
	// RuleIDIn names a rule or a replay in an address.
	RuleIDIn struct {
		ID string `path:"id" maxLength:"36"`
	}
	ruleOut struct {
		ETag string `header:"ETag"`
		Body Rule
	}
	changeRuleIn struct {
		RuleIDIn
		httpapi.IfMatch
		Body RuleChange
	}
	deleteRuleIn struct {
		RuleIDIn
		httpapi.IfMatch
	}
)

func (s *Service) mountMapping(api *httpapi.API) {
	httpapi.Handle(api, route(http.MethodGet, "/unmapped", "list-unmapped", "List what belongs to no application or environment class yet, grouped by what is unknown", 0), mayView,
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[UnmappedGroup], error) {
			groups, err := s.ListUnmapped(ctx)
			return &httpapi.ListOut[UnmappedGroup]{Body: httpapi.Page[UnmappedGroup]{Items: groups}}, err
		})
	type rulesIn struct {
		Kind RuleKind `query:"kind" enum:"service,pipeline,environment,board,path,repository,environment_class,account"`
		Q    string   `query:"q" maxLength:"200"`
		httpapi.Paging
	}
	httpapi.Handle(api, route(http.MethodGet, "/mapping-rules", "list-mapping-rules", "List mapping rules in the order in which they are asked", 0), mayView,
		func(ctx context.Context, in *rulesIn) (*httpapi.ListOut[Rule], error) {
			page, err := s.ListRules(ctx, in.Kind, in.Q, in.Paging)
			return &httpapi.ListOut[Rule]{Body: page}, err
		})
	httpapi.Handle(api, route(http.MethodGet, "/mapping-rules/{id}", "get-mapping-rule", "Show one mapping rule", 0), mayView,
		func(ctx context.Context, in *RuleIDIn) (*ruleOut, error) {
			r, err := s.GetRule(ctx, in.ID)
			return &ruleOut{httpapi.ETag(r.Version), r}, err
		})
	httpapi.Handle(api, route(http.MethodPost, "/mapping-rules", "create-mapping-rule", "Add a mapping rule", http.StatusCreated), mayMap,
		func(ctx context.Context, in *struct{ Body NewRule }) (*ruleOut, error) {
			r, err := s.CreateRule(ctx, in.Body)
			return &ruleOut{httpapi.ETag(r.Version), r}, err
		})
	httpapi.Handle(api, route(http.MethodPatch, "/mapping-rules/{id}", "change-mapping-rule", "Change what a mapping rule says", 0), mayMap,
		func(ctx context.Context, in *changeRuleIn) (*ruleOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			r, err := s.ChangeRule(ctx, in.ID, version, in.Body)
			return &ruleOut{httpapi.ETag(r.Version), r}, err
		})
	httpapi.Handle(api, route(http.MethodDelete, "/mapping-rules/{id}", "delete-mapping-rule", "Delete a mapping rule", 0), mayMap,
		func(ctx context.Context, in *deleteRuleIn) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.DeleteRule(ctx, in.ID, version)
		})
	type previewIn struct {
		Replaces string `query:"replaces" maxLength:"36" doc:"The rule this one would replace."`
		Body     NewRule
	}
	httpapi.Handle(api, route(http.MethodPost, "/mapping-rules/preview", "preview-mapping-rule", "Tell what a rule would change, without changing it", http.StatusOK), mayMap,
		func(ctx context.Context, in *previewIn) (*viewOut[RulePreview], error) {
			p, err := s.PreviewRule(ctx, in.Body, in.Replaces)
			return &viewOut[RulePreview]{p}, err
		})
	s.mountReplays(api)
}

func (s *Service) mountReplays(api *httpapi.API) {
	httpapi.Handle(api, route(http.MethodPost, "/mapping-rules/replays", "start-mapping-replay", "Map everything stored anew, without asking any tool", http.StatusAccepted), mayMap,
		func(ctx context.Context, _ *struct{}) (*viewOut[Replay], error) {
			r, err := s.StartReplay(ctx)
			return &viewOut[Replay]{r}, err
		})
	httpapi.Handle(api, route(http.MethodGet, "/mapping-rules/replays", "list-mapping-replays", "List replays, newest first", 0), mayView,
		func(ctx context.Context, in *httpapi.Paging) (*httpapi.ListOut[Replay], error) {
			page, err := s.ListReplays(ctx, *in)
			return &httpapi.ListOut[Replay]{Body: page}, err
		})
	httpapi.Handle(api, route(http.MethodGet, "/mapping-rules/replays/{id}", "get-mapping-replay", "Show how far a replay is", 0), mayView,
		func(ctx context.Context, in *RuleIDIn) (*viewOut[Replay], error) {
			r, err := s.GetReplay(ctx, in.ID)
			return &viewOut[Replay]{r}, err
		})
}

func (s *Service) mountAccounts(api *httpapi.API) {
	type accountsIn struct {
		Q          string         `query:"q" maxLength:"200" doc:"Part of a user name, name or e-mail address."`
		Connection ref.Connection `query:"connection" maxLength:"36"`
		Person     ref.Person     `query:"person" maxLength:"36"`
		Unlinked   bool           `query:"unlinked" doc:"Only humans no person is known for."`
		Bots       bool           `query:"bots" doc:"Only robots."`
		httpapi.Paging
	}
	type accountOut struct {
		ETag string `header:"ETag"`
		Body AccountView
	}
	httpapi.Handle(api, route(http.MethodGet, "/tool-accounts", "list-tool-accounts", "List accounts of tools with the persons behind them", 0), mayView,
		func(ctx context.Context, in *accountsIn) (*httpapi.ListOut[AccountView], error) {
			page, err := s.ListAccounts(ctx, AccountFilter{Text: in.Q, Connection: in.Connection, Person: in.Person, Unlinked: in.Unlinked, Bots: in.Bots}, in.Paging)
			return &httpapi.ListOut[AccountView]{Body: page}, err
		})
	httpapi.Handle(api, route(http.MethodGet, "/tool-accounts/{id}", "get-tool-account", "Show one account of a tool", 0), mayView,
		func(ctx context.Context, in *IDIn) (*accountOut, error) {
			id, err := in.fact()
			if err != nil {
				return nil, err
			}
			v, err := s.GetAccount(ctx, id)
			return &accountOut{httpapi.ETag(v.Version), v}, err
		})
	type linkIn struct {
		IDIn
		httpapi.IfMatch
		Body struct {
			PersonID ref.Person `json:"personId" maxLength:"36" doc:"Empty says that nobody stands behind the account."`
		}
	}
	httpapi.Handle(api, route(http.MethodPut, "/tool-accounts/{id}/person", "link-tool-account", "Tie an account of a tool to a person", 0), mayLink,
		func(ctx context.Context, in *linkIn) (*accountOut, error) {
			id, err := in.fact()
			if err != nil {
				return nil, err
			}
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			v, err := s.LinkAccount(ctx, id, version, in.Body.PersonID)
			return &accountOut{httpapi.ETag(v.Version), v}, err
		})
	httpapi.Handle(api, route(http.MethodPost, "/tool-accounts/matches", "match-tool-accounts", "Look for the persons behind all accounts that have none", http.StatusOK), mayLink,
		func(ctx context.Context, _ *struct{}) (*viewOut[MatchResult], error) {
			n, err := s.MatchAccounts(ctx)
			return &viewOut[MatchResult]{MatchResult{n}}, err
		})
}

// MatchResult tells how many accounts got a person.
type MatchResult struct {
	Matched int64 `json:"matched"`
}
