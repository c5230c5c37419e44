package environment

import (
	"millrace/internal/platform/ref"
)

// LookupRef is a value of a list as an answer shows it.
type LookupRef struct {
	ID     ref.Lookup `json:"id"`
	Name   string     `json:"name"`
	Colour string     `json:"colour,omitempty"`
}

// ApplicationRef names an application.
type ApplicationRef struct {
	ID   ref.App `json:"id"`
	Key  string  `json:"key"`
	Name string  `json:"name"`
}

// Item is an environment in a list.
type Item struct {
	Environment
	UnitName    string          `json:"unitName"`
	Application *ApplicationRef `json:"application,omitempty"`
	Usage       *LookupRef      `json:"usage,omitempty"`
	Status      *LookupRef      `json:"status,omitempty"`
	Parent      *EnvironmentRef `json:"parent,omitempty"`
	Bookable    bool            `json:"bookable"`
	WhyNot      string          `json:"whyNot,omitempty" doc:"Why it takes no bookings now."`
	Installed   string          `json:"installedVersion,omitempty" doc:"The version that stands for the whole."`
	Aliases     []string        `json:"aliases" nullable:"false"`
	Groups      []GroupRef      `json:"groups" nullable:"false"`
	Owner       *Owner          `json:"owner,omitempty"`
}

// View is an environment with what its page shows.
type View struct {
	Item
	Children    []EnvironmentRef `json:"children" nullable:"false"`
	Counts      Counts           `json:"counts"`
	AllowedActs []string         `json:"allowedActs" nullable:"false"`
}

// Deletion tells what a deletion takes away.
type Deletion struct {
	Deleted      bool          `json:"deleted" doc:"False on a dry run."`
	Consequences []Consequence `json:"consequences" nullable:"false"`
}

func lookupRef(id ref.Lookup, name, colour string) *LookupRef {
	if id == "" {
		return nil
	}
	return &LookupRef{ID: id, Name: name, Colour: colour}
}

func itemView(l Listed) Item {
	i := Item{
		Environment: l.Environment, UnitName: l.UnitName, Usage: lookupRef(l.Environment.Usage, l.UsageName, l.UsageColour),
		Status: lookupRef(l.Environment.Status, l.StatusName, l.StatusColour), Bookable: l.WhyNot == "", WhyNot: l.WhyNot, Installed: l.Installed,
		Aliases: append([]string{}, l.Aliases...), Groups: append([]GroupRef{}, l.Groups...), Owner: l.Owner,
	}
	if l.Environment.Application != "" {
		i.Application = &ApplicationRef{ID: l.Environment.Application, Key: l.ApplicationKey, Name: l.ApplicationName}
	}
	if l.Environment.Parent != "" {
		i.Parent = &EnvironmentRef{ID: l.Environment.Parent, Key: l.ParentKey, Name: l.ParentName}
	}
	return i
}

func detailsView(d Details) View {
	return View{Item: itemView(d.Listed), Children: d.Children, Counts: d.Counts, AllowedActs: d.Acts}
}
