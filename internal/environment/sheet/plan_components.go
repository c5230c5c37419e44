package sheet

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// componentKind and hostKind are the kinds of records in the steps of a run.
const (
	componentKind = "environment_component"
	hostKind      = "environment_host"
)

var componentPlaces = map[string]string{"installedVersion": "version", "component": "part"}

// componentRow is what a row says about a host or a component.
type componentRow struct {
	*line
	env, app, layer         *known
	host, name, version     string
	part, hostDescription   string
	summary, summarySent    bool
	layerID, layerName, key string
}

func (p *plan) components(ctx context.Context, tx db.Tx) error {
	rows := int64(0)
	err := p.scan(ctx, func(l *line) error {
		rows++
		p.dir.note(OfEnvironment, l.cell("environment").Text, l.number)
		p.dir.note(OfApplication, l.cell("application").Text, l.number)
		p.dir.note(OfLayer, l.cell("layer").Text, l.number)
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
	standard, err := p.s.Lookups.Default(ctx, tx, environment.LayerList)
	if err != nil {
		return err
	}
	twice := map[string]int{}
	var chunk []*componentRow
	flush := func() error {
		err := p.takeComponents(ctx, tx, chunk)
		chunk = chunk[:0]
		return err
	}
	err = p.scan(ctx, func(l *line) error {
		p.observe(l)
		l.cells = slices.Clone(l.cells)
		r := &componentRow{line: l, host: l.text("host"), name: l.text("name"), version: l.text("version"), part: l.text("part"), hostDescription: l.text("hostDescription")}
		r.env, r.app, r.layer = l.name(OfEnvironment, "environment"), l.name(OfApplication, "application"), l.name(OfLayer, "layer")
		r.layerID, r.layerName = string(standard.ID), standard.Name
		if r.layer != nil {
			r.layerID, r.layerName = r.layer.id, r.layer.label
		}
		if text := l.text("summary"); text != "" {
			v, ok := readBool(l.cell("summary"))
			if r.summary, r.summarySent = v, ok; !ok {
				l.fault("summary", "not_yes_or_no", "Write yes or no.", text)
			}
		}
		if r.name == "" && r.app != nil && r.part == "" {
			r.name = r.app.label
		}
		if r.name == "" {
			r.name = r.part
		}
		l.out.label = r.name
		if r.name == "" {
			l.out.label = r.host
		}
		if r.env != nil {
			l.out.label = r.env.text + ": " + l.out.label
			r.key = foldName(r.env.label+r.env.id) + "\n" + foldName(r.host) + "\n" + foldName(r.layerName) + "\n" + foldName(r.name)
			if first := twice[r.key]; first > 0 {
				l.fault("", "row_twice", fmt.Sprintf("Row %d says the same component.", first), "")
			}
			twice[r.key] = l.number
		}
		if chunk = append(chunk, r); len(chunk) < 200 {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// stacks are the hosts and components of environments, as they are.
type stacks struct {
	envs       map[string]environment.Environment
	hosts      map[string]stack.Host
	components map[string]stack.Component
}

func (p *plan) stacks(ctx context.Context, tx db.Tx, rows []*componentRow) (*stacks, error) {
	st := &stacks{envs: map[string]environment.Environment{}, hosts: map[string]stack.Host{}, components: map[string]stack.Component{}}
	var ids []string
	for _, r := range rows {
		if r.env != nil && r.env.id != "" && !slices.Contains(ids, r.env.id) {
			ids = append(ids, r.env.id)
		}
	}
	if len(ids) == 0 {
		return st, nil
	}
	var envs []environment.Environment
	if err := tx.NewSelect().Model(&envs).Where("e.id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	for _, e := range envs {
		st.envs[string(e.ID)] = e
	}
	var hosts []stack.Host
	if err := tx.NewSelect().Model(&hosts).Where("h.environment_id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, h := range hosts {
		names[h.ID] = h.NameFolded
		st.hosts[string(h.Environment)+"\n"+h.NameFolded] = h
	}
	var components []stack.Component
	if err := tx.NewSelect().Model(&components).Where("c.environment_id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	for _, c := range components {
		st.components[string(c.Environment)+"\n"+names[c.Host]+"\n"+foldName(c.Layer)+"\n"+c.NameFolded] = c
	}
	return st, nil
}

func (p *plan) takeComponents(ctx context.Context, tx db.Tx, rows []*componentRow) error {
	st, err := p.stacks(ctx, tx, rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := p.takeComponent(ctx, tx, r, st); err != nil {
			return err
		}
		if err := p.conclude(ctx, r.line); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) takeComponent(ctx context.Context, tx db.Tx, r *componentRow, st *stacks) error {
	switch {
	case len(r.out.errors) > 0:
		return nil
	case r.env == nil:
		if k := p.dir.get(OfEnvironment, r.cell("environment").Text); k != nil && k.skip {
			r.out.act = "skipped"
			return nil
		}
		r.fault("environment", "required", "Say in which environment it is.", "")
		return nil
	case r.name == "" && r.host == "":
		r.fault("name", "required", "Name the component, or the host.", "")
		return nil
	}
	home := r.env.unit
	if !authz.From(ctx).Can(environment.PermManageStack, p.dir.path(home)) {
		r.fault("environment", "permission_missing", "You may not manage the stack of this environment.", r.env.text)
		return nil
	}
	env := st.envs[r.env.id]
	if r.name == "" {
		return p.takeHost(ctx, tx, r, st, env)
	}
	stored, is := st.components[r.env.id+"\n"+foldName(r.host)+"\n"+foldName(r.layerName)+"\n"+foldName(r.name)]
	if !is {
		r.out.act = "new"
		if !p.write {
			return nil
		}
		return p.try(ctx, tx, r.line, componentPlaces, func() error {
			c, err := p.s.Stacks.AddComponent(ctx, tx, env, stack.NewComponent{Host: r.host, Layer: r.layerID, Name: r.name, Installed: r.version, Application: idOf(r.app), Part: r.part, Summary: r.summary})
			if err != nil {
				return err
			}
			r.out.record = c.ID
			p.did(step{number: r.number, act: "created", kind: componentKind, id: c.ID, label: r.out.label, owner: string(env.ID), version: c.Version})
			return nil
		})
	}
	return p.changeComponent(ctx, tx, r, env, stored)
}

func (p *plan) changeComponent(ctx context.Context, tx db.Tx, r *componentRow, env environment.Environment, stored stack.Component) error {
	r.out.record, r.out.act = stored.ID, "unchanged"
	shown := changes{}
	var c, back stack.ComponentChange
	if r.version != "" && r.version != stored.Installed {
		c.Installed, back.Installed = httpapi.Some(r.version), httpapi.Some(stored.Installed)
		shown["version"] = [2]any{stored.Installed, r.version}
	}
	if r.app != nil && (r.app.id == "" || ref.App(r.app.id) != stored.Application) {
		c.Application, back.Application = httpapi.Some(r.app.id), httpapi.Some(string(stored.Application))
		shown["application"] = [2]any{stored.Application, r.app.label}
	}
	if r.summarySent && r.summary != stored.Summary {
		c.Summary, back.Summary = httpapi.Some(r.summary), httpapi.Some(stored.Summary)
		shown["summary"] = [2]any{stored.Summary, r.summary}
	}
	if len(shown) == 0 {
		return nil
	}
	r.out.act, r.out.changes = "changed", shown
	if !p.write {
		return nil
	}
	return p.try(ctx, tx, r.line, componentPlaces, func() error {
		after, err := p.s.Stacks.EditComponent(ctx, tx, env, stored.ID, c)
		if err != nil {
			return err
		}
		p.did(step{number: r.number, act: "changed", kind: componentKind, id: stored.ID, label: r.out.label, owner: string(env.ID), version: after.Version, before: back})
		return nil
	})
}

// takeHost takes a row that names a host and no component.
func (p *plan) takeHost(ctx context.Context, tx db.Tx, r *componentRow, st *stacks, env environment.Environment) error {
	if h, is := st.hosts[r.env.id+"\n"+foldName(r.host)]; is {
		r.out.act, r.out.record = "unchanged", h.ID
		return nil
	}
	r.out.act = "new"
	if !p.write {
		return nil
	}
	return p.try(ctx, tx, r.line, map[string]string{"name": "host", "description": "hostDescription"}, func() error {
		h, err := p.s.Stacks.AddHost(ctx, tx, env, stack.NewHost{Name: r.host, Description: r.hostDescription})
		if err != nil {
			return err
		}
		r.out.record = h.ID
		st.hosts[r.env.id+"\n"+foldName(r.host)] = h
		p.did(step{number: r.number, act: "created", kind: hostKind, id: h.ID, label: r.out.label, owner: string(env.ID), version: h.Version})
		return nil
	})
}

func idOf(k *known) string {
	if k == nil {
		return ""
	}
	return k.id
}
