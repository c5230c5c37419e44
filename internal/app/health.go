package app

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"
)

// readiness is whether the node takes traffic.
type readiness struct{ up atomic.Bool }

func (r *readiness) set(up bool) { r.up.Store(up) }

// healthz says that the process lives.
func healthz(w http.ResponseWriter, _ *http.Request) { answerHealth(w, http.StatusOK, "ok") }

// readyz says whether the node takes traffic: it has started, is not stopping, and its database answers.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	if !a.ready.up.Load() {
		answerHealth(w, http.StatusServiceUnavailable, "starting or stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := a.db.Ping(ctx); err != nil {
		answerHealth(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	answerHealth(w, http.StatusOK, "ready")
}

func answerHealth(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": word})
}
