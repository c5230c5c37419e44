package valuestream

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func values(a DoraAnswer) [5]float64 {
	var out [5]float64
	for i, m := range a.Metrics {
		out[i] = -1
		if m.Value != nil {
			out[i] = *m.Value
		}
	}
	return out
}

// The values are those TestDrawnHistory states by hand.
var (
	drawnBoth = [5]float64{2 * 3600, 1, 4.5 * 3600, 0.2, 0.2}
	drawnShop = [5]float64{20 * 3600, 0.7, 4 * 3600, 1.0 / 7, 1.0 / 7}
)

func TestTheDrawnHistoryThroughTheDatabase(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		shop, _ := w.drawn()
		got, err := w.service.DeriveAll(w.ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Applications != 2 || got.Deployments != 10 || got.Incidents != 2 || got.Rewritten != 2 {
			t.Errorf("derived %+v", got)
		}
		if v := values(w.dora(w.service, Scope{})); v != drawnBoth {
			t.Errorf("both: %v, want %v", v, drawnBoth)
		}
		for _, scope := range []Scope{{Application: "shop"}, {Application: string(shop)}, {Unit: w.unit.ID}} {
			if v := values(w.dora(w.service, scope)); v != drawnShop {
				t.Errorf("%+v: %v, want %v", scope, v, drawnShop)
			}
		}
		if v := values(w.dora(w.service, Scope{Unit: w.people.Root.ID})); v != drawnBoth {
			t.Errorf("root: %v", v)
		}
		before := w.dump()
		again, err := w.service.DeriveAll(w.ctx, nil)
		if err != nil || again.Rewritten != 0 {
			t.Errorf("a second derivation rewrote %d applications (%v)", again.Rewritten, err)
		}
		if w.dump() != before {
			t.Error("a second derivation changed rows")
		}
		other := w.node()
		if err := other.Refresh(w.ctx); err != nil {
			t.Fatal(err)
		}
		if v := values(w.dora(other, Scope{})); v != drawnBoth {
			t.Errorf("another node: %v", v)
		}
	})
}

func TestDerivingPieceByPieceEqualsDerivingAll(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := rand.New(rand.NewPCG(11, 4))
		apps := []ref.App{w.application("one", w.unit), w.application("two", w.unit), w.application("three", w.other)}
		w.dependency(apps[0], apps[1])
		w.dependency(apps[1], apps[2])
		w.dependency(apps[2], apps[0]) // a cycle
		name := func(kind byte, a, i int) string { return string([]byte{kind, byte('a' + a), byte('A' + i)}) }
		for a := range apps {
			var commits []CommitFact
			for i := range 20 {
				f := c(name('c', a, i), float64(i*10))
				if i > 0 {
					f.Parent1 = id(name('c', a, i-1))
				}
				commits = append(commits, f)
			}
			w.facts(apps[a], int64(a+1), commits, []RequestFact{merged(name('r', a, 0), 105, name('c', a, 10), name('c', a, 9), 90)})
		}
		next := [3]int{}
		for step := range 40 {
			a := r.IntN(3)
			i := next[a]
			next[a]++
			if r.IntN(4) == 0 {
				resolved := int64(0)
				if r.IntN(3) > 0 {
					resolved = h(float64(step*5 + 8))
				}
				w.incident(name('i', a, i), apps[a], h(float64(step*5+3)), resolved, 0)
			} else {
				f := d(name('d', a, i), []string{"eu", "us"}[r.IntN(2)], float64(step*5)+r.Float64(), name('c', a, min(19, max(0, step/2-r.IntN(3)))))
				f.Commits[0].Repository = int64(a + 1)
				if r.IntN(8) == 0 {
					f = failing(f)
				}
				if r.IntN(9) == 0 {
					f.Rework = Yes
				}
				w.deploy(apps[a], f)
			}
			if err := w.service.DeriveApplication(w.ctx, apps[a]); err != nil {
				t.Fatal(err)
			}
		}
		piecewise, inMemory := w.dump(), values(w.dora(w.service, Scope{}))
		got, err := w.service.DeriveAll(w.ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if all := w.dump(); all != piecewise {
			t.Fatalf("piece by piece:\n%s\nall at once:\n%s", piecewise, all)
		}
		if got.Rewritten != 0 {
			t.Errorf("%d applications rewritten though nothing changed", got.Rewritten)
		}
		if v := values(w.dora(w.service, Scope{})); v != inMemory {
			t.Errorf("memory said %v, then %v", inMemory, v)
		}
		fresh := w.node()
		if err := fresh.Refresh(w.ctx); err != nil {
			t.Fatal(err)
		}
		if v := values(w.dora(fresh, Scope{})); v != inMemory {
			t.Errorf("a fresh node says %v, want %v", v, inMemory)
		}
	})
}

