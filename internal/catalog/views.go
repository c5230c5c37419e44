package catalog

import (
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// Item is an application in a list.
type Item struct {
	Application
	UnitName string   `json:"unitName"`
	Aliases  []string `json:"aliases" nullable:"false"`
	Owners   []Owner  `json:"owners" nullable:"false" doc:"Who is accountable."`
	Counts   Counts   `json:"counts"`
}

// View is an application with everything that belongs to it.
type View struct {
	Item
	Components   []Component  `json:"components" nullable:"false"`
	Repositories []Repository `json:"repositories" nullable:"false" doc:"Those of its components stand with them."`
	AllowedActs  []string     `json:"allowedActs" nullable:"false" doc:"What you may do with it."`
}

// AppRef names an application inside another record.
type AppRef struct {
	ID     ref.App  `json:"id"`
	Key    string   `json:"key"`
	Name   string   `json:"name"`
	UnitID ref.Unit `json:"unitId"`
	Status Status   `json:"status" enum:"ACTIVE,INACTIVE"`
}

// DependencyView is a dependency with both its ends.
type DependencyView struct {
	Dependency
	From    AppRef `json:"from" doc:"The application that needs the other; downstream of it."`
	To      AppRef `json:"to" doc:"The application that is needed; upstream of the other."`
	InCycle bool   `json:"inCycle" doc:"Whether the two need each other, directly or in a circle."`
}

// DependencyPage is a page of dependencies.
type DependencyPage struct {
	httpapi.Page[DependencyView]
	Hidden int64 `json:"hidden" doc:"How many more match whose other end you may not see."`
}

// MapView is a part of the dependency map.
type MapView struct {
	Nodes     []MapNode   `json:"nodes" nullable:"false"`
	Edges     []MapEdge   `json:"edges" nullable:"false"`
	Cycles    [][]ref.App `json:"cycles" nullable:"false" doc:"Groups of applications that need each other in a circle."`
	Hidden    int         `json:"hidden" doc:"How many applications beside the map you may not see."`
	Truncated bool        `json:"truncated" doc:"Whether the limit of nodes cut the map."`
}

// MapNode is an application on the map.
type MapNode struct {
	ID          ref.App     `json:"id"`
	Key         string      `json:"key"`
	Name        string      `json:"name"`
	UnitID      ref.Unit    `json:"unitId"`
	UnitName    string      `json:"unitName"`
	Criticality Criticality `json:"criticality" enum:"MISSION_CRITICAL,HIGH,MEDIUM,LOW"`
	Status      Status      `json:"status" enum:"ACTIVE,INACTIVE"`
	Distance    int         `json:"distance" doc:"Steps away from where the map starts."`
}

// MapEdge is a dependency on the map: from needs to.
type MapEdge struct {
	ID          string         `json:"id"`
	From        ref.App        `json:"from"`
	To          ref.App        `json:"to"`
	Type        DependencyType `json:"type" enum:"RUNTIME,BUILD,DATA,OTHER"`
	Criticality Criticality    `json:"criticality" enum:"MISSION_CRITICAL,HIGH,MEDIUM,LOW"`
	InCycle     bool           `json:"inCycle"`
}

// Deletion tells what a deletion takes away.
type Deletion struct {
	Deleted      bool          `json:"deleted" doc:"False on a dry run."`
	Consequences []Consequence `json:"consequences" nullable:"false"`
}

func itemView(l Listed) Item {
	return Item{Application: l.Application, UnitName: l.UnitName, Aliases: l.Aliases, Owners: l.Owners, Counts: l.Counts}
}

func detailsView(d Details) View {
	return View{
		Item:       Item{Application: d.Application, UnitName: d.UnitName, Aliases: d.Aliases, Owners: d.Owners, Counts: d.Counts},
		Components: d.Components, Repositories: d.Repositories, AllowedActs: d.Acts,
	}
}

func appRef(a Application) AppRef {
	return AppRef{ID: a.ID, Key: a.Key, Name: a.Name, UnitID: a.Unit, Status: a.Status}
}

func linkedView(l Linked) DependencyView {
	return DependencyView{Dependency: l.Dependency, From: appRef(l.FromApp), To: appRef(l.ToApp), InCycle: l.InCycle}
}

func mapView(m Map) MapView {
	v := MapView{Nodes: make([]MapNode, len(m.Nodes)), Edges: make([]MapEdge, len(m.Edges)), Cycles: m.Cycles, Hidden: m.Hidden, Truncated: m.Truncated}
	for i, n := range m.Nodes {
		v.Nodes[i] = MapNode{ID: n.ID, Key: n.Key, Name: n.Name, UnitID: n.Unit, UnitName: n.UnitName, Criticality: n.Criticality, Status: n.Status, Distance: n.Distance}
	}
	for i, d := range m.Edges {
		v.Edges[i] = MapEdge{ID: d.ID, From: d.From, To: d.To, Type: d.Type, Criticality: d.Criticality, InCycle: m.inCycle[d.ID]}
	}
	return v
}
