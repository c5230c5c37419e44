package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"millrace/internal/platform/telemetry"
)

type key struct{}

func requestOf(ctx context.Context) []slog.Attr {
	if id, ok := ctx.Value(key{}).(string); ok {
		return []slog.Attr{slog.String("request", id)}
	}
	return nil
}

func line(t *testing.T, write func(log *slog.Logger)) map[string]any {
	t.Helper()
	var b bytes.Buffer
	write(telemetry.NewLogger(&b, slog.LevelInfo, "json", requestOf))
	var out map[string]any
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatalf("%v: %s", err, b.String())
	}
	return out
}

func TestLinesCarryTheirContext(t *testing.T) {
	ctx := telemetry.With(context.WithValue(t.Context(), key{}, "r1"), slog.String("unit", "u1"))
	ctx = telemetry.With(ctx, slog.Int("job", 7))
	got := line(t, func(l *slog.Logger) { l.InfoContext(ctx, "hello", "a", 1) })
	if got["request"] != "r1" || got["unit"] != "u1" || got["job"] != 7.0 || got["a"] != 1.0 {
		t.Fatal(got)
	}
	got = line(t, func(l *slog.Logger) { l.With("b", 2).WithGroup("g").With("c", 3).InfoContext(ctx, "hello", "a", 1) })
	g, _ := got["g"].(map[string]any)
	if got["request"] != "r1" || got["b"] != 2.0 || g["a"] != 1.0 || g["c"] != 3.0 || len(g) != 2 {
		t.Fatal(got)
	}
	got = line(t, func(l *slog.Logger) { l.WithGroup("g").Info("hello", "a", 1) })
	if _, ok := got["request"]; ok {
		t.Fatal(got)
	}
}

func TestCredentialsStayOutOfTheLog(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var b bytes.Buffer
		l := telemetry.NewLogger(&b, slog.LevelInfo, format)
		cause := fmt.Errorf("get: %w", errors.New("https://bob:hunter2hunter2@host/x?private_token=hunter2hunter2"))
		l.With("api_key", "hunter2").Info("calling with Bearer hunter2hunter2", "password", "hunter2", "webhookSecret", "hunter2", "Authorization", []string{"hunter2"},
			slog.Group("in", "set-cookie", "hunter2"), "error", cause, "cause", cause, "url", "http://x/?token=hunter2")
		l.WithGroup("g").Info("x", "accessToken", 12345, "tokenId", "shown-id", "secret", "")
		out := b.String()
		if strings.Contains(out, "hunter2") || strings.Contains(out, "12345") || !strings.Contains(out, "shown-id") || !strings.Contains(out, "(hidden)") {
			t.Errorf("%s: %s", format, out)
		}
	}
}

func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return rec.Body.String()
}

func want(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("missing: %s\nin\n%s", p, text)
		}
	}
}

func TestRequestsAreMeasuredByRouteAndStatus(t *testing.T) {
	m := telemetry.NewMetrics("v1")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /units/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "9" {
			w.WriteHeader(404)
			return
		}
		_, _ = io.WriteString(w, "ok")
	})
	flowing, end := make(chan struct{}), make(chan struct{})
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		close(flowing)
		<-end
	})
	srv := httptest.NewServer(m.Middleware(telemetry.MuxRoute(mux), nil, mux))
	defer srv.Close()
	send := func(method, path string) {
		req, _ := http.NewRequestWithContext(t.Context(), method, srv.URL+path, nil)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	for _, p := range []string{"/units/1", "/units/2", "/units/9", "/nowhere/17"} {
		send(http.MethodGet, p)
	}
	send("INVENTED", "/units/1")
	go func() {
		resp, err := http.Get(srv.URL + "/live")
		if err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-flowing
	text := scrape(t, m)
	want(t, text,
		`millrace_http_request_duration_seconds_count{method="GET",route="/units/{id}",status="200"} 2`,
		`millrace_http_request_duration_seconds_count{method="GET",route="/units/{id}",status="404"} 1`,
		`millrace_http_request_duration_seconds_count{method="GET",route="(none)",status="404"} 1`,
		`millrace_http_request_duration_seconds_count{method="GET",route="/live",status="200"} 1`,
		`method="other"`, `millrace_http_requests_in_flight 1`, `millrace_build_info{version="v1"} 1`, "go_goroutines")
	if strings.Contains(text, "INVENTED") || strings.Contains(text, "/nowhere") {
		t.Error("a label was taken from the request")
	}
	close(end)
}

func TestGaugesAndCounters(t *testing.T) {
	m := telemetry.NewMetrics("v1")
	waiting := 3
	m.DatabaseWaiting(func() int { return waiting })
	calls, fail := 0, false
	m.Counts("jobs", "Jobs by state.", "state", func(context.Context) (map[string]int64, error) {
		calls++
		if fail {
			return nil, errors.New("database is away")
		}
		return map[string]int64{"waiting": 4, "failed": 0}, nil
	})
	m.Ingested("github", "commit", "stored", 40)
	m.Ingested("github", "commit", "stored", 2)
	m.Batch("github", 0)
	want(t, scrape(t, m), `millrace_db_writers_waiting 3`, `millrace_jobs{state="waiting"} 4`, `millrace_jobs{state="failed"} 0`,
		`millrace_ingested_records_total{kind="commit",outcome="stored",source="github"} 42`, `millrace_ingest_batch_duration_seconds_count{source="github"} 1`)
	_ = scrape(t, m)
	if calls != 1 {
		t.Errorf("two scrapes counted %d times", calls)
	}
	m = telemetry.NewMetrics("v1")
	m.DatabaseWaiting(func() int { return waiting })
	fail = true
	m.Counts("jobs", "Jobs by state.", "state", func(context.Context) (map[string]int64, error) { return nil, errors.New("away") })
	want(t, scrape(t, m), `millrace_db_writers_waiting 3`)
}

func TestTracing(t *testing.T) {
	off, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{})
	if err != nil || off.On() || off.Stop(t.Context()) != nil {
		t.Fatal(off.On(), err)
	}
	got := make(chan []byte, 4)
	auth := make(chan string, 4)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		auth <- r.URL.Path + " " + r.Header.Get("X-Team")
		got <- raw
	}))
	defer collector.Close()
	tr, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{Endpoint: collector.URL, Headers: []string{"X-Team=a"}, SampleRatio: 1, Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := telemetry.NewLogger(&log, slog.LevelInfo, "json")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /units/{id}", func(_ http.ResponseWriter, r *http.Request) {
		ctx, end := tr.Span(r.Context(), "inner-work")
		logger.InfoContext(ctx, "in the span")
		end(nil)
	})
	h := telemetry.NewMetrics("v1").Middleware(telemetry.MuxRoute(mux), tr, mux)
	req := httptest.NewRequest(http.MethodGet, "/units/5", nil)
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	req.Header.Set("Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	h.ServeHTTP(httptest.NewRecorder(), req)
	if err := tr.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := <-auth; a != "/v1/traces a" {
		t.Error(a)
	}
	raw := <-got
	for _, part := range []string{"GET /units/{id}", "inner-work", "millrace"} {
		if !bytes.Contains(raw, []byte(part)) {
			t.Errorf("%q is not in the export", part)
		}
	}
	if !strings.Contains(log.String(), trace) {
		t.Error("the log line does not name the trace", log.String())
	}
}
