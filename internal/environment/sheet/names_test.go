package sheet

import (
	"testing"

	"millrace/internal/platform/httpapi"
)

func TestKeysAreMadeOfNames(t *testing.T) {
	for name, want := range map[string]string{
		"Lane A":            "Lane-A",
		" Lane A / north ":  "Lane-A-north",
		"SIT.2_b":           "SIT.2_b",
		"-- old --":         "old",
		"_x":                "x",
		"Übung":             "bung",
		"試験":                "",
		"CRM (SIT), Vienna": "CRM-SIT-Vienna",
	} {
		if got := plainKey(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestNamesThatAreNoKeysAreCreated brings in groups and environments under the names people give them, spaces and all.
func TestNamesThatAreNoKeysAreCreated(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		csv := []byte("Key,Groups\nA1,Lane A\nA2,lane  a; 試験\n")
		i := w.checked(w.Ctx, w.upload(w.Ctx, "lanes.csv", csv, Environments))
		may := map[string]bool{}
		for _, q := range i.Questions {
			may[q.Value] = q.MayCreate
		}
		if len(may) != 2 || !may["Lane A"] || may["試験"] {
			t.Fatalf("%+v", i.Questions)
		}
		i = w.choosing(w.Ctx, i, func(c *ImportChange) {
			c.Values = httpapi.Some(map[ValueKind]map[string]ValueChoice{OfGroup: {"Lane A": {Act: "create"}, "試験": {Act: "skip"}}})
		})
		i = w.ran(w.Ctx, w.checked(w.Ctx, i))
		for _, key := range []string{"A1", "A2"} {
			e, err := w.Environments.Environment(w.Ctx, key)
			must(t, err)
			if len(e.Groups) != 1 || e.Groups[0].Key != "Lane-A" || e.Groups[0].Name != "Lane A" {
				t.Errorf("%s: %+v", key, e.Groups)
			}
		}
		// The name is known from now on.
		again := w.checked(w.Ctx, w.upload(w.Ctx, "more.csv", []byte("Key,Groups\nA3,Lane A\n"), Environments))
		if len(again.Questions) != 0 {
			t.Errorf("%+v", again.Questions)
		}

		plan := w.checked(w.Ctx, w.upload(w.Ctx, "plan.csv", []byte("Environment,Start,End\nSIT 3 (new),2025-03-04,2025-03-05\n"), Bookings))
		plan = w.choosing(w.Ctx, plan, func(c *ImportChange) {
			c.Values = httpapi.Some(map[ValueKind]map[string]ValueChoice{OfEnvironment: {"SIT 3 (new)": {Act: "create"}}})
		})
		plan = w.ran(w.Ctx, w.checked(w.Ctx, plan))
		if e, err := w.Environments.Environment(w.Ctx, "SIT-3-new"); err != nil || e.Name != "SIT 3 (new)" || plan.Counts.New != 1 {
			t.Errorf("%+v %v %+v", e, err, plan.Counts)
		}
	})
}

// TestEnvironmentsAreCalledAsPeopleCallThem has names in the column of the keys: a key is made of each, and sheets that say
// the same name, or what looks like it, mean the environment.
func TestEnvironmentsAreCalledAsPeopleCallThem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		csv := []byte("Environment,Name,Stage,Parent\nSIT 1,,SIT,\nSIT 2 (Vienna),Vienna,SIT,SIT 1\n")
		i := w.checked(w.Ctx, w.upload(w.Ctx, "env.csv", csv, Environments))
		if len(i.Questions) != 0 {
			t.Fatalf("%+v", i.Questions)
		}
		i = w.ran(w.Ctx, i)
		one, err := w.Environments.Environment(w.Ctx, "SIT-1")
		must(t, err)
		two, err := w.Environments.Environment(w.Ctx, "SIT-2-Vienna")
		must(t, err)
		if one.Name != "SIT 1" || two.Name != "Vienna" || two.Parent != one.ID {
			t.Errorf("%+v %+v", one, two)
		}
		again := w.checked(w.Ctx, w.upload(w.Ctx, "env.csv", csv, Environments))
		if again.Counts.New != 0 || again.Counts.Invalid != 0 || again.Counts.Unchanged != 2 {
			t.Errorf("%+v", again.Counts)
		}
		twice := w.checked(w.Ctx, w.upload(w.Ctx, "twice.csv", []byte("Environment\nUAT 1\nUAT-1\n"), Environments))
		if twice.Counts.New != 1 || twice.Counts.Invalid != 1 {
			t.Errorf("%+v", twice.Counts)
		}
		foot := w.checked(w.Ctx, w.upload(w.Ctx, "foot.csv", []byte("Environment,Name,Stage\nUAT 1,,UAT\nSum: 1 system,,\n"), Environments))
		if foot.Counts.New != 1 || foot.Counts.Invalid != 1 {
			t.Errorf("%+v", foot.Counts)
		}
		plan := w.checked(w.Ctx, w.upload(w.Ctx, "plan.csv", []byte("Environment,Start,End\nSIT 1,2025-03-04,2025-03-05\nSIT 2 (Vienna),2025-03-04,2025-03-05\n"), Bookings))
		if len(plan.Questions) != 0 || plan.Counts.New != 2 {
			t.Errorf("%+v %+v", plan.Questions, plan.Counts)
		}
		lanes := w.ran(w.Ctx, w.checked(w.Ctx, w.upload(w.Ctx, "lanes.csv", []byte("Key,Members\nLane A,SIT 1\nLane A,SIT 2 (Vienna)\n"), Groups)))
		g, err := w.Environments.Group(w.Ctx, "Lane-A")
		must(t, err)
		if g.Name != "Lane A" || lanes.Counts.New != 2 {
			t.Errorf("%+v %+v", g, lanes.Counts)
		}
	})
}
