package environment_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func worlds(t *testing.T, fn func(t *testing.T, w *environmenttest.World), options ...environmenttest.Options) {
	t.Helper()
	dbtest.Each(t, environmenttest.Migrations, func(t *testing.T, d *db.DB) { fn(t, environmenttest.New(t, d, options...)) })
}

func read[T any](t *testing.T, w *environmenttest.World, fn func(ctx context.Context, tx db.Tx) (T, error)) T {
	t.Helper()
	var out T
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
		out, err = fn(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPublishedViewsAnswer(t *testing.T) {
	worlds(t, func(t *testing.T, w *environmenttest.World) {
		w.AddGroup("lane", w.AddEnvironment("SIT1"))
		for view, columns := range map[string]string{
			"v_environment":            "id,key,name,unit_id,application_id,usage_id,status_id,capacity,auto_approve,bookable,data_class,cost_per_hour,parent_id,state,kind,expires_at,name_key",
			"v_environment_name":       "name_key,environment_id,precedence",
			"v_environment_group":      "id,key,name,unit_id",
			"v_environment_member":     "group_id,environment_id",
			"v_environment_component":  "environment_id,host,layer,name,version,application_id,changed_at",
			"v_environment_connection": "id,group_id,source_id,target_id,type_id,direction",
		} {
			err := w.DB.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
				rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM "+view)
				if err != nil {
					return err
				}
				return rows.Close()
			})
			if err != nil {
				t.Errorf("%s: %v", view, err)
			}
		}
		if n := read(t, w, func(ctx context.Context, tx db.Tx) (int64, error) {
			return tx.NewSelect().Table("v_environment").Where("bookable AND state = 'active'").Count(ctx)
		}); n != 1 {
			t.Fatalf("%d bookable environments", n)
		}
	})
}

func TestFindMembersDescendants(t *testing.T) {
	worlds(t, func(t *testing.T, w *environmenttest.World) {
		shop := w.AddUnit("Shop", "")
		a := w.AddEnvironment("SIT1", func(e *environment.Environment) { e.Unit = shop.ID })
		b := w.AddEnvironment("SIT2", func(e *environment.Environment) { e.Parent = a.ID })
		c := w.AddEnvironment("SIT3", func(e *environment.Environment) { e.Parent = b.ID })
		gone := w.AddEnvironment("GONE", func(e *environment.Environment) { e.Parent, e.State = b.ID, environment.Deleted })
		g := w.AddGroup("lane", c, a, gone)
		err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			for _, name := range []string{"sit1", "SIT1", string(a.ID)} {
				if e, err := w.Environments.Find(ctx, tx, name); err != nil || e.ID != a.ID || e.Capacity != 1 || e.Kind != environment.Virtual {
					t.Errorf("%s: %+v %v", name, e, err)
				}
			}
			if _, err := w.Environments.Find(ctx, tx, "gone"); problem.KindOf(err) != problem.NotFound {
				t.Errorf("a deleted environment: %v", err)
			}
			far := authz.With(ctx, environmenttest.Viewer(w.Root))
			near := authz.With(ctx, environmenttest.Viewer(shop))
			if _, err := w.Environments.Find(near, tx, "SIT2"); problem.KindOf(err) != problem.NotFound {
				t.Errorf("an environment out of sight: %v", err)
			}
			if _, err := w.Environments.FindGroup(near, tx, "lane"); problem.KindOf(err) != problem.NotFound {
				t.Errorf("a group out of sight: %v", err)
			}
			if got, err := w.Environments.FindGroup(far, tx, "LANE"); err != nil || got.ID != g.ID {
				t.Errorf("%+v %v", got, err)
			}
			if got, err := w.Environments.Members(ctx, tx, g.ID); err != nil || !slices.Equal(got, []ref.Environment{c.ID, a.ID}) {
				t.Errorf("members %v %v", got, err)
			}
			if got, err := w.Environments.Descendants(ctx, tx, a.ID); err != nil || !slices.Equal(got, []ref.Environment{b.ID, c.ID}) {
				t.Errorf("descendants %v %v", got, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestBookables(t *testing.T) {
	worlds(t, func(t *testing.T, w *environmenttest.World) {
		past := w.Clock.Now().Add(-time.Hour)
		a := w.AddEnvironment("A", func(e *environment.Environment) {
			e.Capacity, e.CostPerHour, e.Alert, e.AutoApprove = 3, 1250, "Careful", true
		})
		b := w.AddEnvironment("B", func(e *environment.Environment) {
			e.Status, e.StatusBookable = w.Lookups.ID(environment.StatusList, "Decommissioned"), false
		})
		c := w.AddEnvironment("C", func(e *environment.Environment) { e.ExpiresAt = &past })
		d := w.AddEnvironment("D", func(e *environment.Environment) { e.State = environment.Deleted })
		g := w.AddGroup("lane", a, b)
		ids := []ref.Environment{c.ID, a.ID, b.ID, d.ID, a.ID}
		check := func(list []environment.Bookable, err error) {
			t.Helper()
			if err != nil || len(list) != 5 {
				t.Fatalf("%v %v", list, err)
			}
			for i, id := range ids {
				if list[i].ID != id {
					t.Fatalf("at %d: %+v", i, list[i])
				}
			}
			if x := list[1]; !x.Bookable || x.WhyNot != "" || x.Capacity != 3 || x.CostPerHour != 1250 || x.Alert != "Careful" || !x.AutoApprove ||
				x.UnitPath != w.Root.Path || !slices.Equal(x.Groups, []ref.EnvironmentGroup{g.ID}) {
				t.Fatalf("%+v", x)
			}
			for i, why := range map[int]string{0: "expired", 2: `"Decommissioned"`, 3: "deleted"} {
				if list[i].Bookable || !strings.Contains(list[i].WhyNot, why) {
					t.Errorf("%+v", list[i])
				}
			}
		}
		err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			check(w.Environments.Bookables(ctx, tx, ids))
			check(w.Environments.LockSchedules(ctx, tx, ids))
			_, err := w.Environments.Bookables(ctx, tx, []ref.Environment{"nothing"})
			if problem.KindOf(err) != problem.NotFound {
				t.Errorf("%v", err)
			}
			var revs []int64
			if err := tx.NewSelect().Table("environment").Column("schedule_rev").OrderExpr("key").Scan(ctx, &revs); err != nil || !slices.Equal(revs, []int64{1, 1, 1, 1}) {
				t.Errorf("%v %v", revs, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestLockedSchedulesAreWaitedFor(t *testing.T) {
	worlds(t, func(t *testing.T, w *environmenttest.World) {
		ids := []ref.Environment{}
		for _, e := range w.AddEnvironments(2000, nil) {
			ids = append(ids, e.ID)
		}
		// Eight writers take overlapping sets in opposite orders; a counter that is read after the lock and written back
		// shows whether anybody came between.
		var guard sync.Mutex
		counter := 0
		done := make(chan error, 8)
		for i := range 8 {
			mine := slices.Clone(ids[100:300])
			if i%2 == 1 {
				slices.Reverse(mine)
			}
			go func() {
				done <- w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
					if _, err := w.Environments.LockSchedules(ctx, tx, mine); err != nil {
						return err
					}
					var rev int
					err := tx.NewSelect().Table("environment").Column("schedule_rev").Where("id = ?", ids[150]).Scan(ctx, &rev)
					guard.Lock()
					defer guard.Unlock()
					if err == nil && rev != counter+1 {
						t.Errorf("revision %d after %d", rev, counter)
					}
					counter = rev
					return err
				})
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if counter != 8 {
			t.Fatalf("%d", counter)
		}
	})
}
