package outbound_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/outbound"
	"millrace/internal/platform/problem"
)

var start = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)

// world has a clock that moves when somebody sleeps.
type world struct {
	t     *testing.T
	clock *clock.Fake
	mu    sync.Mutex
	slept []time.Duration
	log   bytes.Buffer
	tune  func(*outbound.Options)
}

func newWorld(t *testing.T) *world {
	return &world{t: t, clock: clock.NewFake(start)}
}

func (w *world) options() outbound.Options {
	o := outbound.Options{
		Clock:  w.clock,
		Logger: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.slept = append(w.slept, d)
			w.clock.Advance(d)
			return ctx.Err()
		},
	}
	if w.tune != nil {
		w.tune(&o)
	}
	return o
}

func (w *world) client(secrets ...string) *http.Client {
	o := w.options()
	o.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	out := outbound.New(o)
	w.t.Cleanup(out.Close)
	return out.Client(secrets...)
}

// serve answers the nth request by the nth handler, the last one for ever.
func serve(t *testing.T, handlers ...http.HandlerFunc) (url string, count *int) {
	var n int
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := handlers[min(n, len(handlers)-1)]
		n++
		h(rw, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, &n
}

func status(code int, header ...string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			rw.Header().Set(header[i], header[i+1])
		}
		rw.WriteHeader(code)
	}
}

func ok(rw http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	rw.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(rw, `{"got":%q}`, raw)
}

func get(t *testing.T, url string) *http.Request {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func post(t *testing.T, ctx context.Context, url string) *http.Request {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestRetriesFailuresOfTheTool(t *testing.T) {
	w := newWorld(t)
	url, n := serve(t, status(502), status(503, "Retry-After", "7"), ok)
	a, err := outbound.Fetch(w.client(), get(t, url))
	if err != nil || *n != 3 || a.Status != 200 {
		t.Fatal(err, *n)
	}
	if len(w.slept) != 2 || w.slept[0] < 500*time.Millisecond || w.slept[0] > 750*time.Millisecond || w.slept[1] != 7*time.Second {
		t.Fatal(w.slept)
	}
}

func TestGivesUpAndSaysSo(t *testing.T) {
	w := newWorld(t)
	url, n := serve(t, status(500))
	_, err := outbound.Fetch(w.client(), get(t, url))
	if problem.CodeOf(err) != "tool_unavailable" || *n != 5 {
		t.Fatal(err, *n)
	}
	for i := 1; i < len(w.slept); i++ {
		if w.slept[i] < w.slept[i-1]/2 {
			t.Fatal("pauses do not grow", w.slept)
		}
	}
}

func TestBrokenConnectionIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	drop := func(rw http.ResponseWriter, _ *http.Request) {
		c, _, _ := rw.(http.Hijacker).Hijack()
		_ = c.Close()
	}
	url, _ := serve(t, drop, drop, ok)
	if _, err := outbound.Fetch(w.client(), get(t, url)); err != nil {
		t.Fatal(err)
	}
	url, _ = serve(t, drop)
	_, err := outbound.Fetch(w.client(), get(t, url))
	if problem.CodeOf(err) != "tool_unavailable" {
		t.Fatal(err)
	}
}

func TestWhatIsNotHarmlessIsNotRepeated(t *testing.T) {
	w := newWorld(t)
	url, n := serve(t, status(502), ok)
	if _, err := outbound.Fetch(w.client(), post(t, t.Context(), url)); problem.CodeOf(err) != "tool_unavailable" || *n != 1 {
		t.Fatal(err, *n)
	}
	url, n = serve(t, status(502), ok)
	a, err := outbound.Fetch(w.client(), post(t, outbound.Idempotent(t.Context()), url))
	if err != nil || *n != 2 || !strings.Contains(string(a.Body), "hello") {
		t.Fatal(err, *n)
	}
	// The tool refused it because of its limit: it did nothing, so sending it again is right.
	url, n = serve(t, status(429, "Retry-After", "1"), ok)
	if a, err := outbound.Fetch(w.client(), post(t, t.Context(), url)); err != nil || *n != 2 || !strings.Contains(string(a.Body), "hello") {
		t.Fatal(err, *n)
	}
}

func TestRateLimits(t *testing.T) {
	in := func(d time.Duration) string { return strconv.FormatInt(start.Add(d).Unix(), 10) }
	secondary := func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(403)
		_, _ = io.WriteString(rw, `{"message":"You have exceeded a secondary rate limit."}`)
	}
	cases := []struct {
		name    string
		refusal http.HandlerFunc
		retryAt time.Duration
	}{
		{"seconds", status(429, "Retry-After", "3600"), time.Hour},
		{"date", status(429, "Retry-After", start.Add(time.Hour).Format(http.TimeFormat)), time.Hour},
		{"primary", status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(time.Hour)), time.Hour + time.Second},
		{"delta", status(429, "RateLimit-Remaining", "0", "RateLimit-Reset", "3600"), time.Hour},
		{"secondary", secondary, time.Minute},
		{"mad", status(429, "Retry-After", "999999999"), 24 * time.Hour},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			url, n := serve(t, c.refusal, ok)
			client := w.client()
			a, err := outbound.Fetch(client, get(t, url))
			at, _ := problem.Of(err).Data["retryAt"].(time.Time)
			if problem.CodeOf(err) != "tool_rate_limited" || !at.Equal(start.Add(c.retryAt)) || *n != 1 || len(w.slept) != 0 {
				t.Fatal(err, at, *n, w.slept)
			}
			if c.name == "secondary" && !strings.Contains(string(a.Body), "secondary") {
				t.Fatalf("the body was lost: %s", a.Body)
			}
			// Until then nothing is sent at all.
			if _, err := outbound.Fetch(client, get(t, url)); problem.CodeOf(err) != "tool_rate_limited" || *n != 1 {
				t.Fatal(err, *n)
			}
			w.clock.Advance(c.retryAt)
			if _, err := outbound.Fetch(client, get(t, url)); err != nil || *n != 2 {
				t.Fatal(err, *n)
			}
		})
	}
}

