package people

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func TestEmailRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ address, code string }{
		{"ada@example.com", ""},
		{"Ada.Lovelace@Mail.Example.com", ""},
		{"m.o'brien@example.co", ""},
		{"o_brien-1@example.co", ""},
		{"admin@localhost", ""},
		{"", "required"},
		{"ada", "email_malformed"},
		{"@example.com", "email_malformed"},
		{"a@example.com", "email_malformed"},
		{"ada@", "email_malformed"},
		{"ada@@example.com", "email_malformed"},
		{"ada@example@com", "email_malformed"},
		{"ada..l@example.com", "email_malformed"},
		{"ada@example..com", "email_malformed"},
		{".ada@example.com", "email_malformed"},
		{"ada.@example.com", "email_malformed"},
		{"ada@-example.com", "email_malformed"},
		{"ada@exa mple.com", "email_malformed"},
		{"ada lovelace@example.com", "email_character"},
		{"ada+x@example.com", "email_character"},
		{"ad=a@example.com", "email_character"},
		{"ad/a@example.com", "email_character"},
		{"ad:a@example.com", "email_character"},
		{"ad?a@example.com", "email_character"},
		{"ad#a@example.com", "email_character"},
		{"ad%a@example.com", "email_character"},
		{"ädä@example.com", "email_character"},
		{strings.Repeat("a", 65) + "@example.com", "email_too_long"},
		{"ada@" + strings.Repeat("a.", 130) + "com", "email_too_long"},
	} {
		if code, message := checkEmail(c.address); code != c.code || (code == "") != (message == "") {
			t.Errorf("%q: %q %q, want %q", c.address, code, message, c.code)
		}
	}
}

func TestNameRules(t *testing.T) {
	t.Parallel()
	clean, key := cleanName("  Payments \t Ünit\n")
	if clean != "Payments Ünit" || key != "payments ünit" {
		t.Fatalf("%q %q", clean, key)
	}
	for name, code := range map[string]string{
		"": "required", strings.Repeat("x", 201): "too_long", strings.Repeat("ü", 200): "", "a\x00b": "not_text", "a\xffb": "not_text",
	} {
		var faults problem.Fields
		checkName(&faults, "p", name)
		if code == "" && len(faults) > 0 || code != "" && (len(faults) != 1 || faults[0].Code != code) {
			t.Errorf("%.10q: %v, want %q", name, faults, code)
		}
	}
}

func TestDaysRemaining(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)
	for until, want := range map[time.Duration]int64{-time.Second: 0, 0: 0, time.Second: 1, 24 * time.Hour: 1, 24*time.Hour + 1: 2, 240 * time.Hour: 10} {
		if got := daysRemaining(now.Add(until), now); got != want {
			t.Errorf("%v: %d, want %d", until, got, want)
		}
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	want := map[State]map[Act]State{
		Pending:  {Activate: Active, Deactivate: Inactive, Expire: Inactive},
		Active:   {Deactivate: Inactive, Expire: Inactive},
		Inactive: {Reactivate: Active},
	}
	for _, from := range []State{Pending, Active, Inactive} {
		for _, act := range []Act{Activate, Deactivate, Reactivate, Expire} {
			got, err := next(from, act)
			to, allowed := want[from][act]
			if allowed != (err == nil) || allowed && got.to != to {
				t.Errorf("%s %s: %s %v", from, act, got.to, err)
			}
			if !allowed && problem.CodeOf(err) != "person_state" {
				t.Errorf("%s %s: %v", from, act, err)
			}
		}
	}
	if got := actsByHand(Inactive); !slices.Equal(got, []string{"reactivate"}) {
		t.Error(got)
	}
	if got := actsByHand(Pending); !slices.Equal(got, []string{"deactivate"}) {
		t.Error(got)
	}
}

// tree is the organisation as the rules see it, kept by applying moves to paths alone.
type tree map[ref.Unit]*Unit

func (tr tree) add(parent *Unit) *Unit {
	u := &Unit{ID: ref.New[ref.Unit](), Path: "/"}
	if parent != nil {
		u.Parent, u.Depth, u.Path = &parent.ID, parent.Depth+1, parent.Path
	}
	u.Path = childPath(u.Path, u.ID)
	tr[u.ID] = u
	return u
}

