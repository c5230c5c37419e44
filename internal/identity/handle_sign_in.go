package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

// BrowserIn is what every request that opens or ends a session tells about the browser. It is exported because huma only
// looks into exported members.
type BrowserIn struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	Session   string `cookie:"millrace_session" hidden:"true"`
}

func (b BrowserIn) browser() Browser { return Browser{UserAgent: b.UserAgent, OldSecret: b.Session} }

type signInIn struct {
	BrowserIn
	Body struct {
		Email    string `json:"email" minLength:"1" maxLength:"254"`
		Password string `json:"password" minLength:"1" maxLength:"1000"`
	}
}

type openedOut struct {
	SetCookie string `header:"Set-Cookie"`
	ETag      string `header:"ETag"`
	Body      Me
}

type cookieOut struct {
	SetCookie string `header:"Set-Cookie"`
}

// opened answers with the session's cookie and the person as they now act.
func (s *Service) opened(ctx context.Context, o *Opened, err error) (*openedOut, error) {
	if err != nil {
		return nil, err
	}
	self, err := s.Me(authz.With(ctx, o.Principal))
	if err != nil {
		return nil, err
	}
	return &openedOut{SetCookie: s.sessionCookie(o.Secret, o.ExpiresAt), ETag: httpapi.ETag(self.Account.Version), Body: self.view()}, nil
}

func (s *Service) handleSignIn(ctx context.Context, in *signInIn) (*openedOut, error) {
	o, err := s.SignIn(ctx, in.Body.Email, in.Body.Password, in.browser())
	return s.opened(ctx, o, err)
}

func (s *Service) handleSignOut(ctx context.Context, in *BrowserIn) (*cookieOut, error) {
	return &cookieOut{SetCookie: s.clearSessionCookie()}, s.SignOut(ctx, in.Session)
}

type setupStateOut struct {
	Body struct {
		Needed bool `json:"needed"`
	}
}

func (s *Service) handleSetupState(ctx context.Context, _ *struct{}) (*setupStateOut, error) {
	needed, err := s.SetupNeeded(ctx)
	out := &setupStateOut{}
	out.Body.Needed = needed
	return out, err
}

type setupIn struct {
	BrowserIn
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"200"`
		Email    string `json:"email" minLength:"1" maxLength:"254"`
		Name     string `json:"name" minLength:"1" maxLength:"200"`
		Password string `json:"password" minLength:"1" maxLength:"1000"`
	}
}

func (s *Service) handleSetup(ctx context.Context, in *setupIn) (*openedOut, error) {
	o, err := s.Setup(ctx, in.Body.Token, in.Body.Email, in.Body.Name, in.Body.Password, in.browser())
	return s.opened(ctx, o, err)
}
