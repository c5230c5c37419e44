package delivery_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// found returns the external ids a search finds, in order.
func (w *world) found(p *authz.Principal, text string, search func(context.Context, db.Tx, string, int) ([]delivery.Found, error)) string {
	w.Helper()
	var out []string
	err := w.db.Read(authz.With(w.Context(), p), func(ctx context.Context, tx db.Tx) error {
		list, err := search(ctx, tx, text, 20)
		for _, f := range list {
			for _, n := range f.Names {
				if strings.HasPrefix(n, "x-") {
					out = append(out, n)
				}
			}
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return strings.Join(out, " ")
}

func TestSearchIncidentsAndDeployments(t *testing.T) {
	each(t, func(w *world) {
		deliverytest.Application(w, w.db, deliverytest.North, "north")
		deliverytest.Application(w, w.db, deliverytest.South, "south")
		incident := func(app, id, key, title string, minutes int) delivery.Record {
			return &delivery.Incident{Head: head(delivery.KindIncident, id), Application: app, Key: key, Title: title, StartedAt: at(minutes)}
		}
		deploy := func(app, id, version, service, sha string, minutes int) []delivery.Record {
			return []delivery.Record{
				&delivery.Deployment{Head: head(delivery.KindDeployment, id), Application: app, Version: version, Service: service, FinishedAt: at(minutes), Result: "SUCCESS"},
				&delivery.DeploymentCommit{Head: head(delivery.KindDeploymentCommit, id+"|c"), DeploymentID: id, CommitSHA: sha, RepoURL: shop},
			}
		}
		w.taken("c1", append(append(append([]delivery.Record{
			incident("north", "x-1", "INC-7", "Check-out outage: ÖL payments", -9), incident("south", "x-2", "INC-77", "Outages at night", -5),
			incident("", "x-3", "", "outage of nobody", -4), incident("north", "x-4", "", "100% of pay_ments lost", -3),
		}, deploy("north", "x-11", "V1.20.0", "Checkout-API", "abcdef0123456789", -8)...), deploy("south", "x-12", "1.2.1", "checkout-web", "abcd999900001111", -7)...),
			deploy("north", "x-13", "", "", "ffff00001111", -6)...)...)
		all, north := deliverytest.Principal(deliverytest.RootPath, delivery.PermView), deliverytest.Principal(deliverytest.NorthPath, delivery.PermView)
		for _, c := range []struct {
			who        *authz.Principal
			text, want string
		}{
			{all, "outage", "x-3 x-1 x-2"}, {north, "outage", "x-1"}, {all, "OUTAGES night", "x-2"}, {all, "inc-7", "x-1 x-2"}, {all, "öl", "x-1"},
			{all, "check-out", "x-1"}, {all, "out pay", "x-1"}, {all, "X-2", "x-2"}, {north, "x-2", ""}, {all, "o", ""}, {all, "%", ""}, {all, "_a", ""}, {all, "100", "x-4"},
			{all, "tage", ""},
		} {
			if got := w.found(c.who, c.text, delivery.SearchIncidents); got != c.want {
				w.Errorf("incidents by %q: %q, want %q", c.text, got, c.want)
			}
		}
		for _, c := range []struct {
			who        *authz.Principal
			text, want string
		}{
			{all, "v1.2", "x-11"}, {all, "1.2", "x-12"}, {all, "checkout", "x-12 x-11"}, {north, "CHECKOUT", "x-11"}, {all, "ABCD", "x-12 x-11"}, {north, "abcd9999", ""},
			{all, "ffff0000", "x-13"}, {all, "x-1", "x-13 x-12 x-11"}, {all, "x", ""}, {all, "abc", ""}, {all, "1_2", ""},
		} {
			if got := w.found(c.who, c.text, delivery.SearchDeployments); got != c.want {
				w.Errorf("deployments by %q: %q, want %q", c.text, got, c.want)
			}
		}

		// What is told anew, corrected by hand and taken back is found as it is now.
		w.taken("c1", incident("north", "x-1", "INC-7", "Now a brownout", -9))
		if got := w.found(all, "outage", delivery.SearchIncidents); got != "x-3 x-2" {
			w.Errorf("after a new title: %q", got)
		}
		title := "Blackout"
		ctx := authz.With(w.Context(), authz.System("test"))
		if _, err := w.s.ChangeIncident(ctx, delivery.FactID("c1", delivery.KindIncident, "x-2"), 1, delivery.IncidentPatch{Title: &title}); err != nil {
			w.Fatal(err)
		}
		if got := w.found(all, "blackout", delivery.SearchIncidents) + "|" + w.found(all, "night", delivery.SearchIncidents); got != "x-2|" {
			w.Errorf("after a correction: %q", got)
		}
		if _, err := w.s.Retract(ctx, "c1", now.AddDate(0, 0, 1)); err != nil {
			w.Fatal(err)
		}
		if n := count(w, "SELECT COUNT(DISTINCT incident_id) FROM incident_word"); n != 1 {
			w.Errorf("%d incidents have words, only the one changed by hand is left", n)
		}
	})
}

// TestSearchReadsIndexes looks at the plans of the queries over many rows.
func TestSearchReadsIndexes(t *testing.T) {
	whole := regexp.MustCompile(`(?m)Seq Scan on (deployment|incident|deployment_commit|incident_word)\b|SCAN (deployment|incident|deployment_commit|incident_word|o)$`)
	each(t, func(w *world) {
		deliverytest.Application(w, w.db, deliverytest.North, "north")
		deliverytest.Exec(w, w.db, manyDeployments(w.db.Engine(), 20_000))
		deliverytest.Exec(w, w.db, manyDeploymentCommits(w.db.Engine(), 20_000))
		deliverytest.Exec(w, w.db, manyIncidents(w.db.Engine(), 20_000))
		deliverytest.Exec(w, w.db, manyWords(w.db.Engine(), 20_000))
		deliverytest.Exec(w, w.db, "ANALYZE")
		for name, p := range map[string]*authz.Principal{"everything": deliverytest.Principal(deliverytest.RootPath, delivery.PermView), "a unit": deliverytest.Principal(deliverytest.NorthPath, delivery.PermView)} {
			for _, text := range []string{"word123", "word", "abc1 word77"} {
				err := w.db.Read(authz.With(w.Context(), p), func(ctx context.Context, tx db.Tx) error {
					plans, err := delivery.SearchPlans(ctx, tx, text)
					for _, plan := range plans {
						if whole.MatchString(plan) || strings.Contains(plan, " AS f ON ") && strings.Contains(plan, "SCAN f") {
							w.Errorf("who sees %s reads all for %q:\n%s", name, text, plan)
						}
					}
					if len(plans) != 5 {
						w.Errorf("%d plans", len(plans))
					}
					return err
				})
				if err != nil {
					w.Fatal(err)
				}
			}
		}
	})
}

func series(e db.Engine, n int) string {
	if e == db.Postgres {
		return fmt.Sprintf("(SELECT i FROM generate_series(1, %d) AS i) AS n", n)
	}
	return fmt.Sprintf("(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < %d) SELECT i FROM s) AS n", n)
}

func manyDeployments(e db.Engine, n int) string {
	return `INSERT INTO deployment (id, connection_id, external_id, version, service, at, application_id, revision)
		SELECT i, 'c', 'word' || i, 'word' || i, 'word' || (i % 50), '2026-01-01 00:00:00', 'a' || (i % 100), 1 FROM ` + series(e, n)
}

func manyDeploymentCommits(e db.Engine, n int) string {
	return `INSERT INTO deployment_commit (deployment_id, commit_sha) SELECT i, 'word' || i FROM ` + series(e, n)
}

func manyIncidents(e db.Engine, n int) string {
	return `INSERT INTO incident (id, connection_id, external_id, title, at, application_id, revision)
		SELECT i, 'c', 'word' || i, 'word' || i, '2026-01-01 00:00:00', 'a' || (i % 100), 1 FROM ` + series(e, n)
}

func manyWords(e db.Engine, n int) string {
	return `INSERT INTO incident_word (incident_id, word, at) SELECT i, 'word' || i, '2026-01-01 00:00:00' FROM ` + series(e, n)
}