func TestACorrectionWinsAndSurvives(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.drawn()
		if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
			t.Fatal(err)
		}
		a, err := w.service.IncidentAttribution(w.ctx, id("I2"))
		if err != nil {
			t.Fatal(err)
		}
		if a.Decision.Deployment != id("P1") || len(a.Candidates) < 2 || a.Candidates[0].Deployment != id("P1") || !a.MayCorrect {
			t.Fatalf("attribution %+v", a)
		}
		if err := w.service.CorrectAttribution(w.ctx, id("I2"), id("D5"), "The log shows it.", 0); err != nil {
			t.Fatal(err)
		}
		// D3 and D5 of shop failed now, P1 of pay is no longer blamed by an incident but was fixed by P2, so it still failed.
		want := values(w.dora(w.service, Scope{Application: "shop"}))
		if want[3] != 2.0/7 || want[2] != (4*3600+21*3600)/2.0 {
			t.Errorf("after the correction %v", want)
		}
		if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
			t.Fatal(err)
		}
		if v := values(w.dora(w.service, Scope{Application: "shop"})); v != want {
			t.Errorf("a derivation undid the correction: %v", v)
		}
		if err := w.service.CorrectAttribution(w.ctx, id("I2"), 0, "Power cut.", 0); problem.CodeOf(err) != "stale" {
			t.Errorf("a stale correction: %v", err)
		}
		if err := w.service.CorrectAttribution(w.ctx, id("I2"), 0, "Power cut.", 1); err != nil {
			t.Fatal(err)
		}
		if v := values(w.dora(w.service, Scope{Application: "shop"})); v != drawnShop {
			t.Errorf("put down to none: %v", v)
		}
		if err := w.service.CorrectAttribution(w.ctx, id("I2"), 77, "x", 2); problem.CodeOf(err) != "deployment_unknown" {
			t.Errorf("an unknown deployment: %v", err)
		}
		if err := w.service.CorrectAttribution(w.ctx, id("I2"), 0, " ", 2); problem.CodeOf(err) != "reason_missing" {
			t.Errorf("no reason: %v", err)
		}
		if err := w.service.ReleaseAttribution(w.ctx, id("I2"), 2); err != nil {
			t.Fatal(err)
		}
		if v := values(w.dora(w.service, Scope{})); v != drawnBoth {
			t.Errorf("after the release %v", v)
		}
		if err := w.service.ReleaseAttribution(w.ctx, id("I2"), 0); problem.CodeOf(err) != "correction_missing" {
			t.Errorf("released twice: %v", err)
		}
		kinds := w.people.History(ref.Fact(id("I2")).String())
		if !slices.Equal(kinds, []events.Kind{AttributionCorrected, AttributionCorrected, AttributionReleased}) {
			t.Errorf("history %v", kinds)
		}
	})
}

func TestFactsThatGoTakeTheirRowsAlong(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		shop, pay := w.drawn()
		if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
			t.Fatal(err)
		}
		w.exec(`UPDATE deployment SET application_id = NULL WHERE application_id = ?`, string(pay))
		if err := w.service.DeriveApplication(w.ctx, pay); err != nil {
			t.Fatal(err)
		}
		v := w.dora(w.service, Scope{Application: "pay"})
		if v.Metrics[1].Value != nil || !slices.Equal(v.Readiness[DeploymentFrequency], []Missing{MissingDeployments}) {
			t.Errorf("pay: %+v", v.Metrics[1])
		}
		// The incident on shop has lost its suspect; the next best stands trial.
		f, err := w.service.IncidentAttribution(w.ctx, id("I2"))
		if err != nil || f.Decision.Application != shop {
			t.Errorf("%+v %v", f.Decision, err)
		}
		w.exec(`DELETE FROM incident WHERE id = ?`, id("I1"))
		if err := w.service.DeriveApplication(w.ctx, shop); err != nil {
			t.Fatal(err)
		}
		piecewise := w.dump()
		if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
			t.Fatal(err)
		}
		if w.dump() != piecewise {
			t.Errorf("piecewise\n%s\nall\n%s", piecewise, w.dump())
		}
	})
}

