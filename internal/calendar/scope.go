package calendar

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Scope says what a window is meant for, by ids or keys. A window that names nothing covers its unit and everything below.
type Scope struct {
	Units        []string `json:"units,omitempty" maxItems:"1000" doc:"Each with everything below it; the root unit is the whole organisation."`
	Environments []string `json:"environments,omitempty" maxItems:"1000"`
	Groups       []string `json:"groups,omitempty" maxItems:"1000"`
	Applications []string `json:"applications,omitempty" maxItems:"1000"`
}

// targets looks up what a scope names and checks that the caller may close it.
func (s *Service) targets(ctx context.Context, tx db.Tx, unit ref.Unit, in Scope) ([]Target, error) {
	if len(in.Units)+len(in.Environments)+len(in.Groups)+len(in.Applications) == 0 {
		in.Units = []string{string(unit)}
	}
	var faults problem.Fields
	unknown := func(place, what, id string) {
		faults.Add(place, what+"_unknown", fmt.Sprintf("There is no %s %q, or you may not see it.", what, id))
	}
	var out []Target
	units := make([]ref.Unit, len(in.Units))
	for i, id := range in.Units {
		units[i] = ref.Unit(id)
	}
	known, err := unitsOf(ctx, tx, units)
	if err != nil {
		return nil, err
	}
	for i, id := range units {
		u, ok := known[id]
		if !ok || !authz.From(ctx).Sees(u.Path) {
			unknown(fmt.Sprintf("body.scope.units[%d]", i), "unit", string(id))
			continue
		}
		out = append(out, Target{Kind: ForUnit, ID: string(u.ID), Label: u.Name, Unit: u.ID})
	}
	for i, id := range in.Applications {
		var a struct {
			ID   string   `bun:"id"`
			Name string   `bun:"name"`
			Unit ref.Unit `bun:"unit_id"`
		}
		err := tx.NewSelect().TableExpr("v_application AS a").ColumnExpr("a.id, a.name, a.unit_id").Where("a.id = ?0 OR LOWER(a.key) = LOWER(?0)", id).
			Apply(authz.Filter(ctx, PermView, "a.unit_id")).Limit(1).Scan(ctx, &a)
		if db.IsNoRows(err) {
			unknown(fmt.Sprintf("body.scope.applications[%d]", i), "application", id)
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Target{Kind: ForApplication, ID: a.ID, Label: a.Name, Unit: a.Unit})
	}
	more, err := s.placeTargets(ctx, tx, in, unknown)
	if err != nil {
		return nil, err
	}
	if err := faults.Err("scope_unknown", "Something that the scope names does not exist, or you may not see it."); err != nil {
		return nil, err
	}
	out = append(out, more...)
	slices.SortFunc(out, func(a, b Target) int {
		return strings.Compare(string(a.Kind)+"\x00"+a.ID, string(b.Kind)+"\x00"+b.ID)
	})
	out = slices.CompactFunc(out, func(a, b Target) bool { return a.Kind == b.Kind && a.ID == b.ID })
	checked := map[ref.Unit]bool{}
	for _, t := range out {
		if !checked[t.Unit] {
			if err := mayManage(ctx, tx, t.Unit); err != nil {
				return nil, err
			}
			checked[t.Unit] = true
		}
	}
	return out, nil
}

// placeTargets looks up environments and groups one by one, so that the one that is unknown can be named.
func (s *Service) placeTargets(ctx context.Context, tx db.Tx, in Scope, unknown func(place, what, id string)) ([]Target, error) {
	var out []Target
	for _, list := range []struct {
		kind ScopeKind
		ids  []string
	}{{ForEnvironment, in.Environments}, {ForGroup, in.Groups}} {
		for i, id := range list.ids {
			t, err := s.placeTarget(ctx, tx, list.kind, id)
			if problem.KindOf(err) == problem.NotFound {
				unknown(fmt.Sprintf("body.scope.%ss[%d]", list.kind, i), string(list.kind), id)
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, t)
		}
	}
	return out, nil
}

func (s *Service) placeTarget(ctx context.Context, tx db.Tx, kind ScopeKind, id string) (Target, error) {
	t := Target{Kind: kind, ID: id, Label: id}
	if s.places == nil {
		return t, authz.ErrNotFound
	}
	environments, groups := []string{id}, []string(nil)
	if kind == ForGroup {
		environments, groups = nil, []string{id}
	}
	found, err := s.places.Places(ctx, tx, environments, groups, "", "")
	if err != nil {
		return t, err
	}
	// A group may reach over several units; all its environments must be the caller's to close.
	for _, p := range found {
		if err := mayManage(ctx, tx, p.Unit); err != nil {
			return t, err
		}
	}
	if finder, ok := s.places.(Finder); ok {
		t.ID, t.Label, t.Unit, err = finder.FindPlace(ctx, tx, kind, id)
		return t, err
	}
	if len(found) == 0 {
		return t, authz.ErrNotFound
	}
	t.Unit = found[0].Unit
	if kind == ForEnvironment {
		t.ID = string(found[0].Environment)
		return t, nil
	}
	group, ok := groupOf(id, found)
	if !ok {
		return t, authz.ErrNotFound
	}
	t.ID = string(group)
	return t, nil
}

// groupOf returns which group a name stands for, judged by what all its places have in common.
func groupOf(id string, found []interval.Place) (ref.EnvironmentGroup, bool) {
	if len(found) == 0 {
		return "", false
	}
	common := slices.Clone(found[0].Groups)
	for _, p := range found[1:] {
		common = slices.DeleteFunc(common, func(g ref.EnvironmentGroup) bool { return !slices.Contains(p.Groups, g) })
	}
	if slices.Contains(common, ref.EnvironmentGroup(id)) {
		return ref.EnvironmentGroup(id), true
	}
	if len(common) != 1 {
		return "", false
	}
	return common[0], true
}

// placesOf returns the places that a window closes.
func (s *Service) placesOf(ctx context.Context, tx db.Tx, scope []Target) ([]interval.Place, error) {
	if s.places == nil {
		return nil, nil
	}
	var environments, groups []string
	var out []interval.Place
	add := func(environments, groups []string, application, unit string) error {
		found, err := s.places.Places(ctx, tx, environments, groups, application, unit)
		out = append(out, found...)
		return err
	}
	for _, t := range scope {
		var err error
		switch t.Kind {
		case ForEnvironment:
			environments = append(environments, t.ID)
		case ForGroup:
			groups = append(groups, t.ID)
		case ForApplication:
			err = add(nil, nil, t.ID, "")
		case ForUnit:
			err = add(nil, nil, "", t.ID)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(environments)+len(groups) > 0 {
		if err := add(environments, groups, "", ""); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b interval.Place) int { return strings.Compare(string(a.Environment), string(b.Environment)) })
	return slices.CompactFunc(out, func(a, b interval.Place) bool { return a.Environment == b.Environment }), nil
}
