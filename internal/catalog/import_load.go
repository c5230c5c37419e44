package catalog

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// permViewPerson is the permission of people under which a person may be named as owner.
const permViewPerson authz.Permission = "people.view_person"

func (p *plan) loadUnits(ctx context.Context, tx db.Tx) error {
	var list []*unitEntry
	err := tx.NewSelect().TableExpr("v_unit AS u").ColumnExpr("u.id, u.name, u.path").Apply(authz.Filter(ctx, PermView, "u.id")).OrderExpr("u.path").Scan(ctx, &list)
	if err != nil {
		return err
	}
	who := authz.From(ctx)
	for _, u := range list {
		u.Manageable = who.Can(PermManage, u.Path)
	}
	p.units = indexUnits(list)
	return nil
}

// collect gathers distinct texts of all rows.
func (p *plan) collect(of func(*importRow, func(string))) []string {
	seen := map[string]bool{}
	var out []string
	for i := range p.rows {
		of(&p.rows[i], func(s string) {
			if s != "" && !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		})
	}
	return out
}

const planChunk = 2000

func (p *plan) loadApplications(ctx context.Context, tx db.Tx) error {
	p.known, p.visible = map[string]*Application{}, map[ref.App]bool{}
	wanted := p.collect(func(r *importRow, add func(string)) {
		add(r.folded)
		for _, d := range r.dependsOn {
			add(d.folded)
		}
	})
	for _, chunk := range db.Chunks(wanted, planChunk) {
		var list []Application
		if err := tx.NewSelect().Model(&list).Where("a.key_folded IN (?)", bun.In(chunk)).Scan(ctx); err != nil {
			return err
		}
		for _, a := range list {
			a = a.utc()
			p.known[a.KeyFolded] = &a
			p.visible[a.ID] = p.units.byID[a.Unit] != nil
		}
	}
	return nil
}

func (p *plan) loadNames(ctx context.Context, tx db.Tx) error {
	p.names, p.aliases = map[string][]ref.App{}, map[string]ref.App{}
	aliases := p.collect(func(r *importRow, add func(string)) {
		for _, a := range r.aliases {
			add(a.Folded)
		}
	})
	for _, chunk := range db.Chunks(aliases, planChunk) {
		var list []Application
		if err := tx.NewSelect().Model(&list).Column("id", "key_folded", "name_folded").
			Where("a.key_folded IN (?) OR a.name_folded IN (?)", bun.In(chunk), bun.In(chunk)).Scan(ctx); err != nil {
			return err
		}
		for _, a := range list {
			p.names[a.KeyFolded] = append(p.names[a.KeyFolded], a.ID)
			p.names[a.NameFolded] = append(p.names[a.NameFolded], a.ID)
		}
	}
	all := p.collect(func(r *importRow, add func(string)) {
		add(r.folded)
		add(ref.NameKey(r.name))
		for _, a := range r.aliases {
			add(a.Folded)
		}
	})
	for _, chunk := range db.Chunks(all, planChunk) {
		var list []Alias
		if err := tx.NewSelect().Model(&list).Where("al.alias_folded IN (?)", bun.In(chunk)).Scan(ctx); err != nil {
			return err
		}
		for _, a := range list {
			p.aliases[a.Folded] = a.Application
		}
	}
	return nil
}

func (p *plan) loadPlaces(ctx context.Context, tx db.Tx) error {
	p.places = map[[2]string]ref.App{}
	wanted := p.collect(func(r *importRow, add func(string)) {
		for _, x := range r.repositories {
			add(x.Key)
		}
	})
	for _, chunk := range db.Chunks(wanted, planChunk) {
		var list []Repository
		if err := tx.NewSelect().Model(&list).Where("r.repository_key IN (?)", bun.In(chunk)).Scan(ctx); err != nil {
			return err
		}
		for _, r := range list {
			p.places[[2]string{r.Key, r.PathPrefix}] = r.Application
		}
	}
	return nil
}

func (p *plan) loadPersons(ctx context.Context, tx db.Tx) error {
	p.persons = map[string]importPerson{}
	wanted := p.collect(func(r *importRow, add func(string)) { add(strings.ToLower(r.owner)) })
	if len(wanted) == 0 {
		return nil
	}
	for _, w := range wanted {
		p.persons[w] = importPerson{}
	}
	var list []importPerson
	err := tx.NewSelect().TableExpr("v_person AS p").ColumnExpr("p.id, p.email, p.state").Apply(authz.Filter(ctx, permViewPerson, "p.unit_id")).Scan(ctx, &list)
	for _, x := range list {
		if _, want := p.persons[strings.ToLower(x.Email)]; want {
			p.persons[strings.ToLower(x.Email)] = x
		}
	}
	return err
}

func (p *plan) loadEdges(ctx context.Context, tx db.Tx) error {
	p.edges = map[Dependency]bool{}
	var from []ref.App
	for i := range p.rows {
		if a := p.known[p.rows[i].folded]; a != nil && len(p.rows[i].dependsOn) > 0 {
			from = append(from, a.ID)
		}
	}
	for _, chunk := range db.Chunks(from, planChunk) {
		var list []Dependency
		if err := tx.NewSelect().Model(&list).Column("from_id", "to_id", "type").Where("d.from_id IN (?)", bun.In(chunk)).Scan(ctx); err != nil {
			return err
		}
		for _, d := range list {
			p.edges[Dependency{From: d.From, To: d.To, Type: d.Type}] = true
		}
	}
	return nil
}
