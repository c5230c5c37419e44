package stakeholder

import (
	"slices"
	"strings"
	"unicode/utf8"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxRoles      = 20
	maxRoleLength = 100
	maxPerRecord  = 500
)

// party is who has a part: exactly one of a person and a team.
type party struct {
	Person ref.Person
	Team   ref.Team
}

func (p party) valid() bool { return (p.Person == "") != (p.Team == "") }

func (s Stakeholder) party() party {
	var p party
	if s.Person != nil {
		p.Person = *s.Person
	}
	if s.Team != nil {
		p.Team = *s.Team
	}
	return p
}

// same reports whether two parts of one party say the same.
func (s Stakeholder) same(o Stakeholder) bool {
	return s.Flags == o.Flags && s.party() == o.party() && slices.Equal(s.Roles, o.Roles)
}

// merged is what two parts of one party come to: every flag either has, every role either names.
func merged(a, b Stakeholder) Stakeholder {
	a.Flags = Flags{
		Responsible: a.Responsible || b.Responsible, Accountable: a.Accountable || b.Accountable,
		Consulted: a.Consulted || b.Consulted, Informed: a.Informed || b.Informed,
	}
	a.Roles = tidyRoles(append(slices.Clone(a.Roles), b.Roles...))
	return a
}

// tidyRoles trims role names and drops empty and repeated ones, whatever their case; the first spelling stays.
func tidyRoles(roles []string) []string {
	out := []string{}
	for _, r := range roles {
		r = strings.Join(strings.Fields(r), " ")
		if r != "" && !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, r) }) {
			out = append(out, r)
		}
	}
	return out
}

func checkRoles(faults *problem.Fields, place string, roles []string) {
	if len(roles) > maxRoles {
		faults.Add(place, "too_many", "A stakeholder plays at most 20 roles.")
	}
	for _, r := range roles {
		if !utf8.ValidString(r) || utf8.RuneCountInString(r) > maxRoleLength {
			faults.Add(place, "too_long", "The name of a role has at most 100 characters.")
			return
		}
	}
}

// put adds a part to a list or merges it into the part the party has already. When it is accountable, nobody else
// stays so.
func put(list []Listed, in Listed) ([]Listed, []Consequence) {
	list = slices.Clone(list)
	at := slices.IndexFunc(list, func(l Listed) bool { return l.party() == in.party() })
	if at < 0 {
		list, at = append(list, in), len(list)
	} else {
		list[at].Stakeholder = merged(list[at].Stakeholder, in.Stakeholder)
	}
	return soleAccountable(list, at)
}

// soleAccountable takes accountability from everybody else when the stakeholder at the index holds it.
func soleAccountable(list []Listed, at int) ([]Listed, []Consequence) {
	more := []Consequence{}
	if !list[at].Accountable {
		return list, more
	}
	for i := range list {
		if i != at && list[i].Accountable {
			list[i].Accountable = false
			more = append(more, Consequence{Kind: "accountable_moves", Message: list[i].Name + " is no longer accountable; " + list[at].Name + " is."})
		}
	}
	return list, more
}

// absorb adds the parts of another record. Who is accountable here stays so.
func absorb(list, from []Listed) ([]Listed, []Consequence) {
	more := []Consequence{}
	held := slices.ContainsFunc(list, func(l Listed) bool { return l.Accountable })
	for _, in := range from {
		already := slices.ContainsFunc(list, func(l Listed) bool { return l.Accountable && l.party() == in.party() })
		if in.Accountable && held && !already {
			in.Accountable = false
			more = append(more, Consequence{Kind: "accountable_dropped", Message: in.Name + " is accountable there but not here, where somebody is already."})
		}
		list, _ = put(list, in)
	}
	return list, more
}

// checkList notes what a list sent as a whole may not hold: somebody twice, two accountable.
func checkList(faults *problem.Fields, list []Listed, place func(int) string) {
	seen := map[party]bool{}
	accountable := false
	for i, l := range list {
		if seen[l.party()] {
			faults.Add(place(i), "stakeholder_twice", l.Name+" stands in the list twice.")
		}
		seen[l.party()] = true
		if l.Accountable && accountable {
			faults.Add(place(i)+".accountable", "accountable_twice", "One stakeholder is accountable, not two.")
		}
		accountable = accountable || l.Accountable
	}
}

// part says in words what somebody does: "responsible, informed; Tester".
func (s Stakeholder) part() string {
	var flags []string
	for _, f := range []struct {
		set  bool
		word string
	}{{s.Responsible, "responsible"}, {s.Accountable, "accountable"}, {s.Consulted, "consulted"}, {s.Informed, "informed"}} {
		if f.set {
			flags = append(flags, f.word)
		}
	}
	out := strings.Join(flags, ", ")
	if out == "" {
		out = "no letter"
	}
	if len(s.Roles) > 0 {
		out += "; " + strings.Join(s.Roles, ", ")
	}
	return out
}
