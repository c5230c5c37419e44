package sheet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// edit is a change of an environment in the making, with what takes it back.
type edit struct {
	change, back environment.EnvironmentChange
	shown        changes
}

// differ notes a field that a row changes.
func differ[T comparable](e *edit, key string, sent bool, old, fresh T, into, back *httpapi.Optional[T], words ...string) {
	if !sent || old == fresh {
		return
	}
	*into, *back = httpapi.Some(fresh), httpapi.Some(old)
	if len(words) == 2 {
		e.shown[key] = [2]any{words[0], words[1]}
		return
	}
	e.shown[key] = [2]any{old, fresh}
}

// changeEnvironment compares a row with the environment it speaks of; an empty cell says nothing.
func (p *plan) changeEnvironment(ctx context.Context, tx db.Tx, r *environmentRow, stored environment.Environment, st *storedEnvironments, later *[]laterWork) error {
	r.out.record = string(stored.ID)
	in, sent := r.in, r.sent
	e := &edit{shown: changes{}}
	c, b := &e.change, &e.back
	differ(e, "key", sent["key"] && foldName(in.Key) != stored.KeyFolded, stored.Key, in.Key, &c.Key, &b.Key)
	differ(e, "name", sent["name"], stored.Name, strings.Join(strings.Fields(in.Name), " "), &c.Name, &b.Name)
	differ(e, "description", sent["description"], stored.Description, in.Description, &c.Description, &b.Description)
	differ(e, "kind", sent["kind"], stored.Kind, in.Kind, &c.Kind, &b.Kind)
	differ(e, "capacity", sent["capacity"], stored.Capacity, in.Capacity, &c.Capacity, &b.Capacity)
	differ(e, "autoApprove", sent["autoApprove"], stored.AutoApprove, in.AutoApprove, &c.AutoApprove, &b.AutoApprove)
	differ(e, "dataClass", sent["dataClass"], stored.DataClass, in.DataClass, &c.DataClass, &b.DataClass)
	differ(e, "url", sent["url"], stored.URL, in.URL, &c.URL, &b.URL)
	differ(e, "vendor", sent["vendor"], stored.Vendor, strings.Join(strings.Fields(in.Vendor), " "), &c.Vendor, &b.Vendor)
	differ(e, "colour", sent["colour"], stored.Colour, strings.ToLower(in.Colour), &c.Colour, &b.Colour)
	differ(e, "costPerHour", sent["costPerHour"], stored.CostPerHour, in.CostPerHour, &c.CostPerHour, &b.CostPerHour)
	differ(e, "alert", sent["alert"], stored.Alert, in.Alert, &c.Alert, &b.Alert)
	if in.ExpiresAt != nil && (stored.ExpiresAt == nil || !stored.ExpiresAt.Equal(*in.ExpiresAt)) {
		c.ExpiresAt, b.ExpiresAt = httpapi.Some(*in.ExpiresAt), httpapi.Cleared[time.Time]()
		if stored.ExpiresAt != nil {
			b.ExpiresAt = httpapi.Some(*stored.ExpiresAt)
		}
		e.shown["expires"] = [2]any{stored.ExpiresAt, in.ExpiresAt}
	}
	if sent["techs"] && !sameList(stored.Techs, in.Techs) {
		c.Techs, b.Techs, e.shown["techs"] = httpapi.Some(in.Techs), httpapi.Some(stored.Techs), [2]any{stored.Techs, in.Techs}
	}
	if old := st.aliases[stored.ID]; sent["aliases"] && !sameList(old, p.otherNames(in.Aliases, stored)) {
		c.Aliases, b.Aliases, e.shown["aliases"] = httpapi.Some(in.Aliases), httpapi.Some(append([]string{}, old...)), [2]any{old, in.Aliases}
	}
	if sent["parent"] && st.parents[stored.ID] != r.parent && !p.sameEnvironment(r.parent, stored.Parent) {
		b.Parent = httpapi.Some(string(stored.Parent))
		e.shown["parent"] = [2]any{st.parents[stored.ID], r.cell("parent").Text}
	} else {
		r.parent = ""
	}
	if err := p.differNames(ctx, tx, r, stored, e); err != nil {
		return err
	}
	work := laterWork{row: r.number, id: stored.ID, parent: r.parent, env: stored}
	for _, g := range r.groups {
		if g.id == "" || !slices.Contains(st.groups[stored.ID], g.id) {
			work.groups = append(work.groups, g)
			e.shown["groups"] = [2]any{nil, g.label}
		}
	}
	if r.owner != nil && (r.owner.id == "" || st.owners[string(stored.ID)] != ref.Person(r.owner.id)) {
		work.owner = r.owner
		e.shown["owner"] = [2]any{nil, r.owner.label}
	}
	r.out.act = "unchanged"
	if len(e.shown) == 0 {
		return nil
	}
	r.out.act, r.out.changes = "changed", e.shown
	if !authz.From(ctx).Can(environment.PermManage, p.dir.path(stored.Unit)) {
		r.fault("", "permission_missing", "You may see this environment but not change it.", "")
	}
	p.checkChanged(r, stored, c)
	if len(r.out.errors) > 0 || !p.write {
		return nil
	}
	return p.try(ctx, tx, r.line, environmentPlaces, func() error {
		if _, err := p.s.Environments.Edit(ctx, tx, stored.ID, *c); err != nil {
			return err
		}
		p.did(step{number: r.number, act: "changed", kind: environment.Subject, id: string(stored.ID), label: stored.Key, before: b})
		*later = append(*later, work)
		return p.remember(ctx, tx, r.reference, string(stored.ID))
	})
}

