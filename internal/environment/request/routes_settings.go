package request

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
)

type (
	policyOut struct {
		ETag string `header:"ETag"`
		Body Policy
	}
	policyIn struct {
		httpapi.IfMatch
		Body Settings
	}
	slotOut struct {
		ETag string `header:"ETag"`
		Body Slot
	}
	questionOut struct {
		ETag string `header:"ETag"`
		Body Question
	}
	// SettingIn names something an administrator keeps.
	SettingIn struct {
		ID string `path:"id" maxLength:"100"`
		httpapi.IfMatch
	}
)

// TypeView is a type of requests.
type TypeView struct {
	Kind string `json:"kind" enum:"booking_request,environment_change_request"`
	LookupRef
	Default         bool      `json:"default"`
	DefaultForBench bool      `json:"defaultForBench"`
	DefaultAssignee *PartyRef `json:"defaultAssignee,omitempty"`
}

// Types returns the types of both sorts of requests.
func (s *Service) Types(ctx context.Context) (out []TypeView, err error) {
	out = []TypeView{}
	if p := authz.From(ctx); p == nil || !p.CanSomewhere(PermView) {
		return out, nil
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, k := range bothKinds {
			values, err := s.Fields.Lookups.Values(ctx, tx, k.types)
			if err != nil {
				return err
			}
			for _, v := range values {
				t := TypeView{Kind: k.subject, LookupRef: LookupRef{v.ID, v.Name, v.Colour}, Default: v.Default, DefaultForBench: v.Flag(DefaultForBench)}
				if id, _ := v.Attributes[DefaultAssignee].(string); id != "" {
					if t.DefaultAssignee, err = namedParty(ctx, tx, id); err != nil {
						return err
					}
				}
				out = append(out, t)
			}
		}
		return nil
	})
	return out, err
}

func namedParty(ctx context.Context, tx db.Tx, id string) (*PartyRef, error) {
	p, err := partyOf(ctx, tx, id)
	if err != nil || p == nil {
		return nil, err
	}
	out := &PartyRef{Kind: p.Kind, ID: p.ID}
	return out, tx.NewSelect().Table("v_"+p.Kind).Column("name").Where("id = ?", id).Scan(ctx, &out.Name)
}

func listed[T any](items []T, err error) (*httpapi.ListOut[T], error) {
	return &httpapi.ListOut[T]{Body: httpapi.Page[T]{Items: items}}, err
}

func (s *Service) mountSettings(api *httpapi.API) {
	settings := authz.Need(PermSettings)
	op := func(method, path, id, summary string, status int) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: tag, Status: status}
	}
	httpapi.Handle(api, op(http.MethodGet, "/request-types", "list-request-types", "List the types of booking requests and environment change requests", 0), authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[TypeView], error) {
			return listed(s.Types(ctx))
		})
	httpapi.Handle(api, op(http.MethodGet, "/request-policy", "get-request-policy", "Show the policy of requests", 0), view,
		func(ctx context.Context, _ *struct{}) (*policyOut, error) { return policyAnswer(s.Policy(ctx)) })
	httpapi.Handle(api, op(http.MethodPut, "/request-policy", "set-request-policy", "Set the policy of requests", 0), settings,
		func(ctx context.Context, in *policyIn) (*policyOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return policyAnswer(s.SetPolicy(ctx, version, in.Body))
		})
	httpapi.Handle(api, op(http.MethodGet, "/booking-time-slots", "list-booking-time-slots", "List the time slots that booking requests can choose", 0), authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[Slot], error) { return listed(s.Slots(ctx)) })
	httpapi.Handle(api, op(http.MethodPost, "/booking-time-slots", "create-booking-time-slot", "Add a time slot", http.StatusCreated), settings,
		func(ctx context.Context, in *struct{ Body NewSlot }) (*slotOut, error) {
			return slotAnswer(s.CreateSlot(ctx, in.Body))
		})
	httpapi.Handle(api, op(http.MethodPatch, "/booking-time-slots/{id}", "change-booking-time-slot", "Change a time slot", 0), settings,
		func(ctx context.Context, in *struct {
			SettingIn
			Body SlotChange
		}) (*slotOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return slotAnswer(s.ChangeSlot(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, op(http.MethodDelete, "/booking-time-slots/{id}", "delete-booking-time-slot", "Delete a time slot", http.StatusNoContent), settings,
		func(ctx context.Context, in *SettingIn) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return &struct{}{}, s.DeleteSlot(ctx, in.ID, version)
		})
	httpapi.Handle(api, op(http.MethodGet, "/booking-request-questions", "list-booking-request-questions", "List the questions of booking requests", 0), authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[Question], error) {
			return listed(s.Questions(ctx))
		})
	httpapi.Handle(api, op(http.MethodPost, "/booking-request-questions", "create-booking-request-question", "Add a question", http.StatusCreated), settings,
		func(ctx context.Context, in *struct{ Body NewQuestion }) (*questionOut, error) {
			return questionAnswer(s.CreateQuestion(ctx, in.Body))
		})
	httpapi.Handle(api, op(http.MethodPatch, "/booking-request-questions/{id}", "change-booking-request-question", "Change a question", 0), settings,
		func(ctx context.Context, in *struct {
			SettingIn
			Body QuestionChange
		}) (*questionOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return questionAnswer(s.ChangeQuestion(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, op(http.MethodDelete, "/booking-request-questions/{id}", "delete-booking-request-question", "Delete a question", http.StatusNoContent), settings,
		func(ctx context.Context, in *SettingIn) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return &struct{}{}, s.DeleteQuestion(ctx, in.ID, version)
		})
}

func policyAnswer(p Policy, err error) (*policyOut, error) {
	return &policyOut{ETag: httpapi.ETag(p.Version), Body: p}, err
}

func slotAnswer(t Slot, err error) (*slotOut, error) {
	return &slotOut{ETag: httpapi.ETag(t.Version), Body: t}, err
}

func questionAnswer(q Question, err error) (*questionOut, error) {
	return &questionOut{ETag: httpapi.ETag(q.Version), Body: q}, err
}
