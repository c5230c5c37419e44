package identity

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

type meOut struct {
	ETag string `header:"ETag"`
	Body Me
}

func (s *Self) out() *meOut {
	out := &meOut{Body: s.view()}
	if s.Account != nil {
		out.ETag = httpapi.ETag(s.Account.Version)
	}
	return out
}

func (s *Service) handleMe(ctx context.Context, _ *struct{}) (*meOut, error) {
	self, err := s.Me(ctx)
	if err != nil {
		return nil, err
	}
	return self.out(), nil
}

type updateMeIn struct {
	httpapi.IfMatch
	Body struct {
		Name     *string `json:"name,omitempty"`
		TimeZone *string `json:"timeZone,omitempty"`
		Theme    *string `json:"theme,omitempty"`
		Language *string `json:"language,omitempty"`
	}
}

func (s *Service) handleUpdateMe(ctx context.Context, in *updateMeIn) (*meOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	self, err := s.UpdateMe(ctx, version, MeChange{Name: in.Body.Name, TimeZone: in.Body.TimeZone, Theme: in.Body.Theme, Language: in.Body.Language})
	if err != nil {
		return nil, err
	}
	return self.out(), nil
}

type changePasswordIn struct {
	BrowserIn
	Body struct {
		CurrentPassword string `json:"currentPassword" minLength:"1" maxLength:"1000"`
		Password        string `json:"password" minLength:"1" maxLength:"1000"`
	}
}

func (s *Service) handleChangePassword(ctx context.Context, in *changePasswordIn) (*cookieOut, error) {
	o, err := s.ChangePassword(ctx, in.Body.CurrentPassword, in.Body.Password, in.browser())
	if err != nil {
		return nil, err
	}
	return &cookieOut{SetCookie: s.sessionCookie(o.Secret, o.ExpiresAt)}, nil
}

func (s *Service) handleSessions(ctx context.Context, in *BrowserIn) (*httpapi.ListOut[SessionView], error) {
	sessions, err := s.OwnSessions(ctx)
	if err != nil {
		return nil, err
	}
	current, err := s.CurrentSession(ctx, in.Session)
	if err != nil {
		return nil, err
	}
	out := &httpapi.ListOut[SessionView]{Body: httpapi.Page[SessionView]{Items: make([]SessionView, len(sessions))}}
	for i := range sessions {
		out.Body.Items[i] = sessions[i].view(current)
	}
	return out, nil
}

type sessionIn struct {
	ID string `path:"id"`
}

func (s *Service) handleRevokeSession(ctx context.Context, in *sessionIn) (*struct{}, error) {
	return nil, s.RevokeOwnSession(ctx, in.ID)
}

func (s *Service) handleRevokeSessions(ctx context.Context, in *BrowserIn) (*struct{}, error) {
	return nil, s.RevokeOtherSessions(ctx, in.Session)
}

type tokensIn struct {
	httpapi.Paging
}

func (s *Service) handleTokens(ctx context.Context, in *tokensIn) (*httpapi.ListOut[TokenView], error) {
	page, err := s.OwnTokens(ctx, in.Paging)
	return listOf(page, err, (*Token).view)
}

// NewTokenBody is what creating a token takes.
type NewTokenBody struct {
	Name      string             `json:"name" minLength:"1" maxLength:"100"`
	Scopes    []authz.Permission `json:"scopes,omitempty" maxItems:"200" doc:"Permissions the token is narrowed to; none means everything the account may do."`
	ExpiresAt *time.Time         `json:"expiresAt,omitempty"`
}

func (b *NewTokenBody) input() NewToken {
	return NewToken{Name: b.Name, Scopes: b.Scopes, ExpiresAt: b.ExpiresAt}
}

type createTokenIn struct {
	Body NewTokenBody
}

// createdTokenOut is not stored anywhere on its way, neither in caches nor with the idempotency key, which keeps the id alone.
type createdTokenOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         CreatedTokenView
}

func (s *Service) handleCreateToken(ctx context.Context, in *createTokenIn) (*createdTokenOut, error) {
	return tokenAnswer(s.CreateOwnToken(ctx, in.Body.input()))
}

func tokenAnswer(t *CreatedToken, err error) (*createdTokenOut, error) {
	if err != nil {
		return nil, err
	}
	return &createdTokenOut{CacheControl: "no-store", Body: t.view()}, nil
}

type tokenIn struct {
	ID ref.Token `path:"id"`
}

func (s *Service) handleRevokeToken(ctx context.Context, in *tokenIn) (*struct{}, error) {
	return nil, s.RevokeOwnToken(ctx, in.ID)
}
