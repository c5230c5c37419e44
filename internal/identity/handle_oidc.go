package identity

import (
	"log/slog"
	"net/http"
	"net/url"

	"millrace/internal/platform/problem"
)

// The two routes of a sign-in with an identity provider are visited by the browser itself, so they answer with
// redirects; what goes wrong is shown by the sign-in page, which gets the code.

func (s *Service) handleOIDCStart(w http.ResponseWriter, r *http.Request) {
	started, err := s.StartOIDC(r.Context(), r.PathValue("provider"), r.URL.Query().Get("returnTo"))
	if err != nil {
		s.backToSignIn(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: oidcCookie, Value: started.BrowserSecret, Path: oidcPath, MaxAge: int(oidcLifetime.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secureCookies(),
	})
	redirect(w, r, started.URL)
}

func (s *Service) handleOIDCCallback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back := Callback{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error"), BrowserSecret: cookieValue(r, oidcCookie)}
	http.SetCookie(w, &http.Cookie{
		Name: oidcCookie, Path: oidcPath, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secureCookies(),
	})
	o, returnTo, err := s.FinishOIDC(r.Context(), r.PathValue("provider"), back, Browser{UserAgent: r.UserAgent(), OldSecret: cookieValue(r, SessionCookie)})
	if err != nil {
		s.backToSignIn(w, r, err)
		return
	}
	w.Header().Add("Set-Cookie", s.sessionCookie(o.Secret, o.ExpiresAt))
	redirect(w, r, s.config.PublicURL+returnTo)
}

func cookieValue(r *http.Request, name string) string {
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

func (s *Service) backToSignIn(w http.ResponseWriter, r *http.Request, err error) {
	code := problem.CodeOf(err)
	if code == "" {
		code = "internal"
	}
	s.logger.WarnContext(r.Context(), "a sign-in with an identity provider failed", slog.String("provider", r.PathValue("provider")), slog.Any("error", err))
	redirect(w, r, s.config.PublicURL+"/sign-in?problem="+url.QueryEscape(code))
}

func redirect(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, to, http.StatusSeeOther)
}
