package catalog_test

import (
	"context"
	"log/slog"
	"testing"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/catalog/catalogtest"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

func TestOwnersComeFromTheStakeholders(t *testing.T) {
	dbtest.Each(t, append(append([]migrate.Set{}, catalogtest.Migrations...), stakeholder.Migrations), func(t *testing.T, d *db.DB) {
		var log *events.Log
		w := peopletest.New(t, d, func(deps *people.Deps) {
			log = events.NewLog(deps.Clock, nil, people.Events, catalog.Events, stakeholder.Events)
			deps.Events = log
		})
		parts := stakeholder.New(stakeholder.Deps{DB: d, Events: log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler)})
		service := catalog.New(catalog.Deps{DB: d, Events: log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Owners: catalog.StakeholderOwners(parts)})
		s := httpapitest.New(t, d, w.Clock, func(a *httpapi.API) {
			service.Mount(a)
			parts.Mount(a, catalog.StakeholderSubject())
		})
		shop, ops := w.AddUnit("Shop", ""), w.AddUnit("Ops", "")
		ada, bob := w.AddPerson("Ada", shop.ID), w.AddPerson("Bob", shop.ID)
		r := report(t, importText(t, s, "", "Key,Unit,Owner\nweb,Shop,"+ada.Email+"\npay,Shop,"+bob.Email+"\nold,Shop,\n"))
		if r.Created != 3 {
			t.Fatalf("%+v", r)
		}
		if got := get[page](t, s, "/applications?owner="+string(ada.ID)); keys(got.Items) != "web" || got.Items[0].Owners[0].Email != ada.Email {
			t.Fatalf("%+v", got)
		}
		// Exporting and importing again changes nothing, owners included.
		file := s.Do(t, "GET", "/applications/export", nil)
		if r := report(t, importText(t, s, "", string(file.Body))); r.Unchanged != 3 {
			t.Fatalf("%+v", r)
		}
		if r := report(t, importText(t, s, "", "Key,Owner\nweb,"+bob.Email+"\n")); r.Updated != 1 {
			t.Fatalf("%+v", r)
		}
		list := get[stakeholder.ListView](t, s, "/applications/WEB/stakeholders")
		if len(list.Items) != 2 || list.Items[0].Name != "Bob" || !list.Items[0].Accountable {
			t.Fatalf("%+v", list)
		}
		v := get[catalog.View](t, s, "/applications/web")
		want(t, s.Do(t, "PATCH", "/applications/web", body{"unitId": ops.ID}, "If-Match", httpapi.ETag(v.Version)), 200, "")
		v = get[catalog.View](t, s, "/applications/web")
		want(t, s.Do(t, "DELETE", "/applications/web", nil, "If-Match", httpapi.ETag(v.Version)), 200, "")
		var left int64
		err := d.Read(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
			left, err = tx.NewSelect().Table("stakeholder").Where("subject_id = ?", v.ID).Count(ctx)
			return err
		})
		if err != nil || left != 0 {
			t.Fatalf("%d stakeholders of a deleted application, %v", left, err)
		}
	})
}
