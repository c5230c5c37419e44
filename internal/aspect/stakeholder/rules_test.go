package stakeholder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func person(name string, f Flags, roles ...string) Listed {
	id := ref.Person(name)
	return Listed{Stakeholder: Stakeholder{ID: "s-" + name, Person: &id, Flags: f, Roles: tidyRoles(roles)}, Name: name}
}

func team(name string, f Flags) Listed {
	id := ref.Team(name)
	return Listed{Stakeholder: Stakeholder{ID: "t-" + name, Team: &id, Flags: f, Roles: []string{}}, Name: name}
}

func accountable(list []Listed) (names []string) {
	for _, l := range list {
		if l.Accountable {
			names = append(names, l.Name)
		}
	}
	return names
}

func TestMergeKeepsWhatEitherSays(t *testing.T) {
	t.Parallel()
	a := person("Ada", Flags{Responsible: true}, "Tester", "Owner")
	b := person("Ada", Flags{Informed: true}, "owner", " Release  lead ", "")
	got := merged(a.Stakeholder, b.Stakeholder)
	if got.Flags != (Flags{Responsible: true, Informed: true}) || !slices.Equal(got.Roles, []string{"Tester", "Owner", "Release lead"}) || got.ID != a.ID {
		t.Fatalf("%+v", got)
	}
	if !slices.Equal(a.Roles, []string{"Tester", "Owner"}) {
		t.Fatal("merging changed its input")
	}
}

func TestPutMovesAccountability(t *testing.T) {
	t.Parallel()
	list, more := put(nil, person("Ada", Flags{Accountable: true}))
	if len(more) != 0 || len(list) != 1 {
		t.Fatal(list, more)
	}
	list, more = put(list, team("Core", Flags{Accountable: true, Consulted: true}))
	if !slices.Equal(accountable(list), []string{"Core"}) || len(more) != 1 || more[0].Kind != "accountable_moves" || more[0].Message != "Ada is no longer accountable; Core is." {
		t.Fatal(list, more)
	}
	list, more = put(list, person("Ada", Flags{Informed: true}))
	if len(list) != 2 || len(more) != 0 || !slices.Equal(accountable(list), []string{"Core"}) {
		t.Fatal(list, more)
	}
}

func TestAbsorbLeavesTheAccountableOneInPlace(t *testing.T) {
	t.Parallel()
	here := []Listed{person("Ada", Flags{Accountable: true})}
	there := []Listed{person("Bob", Flags{Accountable: true, Responsible: true}), person("Ada", Flags{Consulted: true}), team("Core", Flags{Informed: true})}
	list, more := absorb(here, there)
	if len(list) != 3 || !slices.Equal(accountable(list), []string{"Ada"}) || len(more) != 1 || more[0].Kind != "accountable_dropped" {
		t.Fatal(list, more)
	}
	if !list[0].Consulted || !list[1].Responsible {
		t.Fatalf("%+v", list)
	}
	list, more = absorb(nil, there)
	if !slices.Equal(accountable(list), []string{"Bob"}) || len(more) != 0 {
		t.Fatal(list, more)
	}
	list, more = absorb(here, []Listed{person("Ada", Flags{Accountable: true})})
	if len(list) != 1 || len(more) != 0 || !list[0].Accountable {
		t.Fatal(list, more)
	}
}

func TestAWholeListMustBeClean(t *testing.T) {
	t.Parallel()
	place := func(i int) string { return fmt.Sprintf("items[%d]", i) }
	for _, c := range []struct {
		list []Listed
		want []string
	}{
		{nil, nil},
		{[]Listed{person("Ada", Flags{Accountable: true}), team("Ada", Flags{Responsible: true})}, nil},
		{[]Listed{person("Ada", Flags{}), person("Ada", Flags{Informed: true})}, []string{"items[1] stakeholder_twice"}},
		{[]Listed{person("Ada", Flags{Accountable: true}), team("Core", Flags{Accountable: true})}, []string{"items[1].accountable accountable_twice"}},
	} {
		var faults problem.Fields
		checkList(&faults, c.list, place)
		var got []string
		for _, f := range faults {
			got = append(got, f.Path+" "+f.Code)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

// TestInvariantsUnderRandomEdits adds and imports at random: nobody stands twice, at most one is accountable, and nothing
// anybody was given is lost but accountability.
func TestInvariantsUnderRandomEdits(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() Listed {
		f := Flags{Responsible: r.IntN(2) == 0, Accountable: r.IntN(3) == 0, Consulted: r.IntN(2) == 0, Informed: r.IntN(2) == 0}
		name := string(rune('A' + r.IntN(6)))
		if r.IntN(3) == 0 {
			return team(name, f)
		}
		return person(name, f, "role "+string(rune('a'+r.IntN(3))))
	}
	moved := 0
	for range 200 {
		var list []Listed
		for range 30 {
			before := list
			in := []Listed{draw()}
			var more []Consequence
			if r.IntN(4) == 0 {
				in = append(in, draw())
				list, _ = absorb(list, in)
			} else {
				list, more = put(list, in[0])
			}
			moved += len(more)
			if n := len(accountable(list)); n > 1 || n < len(accountable(before)) {
				t.Fatalf("accountable: %v after %v", accountable(list), accountable(before))
			}
			seen := map[party]Listed{}
			for _, l := range list {
				if _, twice := seen[l.party()]; twice {
					t.Fatalf("%s stands twice", l.Name)
				}
				seen[l.party()] = l
			}
			for _, l := range append(slices.Clone(before), in...) {
				now, there := seen[l.party()]
				if !there || l.Responsible && !now.Responsible || l.Consulted && !now.Consulted || l.Informed && !now.Informed {
					t.Fatalf("%+v was lost: %+v", l, now)
				}
				for _, role := range l.Roles {
					if !slices.Contains(now.Roles, role) {
						t.Fatalf("the role %q was lost", role)
					}
				}
			}
		}
	}
	if moved < 50 {
		t.Fatalf("accountability moved %d times only", moved)
	}
}

func TestPartsInWords(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]Listed{
		"no letter":                          person("A", Flags{}),
		"responsible, accountable":           person("A", Flags{Responsible: true, Accountable: true}),
		"consulted, informed; Tester, Owner": person("A", Flags{Consulted: true, Informed: true}, "Tester", "Owner"),
	} {
		if got := l.part(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
