package delivery_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/ref"
)

func deployment(id, service, name, environment, repository string) []delivery.Record {
	out := []delivery.Record{&delivery.Deployment{
		Head: head(delivery.KindDeployment, id), Service: service, Name: name, Environment: environment, Result: delivery.ResultSuccess, FinishedAt: at(-10),
	}}
	if repository != "" {
		out = append(out, &delivery.DeploymentCommit{Head: head(delivery.KindDeploymentCommit, id+"|c"), DeploymentID: id, CommitSHA: "abcd" + id[1:] + "0000", RepoURL: repository})
	}
	return out
}

func TestUnmappedRecordsWaitForARule(t *testing.T) {
	each(t, func(w *world) {
		cart := deliverytest.Application(w, w.db, deliverytest.North, "cart")
		search := deliverytest.Application(w, w.db, deliverytest.North, "search")
		s := w.api()
		res := w.taken("c1", append(append(deployment("d1", "", "ship", "prod", "https://github.com/acme/cart-service"),
			deployment("d2", "search-api", "ship", "blue", "")...), deployment("d3", "", "release searcher", "blue", "")...)...)
		if res.Unmapped != 3 {
			w.Fatalf("unmapped %d", res.Unmapped)
		}
		find := func(kind, value string) object {
			for _, g := range items(w.get(s, "/unmapped")) {
				if g := g.(object); g["kind"] == kind && g["value"] == value {
					return g
				}
			}
			return nil
		}
		if g := find("repository", "github.com/acme/cart-service"); g == nil || g["suggestion"].(object)["applicationId"] != string(cart) {
			w.Fatalf("the repository does not wait: %v", w.get(s, "/unmapped"))
		}
		if g := find("environment_class", "blue"); g == nil || g["count"] != float64(2) || g["firstAt"] != "2026-03-02T11:50:00Z" {
			w.Errorf("the environment does not wait: %v", g)
		}
		if g := find("service", "search-api"); g == nil || g["suggestion"].(object)["applicationKey"] != "search" {
			w.Errorf("the service does not wait: %v", g)
		}
		preview := w.post(s, "/mapping-rules/preview", object{"kind": "repository", "pattern": "acme/cart-*", "application": "cart"})
		if preview["records"] != float64(1) || preview["complete"] != true {
			w.Errorf("preview %v", preview)
		}
		for _, rule := range []object{
			{"kind": "repository", "pattern": "acme/cart-*", "application": "cart"},
			{"kind": "service", "pattern": "Search-API", "application": "search"},
			{"kind": "pipeline", "match": "regex", "pattern": "^release searcher$", "application": "search"},
			{"kind": "environment_class", "pattern": "blue", "target": "live"},
		} {
			w.post(s, "/mapping-rules", rule)
		}
		if n := count(w, "SELECT COUNT(*) FROM deployment WHERE application_id IS NOT NULL"); n != 0 {
			w.Fatalf("%d were mapped before the replay", n)
		}
		before := len(w.seen)
		w.replay(s)
		if got := text(w, "SELECT application_id FROM deployment WHERE external_id = 'd1'"); got != string(cart) {
			w.Errorf("d1 belongs to %q", got)
		}
		if n := count(w, "SELECT COUNT(*) FROM deployment WHERE application_id = ? AND environment_class = 'PRODUCTION'", search); n != 2 {
			w.Errorf("%d deployments of search", n)
		}
		var told []ref.App
		for _, e := range w.seen[before:] {
			if e.Kind == delivery.EventBatchIngested {
				told = e.Data["applications"].([]ref.App)
			}
		}
		if len(told) != 2 {
			w.Errorf("the event tells of %v", told)
		}
		if n := len(items(w.get(s, "/unmapped"))); n != 0 {
			w.Errorf("%v still waits", w.get(s, "/unmapped"))
		}
		if n := count(w, "SELECT COUNT(*) FROM ingest_touch"); n != 0 {
			w.Errorf("%d touches left", n)
		}
		// New records follow the rules at once, and a second pass changes nothing.
		if res := w.taken("c1", deployment("d4", "", "ship", "blue", "https://github.com/acme/cart-two")...); res.Unmapped != 0 {
			w.Error("a new deployment does not follow the rules")
		}
		if r := w.replay(s); r["changed"] != float64(0) || r["state"] != "done" {
			w.Errorf("the second pass changed %v", r)
		}
	})
}

