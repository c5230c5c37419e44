package workflow

import (
	"context"
)

// EntryView is one graph in the list of all.
type EntryView struct {
	Subject  string   `json:"subject"`
	Title    string   `json:"title"`
	Type     string   `json:"type,omitempty"`
	TypeName string   `json:"typeName,omitempty"`
	Own      bool     `json:"own" doc:"False where the type follows the workflow of all types."`
	Enabled  bool     `json:"enabled"`
	Statuses int64    `json:"statuses"`
	Actions  []string `json:"actions" nullable:"false"`
}

// GraphView is a graph as the API shows it.
type GraphView struct {
	Graph
	PartyNames   map[string]string `json:"partyNames" doc:"What the roles, teams, units and persons are called that permitted names by id."`
	Warnings     []Warning         `json:"warnings" nullable:"false"`
	Consequences []Consequence     `json:"consequences,omitempty" doc:"What happened beside the change itself, or would happen in a dry run."`
	Actions      []string          `json:"actions" nullable:"false" doc:"What the caller may do with it now."`
}

// StatusView is a status of a kind of record, whatever the type.
type StatusView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Mode   Mode   `json:"mode"`
	Colour string `json:"colour,omitempty"`
}

// ChoiceView is a status a record may or may not go to.
type ChoiceView struct {
	StatusView
	Allowed bool   `json:"allowed"`
	Code    string `json:"code,omitempty" doc:"Why not: current, no_transition, not_permitted, assignee_needed, permission_missing."`
	Reason  string `json:"reason,omitempty"`
}

// CourseView is where a record stands, where it may go and how it came there.
type CourseView struct {
	Enabled bool         `json:"enabled"`
	Current *Position    `json:"current,omitempty"`
	Choices []ChoiceView `json:"choices" nullable:"false" doc:"Every status of the workflow in order."`
	Path    []Stay       `json:"path" nullable:"false" doc:"The oldest stay first."`
}

func viewEntries(ctx context.Context, list []Entry) []EntryView {
	out := make([]EntryView, len(list))
	for i, e := range list {
		out[i] = EntryView{Subject: e.Subject.Kind, Title: e.Subject.Title, Type: e.Type, TypeName: e.TypeName, Own: e.Own, Enabled: e.Enabled, Statuses: e.Statuses,
			Actions: actions(ctx, e.Own && e.Type != "")}
	}
	return out
}

func actions(ctx context.Context, deletable bool) []string {
	out := []string{}
	if may(ctx, PermManage) == nil {
		out = append(out, "edit")
		if deletable {
			out = append(out, "delete")
		}
	}
	return out
}

func viewGraph(ctx context.Context, d Drawn, names map[string]string) GraphView {
	v := GraphView{Graph: d.Graph, PartyNames: names, Warnings: d.Warnings, Consequences: d.Consequences, Actions: actions(ctx, !d.Inherited && d.Type != "")}
	if v.Warnings == nil {
		v.Warnings = []Warning{}
	}
	if v.PartyNames == nil {
		v.PartyNames = map[string]string{}
	}
	if v.Statuses == nil {
		v.Statuses = []Status{}
	}
	if v.Transitions == nil {
		v.Transitions = []Transition{}
	}
	return v
}

func viewStatus(st Status) StatusView {
	return StatusView{ID: st.ID, Name: st.Name, Mode: st.Mode, Colour: st.Colour}
}

func viewCourse(c Course) CourseView {
	v := CourseView{Enabled: c.Enabled, Current: c.Position, Choices: make([]ChoiceView, len(c.Choices)), Path: c.Path}
	for i, o := range c.Choices {
		v.Choices[i] = ChoiceView{StatusView: viewStatus(o.Status), Allowed: o.Allowed, Code: o.Code, Reason: o.Reason}
	}
	return v
}
