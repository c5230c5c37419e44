package connectortest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/outbound"
)

// Now is when the histories of this package end.
var Now = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// Loopback are the addresses of test servers.
var Loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// Log collects what is logged.
type Log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write takes one line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

// String returns everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// Outbound returns a maker of clients that reach test servers, wait for nothing and log everything to log.
func Outbound(t testing.TB, clk clock.Clock, log *Log) *outbound.Outbound {
	t.Helper()
	out := outbound.New(outbound.Options{
		AllowPrivate: Loopback, Clock: clk, Tries: 2, PerSecond: 1e6, Burst: 1e6,
		Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	t.Cleanup(out.Close)
	return out
}

// Session returns a session with the settings and the credential, and the log everything goes to.
func Session(t testing.TB, settings map[string]string, credential string) (*connector.Session, *Log) {
	t.Helper()
	log, clk := &Log{}, clock.NewFake(Now)
	return &connector.Session{
		Settings: settings, Credential: credential, Client: Outbound(t, clk, log).Client(credential), Clock: clk.Now,
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), WorkDir: t.TempDir(),
	}, log
}

// Later returns the session with a client that remembers nothing.
func Later(t testing.TB, s *connector.Session) *connector.Session {
	t.Helper()
	later := *s
	later.Client = Outbound(t, clock.NewFake(Now), &Log{}).Client(s.Credential)
	return &later
}

// Fault is what a tool does wrong instead of answering.
type Fault struct {
	Status int
	Header http.Header
	Body   string
	// Half promises more bytes than are sent.
	Half bool
}

func (f *Fault) write(w http.ResponseWriter) {
	for k, v := range f.Header {
		w.Header()[k] = v
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	if f.Half {
		w.Header().Set("Content-Length", "1000")
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(f.Body))
}
