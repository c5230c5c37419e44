// Package standing tells what somebody is to a record: the roles they hold on its unit, the teams and the unit they belong
// to. Permissions say what a role may do anywhere; this is for the rules an administrator makes about roles and teams by
// name: who may set a status, who sees a field.
//
// It owns no table and reads v_role, v_role_grant, v_team, v_team_member, v_person and v_unit.
package standing

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// PartyKind says what a [Party] names.
type PartyKind string

// The kinds of parties.
const (
	RoleParty   PartyKind = "role"
	TeamParty   PartyKind = "team"
	UnitParty   PartyKind = "unit"
	PersonParty PartyKind = "person"
)

// Party is whom a rule is about: everybody who holds a role on the record's unit, the members of a team, the persons of a
// unit and those below it, or one person.
type Party struct {
	Kind PartyKind `json:"kind" enum:"role,team,unit,person"`
	// ID of a role may be the code of a built-in one in what is sent; what is stored and answered is its id.
	ID string `json:"id" maxLength:"100"`
}

// Standing is what somebody is, loaded once and asked for many records.
type Standing struct {
	// System principals and holders of every permission are everything.
	all    bool
	roles  []held
	teams  map[string]bool
	person string
	home   string
}

type held struct {
	Role string `bun:"role_id"`
	Path string `bun:"path"`
	All  bool   `bun:"all_permissions"`
}

// Of loads the standing of whoever acts in ctx; now decides which grants are in force.
func Of(ctx context.Context, tx db.Tx, now time.Time) (Standing, error) {
	p := authz.From(ctx)
	s := Standing{teams: map[string]bool{}}
	switch {
	case p == nil:
		return s, nil
	case p.Trusted || p.Kind == authz.SystemPrincipal:
		s.all = true
		return s, nil
	}
	s.person = string(p.Person)
	q := tx.NewSelect().TableExpr("v_role_grant AS g").Join("JOIN v_role AS r ON r.id = g.role_id").Join("JOIN v_unit AS u ON u.id = g.unit_id").
		ColumnExpr("g.role_id, u.path, r.all_permissions").Where("g.expires_at IS NULL OR g.expires_at > ?", now)
	if p.Person == "" {
		return s, q.Where("g.subject_kind = 'service' AND g.subject_id = ?", p.Account).Scan(ctx, &s.roles)
	}
	err := q.Where(`(g.subject_kind = 'person' AND g.subject_id = ? OR g.subject_kind = 'team' AND g.subject_id IN
		(SELECT team_id FROM v_team_member WHERE person_id = ?))`, p.Person, p.Person).Scan(ctx, &s.roles)
	if err != nil {
		return s, err
	}
	var teams []string
	if err := tx.NewSelect().Table("v_team_member").Column("team_id").Where("person_id = ?", p.Person).Scan(ctx, &teams); err != nil {
		return s, err
	}
	for _, t := range teams {
		s.teams[t] = true
	}
	err = tx.NewSelect().TableExpr("v_person AS p").Join("JOIN v_unit AS u ON u.id = p.unit_id").ColumnExpr("u.path").Where("p.id = ?", p.Person).Scan(ctx, &s.home)
	if db.IsNoRows(err) {
		err = nil
	}
	return s, err
}

// Everything reports whether somebody is above all rules on the unit with the given path: a part of the system, or a
// holder of a role with every permission.
func (s Standing) Everything(path string) bool {
	if s.all {
		return true
	}
	for _, h := range s.roles {
		if h.All && strings.HasPrefix(path, h.Path) {
			return true
		}
	}
	return false
}

// Is reports whether somebody belongs to a party, as seen from the unit with the given path. Units are compared by the id
// that ends their path.
func (s Standing) Is(p Party, path string) bool {
	switch p.Kind {
	case RoleParty:
		for _, h := range s.roles {
			if h.Role == p.ID && strings.HasPrefix(path, h.Path) {
				return true
			}
		}
	case TeamParty:
		return s.teams[p.ID]
	case UnitParty:
		return strings.Contains(s.home, "/"+p.ID+"/")
	case PersonParty:
		return s.person != "" && s.person == p.ID
	}
	return false
}

// IsAny reports whether somebody belongs to one of several parties.
func (s Standing) IsAny(parties []Party, path string) bool {
	for _, p := range parties {
		if s.Is(p, path) {
			return true
		}
	}
	return false
}

// Anywhere returns the paths on which somebody holds a role, for questions that no single record asks.
func (s Standing) Anywhere() []string {
	out := make([]string, 0, len(s.roles)+1)
	for _, h := range s.roles {
		out = append(out, h.Path)
	}
	return append(out, "/")
}

// Check turns the codes of built-in roles into ids and notes parties that do not exist; place names a party of the input.
func Check(ctx context.Context, tx db.Tx, faults *problem.Fields, parties []Party, place func(int) string) error {
	views := map[PartyKind]string{RoleParty: "v_role", TeamParty: "v_team", UnitParty: "v_unit", PersonParty: "v_person"}
	for i := range parties {
		p := &parties[i]
		view, ok := views[p.Kind]
		if !ok {
			faults.Add(place(i), "party_unknown", "A rule is about a role, a team, a unit or a person.")
			continue
		}
		q := tx.NewSelect().Table(view).Column("id").Limit(1)
		if p.Kind == RoleParty {
			q = q.Where("(id = ? OR code = ?)", p.ID, p.ID)
		} else {
			q = q.Where("id = ?", p.ID)
		}
		var id string
		if err := q.Scan(ctx, &id); db.IsNoRows(err) {
			faults.Add(place(i), "party_unknown", fmt.Sprintf("There is no such %s.", p.Kind))
		} else if err != nil {
			return err
		} else {
			p.ID = id
		}
	}
	return nil
}

// Names returns what parties are called, by their ids; what was deleted since is missing.
func Names(ctx context.Context, tx db.Tx, parties []Party) (map[string]string, error) {
	out := map[string]string{}
	byView := map[string][]string{}
	for _, p := range parties {
		byView["v_"+string(p.Kind)] = append(byView["v_"+string(p.Kind)], p.ID)
	}
	for view, ids := range byView {
		for _, chunk := range db.Chunks(ids, 500) {
			var rows []struct {
				ID   string `bun:"id"`
				Name string `bun:"name"`
			}
			if err := tx.NewSelect().Table(view).Column("id", "name").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
				return nil, err
			}
			for _, r := range rows {
				out[r.ID] = r.Name
			}
		}
	}
	return out, nil
}

// Paths returns the paths of units, with one query.
func Paths(ctx context.Context, tx db.Tx, units []ref.Unit) (map[ref.Unit]string, error) {
	out := make(map[ref.Unit]string, len(units))
	for _, chunk := range db.Chunks(units, 500) {
		var rows []struct {
			ID   ref.Unit `bun:"id"`
			Path string   `bun:"path"`
		}
		if err := tx.NewSelect().Table("v_unit").Column("id", "path").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r.Path
		}
	}
	return out, nil
}
