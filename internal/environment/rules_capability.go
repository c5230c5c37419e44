package environment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"millrace/internal/environment/version"
	"millrace/internal/platform/ref"
)

// candidate is an environment as the rules of matching see it.
type candidate struct {
	ID          ref.Environment
	Key, Name   string
	Application ref.App
	Usage       ref.Lookup
	UsageName   string
	DataClass   DataClass
	RefreshedAt *time.Time
	Kind        Kind
	Techs       []string
	Capacity    int
	AutoApprove bool
	CostPerHour int64
	WhyNot      string
	Groups      []ref.EnvironmentGroup
	Installed   []installed
}

// installed is one component that matters to a demand.
type installed struct {
	Application ref.App
	Part        ref.Component
	Version     string
}

// lane is a group as the rules of matching see it; Hidden says that not all of its members may be seen.
type lane struct {
	ID        ref.EnvironmentGroup
	Key, Name string
	Usage     ref.Lookup
	Members   []candidate
	Hidden    bool
}

// demand is a capability whose names were found.
type demand struct {
	Versions   []versionDemand
	Usages     []ref.Lookup
	UsageNames []string
	Classes    []DataClass
	Kinds      []Kind
	Techs      []string
	MaxDataAge time.Duration
	Capacity   int
	Group      ref.EnvironmentGroup
	Now        time.Time
}

type versionDemand struct {
	Application ref.App
	Part        ref.Component
	Label       string
	Constraint  version.Constraint
}

// Reason says what a demand meets in an environment, or why it does not.
type Reason struct {
	// Code is stable: version, application_missing, usage, data_class, data_age, kind, tech, capacity, group, not_bookable.
	Code    string `json:"code"`
	Message string `json:"message"`
}

// judge tells which demands an environment meets and which it does not. versions false leaves the versions to the lane.
func (d demand) judge(c candidate, versions bool) (met, unmet []Reason) {
	note := func(ok bool, code, yes, no string) {
		if ok {
			met = append(met, Reason{code, yes})
		} else {
			unmet = append(unmet, Reason{code, no})
		}
	}
	if c.WhyNot != "" {
		note(false, "not_bookable", "", c.WhyNot)
	}
	if versions {
		for _, v := range d.Versions {
			ok, code, text := v.judge(c)
			note(ok, code, text, text)
		}
	}
	if len(d.Usages) > 0 {
		has := c.UsageName
		if has == "" {
			has = "no usage"
		}
		note(slices.Contains(d.Usages, c.Usage), "usage", c.Name+" is for "+has+".", fmt.Sprintf("%s is for %s, not for %s.", c.Name, has, strings.Join(d.UsageNames, " or ")))
	}
	if len(d.Classes) > 0 {
		note(slices.Contains(d.Classes, c.DataClass), "data_class", fmt.Sprintf("%s holds %s data.", c.Name, ClassWord(c.DataClass)),
			fmt.Sprintf("%s holds %s data, not %s.", c.Name, ClassWord(c.DataClass), classWords(d.Classes)))
	}
	if d.MaxDataAge > 0 {
		days := int(d.MaxDataAge / (24 * time.Hour))
		switch {
		case c.RefreshedAt == nil:
			note(false, "data_age", "", fmt.Sprintf("Nobody recorded when the data of %s was refreshed.", c.Name))
		default:
			age := d.Now.Sub(*c.RefreshedAt)
			text := fmt.Sprintf("The data of %s is %d days old", c.Name, int(age/(24*time.Hour)))
			note(age <= d.MaxDataAge, "data_age", text+".", fmt.Sprintf("%s, more than %d.", text, days))
		}
	}
	if len(d.Kinds) > 0 {
		note(slices.Contains(d.Kinds, c.Kind), "kind", fmt.Sprintf("%s is %s.", c.Name, c.Kind), fmt.Sprintf("%s is %s.", c.Name, c.Kind))
	}
	for _, t := range d.Techs {
		has := slices.ContainsFunc(c.Techs, func(x string) bool { return ref.NameKey(x) == ref.NameKey(t) })
		note(has, "tech", c.Name+" has "+t+".", c.Name+" has no "+t+".")
	}
	if d.Capacity > 1 {
		text := fmt.Sprintf("%s bears %s at once", c.Name, quantity(int64(c.Capacity), "booking", "bookings"))
		note(c.Capacity >= d.Capacity, "capacity", text+".", fmt.Sprintf("%s, not %d.", text, d.Capacity))
	}
	if d.Group != "" {
		note(slices.Contains(c.Groups, d.Group), "group", c.Name+" is a member of the group.", c.Name+" is not a member of the group.")
	}
	return met, unmet
}