func TestShortLimitsAreWaitedOutAndTheLastAnswerCounts(t *testing.T) {
	w := newWorld(t)
	url, n := serve(t, status(429, "Retry-After", "5"), ok)
	if _, err := outbound.Fetch(w.client(), get(t, url)); err != nil || *n != 2 || w.clock.Now().Sub(start) < 5*time.Second {
		t.Fatal(err, *n, w.slept)
	}
	w = newWorld(t)
	spent := func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("X-RateLimit-Remaining", "0")
		rw.Header().Set("X-RateLimit-Reset", strconv.FormatInt(start.Add(10*time.Second).Unix(), 10))
		ok(rw, r)
	}
	url, n = serve(t, spent, ok)
	client := w.client()
	if _, err := outbound.Fetch(client, get(t, url)); err != nil || len(w.slept) != 0 {
		t.Fatal(err, w.slept)
	}
	other := get(t, url)
	other.Header.Set("Authorization", "Bearer another account")
	if _, err := outbound.Fetch(client, other); err != nil || len(w.slept) != 0 {
		t.Fatal("one account's limit stops another", err, w.slept)
	}
	if _, err := outbound.Fetch(client, get(t, url)); err != nil || *n != 3 || w.clock.Now().Sub(start) != 11*time.Second {
		t.Fatal(err, *n, w.slept)
	}
}

func TestRequestsPerSecond(t *testing.T) {
	w := newWorld(t)
	w.tune = func(o *outbound.Options) { o.PerSecond, o.Burst = 10, 5 }
	url, _ := serve(t, ok)
	client := w.client()
	for range 25 {
		if _, err := outbound.Fetch(client, get(t, url)); err != nil {
			t.Fatal(err)
		}
	}
	if took := w.clock.Now().Sub(start); took < 1900*time.Millisecond || took > 2100*time.Millisecond {
		t.Fatalf("25 requests took %v", took)
	}
}

func TestStatusBecomesAProblem(t *testing.T) {
	for code, want := range map[int]string{401: "tool_unauthorised", 403: "tool_forbidden", 404: "tool_not_found", 410: "tool_not_found", 422: "tool_rejected", 501: "tool_unavailable", 204: "", 304: ""} {
		w := newWorld(t)
		url, n := serve(t, status(code))
		a, err := outbound.Fetch(w.client(), get(t, url))
		if problem.CodeOf(err) != want || (want == "" && err != nil) || *n != 1 || a.Status != code {
			t.Errorf("%d: %v after %d requests", code, err, *n)
		}
	}
}