// differNames notes changes of what a row names: application, unit, usage, status.
func (p *plan) differNames(ctx context.Context, tx db.Tx, r *environmentRow, stored environment.Environment, e *edit) error {
	put := func(key string, k *known, old string, into, back *httpapi.Optional[string]) {
		if k == nil || k.id != "" && k.id == old {
			return
		}
		*into, *back = httpapi.Some(k.id), httpapi.Some(old)
		e.shown[key] = [2]any{p.labelOf(k.kind, old), k.label}
	}
	if err := p.learn(ctx, tx, stored); err != nil {
		return err
	}
	put("application", r.app, string(stored.Application), &e.change.Application, &e.back.Application)
	put("usage", r.usage, string(stored.Usage), &e.change.Usage, &e.back.Usage)
	put("status", r.status, string(stored.Status), &e.change.Status, &e.back.Status)
	if r.unit != nil && ref.Unit(r.unit.id) != stored.Unit {
		e.change.Unit, e.back.Unit = httpapi.Some(ref.Unit(r.unit.id)), httpapi.Some(stored.Unit)
		e.shown["unit"] = [2]any{p.dir.units[stored.Unit].Name, r.unit.label}
	}
	return nil
}

// learn remembers names of records by id, for telling what was.
func (p *plan) learn(ctx context.Context, tx db.Tx, e environment.Environment) error {
	if p.labels == nil {
		p.labels = map[string]string{}
		for _, list := range []string{environment.UsageList, environment.StatusList} {
			values, err := p.s.Lookups.Values(ctx, tx, list)
			if err != nil {
				return err
			}
			for _, v := range values {
				p.labels[string(v.ID)] = v.Name
			}
		}
	}
	if _, known := p.labels[string(e.Application)]; known || e.Application == "" {
		return nil
	}
	var name string
	if err := tx.NewSelect().Table("v_application").Column("name").Where("id = ?", e.Application).Scan(ctx, &name); err != nil && !db.IsNoRows(err) {
		return err
	}
	p.labels[string(e.Application)] = name
	return nil
}

func (p *plan) labelOf(_ ValueKind, id string) any {
	if id == "" {
		return nil
	}
	return p.labels[id]
}

// checkChanged finds what is wrong with the environment as it would be.
func (p *plan) checkChanged(r *environmentRow, stored environment.Environment, c *environment.EnvironmentChange) {
	as := environment.NewEnvironment{
		Key: stored.Key, Name: stored.Name, Description: stored.Description, Unit: stored.Unit, Kind: stored.Kind, ExpiresAt: stored.ExpiresAt, Capacity: stored.Capacity,
		DataClass: stored.DataClass, Techs: stored.Techs, URL: stored.URL, Vendor: stored.Vendor, Colour: stored.Colour, CostPerHour: stored.CostPerHour, Alert: stored.Alert, Aliases: c.Aliases.Value,
	}
	over := func(o httpapi.Optional[string], into *string) {
		if o.Set {
			*into = o.Value
		}
	}
	over(c.Key, &as.Key)
	over(c.Name, &as.Name)
	over(c.Description, &as.Description)
	over(c.URL, &as.URL)
	over(c.Vendor, &as.Vendor)
	over(c.Colour, &as.Colour)
	over(c.Alert, &as.Alert)
	if c.Kind.Set {
		as.Kind = c.Kind.Value
	}
	if c.ExpiresAt.Set {
		as.ExpiresAt = c.ExpiresAt.Pointer()
	}
	if c.Techs.Set {
		as.Techs = c.Techs.Value
	}
	if c.CostPerHour.Set {
		as.CostPerHour = c.CostPerHour.Value
	}
	r.faults(as.Faults().Err("environment_invalid", "The environment cannot be changed like this."), environmentPlaces)
}

// otherNames are aliases without those that are the key or the name.
func (p *plan) otherNames(list []string, e environment.Environment) []string {
	var out []string
	for _, a := range list {
		if f := foldName(a); f != e.KeyFolded && f != e.NameFolded {
			out = append(out, a)
		}
	}
	return out
}

// sameEnvironment reports whether a folded name means an environment.
func (p *plan) sameEnvironment(name string, id ref.Environment) bool {
	k := p.dir.names[OfEnvironment][name]
	return k != nil && id != "" && k.id == string(id)
}

// sameList compares two lists whatever their order and case.
func sameList(a, b []string) bool {
	fold := func(list []string) []string {
		out := []string{}
		for _, s := range list {
			out = append(out, foldName(s))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return slices.Equal(fold(a), fold(b))
}

// settleVersions notes the versions that the run left its records in, so that taking it back finds those that were changed
// since.
func (p *plan) settleVersions(ctx context.Context, tx db.Tx) error {
	for kind, table := range map[string]string{environment.Subject: "environment", environment.GroupSubject: "environment_group"} {
		var ids []string
		for _, s := range p.steps {
			if s.kind == kind {
				ids = append(ids, s.id)
			}
		}
		for _, chunk := range db.Chunks(ids, 1000) {
			var rows []struct {
				ID      string `bun:"id"`
				Version int64  `bun:"version"`
			}
			if err := tx.NewSelect().Table(table).Column("id", "version").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
				return err
			}
			at := map[string]int64{}
			for _, r := range rows {
				at[r.ID] = r.Version
			}
			for i := range p.steps {
				if v, ok := at[p.steps[i].id]; ok && p.steps[i].kind == kind {
					p.steps[i].version = v
				}
			}
		}
	}
	return nil
}
