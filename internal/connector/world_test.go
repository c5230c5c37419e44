package connector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/connector/cdevents"
	"millrace/internal/connector/connectortest"
	"millrace/internal/connector/github"
	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/jobs/jobstest"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/vault"
)

var sets = []migrate.Set{events.Migrations, httpapi.Migrations, jobs.Migrations, vault.Migrations, deliverytest.Organisation, delivery.Migrations, connector.Migrations}

// tap stands before delivery: it counts, and fails or breaks when told to.
type tap struct {
	*delivery.Service
	mu        sync.Mutex
	calls     int
	failAt    int // the call that fails; 0 means none
	breakAt   int // the call that breaks the process
	retracted []time.Time
	// interactive tells of each batch whether somebody waits for it.
	interactive []bool
}

func (i *tap) Ingest(ctx context.Context, b delivery.Batch) (delivery.Result, error) {
	i.mu.Lock()
	i.calls++
	i.interactive = append(i.interactive, b.Interactive)
	fail, broken := i.calls == i.failAt, i.calls == i.breakAt
	i.mu.Unlock()
	if broken {
		panic(killed{})
	}
	if fail {
		return delivery.Result{}, fmt.Errorf("the disk is full")
	}
	return i.Service.Ingest(ctx, b)
}

func (i *tap) Retract(ctx context.Context, id ref.Connection, before time.Time) (int64, error) {
	i.retracted = append(i.retracted, before)
	return i.Service.Retract(ctx, id, before)
}

// killed is what a worker panics with in place of the process being killed.
type killed struct{}

type world struct {
	*connector.Service
	t      testing.TB
	db     *db.DB
	clock  *clock.Fake
	reg    *jobs.Registry
	tap    *tap
	log    *connectortest.Log
	github *connectortest.GitHub
	api    *httpapitest.Server
	ctx    context.Context
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d, clock: clock.NewFake(connectortest.Now), reg: jobs.NewRegistry(), log: &connectortest.Log{}, github: connectortest.NewGitHub(t)}
	deliverytest.Units(t, d)
	keys, err := vault.LoadKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	queue := jobstest.Client(t, d, w.reg, w.clock)
	log := events.NewLog(w.clock, queue, delivery.Events, connector.Events)
	logger := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.tap = &tap{Service: delivery.New(delivery.Deps{DB: d, Events: log, Clock: w.clock, Logger: logger, Jobs: queue})}
	out := connectortest.Outbound(t, w.clock, w.log)
	w.Service = connector.New(connector.Deps{
		DB: d, Events: log, Clock: w.clock, Logger: logger, Jobs: queue, Vault: vault.ByReference{Vault: vault.New(keys, w.clock)}, Ingest: w.tap,
		Client: func(secret string) *http.Client { return out.Client(secret) }, PublicURL: "https://millrace.example.com", WorkDir: t.TempDir(), KeepPagesFor: 90 * 24 * time.Hour,
		Connectors: []connector.Connector{github.New(), cdevents.Connector{}},
	})
	w.Register(w.reg)
	w.ctx = authz.With(context.Background(), authz.System("test"))
	w.api = httpapitest.New(t, d, w.clock, w.Mount)
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

const webhookSecret = "hook-secret-0815"

// connect adds a GitHub connection with its repository chosen.
func (w *world) connect() connector.Connection {
	w.t.Helper()
	c, err := w.CreateConnection(w.ctx, connector.NewConnection{
		Kind: "github", Name: "Acme GitHub", Unit: deliverytest.North, Settings: w.github.Settings(), Credential: w.github.Token, WebhookSecret: webhookSecret,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.choose(c.ID, connector.Scope{ExternalID: "1296269", Name: "acme/shop"})
	return c
}

func (w *world) choose(id ref.Connection, scopes ...connector.Scope) {
	w.t.Helper()
	if _, err := w.ChooseScopes(w.ctx, id, connector.ScopeChoice{Add: scopes}); err != nil {
		w.t.Fatal(err)
	}
}

// start asks for a run and does not work it.
func (w *world) start(id ref.Connection, kind string) connector.Run {
	w.t.Helper()
	r, err := w.RequestRun(w.ctx, id, kind, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// work works what is due and returns the run as it is then.
func (w *world) work(run ref.Run) connector.Run {
	w.t.Helper()
	jobstest.Run(w.t, w.db, w.reg, w.clock)
	return w.run(run)
}

func (w *world) run(id ref.Run) connector.Run {
	w.t.Helper()
	r, err := w.GetRun(w.ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// finished asks for a run, works it and wants it to succeed.
func (w *world) finished(id ref.Connection, kind string) connector.Run {
	w.t.Helper()
	r := w.work(w.start(id, kind).ID)
	if r.State != connector.Succeeded {
		w.t.Fatalf("the run ended %s: %s %s", r.State, r.ErrorCode, r.Error)
	}
	return r
}

func (w *world) count(query string, args ...any) int64 {
	w.t.Helper()
	return deliverytest.Value[int64](w.t, w.db, query, args...)
}

// facts counts the rows of what was ingested.
func (w *world) facts() map[string]int64 {
	w.t.Helper()
	out := map[string]int64{}
	for _, table := range []string{"repository_commit", "change_request", "change_request_commit", "review_comment", "work_item", "work_item_change",
		"incident", "pipeline_run", "job_run", "deployment", "deployment_commit", "repository_release"} {
		out[table] = w.count("SELECT count(*) FROM " + table)
	}
	return out
}

func (w *world) connection(id ref.Connection) connector.Connection {
	w.t.Helper()
	c, err := w.GetConnection(w.ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// push sends a webhook through the door, signed with the secret unless another signature is given.
func (w *world) push(id ref.Connection, event, delivery, body, signature string) httpapitest.Answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.api.URL+"/api/v1/webhooks/"+string(id), strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-GitHub-Event", event)
	req.Header.Set("X-GitHub-Delivery", delivery)
	req.Header.Set("X-Hub-Signature-256", signature)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return httpapitest.Answer{Status: res.StatusCode, Header: res.Header, Body: raw}
}

// issueHook is what GitHub pushes when an issue changes.
func issueHook(number int, repository string) string {
	return fmt.Sprintf(`{"action":"opened","issue":{"id":%d,"number":%d,"title":"From a webhook","state":"open","user":{"login":"ada","id":101},"labels":[],`+
		`"created_at":"2026-03-19T10:00:00Z","updated_at":"2026-03-19T10:00:00Z","html_url":"https://github.example.com/acme/shop/issues/%d"},`+
		`"repository":{"id":%s,"full_name":"acme/shop","html_url":"https://github.example.com/acme/shop"}}`, 70000+number, number, number, repository)
}

func settings(w *world, pairs ...string) map[string]string {
	out := w.github.Settings()
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

func rules(t testing.TB, change func(map[string]any)) json.RawMessage {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(github.DefaultRules(), &all); err != nil {
		t.Fatal(err)
	}
	change(all)
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