// judge tells whether an environment has the application, or its component, in a version the demand allows.
func (v versionDemand) judge(c candidate) (ok bool, code, text string) {
	var found []string
	for _, i := range c.Installed {
		if i.Application != v.Application || i.Part != v.Part {
			continue
		}
		if len(v.Constraint) == 0 || v.Constraint.Holds(i.Version) {
			return true, "version", strings.TrimSpace(fmt.Sprintf("%s has %s %s", c.Name, v.Label, i.Version)) + "."
		}
		if i.Version == "" {
			found = append(found, "in an unknown version")
		} else {
			found = append(found, i.Version)
		}
	}
	switch {
	case len(found) > 0:
		return false, "version", fmt.Sprintf("%s has %s %s, not %s.", c.Name, v.Label, strings.Join(found, " and "), v.Constraint)
	case v.Part == "" && c.Application == v.Application && len(v.Constraint) == 0:
		return true, "version", c.Name + " is for " + v.Label + "."
	case v.Part == "" && c.Application == v.Application:
		return false, "version", fmt.Sprintf("Nobody recorded which version of %s is in %s; %s is needed.", v.Label, c.Name, v.Constraint)
	}
	return false, "application_missing", c.Name + " does not have " + v.Label + "."
}

// holds reports whether the environment has the demanded application at all.
func (v versionDemand) present(c candidate) bool {
	return v.Part == "" && c.Application == v.Application ||
		slices.ContainsFunc(c.Installed, func(i installed) bool { return i.Application == v.Application && i.Part == v.Part })
}

// judgeLane tells what a lane meets as a whole: each demanded version in one of its members at least, every other demand
// in each member that has a demanded application, or in all where none is demanded. All members must take bookings,
// because booking a lane books them all.
func (d demand) judgeLane(l lane) (met, unmet []Reason) {
	if len(l.Members) == 0 {
		return nil, []Reason{{"group", l.Name + " has no members."}}
	}
	if l.Hidden {
		unmet = append(unmet, Reason{"group", l.Name + " has members that you may not see."})
	}
	for _, v := range d.Versions {
		var misses []Reason
		fits := false
		for _, m := range l.Members {
			ok, code, text := v.judge(m)
			if ok {
				met, fits = append(met, Reason{code, text}), true
				break
			}
			if code != "application_missing" {
				misses = append(misses, Reason{code, text})
			}
		}
		switch {
		case fits:
		case len(misses) > 0:
			unmet = append(unmet, misses...)
		default:
			unmet = append(unmet, Reason{"application_missing", "No environment of " + l.Name + " has " + v.Label + "."})
		}
	}
	inner := d
	inner.Group = ""
	if slices.Contains(d.Usages, l.Usage) && l.Usage != "" {
		inner.Usages, met = nil, append(met, Reason{"usage", l.Name + " is for " + strings.Join(d.UsageNames, " or ") + "."})
	}
	for _, m := range l.Members {
		if !d.relevant(m) {
			if m.WhyNot != "" {
				unmet = append(unmet, Reason{"not_bookable", m.WhyNot})
			}
			continue
		}
		yes, no := inner.judge(m, false)
		met, unmet = append(met, yes...), append(unmet, no...)
	}
	return met, unmet
}

// relevant reports whether the demands on usage, data and so on are meant for this member of a lane.
func (d demand) relevant(c candidate) bool {
	return len(d.Versions) == 0 || slices.ContainsFunc(d.Versions, func(v versionDemand) bool { return v.present(c) })
}

// rank orders matches: what fits before what does not, fewer misses, no approval needed, cheaper, then by name and id.
func rank(list []Match) {
	slices.SortStableFunc(list, func(a, b Match) int {
		return cmp.Or(boolOrder(b.Fits, a.Fits), cmp.Compare(len(a.Unmet), len(b.Unmet)), boolOrder(b.AutoApprove, a.AutoApprove),
			cmp.Compare(a.CostPerHour, b.CostPerHour), strings.Compare(ref.NameKey(a.Name), ref.NameKey(b.Name)), strings.Compare(a.ID, b.ID))
	})
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// ClassWord is a class of data as a sentence tells it.
func ClassWord(c DataClass) string {
	if c == "" {
		return "unclassified"
	}
	return strings.ReplaceAll(string(c), "_", " ")
}

func classWords(list []DataClass) string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = ClassWord(c)
	}
	return strings.Join(out, " or ")
}

// sortEquivalent puts the environments that can stand in for e into order, the most alike first.
func sortEquivalent(e Environment, list []Environment, versions map[ref.Environment]string) {
	slices.SortFunc(list, func(a, b Environment) int {
		return cmp.Or(
			boolOrder(b.DataClass == e.DataClass, a.DataClass == e.DataClass),
			boolOrder(version.Compare(versions[b.ID], versions[e.ID]) == 0, version.Compare(versions[a.ID], versions[e.ID]) == 0),
			boolOrder(b.Unit == e.Unit, a.Unit == e.Unit),
			cmp.Compare(a.CostPerHour, b.CostPerHour), strings.Compare(a.NameFolded, b.NameFolded), strings.Compare(string(a.ID), string(b.ID)))
	})
}
