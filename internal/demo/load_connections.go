package demo

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"millrace/internal/connector"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

// Tools is where connections are put in.
type Tools struct {
	Connector *connector.Service
	Clock     *clock.Fake
	// Fails makes the next run of the rehearsed tool fail.
	Fails *bool
	// Folder is where the repository lies that the Git connection reads.
	Folder string
}

// connections adds one connection of each kind with runs. Those that would ask a network are paused afterwards.
func (t Tools) connections(ctx context.Context, unit ref.Unit, app Application, now time.Time) error {
	for _, add := range []func(context.Context, ref.Unit, Application, time.Time) error{t.github, t.git, t.cdevents} {
		if err := add(ctx, unit, app, now); err != nil {
			return fmt.Errorf("connections: %w", err)
		}
	}
	t.Clock.Set(now)
	return nil
}

func (t Tools) create(ctx context.Context, in connector.NewConnection, scopes ...connector.Scope) (connector.Connection, error) {
	hourly := 60
	in.IntervalMinutes = &hourly
	c, err := t.Connector.CreateConnection(ctx, in)
	if err != nil {
		return c, err
	}
	if _, err := t.Connector.VerifyConnection(ctx, c.ID); err != nil {
		return c, err
	}
	if len(scopes) > 0 {
		if _, err := t.Connector.ChooseScopes(ctx, c.ID, connector.ScopeChoice{Add: scopes}); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (t Tools) run(ctx context.Context, c ref.Connection) error {
	run, err := t.Connector.RequestRun(ctx, c, connector.Pull, "")
	if err != nil {
		return err
	}
	t.Clock.Advance(3 * time.Second)
	return t.Connector.WorkRun(ctx, jobs.Job[connector.RunJob]{Args: connector.RunJob{Run: run.ID}})
}

func (t Tools) pause(ctx context.Context, id ref.Connection) error {
	c, err := t.Connector.GetConnection(ctx, id)
	if err != nil {
		return err
	}
	paused := "PAUSED"
	_, err = t.Connector.ChangeConnection(ctx, id, c.Version, connector.ConnectionChange{State: &paused})
	return err
}

func (t Tools) github(ctx context.Context, unit ref.Unit, _ Application, now time.Time) error {
	t.Clock.Set(now.Add(-6 * time.Hour))
	c, err := t.create(ctx, connector.NewConnection{Kind: "github", Name: "GitHub of Developer Experience", Unit: unit, Credential: "demo-token-of-nobody"},
		connector.Scope{ExternalID: "5550101", Name: "halden/build-tools", URL: "https://github.com/halden/build-tools"},
		connector.Scope{ExternalID: "5550102", Name: "halden/test-reports", URL: "https://github.com/halden/test-reports"})
	if err != nil {
		return err
	}
	for i := range 5 {
		t.Clock.Set(now.Add(-time.Duration(5-i) * time.Hour))
		if *t.Fails = i == 2; *t.Fails {
			t.Clock.Advance(time.Minute)
		}
		if err := t.run(ctx, c.ID); err != nil {
			return err
		}
	}
	return t.pause(ctx, c.ID)
}

// git makes a small repository and reads it.
func (t Tools) git(ctx context.Context, unit ref.Unit, app Application, now time.Time) error {
	at := filepath.Join(t.Folder, "release-notes")
	if err := repository(at, now); err != nil {
		return err
	}
	t.Clock.Set(now.Add(-4 * time.Hour))
	c, err := t.create(ctx, connector.NewConnection{Kind: "git", Name: "Release notes", Unit: unit, Settings: map[string]string{"url": at}},
		connector.Scope{ExternalID: "release-notes", Name: "release-notes", URL: at})
	if err != nil {
		return err
	}
	for range 2 {
		t.Clock.Advance(time.Hour)
		if err := t.run(ctx, c.ID); err != nil {
			return err
		}
	}
	return t.pause(ctx, c.ID)
}

// repository makes a Git repository with some commits and version tags.
func repository(at string, now time.Time) error {
	if err := os.MkdirAll(at, 0o750); err != nil {
		return err
	}
	repo, err := gogit.PlainInit(at, false)
	if err != nil {
		return err
	}
	tree, err := repo.Worktree()
	if err != nil {
		return err
	}
	for i := range 12 {
		text := fmt.Sprintf("Release notes, part %d\n", i+1)
		if err := os.WriteFile(filepath.Join(at, "NOTES.md"), []byte(text), 0o600); err != nil {
			return err
		}
		if _, err := tree.Add("NOTES.md"); err != nil {
			return err
		}
		who := object.Signature{Name: "Release Desk", Email: "release@halden.example", When: now.Add(-time.Duration(80-6*i) * day)}
		head, err := tree.Commit(fmt.Sprintf("Describe change %d", i+1), &gogit.CommitOptions{Author: &who})
		if err != nil {
			return err
		}
		if i%4 == 3 {
			if _, err := repo.CreateTag(fmt.Sprintf("v1.%d.0", i/4), head, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// cdevents receives some events under its secret.
func (t Tools) cdevents(ctx context.Context, unit ref.Unit, app Application, now time.Time) error {
	const secret = "demo-secret-of-nobody"
	t.Clock.Set(now.Add(-8 * time.Hour))
	c, err := t.create(ctx, connector.NewConnection{Kind: "cdevents", Name: "Events of the build farm", Unit: unit, WebhookSecret: secret})
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + secret}}
	for i := range 4 {
		at := now.Add(-time.Duration(7-i) * time.Hour)
		t.Clock.Set(at)
		body := fmt.Sprintf(`{"context":{"version":"0.4.1","id":"demo-%d","source":"/build-farm","type":"dev.cdevents.service.deployed.0.2.0","timestamp":%q},
			"subject":{"id":%q,"source":"/build-farm","type":"service","content":{"environment":{"id":"staging","name":"staging"},"artifactId":"pkg:oci/%s@%064x"}}}`,
			i, at.Format(time.RFC3339), app.Key, app.Key, i+1)
		got, err := t.Connector.ReceiveWebhook(ctx, c.ID, header, []byte(body))
		if err != nil {
			return err
		}
		if err := t.Connector.WorkWebhook(ctx, jobs.Job[connector.WebhookJob]{Args: connector.WebhookJob{Delivery: got.ID}}); err != nil {
			return err
		}
	}
	return nil
}