// replay asks for a replay, works it and returns how it ended.
func (w *world) replay(s *httpapitest.Server) object {
	w.Helper()
	a := s.Do(w, http.MethodPost, "/mapping-rules/replays", nil)
	if a.Status != http.StatusAccepted {
		w.Fatalf("%d %s", a.Status, a.Body)
	}
	var r object
	a.Into(w, &r)
	w.work()
	return w.get(s, "/mapping-rules/replays/"+r["id"].(string))
}

// work does the jobs that wait.
func (w *world) work() {
	w.Helper()
	if n, failures, err := w.queue.WorkDue(w.Context()); err != nil || failures != nil || n == 0 {
		w.Fatal(n, failures, err)
	}
}

// follow enqueues what a change of an application in the catalogue enqueues, and works it.
func (w *world) follow(app ref.App) {
	w.Helper()
	sub := w.s.Subscriptions([]events.Kind{"catalog.changed"}, nil)[0]
	args, opts, ok := sub.Job(events.Event{SubjectID: string(app)})
	if err := w.db.Write(w.Context(), func(ctx context.Context, tx db.Tx) error { return w.queue.Enqueue(ctx, tx, args, opts) }); err != nil || !ok {
		w.Fatal(ok, err)
	}
	w.work()
}

func TestStoredRecordsFollowTheCatalogue(t *testing.T) {
	each(t, func(w *world) {
		w.taken("c1", append(deployment("d1", "", "ship", "prod", shop), &delivery.Deployment{Head: head(delivery.KindDeployment, "d2"), Application: "webshop", FinishedAt: at(-3)})...)
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop", "webshop")
		deliverytest.Repository(w, w.db, app, "ssh://git@github.com/Acme/Shop.git", "")
		w.follow(app)
		if n := count(w, "SELECT COUNT(*) FROM deployment WHERE application_id = ?", app); n != 2 {
			w.Fatalf("%d of 2 follow", n)
		}
		// The alias goes, the deployment that came under it stays.
		deliverytest.Exec(w, w.db, "DELETE FROM v_application_name WHERE name_key = 'webshop'")
		w.follow(app)
		if n := count(w, "SELECT COUNT(*) FROM deployment WHERE application_id = ?", app); n != 2 {
			w.Fatalf("%d of 2 stay", n)
		}
		// The repository goes to another application.
		other := deliverytest.Application(w, w.db, deliverytest.South, "other")
		deliverytest.Exec(w, w.db, "UPDATE v_application_repository SET application_id = ?", other)
		w.follow(other)
		if n := count(w, "SELECT COUNT(*) FROM deployment WHERE application_id = ? AND external_id = 'd1'", other); n != 1 {
			w.Fatal("d1 did not move")
		}
		deliverytest.Exec(w, w.db, "DELETE FROM v_application WHERE id = ?", app)
		deliverytest.Exec(w, w.db, "DELETE FROM v_application_name WHERE application_id = ?", app)
		w.follow(app)
		if n := count(w, "SELECT COUNT(*) FROM deployment WHERE application_id IS NULL"); n != 1 {
			w.Fatal("a deployment belongs to an application that is gone")
		}
	})
}

