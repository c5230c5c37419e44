package calendar

import (
	"fmt"
	"strings"
	"time"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// WindowView is a freeze, a holiday or a maintenance window as the API shows it.
type WindowView struct {
	ID           string               `json:"id"`
	Kind         Kind                 `json:"kind" enum:"freeze,holiday,maintenance"`
	Name         string               `json:"name"`
	Description  string               `json:"description,omitempty"`
	Type         *FreezeType          `json:"type,omitempty" doc:"Of a freeze."`
	Unit         ref.Unit             `json:"unitId"`
	UnitName     string               `json:"unitName"`
	From         time.Time            `json:"from"`
	To           time.Time            `json:"to"`
	Ends         *time.Time           `json:"endsAt,omitempty" doc:"When the last occurrence is over; absent when it repeats without end."`
	Zone         string               `json:"zone"`
	Recurrence   *interval.Recurrence `json:"recurrence,omitempty"`
	Scope        []Target             `json:"scope" nullable:"false" doc:"What it is meant for; a unit with everything below it."`
	Refuses      []interval.Use       `json:"refuses" nullable:"false"`
	OnSchedule   bool                 `json:"onSchedule"`
	State        State                `json:"state" enum:"ACTIVE,CANCELLED"`
	Phase        Phase                `json:"phase" enum:"upcoming,in_force,over,cancelled"`
	Next         *interval.Span       `json:"next,omitempty" doc:"The occurrence that is in force or comes next."`
	Version      int64                `json:"version"`
	CreatedAt    time.Time            `json:"createdAt"`
	UpdatedAt    time.Time            `json:"updatedAt"`
	AllowedActs  []string             `json:"allowedActs" nullable:"false" doc:"What you may do with it."`
	Consequences []Consequence        `json:"consequences,omitempty" doc:"After a change: what it hits, and what is worth a second look."`
}

func view(d Details) WindowView {
	v := WindowView{
		ID: d.ID, Kind: d.Kind, Name: d.Name, Description: d.Description, Type: d.Freeze, Unit: d.Unit, UnitName: d.UnitName, From: d.From, To: d.To, Ends: d.Ends,
		Zone: d.Zone, Scope: d.Scope, Refuses: d.Refuses(), OnSchedule: d.OnSchedule, State: d.State, Phase: d.Phase, Next: d.Next, Version: d.Version,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, AllowedActs: []string{}, Consequences: d.Consequences,
	}
	if v.Scope == nil {
		v.Scope = []Target{}
	}
	if d.Rule != "" {
		v.Recurrence = &interval.Recurrence{Rule: d.Rule, Zone: d.Zone, Skip: d.Skip}
	}
	if d.Manageable {
		v.AllowedActs = d.acts
	}
	return v
}

// TimeView is the working time that counts for a unit.
type TimeView struct {
	WorkingTime
	From     ref.Unit `json:"fromUnitId,omitempty" doc:"The unit it comes from; absent where no unit has one and the standard counts."`
	FromName string   `json:"fromUnitName,omitempty"`
}

func timeView(e EffectiveTime) TimeView { return TimeView{e.WorkingTime, e.From, e.FromName} }

// Removal tells what a deletion takes away.
type Removal struct {
	Consequences []Consequence `json:"consequences" nullable:"false"`
	DryRun       bool          `json:"dryRun"`
}

// exportHeader are the columns of an exported table.
var exportHeader = []string{"Name", "Type", "Unit", "From", "To", "Zone", "Recurrence", "Skips", "Refuses", "Scope", "State", "Description", "Id"}

func cells(d Details) []string {
	loc, err := interval.Zone(d.Zone)
	if err != nil {
		loc = time.UTC
	}
	typ := string(d.Kind)
	if d.Freeze != nil {
		typ = d.Freeze.Name
	}
	var refuses, scope []string
	for _, u := range d.Refuses() {
		refuses = append(refuses, string(u))
	}
	for _, t := range d.Scope {
		scope = append(scope, fmt.Sprintf("%s %s", t.Kind, t.Label))
	}
	return []string{
		d.Name, typ, d.UnitName, d.From.In(loc).Format(time.RFC3339), d.To.In(loc).Format(time.RFC3339), d.Zone, d.Rule, strings.Join(d.Skip, "; "),
		strings.Join(refuses, "; "), strings.Join(scope, "; "), string(d.State), d.Description, d.ID,
	}
}

// list is the answer of a list that comes whole.
type list[T any] struct {
	Body httpapi.Page[T]
}