func TestScopesShowOnlyWhatTheCallerMaySee(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.drawn()
		if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
			t.Fatal(err)
		}
		retail := w.people.As(w.unit, PermViewMetrics)
		ask := func(ctx context.Context, s Scope) (DoraAnswer, error) {
			return w.service.Dora(ctx, DoraQuestion{Scope: s, Class: ClassProduction, From: moment(h(0)), To: moment(h(240))})
		}
		a, err := ask(retail, Scope{})
		if err != nil || values(a) != drawnShop || a.Applications != 1 {
			t.Errorf("own unit: %v %v", values(a), err)
		}
		for _, s := range []Scope{{Application: "pay"}, {Unit: w.other.ID}, {Unit: w.people.Root.ID}, {Application: "nothing"}, {Team: "nothing"}} {
			if _, err := ask(retail, s); problem.KindOf(err) != problem.NotFound {
				t.Errorf("%+v: %v", s, err)
			}
		}
		if _, err := ask(retail, Scope{Unit: w.unit.ID, Application: "shop"}); problem.CodeOf(err) != "scope_ambiguous" {
			t.Errorf("two scopes: %v", err)
		}
		nobody := w.people.As(w.unit)
		if a, err := ask(nobody, Scope{}); err != nil || a.Applications != 0 {
			t.Errorf("no grants: %d applications, %v", a.Applications, err)
		}
		if err := w.service.CorrectAttribution(retail, id("I1"), 0, "x", 0); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("correcting without the permission: %v", err)
		}
		both := w.people.As(w.unit, PermViewMetrics, PermCorrectAttribution)
		if err := w.service.CorrectAttribution(both, id("I1"), id("P1"), "x", 0); problem.CodeOf(err) != "deployment_unknown" {
			t.Errorf("blaming an unseen deployment: %v", err)
		}
		if _, err := w.service.IncidentAttribution(w.people.As(w.other, PermViewMetrics), id("I1")); problem.KindOf(err) != problem.NotFound {
			t.Errorf("an unseen incident: %v", err)
		}
	})
}

func TestANodeSeesWhatAnotherDerived(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		shop, _ := w.drawn()
		other := New(Deps{DB: w.d, Clock: w.clock})
		if err := other.Start(w.ctx); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = other.Stop(w.ctx) }()
		if a := w.dora(other, Scope{Application: "shop"}); a.Metrics[1].N != 0 {
			t.Fatal("something was derived already")
		}
		if err := w.service.DeriveApplication(w.ctx, shop); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for w.dora(other, Scope{Application: "shop"}).Metrics[1].N != 7 {
			if time.Now().After(deadline) {
				t.Fatal("the other node never saw it")
			}
			if err := other.Refresh(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestADerivationLosesToOneThatKnewMore(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		shop, _ := w.drawn()
		if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
			t.Fatal(err)
		}
		run := &derivation{s: w.service, columns: map[ref.App]*columns{}, rows: map[ref.App][]DeploymentRow{}}
		w.exec(`UPDATE deployment SET result = 'FAILURE' WHERE id = ?`, id("D5")) // so that there is something to write
		if err := run.read(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.deploy(shop, d("D6", "eu", 100, "a7"))
		if err := w.node().DeriveApplication(w.ctx, shop); err != nil {
			t.Fatal(err)
		}
		if err := run.derive(w.ctx, func(int64, int64, string) {}); err != nil {
			t.Fatal(err)
		}
		if !run.lost[shop] {
			t.Fatal("the older derivation won")
		}
		var n int
		err := w.d.Read(w.ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewRaw(`SELECT COUNT(*) FROM dora_deployment WHERE deployment_id = ?`, id("D6")).Scan(ctx, &n)
		})
		if err != nil || n != 1 {
			t.Errorf("the newer deployment is gone (%v)", err)
		}
		if err := run.blame(w.ctx); err != nil {
			t.Fatal(err)
		}
		if err := run.publish(w.ctx); err != nil {
			t.Fatal(err)
		}
		if all := w.jobs.All(); len(all) != 1 || all[0].Args.(DeriveApplications).Apps[0] != shop {
			t.Errorf("jobs %v", all)
		}
	})
}