func TestOneRepositoryOfSeveralApplications(t *testing.T) {
	each(t, func(w *world) {
		mono := "https://github.com/acme/mono"
		cart := deliverytest.Application(w, w.db, deliverytest.North, "cart")
		pay := deliverytest.Application(w, w.db, deliverytest.North, "payment")
		deliverytest.Repository(w, w.db, cart, mono, "services/cart")
		deliverytest.Repository(w, w.db, pay, mono, "services/payment-api")
		commit := func(sha string, paths ...string) delivery.Record {
			return &delivery.Commit{Head: head(delivery.KindCommit, sha), RepoURL: mono, SHA: sha, Paths: paths, CommittedAt: at(-30)}
		}
		w.taken("c1", commit("abcd10000", "services/cart/main.go"), commit("abcd20000", "services/payment-api/a.go"), commit("abcd30000", "README.md"))
		w.taken("c1", deployment("d1", "", "ship", "prod", mono)...)
		w.taken("c1", deployment("d2", "", "ship", "prod", mono)...)
		w.taken("c1", deployment("d3", "", "deploy payment-api", "prod", mono)...)
		res := w.taken("c1", deployment("d4", "", "ship", "prod", mono)...)
		for id, want := range map[string]ref.App{"d1": cart, "d2": pay, "d3": pay} {
			if got := text(w, "SELECT application_id FROM deployment WHERE external_id = ?", id); got != string(want) {
				w.Errorf("%s belongs to %q, want %q", id, got, want)
			}
		}
		if res.Unmapped != 1 {
			w.Error("a deployment of who knows what was given to somebody")
		}
		groups, err := w.s.ListUnmapped(authz.With(w.Context(), authz.System("test")))
		if err != nil || len(groups) != 1 || groups[0].Kind != delivery.RulePath {
			w.Errorf("%+v %v", groups, err)
		}
	})
}

func TestARepositoryKeepsItsHistoryWhenItIsRenamed(t *testing.T) {
	each(t, func(w *world) {
		repo := func(id, url string) delivery.Record {
			return &delivery.Repository{Head: head(delivery.KindRepository, id), Name: url, URL: url, UpdatedAt: at(-1)}
		}
		commit := func(url, sha, parent string) delivery.Record {
			return &delivery.Commit{Head: head(delivery.KindCommit, sha), RepoURL: url, SHA: sha, ParentSHAs: []string{parent}, CommittedAt: at(-30)}
		}
		w.taken("c1", repo("repo:1", shop), commit(shop, "aaaa", "0000"))
		// A pipeline already reports under the new name before the tool tells of it.
		w.taken("", commit(shop+"-new", "bbbb", "aaaa"), &delivery.DeploymentCommit{Head: head(delivery.KindDeploymentCommit, "x"), DeploymentID: "d", CommitSHA: "bbbb", RepoURL: shop + "-new"})
		if n := count(w, "SELECT COUNT(*) FROM repository"); n != 2 {
			w.Fatalf("%d repositories", n)
		}
		w.taken("c1", repo("repo:1", shop+"-new"))
		id := delivery.RepositoryID(shop)
		if n := count(w, "SELECT COUNT(*) FROM repository WHERE id = ? AND repository_key = 'github.com/acme/shop-new'", int64(id)); n != 1 || count(w, "SELECT COUNT(*) FROM repository") != 1 {
			w.Error("the two names are not one repository")
		}
		if n := count(w, "SELECT COUNT(*) FROM repository_commit WHERE repository_id = ?", int64(id)); n != 2 {
			w.Errorf("%d of 2 commits", n)
		}
		if n := count(w, "SELECT COUNT(*) FROM deployment_commit AS d JOIN repository_commit AS c ON c.id = d.commit_id WHERE d.repository_id = ?", int64(id)); n != 1 {
			w.Error("the deployed commit is lost")
		}
		w.taken("c1", commit(shop+"-new", "cccc", "bbbb"), commit(shop, "dddd", "cccc"))
		if n := count(w, "SELECT COUNT(*) FROM repository_commit WHERE repository_id = ?", int64(id)); n != 4 {
			w.Errorf("%d of 4 commits", n)
		}
		// Another repository takes the old name.
		w.taken("c1", repo("repo:2", shop), commit(shop, "eeee", "0000"))
		if n := count(w, "SELECT COUNT(*) FROM repository_commit WHERE repository_id = ?", int64(id)); n != 4 {
			w.Errorf("a stranger's commit was added: %d", n)
		}
	})
}

