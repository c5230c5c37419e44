package identity

import (
	"net/http"
	"strings"
	"time"
)

// The cookies. The session cookie is Lax so that a link from a mail opens signed in; unsafe requests of other sites are
// refused by transport.
const (
	SessionCookie = "millrace_session"
	oidcCookie    = "millrace_oidc"
	oidcPath      = "/api/v1/auth/oidc"
)

func (s *Service) secureCookies() bool { return strings.HasPrefix(s.config.PublicURL, "https://") }

func (s *Service) sessionCookie(secret string, expires time.Time) string {
	c := http.Cookie{
		Name: SessionCookie, Value: secret, Path: "/", MaxAge: max(1, int(expires.Sub(s.clock.Now())/time.Second)),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secureCookies(),
	}
	return c.String()
}

func (s *Service) clearSessionCookie() string {
	c := http.Cookie{Name: SessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secureCookies()}
	return c.String()
}
