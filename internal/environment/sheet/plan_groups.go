package sheet

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// groupRows are the rows of one group: the first says what it is, each may name members.
type groupRows struct {
	first       *line
	rows        []*line
	in          environment.NewGroup
	sent        map[string]bool
	unit, usage *known
	members     []*known
	reference   string
}

func (p *plan) groups(ctx context.Context, tx db.Tx) error {
	rows := int64(0)
	err := p.scan(ctx, func(l *line) error {
		rows++
		p.dir.note(OfUnit, l.cell("unit").Text, l.number)
		p.dir.note(OfUsage, l.cell("usage").Text, l.number)
		for _, m := range readList(l.cell("members").Text) {
			p.dir.note(OfEnvironment, m, l.number)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.total, p.seen = rows, 0
	if err := p.dir.resolve(ctx, tx); err != nil {
		return err
	}
	if err := p.dir.ensure(ctx, tx); err != nil {
		return err
	}
	by := map[string]*groupRows{}
	var order []*groupRows
	err = p.scan(ctx, func(l *line) error {
		p.observe(l)
		l.cells = slices.Clone(l.cells)
		key := l.text("key")
		l.out.label = key
		folded := foldName(l.key())
		g := by[folded]
		if g == nil || key == "" {
			g = &groupRows{first: l, sent: map[string]bool{}}
			by[folded] = g
			order = append(order, g)
			p.readGroup(l, g)
		}
		g.rows = append(g.rows, l)
		for _, name := range readList(l.text("members")) {
			if k := l.meaning(OfEnvironment, "members", name); k != nil && !slices.Contains(g.members, k) {
				g.members = append(g.members, k)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(order, 100) {
		if err := p.takeGroups(ctx, tx, chunk); err != nil {
			return err
		}
	}
	return p.settleVersions(ctx, tx)
}

func (p *plan) readGroup(l *line, g *groupRows) {
	in := &g.in
	g.reference = l.text("reference")
	for key, into := range map[string]*string{"key": &in.Key, "name": &in.Name, "description": &in.Description, "colour": &in.Colour, "vendor": &in.Vendor, "alert": &in.Alert} {
		if v := l.text(key); v != "" {
			*into, g.sent[key] = v, true
		}
	}
	in.Key = l.named(in.Key, &in.Name, g.sent)
	if in.Colour != "" && !strings.HasPrefix(in.Colour, "#") && len(in.Colour) == 6 {
		in.Colour = "#" + in.Colour
	}
	g.unit, g.usage = l.name(OfUnit, "unit"), l.name(OfUsage, "usage")
	if text := l.text("autoApprove"); text != "" {
		if v, ok := readBool(l.cell("autoApprove")); ok {
			in.AutoApprove, g.sent["autoApprove"] = v, true
		} else {
			l.fault("autoApprove", "not_yes_or_no", "Write yes or no.", text)
		}
	}
}

func (p *plan) takeGroups(ctx context.Context, tx db.Tx, list []*groupRows) error {
	keys, references := []string{""}, []string{}
	for _, g := range list {
		keys, references = append(keys, foldName(g.in.Key)), append(references, g.reference)
	}
	recalled, err := p.recall(ctx, tx, references)
	if err != nil {
		return err
	}
	ids := []string{""}
	for _, id := range recalled {
		ids = append(ids, id)
	}
	var stored []environment.Group
	if err := tx.NewSelect().Model(&stored).Where("g.key_folded IN (?) OR g.id IN (?)", bun.In(keys), bun.In(ids)).Scan(ctx); err != nil {
		return err
	}
	for _, g := range list {
		var old *environment.Group
		for i := range stored {
			if id := recalled[foldName(g.reference)]; id != "" && string(stored[i].ID) == id || old == nil && stored[i].KeyFolded == foldName(g.in.Key) {
				old = &stored[i]
			}
		}
		if old == nil {
			err = p.addGroup(ctx, tx, g)
		} else {
			err = p.changeGroup(ctx, tx, g, *old)
		}
		if err != nil {
			return err
		}
		act, bad := g.first.out.act, len(g.first.out.errors) > 0
		for _, l := range g.rows {
			if l != g.first {
				l.out.act, l.out.record = act, g.first.out.record
				if bad && len(l.out.errors) == 0 {
					l.fault("", "group_invalid", "The group cannot be imported; see the row that names it first.", "")
				}
				if act == "new" || act == "changed" {
					p.writes--
				}
			}
			if err := p.conclude(ctx, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// faulty reports whether any row of the group is.
func (g *groupRows) faulty() bool {
	return slices.ContainsFunc(g.rows, func(l *line) bool { return len(l.out.errors) > 0 })
}

func (g *groupRows) memberIDs() []string {
	out := []string{}
	for _, m := range g.members {
		out = append(out, m.id)
	}
	return out
}

func (p *plan) addGroup(ctx context.Context, tx db.Tx, g *groupRows) error {
	l, in := g.first, g.in
	in.Usage, in.Members, in.Unit = idOf(g.usage), g.memberIDs(), p.imp.Unit
	if g.unit != nil {
		in.Unit = ref.Unit(g.unit.id)
	}
	if len(l.out.errors) == 0 {
		l.faults(in.Faults().Err("group_invalid", "The group cannot be created like this."), environmentPlaces)
	}
	if !authz.From(ctx).Can(environment.PermManage, p.dir.path(in.Unit)) {
		l.fault("unit", "permission_missing", "You may not manage groups of this unit.", p.dir.units[in.Unit].Name)
	}
	l.out.act = "new"
	if g.faulty() || !p.write {
		return nil
	}
	return p.try(ctx, tx, l, environmentPlaces, func() error {
		made, err := p.s.Environments.AddGroup(ctx, tx, in)
		if err != nil {
			return err
		}
		l.out.record = string(made.ID)
		p.did(step{number: l.number, act: "created", kind: environment.GroupSubject, id: string(made.ID), label: made.Key, version: made.Version})
		return p.remember(ctx, tx, g.reference, string(made.ID))
	})
}

// groupBack takes a change of a group back.
type groupBack struct {
	Change  environment.GroupChange `json:"change"`
	Members []string                `json:"members"`
}

func (p *plan) changeGroup(ctx context.Context, tx db.Tx, g *groupRows, stored environment.Group) error {
	l, in := g.first, g.in
	l.out.record, l.out.act = string(stored.ID), "unchanged"
	var c environment.GroupChange
	var back groupBack
	shown := changes{}
	diff := func(key string, old, fresh string, into, undo *httpapi.Optional[string]) {
		if g.sent[key] && old != fresh {
			*into, *undo, shown[key] = httpapi.Some(fresh), httpapi.Some(old), [2]any{old, fresh}
		}
	}
	if foldName(in.Key) != stored.KeyFolded {
		diff("key", stored.Key, in.Key, &c.Key, &back.Change.Key)
	}
	diff("name", stored.Name, strings.Join(strings.Fields(in.Name), " "), &c.Name, &back.Change.Name)
	diff("description", stored.Description, in.Description, &c.Description, &back.Change.Description)
	diff("colour", stored.Colour, strings.ToLower(in.Colour), &c.Colour, &back.Change.Colour)
	diff("vendor", stored.Vendor, in.Vendor, &c.Vendor, &back.Change.Vendor)
	diff("alert", stored.Alert, in.Alert, &c.Alert, &back.Change.Alert)
	if g.sent["autoApprove"] && in.AutoApprove != stored.AutoApprove {
		c.AutoApprove, back.Change.AutoApprove, shown["autoApprove"] = httpapi.Some(in.AutoApprove), httpapi.Some(stored.AutoApprove), [2]any{stored.AutoApprove, in.AutoApprove}
	}
	if g.usage != nil && (g.usage.id == "" || ref.Lookup(g.usage.id) != stored.Usage) {
		c.Usage, back.Change.Usage, shown["usage"] = httpapi.Some(g.usage.id), httpapi.Some(string(stored.Usage)), [2]any{nil, g.usage.label}
	}
	if g.unit != nil && ref.Unit(g.unit.id) != stored.Unit {
		c.Unit, back.Change.Unit, shown["unit"] = httpapi.Some(ref.Unit(g.unit.id)), httpapi.Some(stored.Unit), [2]any{p.dir.units[stored.Unit].Name, g.unit.label}
	}
	var members []string
	if len(g.members) > 0 {
		now, err := p.s.Environments.Members(ctx, tx, stored.ID)
		if err != nil {
			return err
		}
		old := []string{}
		for _, id := range now {
			old = append(old, string(id))
		}
		if !slices.Equal(old, g.memberIDs()) {
			members, back.Members = g.memberIDs(), old
			words := []string{}
			for _, m := range g.members {
				words = append(words, m.text)
			}
			shown["members"] = [2]any{len(old), strings.Join(words, ", ")}
		}
	}
	if len(shown) == 0 {
		return nil
	}
	l.out.act, l.out.changes = "changed", shown
	if !authz.From(ctx).Can(environment.PermManage, p.dir.path(stored.Unit)) {
		l.fault("", "permission_missing", "You may see this group but not change it.", "")
	}
	if g.faulty() || !p.write {
		return nil
	}
	return p.try(ctx, tx, l, environmentPlaces, func() error {
		after, err := p.s.Environments.EditGroup(ctx, tx, stored.ID, c, members)
		if err != nil {
			return err
		}
		p.did(step{number: l.number, act: "changed", kind: environment.GroupSubject, id: string(stored.ID), label: stored.Key, version: after.Version, before: back})
		return p.remember(ctx, tx, g.reference, string(stored.ID))
	})
}