func (tr tree) height(u *Unit) int64 {
	deepest := u.Depth
	for _, x := range tr {
		if inSubtree(x.Path, u.Path) {
			deepest = max(deepest, x.Depth)
		}
	}
	return deepest - u.Depth
}

func (tr tree) move(u, parent *Unit) {
	from, to, by := u.Path, childPath(parent.Path, u.ID), parent.Depth+1-u.Depth
	for _, x := range tr {
		if inSubtree(x.Path, from) {
			x.Path, x.Depth = movedPath(x.Path, from, to), x.Depth+by
		}
	}
	u.Parent = &parent.ID
}

// check walks up from every unit by its parent and compares with the path; it also finds cycles.
func (tr tree) check(t *testing.T) {
	t.Helper()
	for _, u := range tr {
		var ids []string
		for x, steps := u, 0; ; steps++ {
			if steps > len(tr) {
				t.Fatalf("cycle above %s", u.ID)
			}
			ids = append(ids, string(x.ID))
			if x.Parent == nil {
				break
			}
			x = tr[*x.Parent]
		}
		slices.Reverse(ids)
		if want := "/" + strings.Join(ids, "/") + "/"; u.Path != want || u.Depth != int64(len(ids)-1) || u.Depth > maxDepth {
			t.Fatalf("path %s depth %d, by its parents %s", u.Path, u.Depth, want)
		}
	}
}

func TestTreeStaysATreeUnderRandomMoves(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		tr := tree{}
		all := []*Unit{tr.add(nil)}
		refused, moved := 0, 0
		for range 400 {
			u, parent := all[r.IntN(len(all))], all[r.IntN(len(all))]
			if len(all) < 60 && r.IntN(3) == 0 {
				if parent.Depth < maxDepth {
					all = append(all, tr.add(parent))
				}
				continue
			}
			inside := u == parent || strings.Contains(parent.Path, string(u.ID))
			err := checkMove(*u, *parent, tr.height(u))
			if (u.Parent == nil || inside) != (err != nil) && problem.CodeOf(err) != "unit_too_deep" {
				t.Fatalf("seed %d: move of %s below %s: %v", seed, u.Path, parent.Path, err)
			}
			if err != nil {
				refused++
				continue
			}
			tr.move(u, parent)
			moved++
			tr.check(t)
		}
		if moved < 50 || refused < 10 {
			t.Fatalf("seed %d tried too little: %d moved, %d refused", seed, moved, refused)
		}
	}
}

func TestNobodyGivesAwayWhatTheyLack(t *testing.T) {
	t.Parallel()
	set := func(perms ...authz.Permission) map[authz.Permission]struct{} {
		m := map[authz.Permission]struct{}{}
		for _, p := range perms {
			m[p] = struct{}{}
		}
		return m
	}
	p := &authz.Principal{Grants: []authz.Grant{{Path: "/r/a/", Permissions: set("x.view", "x.edit")}}}
	admin := &authz.Principal{Grants: []authz.Grant{{Path: "/r/a/", All: true}}}
	limited := &authz.Principal{Grants: admin.Grants, Limit: []authz.Permission{"x.view"}}
	viewer, all := Role{Permissions: []authz.Permission{"x.view"}}, Role{All: true}
	for _, c := range []struct {
		name string
		p    *authz.Principal
		role Role
		path string
		ok   bool
	}{
		{"own permission, own unit", p, viewer, "/r/a/", true},
		{"own permission, below", p, viewer, "/r/a/b/", true},
		{"own permission, above", p, viewer, "/r/", false},
		{"foreign permission", p, Role{Permissions: []authz.Permission{"x.view", "x.drop"}}, "/r/a/", false},
		{"everything by half", p, all, "/r/a/", false},
		{"everything by an administrator", admin, all, "/r/a/b/", true},
		{"everything above", admin, all, "/r/", false},
		{"everything by a narrowed token", limited, all, "/r/a/", false},
		{"nobody", nil, viewer, "/r/a/", false},
		{"the system", authz.System("x"), all, "/r/", true},
	} {
		if got := notGiveable(c.p, c.role, c.path); (len(got) == 0) != c.ok {
			t.Errorf("%s: missing %v", c.name, got)
		}
	}
}