func TestAccountsFindTheirPersons(t *testing.T) {
	each(t, func(w *world) {
		ada := deliverytest.Person(w, w.db, "Ada Lovelace", "Ada@Example.test")
		bob := deliverytest.Person(w, w.db, "Bob", "bob.b@example.test")
		account := func(id, user, name, email string, bot bool) delivery.Record {
			return &delivery.ToolAccount{Head: head(delivery.KindToolAccount, id), UserName: user, FullName: name, Email: email, IsBot: bot}
		}
		s := w.api()
		w.taken("c1", account("1", "ada", "", "ada@example.test", false), account("2", "bob.b", "", "", false), account("3", "al", "Ada Lovelace", "", false), account("4", "robot", "", "", true))
		if got := text(w, "SELECT person_id FROM tool_account WHERE user_name = 'ada'"); got != string(ada) {
			w.Errorf("ada is %q", got)
		}
		w.post(s, "/mapping-rules", object{"kind": "account", "match": "regex", "pattern": "^([a-z]+\\.[a-z]+)$", "target": "$1@example.test"})
		if out := w.post(s, "/tool-accounts/matches", nil); out["matched"] != float64(1) {
			w.Errorf("matched %v", out)
		}
		if got := text(w, "SELECT person_id FROM tool_account WHERE user_name = 'bob.b'"); got != string(bob) {
			w.Errorf("bob is %q", got)
		}
		list := items(w.get(s, "/tool-accounts?unlinked=true"))
		if len(list) != 1 || list[0].(object)["suggestion"].(object)["personId"] != string(ada) {
			w.Fatalf("unlinked: %v", list)
		}
		id := list[0].(object)["id"].(string)
		if a := s.Do(w, http.MethodPut, "/tool-accounts/"+id+"/person", object{"personId": bob}, "If-Match", `"1"`); a.Status != 200 {
			w.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := s.Do(w, http.MethodPut, "/tool-accounts/"+id+"/person", object{"personId": "nobody"}, "If-Match", `"2"`); a.Code() != "person_unknown" {
			w.Errorf("%d %s", a.Status, a.Body)
		}
		w.taken("c1", account("3", "al", "Ada Lovelace", "ada@example.test", false))
		if got := text(w, "SELECT person_id FROM tool_account WHERE user_name = 'al'"); got != string(bob) {
			w.Error("what was said by hand was undone by a tool")
		}
	})
}

func TestRulesThatCannotBe(t *testing.T) {
	each(t, func(w *world) {
		deliverytest.Application(w, w.db, deliverytest.North, "shop")
		s := w.api()
		for name, c := range map[string]struct {
			body object
			code string
		}{
			"regex":       {object{"kind": "service", "match": "regex", "pattern": "(", "application": "shop"}, "rule_pattern_malformed"},
			"application": {object{"kind": "service", "pattern": "x", "application": "nope"}, "application_unknown"},
			"none":        {object{"kind": "service", "pattern": "x"}, "application_required"},
			"class":       {object{"kind": "environment_class", "pattern": "x", "target": "moon"}, "environment_class_unknown"},
			"path":        {object{"kind": "path", "pattern": "github.com/acme/mono", "application": "shop"}, "rule_path_malformed"},
			"blank":       {object{"kind": "service", "pattern": "  ", "application": "shop"}, "rule_pattern_malformed"},
			"account":     {object{"kind": "account", "pattern": "x", "target": "y"}, "rule_target_malformed"},
		} {
			if a := s.Do(w, http.MethodPost, "/mapping-rules", c.body); a.Status != 422 || a.Code() != c.code {
				w.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		r := w.post(s, "/mapping-rules", object{"kind": "service", "pattern": "x*", "application": "shop"})
		path := "/mapping-rules/" + r["id"].(string)
		if a := s.Do(w, http.MethodPatch, path, object{"kind": "service", "pattern": "y", "application": "shop"}); a.Status != http.StatusPreconditionRequired {
			w.Errorf("a change without If-Match: %d", a.Status)
		}
		if a := s.Do(w, http.MethodPatch, path, object{"kind": "service", "pattern": "y", "application": "shop"}, "If-Match", `"1"`); a.Status != 200 || a.Header.Get("ETag") != `"2"` {
			w.Errorf("%d %s", a.Status, a.Body)
		}
		if a := s.Do(w, http.MethodDelete, path, nil, "If-Match", `"1"`); a.Status != http.StatusConflict {
			w.Errorf("a stale deletion: %d", a.Status)
		}
		if a := s.Do(w, http.MethodDelete, path, nil, "If-Match", `"2"`); a.Status >= 300 {
			w.Errorf("%d %s", a.Status, a.Body)
		}
		s.As(deliverytest.Principal(deliverytest.NorthPath, delivery.PermView, delivery.PermManageMapping))
		if a := s.Do(w, http.MethodPost, "/mapping-rules", object{"kind": "service", "pattern": "x", "application": "shop"}); a.Status != http.StatusForbidden {
			w.Errorf("a rule from one unit: %d", a.Status)
		}
		if a := s.Do(w, http.MethodGet, "/unmapped", nil); a.Status != http.StatusForbidden {
			w.Errorf("what is unmapped shows in one unit: %d", a.Status)
		}
	})
}

// TestAWorkItemNamesItsApplication attaches a work item without any rule, by key and by id, and keeps it through a replay.
func TestAWorkItemNamesItsApplication(t *testing.T) {
	each(t, func(w *world) {
		shop := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		cart := deliverytest.Application(w, w.db, deliverytest.South, "cart")
		s := w.api()
		w.post(s, "/mapping-rules", object{"kind": "service", "pattern": "till", "application": "shop"})
		w.post(s, "/work-items", object{"title": "By key", "application": "SHOP", "externalId": "1"})
		w.post(s, "/work-items", object{"title": "By id", "application": string(cart), "component": "till", "externalId": "2"})
		w.post(s, "/work-items", object{"title": "By rule", "component": "till", "externalId": "3"})
		w.post(s, "/work-items", object{"title": "Nobody's", "component": "shop", "externalId": "4"})
		w.replay(s)
		for id, want := range map[string]string{"1": string(shop), "2": string(cart), "3": string(shop), "4": ""} {
			if got := text(w, "SELECT COALESCE(application_id, '') FROM work_item WHERE external_id = ?", id); got != want {
				w.Errorf("work item %s belongs to %q, want %q", id, got, want)
			}
		}
		if n := len(items(w.get(s, "/work-items?application=shop"))); n != 2 {
			w.Errorf("the shop has %d work items", n)
		}
		if a := s.Do(w, http.MethodPost, "/work-items", object{"title": "x", "application": "nobody"}); a.Code() != "application_unknown" {
			w.Errorf("an unknown application: %d %s", a.Status, a.Body)
		}
		s.As(deliverytest.Principal(deliverytest.NorthPath, delivery.PermView, delivery.PermReport))
		w.post(s, "/work-items", object{"title": "North", "application": "shop", "externalId": "5"})
		if a := s.Do(w, http.MethodPost, "/work-items", object{"title": "x", "application": "cart"}); a.Code() != "application_unknown" {
			w.Errorf("an application of another unit: %d %s", a.Status, a.Body)
		}
		if a := s.Do(w, http.MethodPost, "/work-items", object{"title": "x", "application": "shop", "externalId": "2"}); a.Code() != "external_id_taken" {
			w.Errorf("taking over a work item: %d %s", a.Status, a.Body)
		}
	})
}

// TestARuleKeepsWhatAChangeLeavesOut changes one member at a time.
func TestARuleKeepsWhatAChangeLeavesOut(t *testing.T) {
	each(t, func(w *world) {
		shop := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		s := w.api()
		r := w.post(s, "/mapping-rules", object{"kind": "service", "pattern": "till*", "application": "shop", "priority": 7, "connectionId": "c1"})
		path := "/mapping-rules/" + r["id"].(string)
		for i, step := range []struct{ change, want object }{
			{object{"pattern": "cart"}, object{"kind": "service", "pattern": "cart", "match": "exact", "applicationId": string(shop), "priority": 7.0, "connectionId": "c1", "enabled": true}},
			{object{"disabled": true}, object{"pattern": "cart", "enabled": false}},
			{object{"connectionId": ""}, object{"connectionId": nil, "enabled": false, "priority": 7.0}},
			{object{"kind": "environment_class", "pattern": "blue", "target": "live"}, object{"kind": "environment_class", "target": "PRODUCTION", "applicationId": nil}},
		} {
			a := s.Do(w, http.MethodPatch, path, step.change, "If-Match", fmt.Sprintf(`"%d"`, i+1))
			if a.Status != http.StatusOK {
				w.Fatalf("step %d: %d %s", i, a.Status, a.Body)
			}
			var got object
			a.Into(w, &got)
			for k, v := range step.want {
				if got[k] != v {
					w.Errorf("step %d: %s is %v, want %v", i, k, got[k], v)
				}
			}
		}
	})
}
