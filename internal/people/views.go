package people

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
)

// UnitView is a unit as the API shows it.
type UnitView struct {
	Unit
	Counts  UnitCounts `json:"counts" doc:"What stands directly in the unit, not below it."`
	Actions []string   `json:"actions" nullable:"false" doc:"What the caller may do with it now."`
}

// UnitCounts says how much stands directly in a unit.
type UnitCounts struct {
	Units   int64 `json:"units"`
	Persons int64 `json:"persons"`
	Teams   int64 `json:"teams"`
}

func viewUnit(ctx context.Context, u ListedUnit) UnitView {
	v := UnitView{Unit: u.Unit, Counts: UnitCounts{Units: u.Children, Persons: u.Persons, Teams: u.Teams}, Actions: []string{}}
	if authz.From(ctx).Can(PermManageUnit, u.Path) {
		v.Actions = append(v.Actions, "edit", "create")
		if u.Parent != nil {
			v.Actions = append(v.Actions, "move", "delete")
		}
	}
	return v
}

// ChangedUnitView is the answer to a change of a unit.
type ChangedUnitView struct {
	UnitView
	Consequences []Consequence `json:"consequences" nullable:"false" doc:"What happened beside the change itself, or would happen in a dry run."`
}

// Consequences is the answer to a deletion, or to its dry run.
type Consequences struct {
	DryRun       bool          `json:"dryRun"`
	Consequences []Consequence `json:"consequences" nullable:"false"`
}

// PersonView is a person as the API shows them.
type PersonView struct {
	Person
	UnitName string         `json:"unitName"`
	Teams    []PersonInTeam `json:"teams" nullable:"false"`
	// DaysRemaining is absent when the person is valid indefinitely.
	DaysRemaining *int64   `json:"daysRemaining,omitempty" doc:"Days until validUntil, counting the begun one."`
	Actions       []string `json:"actions" nullable:"false" doc:"What the caller may do now."`
}

func viewPerson(ctx context.Context, p ListedPerson, now time.Time) PersonView {
	v := PersonView{Person: p.Person, UnitName: p.UnitName, Teams: p.Teams, Actions: []string{}}
	if v.Teams == nil {
		v.Teams = []PersonInTeam{}
	}
	if p.ValidUntil != nil {
		days := daysRemaining(*p.ValidUntil, now)
		v.DaysRemaining = &days
	}
	if authz.From(ctx).Can(PermManagePerson, p.UnitPath) {
		v.Actions = append(append(v.Actions, "edit", "reassign"), actsByHand(p.State)...)
		if p.State != Active {
			v.Actions = append(v.Actions, "delete")
		}
	}
	return v
}

// TeamView is a team as the API shows it.
type TeamView struct {
	Team
	UnitName    string   `json:"unitName"`
	MemberCount int64    `json:"memberCount"`
	Actions     []string `json:"actions" nullable:"false" doc:"What the caller may do with it now."`
}

// TeamWithMembersView is one team with its members, leads first.
type TeamWithMembersView struct {
	TeamView
	Members []ListedMember `json:"members" nullable:"false"`
}

func viewTeam(ctx context.Context, t ListedTeam) TeamView {
	v := TeamView{Team: t.Team, UnitName: t.UnitName, MemberCount: t.Members, Actions: []string{}}
	if authz.From(ctx).Can(PermManageTeam, t.UnitPath) {
		v.Actions = append(v.Actions, "edit", "members", "delete")
	}
	return v
}

// RoleView is a role as the API shows it.
type RoleView struct {
	Role
	BuiltIn bool     `json:"builtIn"`
	Grants  int64    `json:"grants" doc:"How many grants on visible units name it."`
	Actions []string `json:"actions" nullable:"false" doc:"What the caller may do with it now."`
}

func viewRole(ctx context.Context, r ListedRole) RoleView {
	v := RoleView{Role: r.Role, BuiltIn: r.Code != nil, Grants: r.Grants, Actions: []string{}}
	if authz.From(ctx).Everywhere(PermManageRole) {
		v.Actions = append(v.Actions, "edit")
		if r.Code == nil {
			v.Actions = append(v.Actions, "delete")
		}
	}
	return v
}

// GrantView is a grant as the API shows it.
type GrantView struct {
	Grant
	RoleName    string   `json:"roleName"`
	UnitName    string   `json:"unitName"`
	SubjectName string   `json:"subjectName"`
	Effective   bool     `json:"effective" doc:"False once it has expired."`
	Actions     []string `json:"actions" nullable:"false" doc:"What the caller may do with it now."`
}

func viewGrant(ctx context.Context, g ListedGrant, now time.Time) GrantView {
	v := GrantView{Grant: g.Grant, RoleName: g.RoleName, UnitName: g.UnitName, SubjectName: g.SubjectName, Effective: g.effective(now), Actions: []string{}}
	if authz.From(ctx).Can(PermManageGrant, g.UnitPath) {
		v.Actions = append(v.Actions, "delete")
	}
	return v
}
