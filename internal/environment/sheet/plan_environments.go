package sheet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// environmentPlaces maps members of the API's body to fields of the sheet.
var environmentPlaces = map[string]string{"unitId": "unit", "expiresAt": "expires", "dataRefreshedAt": "dataRefreshed"}

// environmentRow is what a row says about an environment.
type environmentRow struct {
	*line
	in        environment.NewEnvironment
	sent      map[string]bool
	reference string
	unit      *known
	app       *known
	usage     *known
	status    *known
	owner     *known
	groups    []*known
	parent    string // folded key
}

// laterWork is what is done after all rows: links among environments of the same sheet.
type laterWork struct {
	row    int
	id     ref.Environment
	parent string
	groups []*known
	owner  *known
	env    environment.Environment
}

func (p *plan) environments(ctx context.Context, tx db.Tx) error {
	keys, references, parents := map[string]int{}, map[string]int{}, map[string]string{}
	rowsOf := int64(0)
	err := p.scan(ctx, func(l *line) error {
		rowsOf++
		p.evidence(l, "expires", "dataRefreshed")
		for kind, key := range map[ValueKind]string{OfApplication: "application", OfUnit: "unit", OfUsage: "usage", OfStatus: "status", OfPerson: "owner"} {
			p.dir.note(kind, l.cell(key).Text, l.number)
		}
		for _, g := range readList(l.cell("groups").Text) {
			p.dir.note(OfGroup, g, l.number)
		}
		key := foldName(l.key())
		if first := keys[key]; first == 0 {
			keys[key] = l.number
		}
		if r := foldName(l.cell("reference").Text); r != "" && references[r] == 0 {
			references[r] = l.number
		}
		if parent := foldName(keyOf(l.cell("parent").Text)); parent != "" && key != "" {
			parents[key] = parent
			p.dir.note(OfEnvironment, l.cell("parent").Text, l.number)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.total, p.seen = rowsOf, 0
	p.settleOrder()
	if err := p.dir.resolve(ctx, tx); err != nil {
		return err
	}
	if err := p.dir.ensure(ctx, tx); err != nil {
		return err
	}
	if err := p.addStoredParents(ctx, tx, parents); err != nil {
		return err
	}
	looped := cycles(parents)
	var chunk []*environmentRow
	var later []laterWork
	made := map[string]ref.Environment{}
	flush := func() error {
		err := p.takeEnvironments(ctx, tx, chunk, made, &later)
		chunk = chunk[:0]
		return err
	}
	err = p.scan(ctx, func(l *line) error {
		p.observe(l)
		l.cells = slices.Clone(l.cells)
		r := p.readEnvironment(l)
		key := foldName(r.in.Key)
		if first := keys[key]; key != "" && first != l.number {
			l.fault("key", "row_twice", fmt.Sprintf("Row %d has the same key.", first), r.in.Key)
		}
		if first := references[foldName(r.reference)]; first > 0 && first != l.number {
			l.fault("reference", "row_twice", fmt.Sprintf("Row %d has the same reference.", first), r.reference)
		}
		if r.parent != "" {
			switch k := p.dir.get(OfEnvironment, l.cell("parent").Text); {
			case looped[key]:
				l.fault("parent", "environment_cycle", "An environment cannot belong to itself or to what belongs to it.", l.cell("parent").Text)
			case keys[r.parent] == 0:
				l.meaning(OfEnvironment, "parent", l.cell("parent").Text)
				if k == nil || k.skip {
					r.parent, r.sent["parent"] = "", false
				}
			}
		}
		if chunk = append(chunk, r); len(chunk) < 200 {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	// A parent of the same sheet is no name that is asked about.
	for _, k := range p.dir.names[OfEnvironment] {
		if keys[foldName(keyOf(k.text))] > 0 {
			k.undecided = false
		}
	}
	return p.linkEnvironments(ctx, tx, later, made)
}

// addStoredParents continues the parents of the sheet with those that are kept, so that a cycle through both is seen.
func (p *plan) addStoredParents(ctx context.Context, tx db.Tx, parents map[string]string) error {
	if len(parents) == 0 {
		return nil
	}
	var rows []struct {
		Key    string `bun:"key_folded"`
		Parent string `bun:"parent"`
	}
	err := tx.NewRaw(`SELECT e.key_folded, p.key_folded AS parent FROM environment AS e JOIN environment AS p ON p.id = e.parent_id WHERE e.state = 'active'`).Scan(ctx, &rows)
	for _, r := range rows {
		if _, said := parents[r.Key]; !said {
			parents[r.Key] = r.Parent
		}
	}
	return err
}

// readEnvironment reads the cells of a row.
func (p *plan) readEnvironment(l *line) *environmentRow {
	r := &environmentRow{line: l, sent: map[string]bool{}}
	in := &r.in
	take := func(key string, into *string) {
		if v := l.text(key); v != "" {
			*into, r.sent[key] = v, true
		}
	}
	r.reference = l.text("reference")
	take("key", &in.Key)
	l.out.label = in.Key
	for key, into := range map[string]*string{"name": &in.Name, "description": &in.Description, "url": &in.URL, "vendor": &in.Vendor, "colour": &in.Colour, "alert": &in.Alert} {
		take(key, into)
	}
	in.Key = l.named(in.Key, &in.Name, r.sent)
	if in.Colour != "" && !strings.HasPrefix(in.Colour, "#") && len(in.Colour) == 6 {
		in.Colour = "#" + in.Colour
	}
	r.app, r.unit, r.usage, r.status, r.owner = l.name(OfApplication, "application"), l.name(OfUnit, "unit"), l.name(OfUsage, "usage"), l.name(OfStatus, "status"), l.name(OfPerson, "owner")
	for key, word := range map[string]func(string){"kind": func(v string) { in.Kind = environment.Kind(v) }, "dataClass": func(v string) { in.DataClass = environment.DataClass(v) }} {
		if text := l.text(key); text != "" {
			v, ok := oneOf(key, text)
			if !ok {
				l.fault(key, "value_unknown", "This is none of: "+knownWords(key)+".", text)
				continue
			}
			word(v)
			r.sent[key] = true
		}
	}
	for key, into := range map[string]**time.Time{"expires": &in.ExpiresAt, "dataRefreshed": &in.DataRefreshedAt} {
		if m, ok := l.moment(key); ok {
			t := m.in(p.zone)
			*into, r.sent[key] = &t, true
		}
	}
	if text := l.text("capacity"); text != "" {
		if n, ok := readWhole(l.cell("capacity")); ok && n >= 1 && n <= 10_000 {
			in.Capacity, r.sent["capacity"] = int(n), true
		} else {
			l.fault("capacity", "capacity_invalid", "The capacity is a whole number between 1 (exclusive) and 10000.", text)
		}
	}
	if text := l.text("autoApprove"); text != "" {
		if v, ok := readBool(l.cell("autoApprove")); ok {
			in.AutoApprove, r.sent["autoApprove"] = v, true
		} else {
			l.fault("autoApprove", "not_yes_or_no", "Write yes or no.", text)
		}
	}
	p.readCost(l, r)
	for key, into := range map[string]*[]string{"techs": &in.Techs, "aliases": &in.Aliases} {
		if text := l.text(key); text != "" {
			*into, r.sent[key] = readList(text), true
		}
	}
	for _, name := range readList(l.text("groups")) {
		if k := l.meaning(OfGroup, "groups", name); k != nil && !slices.Contains(r.groups, k) {
			r.groups = append(r.groups, k)
		}
	}
	if r.parent = foldName(keyOf(l.text("parent"))); r.parent != "" {
		r.sent["parent"] = true
	}
	return r
}

// key returns what a row calls its environment or group. A text that can be no key stays where nothing else stands in the
// row: sums and remarks at the foot of a sheet look like that, and are to be found faulty.
func (l *line) key() string {
	text := strings.TrimSpace(l.cell("key").Text)
	for column := range l.p.columns {
		if column != "key" && l.cell(column).Text != "" {
			return keyOf(text)
		}
	}
	if len(l.p.columns) == 1 {
		return keyOf(text)
	}
	return text
}

// named returns the key of a row. Where the text of its cell can be none, the text becomes the name, unless there is one.
func (l *line) named(text string, name *string, sent map[string]bool) string {
	key := l.key()
	if key != text && *name == "" {
		*name, sent["name"] = text, true
	}
	return key
}

func (p *plan) readCost(l *line, r *environmentRow) {
	for key, read := range map[string]func() (int64, bool){
		"costPerHour": func() (int64, bool) { return readWhole(l.cell("costPerHour")) },
		"cost":        func() (int64, bool) { return readMoney(l.cell("cost"), p.money) },
	} {
		if text := l.text(key); text != "" {
			if n, ok := read(); ok && n >= 0 {
				r.in.CostPerHour, r.sent["costPerHour"] = n, true
			} else {
				l.fault(key, "cost_invalid", "This is no amount of money.", text)
			}
		}
	}
}

// takeEnvironments decides about some rows and, in a run, writes them.
func (p *plan) takeEnvironments(ctx context.Context, tx db.Tx, rows []*environmentRow, made map[string]ref.Environment, later *[]laterWork) error {
	if len(rows) == 0 {
		return nil
	}
	st, err := p.storedEnvironments(ctx, tx, rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		stored, is := st.of(r)
		if is {
			err = p.changeEnvironment(ctx, tx, r, stored, st, later)
		} else {
			err = p.addEnvironment(ctx, tx, r, made, later)
		}
		if err != nil {
			return err
		}
		if err := p.conclude(ctx, r.line); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) addEnvironment(ctx context.Context, tx db.Tx, r *environmentRow, made map[string]ref.Environment, later *[]laterWork) error {
	in := r.in
	id := func(k *known) string {
		if k == nil {
			return ""
		}
		return k.id
	}
	in.Application, in.Usage, in.Status = id(r.app), id(r.usage), id(r.status)
	if r.unit != nil {
		in.Unit = ref.Unit(r.unit.id)
	}
	home := in.Unit
	if home == "" && r.app != nil {
		home = r.app.unit
	}
	if home == "" {
		in.Unit, home = p.imp.Unit, p.imp.Unit
	}
	checked := in
	checked.Unit, checked.Capacity = home, max(in.Capacity, 1)
	if len(r.out.errors) == 0 {
		r.faults(checked.Faults().Err("environment_invalid", "The environment cannot be created like this."), environmentPlaces)
	}
	if !authz.From(ctx).Can(environment.PermManage, p.dir.path(home)) {
		r.fault("unit", "permission_missing", "You may not manage environments of this unit.", p.dir.units[home].Name)
	}
	r.out.act = "new"
	if len(r.out.errors) > 0 || !p.write {
		return nil
	}
	return p.try(ctx, tx, r.line, environmentPlaces, func() error {
		e, err := p.s.Environments.Create(ctx, tx, in)
		if err != nil {
			return err
		}
		r.out.record, made[e.KeyFolded] = string(e.ID), e.ID
		p.did(step{number: r.number, act: "created", kind: environment.Subject, id: string(e.ID), label: e.Key, version: e.Version})
		*later = append(*later, laterWork{row: r.number, id: e.ID, parent: r.parent, groups: r.groups, owner: r.owner, env: e})
		return p.remember(ctx, tx, r.reference, string(e.ID))
	})
}

// storedEnvironments are the environments that rows speak of, as they are.
type storedEnvironments struct {
	byKey, byID map[string]environment.Environment
	references  map[string]string
	aliases     map[ref.Environment][]string
	groups      map[ref.Environment][]string
	owners      map[string]ref.Person
	parents     map[ref.Environment]string
}

func (s *storedEnvironments) of(r *environmentRow) (environment.Environment, bool) {
	if id := s.references[foldName(r.reference)]; id != "" {
		if e, ok := s.byID[id]; ok {
			return e, true
		}
	}
	e, ok := s.byKey[foldName(r.in.Key)]
	return e, ok
}

func (p *plan) storedEnvironments(ctx context.Context, tx db.Tx, rows []*environmentRow) (*storedEnvironments, error) {
	st := &storedEnvironments{byKey: map[string]environment.Environment{}, byID: map[string]environment.Environment{}, aliases: map[ref.Environment][]string{},
		groups: map[ref.Environment][]string{}, parents: map[ref.Environment]string{}}
	keys, references := []string{""}, []string{}
	for _, r := range rows {
		keys, references = append(keys, foldName(r.in.Key)), append(references, r.reference)
	}
	var err error
	if st.references, err = p.recall(ctx, tx, references); err != nil {
		return nil, err
	}
	ids := []string{""}
	for _, id := range st.references {
		ids = append(ids, id)
	}
	var list []environment.Environment
	err = tx.NewSelect().Model(&list).Where("e.state = 'active' AND (e.key_folded IN (?) OR e.id IN (?))", bun.In(keys), bun.In(ids)).OrderExpr("e.id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	found := []string{}
	for _, e := range list {
		st.byKey[e.KeyFolded], st.byID[string(e.ID)] = e, e
		found = append(found, string(e.ID))
	}
	if len(found) == 0 {
		return st, nil
	}
	var pairs []struct {
		Environment ref.Environment `bun:"environment_id"`
		Value       string          `bun:"value"`
		What        string          `bun:"what"`
	}
	err = tx.NewRaw(`SELECT environment_id, alias AS value, 'alias' AS what FROM environment_alias WHERE environment_id IN (?0)
		UNION ALL SELECT environment_id, group_id, 'group' FROM v_environment_member WHERE environment_id IN (?0)
		UNION ALL SELECT e.id, p.key_folded, 'parent' FROM environment AS e JOIN environment AS p ON p.id = e.parent_id WHERE e.id IN (?0)`, bun.In(found)).Scan(ctx, &pairs)
	if err != nil {
		return nil, err
	}
	for _, r := range pairs {
		switch r.What {
		case "alias":
			st.aliases[r.Environment] = append(st.aliases[r.Environment], r.Value)
		case "group":
			st.groups[r.Environment] = append(st.groups[r.Environment], r.Value)
		default:
			st.parents[r.Environment] = r.Value
		}
	}
	if p.s.Owners != nil && p.has("owner") {
		st.owners, err = p.s.Owners.OwnersOf(ctx, tx, found)
	}
	return st, err
}

// linkEnvironments does what needs all environments of the sheet: parents, groups, owners.
func (p *plan) linkEnvironments(ctx context.Context, tx db.Tx, later []laterWork, made map[string]ref.Environment) error {
	if !p.write {
		return nil
	}
	for _, w := range later {
		fail := func(err error) error {
			if problem.Of(err) != nil {
				return &rowError{w.row, err}
			}
			return err
		}
		if w.parent != "" {
			to := string(made[w.parent])
			if to == "" {
				to = w.parent
				if k := p.dir.names[OfEnvironment][w.parent]; k != nil && k.id != "" {
					to = k.id
				}
			}
			if _, err := p.s.Environments.Edit(ctx, tx, w.id, environment.EnvironmentChange{Parent: httpapi.Some(to)}); err != nil {
				return fail(err)
			}
		}
		for _, g := range w.groups {
			joined, err := p.s.Environments.Join(ctx, tx, ref.EnvironmentGroup(g.id), w.id)
			if err != nil {
				return fail(err)
			}
			if joined {
				p.did(step{number: w.row, act: "joined", kind: environment.GroupSubject, id: g.id, label: g.label, owner: string(w.id)})
			}
		}
		if w.owner != nil && p.s.Owners != nil {
			if err := p.s.Owners.SetOwner(ctx, tx, w.env, ref.Person(w.owner.id)); err != nil {
				return fail(err)
			}
		}
	}
	return p.settleVersions(ctx, tx)
}

// changes is what differs in words, for the preview.
type changes map[string]events.Change