func TestWorkItemsOfTypeIncidentAreIncidents(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		shop, _ := w.drawn()
		item := func(name, kind string, started, resolved int64) {
			w.insert("work_item", map[string]any{"id": id(name), "external_id": name, "application_id": string(shop), "type": kind, "title": "Item " + name, "key": name,
				"created_at": at(started), "resolved_at": at(resolved), "at": moment(started), "revision": 1})
		}
		item("w1", delivery.TypeIncident, h(73), h(75)) // an hour after D5 and as U2 ended
		item("w2", delivery.TypeBug, h(33), h(34))
		item("w3", delivery.TypeIncident, h(63), h(66)) // I1 is reported for it
		w.exec(`UPDATE incident SET work_item_id = ? WHERE id = ?`, id("w3"), id("I1"))
		// Request r2 went out with D3, request r3 with D9 because of w1.
		w.facts(shop, 1, []CommitFact{c("a8", 80, "a7")}, []RequestFact{merged("r3", 80, "a8", "x8", 79)}, d("D9", "us", 81, "a8"))
		w.insert("change_request_work_item", map[string]any{"change_request_id": id("r3"), "work_item_id": id("w1")})
		got, err := w.service.DeriveAll(w.ctx, nil)
		if err != nil || got.Incidents != 3 {
			t.Fatalf("%+v %v", got, err)
		}
		if v := values(w.dora(w.service, Scope{Application: "shop"})); v[3] != 2.0/8 || v[4] != 2.0/8 {
			t.Errorf("fail and rework rate %v", v)
		}
		a, err := w.service.IncidentAttribution(w.ctx, id("w1"))
		if err != nil || a.Title != "Item w1" || a.Decision.Deployment != id("U2") || !slices.Contains(a.Decision.Evidence, EvidenceFixedBySuccessor) {
			t.Errorf("%+v %v", a, err)
		}
		if _, err := w.service.IncidentAttribution(w.ctx, id("w2")); problem.KindOf(err) != problem.NotFound {
			t.Errorf("a defect is no incident: %v", err)
		}
		before := w.dump()
		if err := w.service.DeriveApplication(w.ctx, shop); err != nil || w.dump() != before {
			t.Errorf("deriving the application alone differs (%v)", err)
		}
	})
}

func TestFoldersAndTeamsThroughTheDatabase(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		shop, pay := w.drawn()
		w.exec(`UPDATE repository_commit SET paths = ? WHERE id = ?`, `["pay/x.go"]`, id("a7"))
		for app, prefix := range map[ref.App]string{shop: "shop", pay: "pay"} {
			w.insert("repository_application", map[string]any{"repository_id": int64(1), "application_id": string(app), "path_prefix": prefix, "source": "rule"})
		}
		if err := w.service.DeriveApplication(w.ctx, shop); err != nil {
			t.Fatal(err)
		}
		if m := w.dora(w.service, Scope{Application: "shop"}).Metrics[0]; m.N != 2 {
			t.Errorf("%d changes of shop, want 2: a7 is a change of pay", m.N)
		}
		before := w.dump()
		if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
			t.Fatal(err)
		}
		if m := w.dora(w.service, Scope{Application: "shop"}).Metrics[0]; m.N != 2 || before == w.dump() {
			t.Errorf("%d changes of shop after everything", m.N)
		}

		team, now := ref.New[ref.Team](), w.clock.Now()
		w.insert("team", map[string]any{"id": string(team), "name": "Shoppers", "name_key": "shoppers", "unit_id": string(w.unit.ID), "created_at": now, "updated_at": now})
		w.insert("stakeholder", map[string]any{"id": string(ref.New[ref.Event]()), "subject_kind": "application", "subject_id": string(shop), "unit_id": string(w.unit.ID),
			"team_id": string(team), "accountable": true, "roles": "[]", "created_at": now, "updated_at": now})
		w.insert("stakeholder", map[string]any{"id": string(ref.New[ref.Event]()), "subject_kind": "application", "subject_id": string(pay), "unit_id": string(w.unit.ID),
			"team_id": string(team), "informed": true, "roles": "[]", "created_at": now, "updated_at": now})
		if a := w.dora(w.service, Scope{Team: team}); a.Applications != 1 || a.Metrics[1].N != 7 {
			t.Errorf("the team's page: %d applications, %d deployments", a.Applications, a.Metrics[1].N)
		}
	})
}

func TestAnOldDerivationDoesNotHideNewerRows(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		shop, _ := w.drawn()
		if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
			t.Fatal(err)
		}
		run := &derivation{s: w.service, columns: map[ref.App]*columns{}, rows: map[ref.App][]DeploymentRow{}}
		if err := run.read(w.ctx); err != nil { // nothing changed so far, so it will write nothing
			t.Fatal(err)
		}
		w.deploy(shop, d("D6", "eu", 100, "a7"))
		if err := w.node().DeriveApplication(w.ctx, shop); err != nil {
			t.Fatal(err)
		}
		for _, step := range []func(context.Context) error{
			func(ctx context.Context) error { return run.derive(ctx, func(int64, int64, string) {}) }, run.blame, run.publish,
		} {
			if err := step(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.dora(w.service, Scope{Application: "shop"}).Metrics[1].N; n != 8 {
			t.Errorf("%d deployments in memory, want 8", n)
		}
	})
}
