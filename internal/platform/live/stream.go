package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"millrace/internal/platform/authz"
)

const writeWithin = 10 * time.Second

// ServeHTTP answers GET /api/v1/live with a stream of notices for the principal of the request's context. A client that
// names the last notice it saw in Last-Event-ID is first told what it missed; where that cannot be told, it gets an
// event "resync" and asks for everything again. A notice may come twice, which does no harm.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := authz.From(r.Context())
	if p == nil {
		fail(w, http.StatusUnauthorized, "sign_in_required", "Sign in first.")
		return
	}
	// Joined before the past is read: what happens in between arrives twice rather than never.
	c, ok := h.join(p)
	if !ok {
		fail(w, http.StatusServiceUnavailable, "shutting_down", "The server is shutting down. Try again.")
		return
	}
	defer h.leave(c)
	s := &stream{w: w, rc: http.NewResponseController(w)}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // proxies must pass each notice on at once
	w.WriteHeader(http.StatusOK)
	s.send("retry: 2000\n\n")
	told := h.resume(r, s, p)

	beat := time.NewTicker(h.opts.Heartbeat)
	defer beat.Stop()
	age := time.NewTimer(h.opts.MaxAge)
	defer age.Stop()
	for s.err == nil {
		select {
		case <-r.Context().Done():
			return
		case <-c.gone:
			return
		case <-age.C:
			return
		case <-beat.C:
			s.send(": still here\n\n")
		case n := <-c.notices:
			if _, twice := told[n.ID]; !twice {
				s.notice(n)
			}
		}
	}
}

// resume tells what a client missed and returns the ids.
func (h *Hub) resume(r *http.Request, s *stream, p *authz.Principal) map[string]struct{} {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		return nil
	}
	at, ok := timeOf(last)
	if !ok || h.source == nil || h.clock.Now().Sub(at) > h.opts.Reach {
		s.send("event: resync\ndata: {}\n\n")
		return nil
	}
	missed, more, err := h.source.Since(r.Context(), at.Add(-h.opts.Window))
	if err != nil || more {
		if err != nil && r.Context().Err() == nil {
			h.log.WarnContext(r.Context(), "resuming a live stream failed", "error", err)
		}
		s.send("event: resync\ndata: {}\n\n")
		return nil
	}
	told := map[string]struct{}{last: {}}
	for _, n := range missed {
		if n.ID == last || !h.mayLearn(p, n) {
			continue
		}
		told[n.ID] = struct{}{}
		s.notice(n)
	}
	return told
}

// stream writes and flushes each message within a deadline of its own; the server's would end every stream.
type stream struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	err error
}

func (s *stream) notice(n Notice) {
	raw, err := json.Marshal(n)
	if err != nil {
		s.err = err
		return
	}
	s.send(fmt.Sprintf("id: %s\ndata: %s\n\n", n.ID, raw))
}

func (s *stream) send(text string) {
	if s.err != nil {
		return
	}
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeWithin)) // not every writer can; then the server's deadline holds
	if _, s.err = s.w.Write([]byte(text)); s.err == nil {
		s.err = s.rc.Flush()
	}
}

func fail(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "code": code, "title": http.StatusText(status), "detail": detail})
}
