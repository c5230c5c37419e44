package identity

import (
	"context"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

type accountsIn struct {
	httpapi.Paging
	Text   string `query:"q" maxLength:"200" doc:"Looked for in names and email addresses."`
	State  string `query:"state" enum:"PENDING,ACTIVE,INACTIVE"`
	Locked bool   `query:"locked" doc:"Only accounts that failed sign-ins have locked."`
}

func (in *accountsIn) filter() AccountFilter {
	return AccountFilter{Text: in.Text, State: State(in.State), Locked: in.Locked, Paging: in.Paging}
}

func (s *Service) handleAccounts(ctx context.Context, in *accountsIn) (*httpapi.ListOut[AccountView], error) {
	page, err := s.Accounts(ctx, in.filter())
	now := s.clock.Now()
	return listOf(page, err, func(a *Account) AccountView { return a.accountView(now) })
}

// listOf turns a page of records into the answer of a list route.
func listOf[T, V any](page httpapi.Page[T], err error, view func(*T) V) (*httpapi.ListOut[V], error) {
	if err != nil {
		return nil, err
	}
	out := &httpapi.ListOut[V]{Body: httpapi.Page[V]{Items: make([]V, len(page.Items)), Next: page.Next}}
	for i := range page.Items {
		out.Body.Items[i] = view(&page.Items[i])
	}
	return out, nil
}

type accountIn struct {
	ID ref.Account `path:"id"`
}

type accountOut struct {
	Body AccountView
}

type accountAct func(context.Context, ref.Account) (*Account, error)

// handleAccount makes the handler of an act on an account.
func (s *Service) handleAccount(act accountAct) func(context.Context, *accountIn) (*accountOut, error) {
	return func(ctx context.Context, in *accountIn) (*accountOut, error) {
		a, err := act(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &accountOut{Body: a.accountView(s.clock.Now())}, nil
	}
}

// linkOut is not stored anywhere on its way, neither in caches nor with the idempotency key.
type linkOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         LinkView
}

func (s *Service) handlePasswordLink(ctx context.Context, in *accountIn) (*linkOut, error) {
	return linkAnswer(s.CreatePasswordLink(ctx, in.ID))
}

func linkAnswer(l *Link, err error) (*linkOut, error) {
	if err != nil {
		return nil, err
	}
	return &linkOut{CacheControl: "no-store", Body: l.view()}, nil
}

type inviteIn struct {
	Body struct {
		Email      string   `json:"email" minLength:"1" maxLength:"254"`
		Name       string   `json:"name,omitempty" maxLength:"200"`
		UnitID     ref.Unit `json:"unitId" minLength:"1" maxLength:"100"`
		RoleID     ref.Role `json:"roleId,omitempty" maxLength:"100" doc:"A role to grant at once."`
		RoleUnitID ref.Unit `json:"roleUnitId,omitempty" maxLength:"100" doc:"Where the role is granted; the person's unit when absent."`
	}
}

func (s *Service) handleInvite(ctx context.Context, in *inviteIn) (*linkOut, error) {
	return linkAnswer(s.InvitePerson(ctx, NewInvitation{
		Email: in.Body.Email, Name: in.Body.Name, Unit: in.Body.UnitID, Role: in.Body.RoleID, RoleUnit: in.Body.RoleUnitID,
	}))
}

type invitationsIn struct {
	httpapi.Paging
	State string `query:"state" enum:"OPEN,ACCEPTED,REVOKED,EXPIRED"`
}

func (s *Service) handleInvitations(ctx context.Context, in *invitationsIn) (*httpapi.ListOut[InvitationView], error) {
	page, err := s.Invitations(ctx, InvitationState(in.State), in.Paging)
	return listOf(page, err, (*Invitation).view)
}

type invitationIn struct {
	ID string `path:"id"`
}

func (s *Service) handleRevokeInvitation(ctx context.Context, in *invitationIn) (*struct{}, error) {
	return nil, s.RevokeInvitation(ctx, in.ID)
}

type acceptIn struct {
	BrowserIn
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"200"`
		Name     string `json:"name,omitempty" maxLength:"200"`
		Password string `json:"password" minLength:"1" maxLength:"1000"`
	}
}

func (s *Service) handleAccept(ctx context.Context, in *acceptIn) (*openedOut, error) {
	o, err := s.AcceptInvitation(ctx, in.Body.Token, in.Body.Name, in.Body.Password, in.browser())
	return s.opened(ctx, o, err)
}