func TestHalfPages(t *testing.T) {
	half := func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		rw.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(rw, `{"a":`)
	}
	w := newWorld(t)
	url, n := serve(t, half, half, ok)
	var out struct{ Got string }
	a, err := outbound.Fetch(w.client(), get(t, url))
	if err != nil || *n != 3 || a.JSON(&out) != nil {
		t.Fatal(err, *n)
	}
	url, n = serve(t, half)
	if _, err := outbound.Fetch(w.client(), get(t, url)); problem.CodeOf(err) != "tool_bad_answer" || *n != 3 {
		t.Fatal(err, *n)
	}
	for name, h := range map[string]http.HandlerFunc{
		"cut": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(rw, `{"a":`)
		},
		"empty": status(200, "Content-Type", "application/json"),
		"html": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(rw, `{}`)
		},
	} {
		url, _ := serve(t, h)
		a, err := outbound.Fetch(w.client(), get(t, url))
		if err != nil {
			t.Fatal(name, err)
		}
		if err := a.JSON(&out); problem.CodeOf(err) != "tool_bad_answer" {
			t.Error(name, err)
		}
	}
}

func TestSizeAndSilenceAreBounded(t *testing.T) {
	w := newWorld(t)
	w.tune = func(o *outbound.Options) { o.MaxBytes, o.AnswerWithin = 1000, 50*time.Millisecond }
	size := func(n int) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(make([]byte, n)) }
	}
	url, _ := serve(t, size(1000))
	if a, err := outbound.Fetch(w.client(), get(t, url)); err != nil || len(a.Body) != 1000 {
		t.Fatal(err)
	}
	url, n := serve(t, size(1001))
	if _, err := outbound.Fetch(w.client(), get(t, url)); problem.CodeOf(err) != "tool_bad_answer" || *n != 1 {
		t.Fatal(err, *n)
	}
	stall := func(rw http.ResponseWriter, r *http.Request) {
		_, _ = rw.Write([]byte("x"))
		rw.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	url, n = serve(t, stall)
	if _, err := outbound.Fetch(w.client(), get(t, url)); problem.CodeOf(err) != "tool_bad_answer" || *n != 3 {
		t.Fatal(err, *n)
	}
}

func TestCancelledRequestStaysCancelled(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	url, n := serve(t, func(rw http.ResponseWriter, _ *http.Request) { cancel(); rw.WriteHeader(500) })
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if _, err := outbound.Fetch(w.client(), req); !errors.Is(err, context.Canceled) || *n != 1 {
		t.Fatal(err, *n)
	}
}

func TestSecretsShowNowhere(t *testing.T) {
	const secret = "hunter2hunter2"
	w := newWorld(t)
	url, _ := serve(t, status(500))
	req := get(t, url+"/"+secret+"?access_token="+secret)
	req.Header.Set("Authorization", "Bearer "+secret)
	_, err := outbound.Fetch(w.client(secret), req)
	if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(w.log.String(), secret) || w.log.Len() == 0 {
		t.Fatalf("%v\n%s", err, w.log.String())
	}
	req = get(t, "http://"+secret+":"+secret+"@127.0.0.1:1/")
	if _, err := outbound.Fetch(w.client(), req); problem.CodeOf(err) != "outbound_blocked" || strings.Contains(err.Error(), secret) {
		t.Fatal(err)
	}
	for _, text := range []string{
		"Authorization: Bearer " + secret, "https://u:" + secret + "@h/x", "GET /x?private_token=" + secret + "&a=1",
		"token ghp_0123456789abcdefABCDEF", "glpat-hunter2hunter2x", "x=" + secret,
	} {
		if got := outbound.Redact(text, secret); strings.Contains(got, "hunter2") || strings.Contains(got, "0123456789") {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := outbound.Redact("GET /repos/acme/code?page=2 took 3s"); got != "GET /repos/acme/code?page=2 took 3s" {
		t.Errorf("a harmless text became %q", got)
	}
}
