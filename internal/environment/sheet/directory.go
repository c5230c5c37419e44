package sheet

import (
	"context"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// known is a name that stands in a sheet and what it means.
type known struct {
	kind  ValueKind
	text  string
	count int64
	rows  []int

	id, label string
	unit      ref.Unit
	// create, skip and undecided say what becomes of a name that is not known.
	create, skip, undecided bool
	// several says that the name fits more than one record.
	several bool
	// target is what is booked with an environment or group, and why it cannot be.
	target booking.Candidate
	wrong  *problem.Error
}

// is reports whether the name stands for a record, now or once it is created.
func (k *known) is() bool { return k != nil && (k.id != "" || k.create) }

// directory is everything the names of a sheet mean, read once: a row costs no query.
type directory struct {
	p     *plan
	names map[ValueKind]map[string]*known
	units map[ref.Unit]unit
	made  int64
}

type unit struct {
	ID   ref.Unit `bun:"id"`
	Name string   `bun:"name"`
	Path string   `bun:"path"`
}

func newDirectory(p *plan) *directory {
	return &directory{p: p, names: map[ValueKind]map[string]*known{}, units: map[ref.Unit]unit{}}
}

func foldName(s string) string { return ref.NameKey(strings.Join(strings.Fields(s), " ")) }

// note remembers a name and where it stands.
func (d *directory) note(kind ValueKind, text string, row int) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	if d.names[kind] == nil {
		d.names[kind] = map[string]*known{}
	}
	key := foldName(text)
	k := d.names[kind][key]
	if k == nil {
		k = &known{kind: kind, text: shorten(text, 200)}
		d.names[kind][key] = k
	}
	if k.count++; len(k.rows) < 5 {
		k.rows = append(k.rows, row)
	}
}

// get returns what a name means; nil for an empty one.
func (d *directory) get(kind ValueKind, text string) *known {
	if text == "" {
		return nil
	}
	return d.names[kind][foldName(text)]
}

// path is the unit path of a unit, or of the unit of the import.
func (d *directory) path(u ref.Unit) string {
	if u == "" {
		u = d.p.imp.Unit
	}
	return d.units[u].Path
}

// resolve finds what the names mean and decides about those that mean nothing, as was chosen.
func (d *directory) resolve(ctx context.Context, tx db.Tx) error {
	var units []unit
	if err := tx.NewSelect().TableExpr("v_unit AS u").ColumnExpr("u.id, u.name, u.path").OrderExpr("u.path").Scan(ctx, &units); err != nil {
		return err
	}
	for _, u := range units {
		d.units[u.ID] = u
	}
	// What a choice means by a name is looked up like the names of the sheet.
	for kind, chosen := range d.p.imp.Choices.Values {
		for _, c := range chosen {
			if c.Act == "map" && c.To != "" && d.names[kind] != nil && d.names[kind][foldName(c.To)] == nil {
				d.names[kind][foldName(c.To)] = &known{kind: kind, text: c.To}
			}
		}
	}
	for _, kind := range []ValueKind{OfUnit, OfApplication, OfUsage, OfStatus, OfLayer, OfPerson, OfEnvironment, OfGroup} {
		if len(d.names[kind]) == 0 {
			continue
		}
		if err := d.find(ctx, tx, kind); err != nil {
			return err
		}
	}
	for kind, names := range d.names {
		chosen := map[string]ValueChoice{}
		for text, c := range d.p.imp.Choices.Values[kind] {
			chosen[foldName(text)] = c
		}
		for key, k := range names {
			if k.id != "" || k.count == 0 {
				continue
			}
			switch c := chosen[key]; c.Act {
			case "map":
				if to := names[foldName(c.To)]; to != nil && to.id != "" {
					k.id, k.label, k.unit, k.several = to.id, to.label, to.unit, false
				} else {
					k.undecided = true
				}
			case "skip":
				k.skip, k.several = true, false
			case "create":
				may, _ := d.mayCreate(ctx, k)
				k.create, k.undecided, k.label = may, !may, k.text
			default:
				k.undecided = true
			}
		}
	}
	return nil
}

// find looks the names of one kind up.
func (d *directory) find(ctx context.Context, tx db.Tx, kind ValueKind) error {
	switch kind {
	case OfUnit:
		return d.findUnits(ctx)
	case OfUsage, OfStatus, OfLayer:
		list, err := d.p.s.Lookups.Values(ctx, tx, lookupLists[kind])
		if err != nil {
			return err
		}
		for _, v := range list {
			if !v.Active {
				continue
			}
			for _, key := range []string{string(v.ID), foldName(v.Name)} {
				d.match(kind, key, string(v.ID), v.Name, "")
			}
		}
		return nil
	case OfPerson:
		return d.findPersons(ctx, tx)
	}
	return d.findNamed(ctx, tx, kind)
}

var lookupLists = map[ValueKind]string{OfUsage: environment.UsageList, OfStatus: environment.StatusList, OfLayer: environment.LayerList}

// match says that a name means a record; a second record makes it unclear.
func (d *directory) match(kind ValueKind, key, id, label string, u ref.Unit) {
	k := d.names[kind][key]
	if k == nil || k.id == id {
		return
	}
	if k.id != "" || k.several {
		k.id, k.several = "", true
		return
	}
	k.id, k.label, k.unit = id, label, u
}

func (d *directory) findUnits(ctx context.Context) error {
	who := authz.From(ctx)
	for _, u := range d.units {
		if !who.Can(permViewUnit, u.Path) {
			continue
		}
		d.match(OfUnit, foldName(u.Name), string(u.ID), u.Name, u.ID)
		d.match(OfUnit, foldName(string(u.ID)), string(u.ID), u.Name, u.ID)
		var way []string
		for _, id := range strings.Split(strings.Trim(u.Path, "/"), "/") {
			way = append(way, d.units[ref.Unit(id)].Name)
		}
		for from := range way {
			if len(way)-from > 1 {
				d.match(OfUnit, foldName(strings.Join(way[from:], " / ")), string(u.ID), u.Name, u.ID)
			}
		}
	}
	return nil
}

// findNamed looks up applications, environments and groups by id, key, alias or name; the more exact wins. An environment
// or group that is not found like this is looked for by the key that would be made of its name.
func (d *directory) findNamed(ctx context.Context, tx db.Tx, kind ValueKind) error {
	sought, made := map[string][]string{}, map[string][]string{}
	for key := range d.names[kind] {
		sought[key] = []string{key}
	}
	if err := d.seek(ctx, tx, kind, sought); err != nil || kind == OfApplication {
		return err
	}
	for key, k := range d.names[kind] {
		if folded := foldName(keyOf(k.text)); k.id == "" && !k.several && folded != key {
			made[folded] = append(made[folded], key)
		}
	}
	return d.seek(ctx, tx, kind, made)
}

// seek looks up what is sought; each has the names that mean it.
func (d *directory) seek(ctx context.Context, tx db.Tx, kind ValueKind, sought map[string][]string) error {
	keys := slices.Sorted(maps.Keys(sought))
	for _, chunk := range db.Chunks(keys, 1000) {
		var rows []struct {
			Key        string   `bun:"name_key"`
			ID         string   `bun:"id"`
			Label      string   `bun:"label"`
			Unit       ref.Unit `bun:"unit_id"`
			Precedence int      `bun:"precedence"`
		}
		q := tx.NewSelect()
		switch kind {
		case OfApplication:
			q = q.TableExpr("v_application_name AS n").Join("JOIN v_application AS r ON r.id = n.application_id").ColumnExpr("n.name_key, n.precedence, r.id, r.name AS label, r.unit_id").
				Where("n.name_key IN (?)", bun.In(chunk)).Apply(authz.Filter(ctx, permViewApplication, "r.unit_id"))
		case OfEnvironment:
			q = q.TableExpr("v_environment_name AS n").Join("JOIN v_environment AS r ON r.id = n.environment_id").ColumnExpr("n.name_key, n.precedence, r.id, r.key AS label, r.unit_id").
				Where("n.name_key IN (?)", bun.In(chunk)).Apply(authz.Filter(ctx, environment.PermView, "r.unit_id"))
		default:
			q = q.TableExpr(`(SELECT id AS name_key, id, 1 AS precedence FROM environment_group UNION ALL SELECT key_folded, id, 2 FROM environment_group
					UNION ALL SELECT name_folded, id, 4 FROM environment_group) AS n`).Join("JOIN v_environment_group AS r ON r.id = n.id").
				ColumnExpr("n.name_key, n.precedence, r.id, r.key AS label, r.unit_id").Where("n.name_key IN (?)", bun.In(chunk)).Apply(authz.Filter(ctx, environment.PermView, "r.unit_id"))
		}
		if err := q.OrderExpr("n.name_key, n.precedence, r.id").Scan(ctx, &rows); err != nil {
			return err
		}
		best := map[string]int{}
		for _, r := range rows {
			if p, taken := best[r.Key]; taken && p < r.Precedence {
				continue
			}
			best[r.Key] = r.Precedence
			for _, name := range sought[r.Key] {
				d.match(kind, name, r.ID, r.Label, r.Unit)
			}
		}
	}
	return nil
}

// findPersons looks persons up by address or name, also as "Last, First".
func (d *directory) findPersons(ctx context.Context, tx db.Tx) error {
	by := map[string][]string{}
	texts := []string{}
	add := func(text, key string) {
		if by[text] == nil {
			texts = append(texts, text)
		}
		if !slices.Contains(by[text], key) {
			by[text] = append(by[text], key)
		}
	}
	for key, k := range d.names[OfPerson] {
		add(strings.ToLower(address(k.text)), key)
		add(k.text, key)
		if last, first, ok := strings.Cut(k.text, ","); ok && !strings.Contains(k.text, "@") {
			turned := strings.TrimSpace(first) + " " + strings.TrimSpace(last)
			add(turned, key)
			add(strings.ToLower(turned), key)
		}
	}
	slices.Sort(texts)
	for _, chunk := range db.Chunks(texts, 1000) {
		var rows []struct {
			ID    string `bun:"id"`
			Name  string `bun:"name"`
			Email string `bun:"email"`
		}
		err := tx.NewSelect().TableExpr("v_person AS p").ColumnExpr("p.id, p.name, p.email").Where("p.state <> 'INACTIVE'").
			Where("(LOWER(p.email) IN (?0) OR p.name IN (?0) OR LOWER(p.name) IN (?0) OR p.id IN (?0))", bun.In(chunk)).
			Apply(authz.Filter(ctx, permViewPerson, "p.unit_id")).OrderExpr("p.id").Scan(ctx, &rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			for _, text := range []string{strings.ToLower(r.Email), r.Name, strings.ToLower(r.Name), r.ID} {
				for _, key := range by[text] {
					d.match(OfPerson, key, r.ID, r.Name, "")
				}
			}
		}
	}
	return nil
}

// address takes "Ada Lovelace <ada@example.com>" and "mailto:ada@example.com" for the address in them.
func address(s string) string {
	if from, to := strings.LastIndexByte(s, '<'), strings.LastIndexByte(s, '>'); from >= 0 && to > from {
		s = s[from+1 : to]
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "mailto:"))
}

// mayCreate reports whether whoever imports may create what a name names, and why not.
func (d *directory) mayCreate(ctx context.Context, k *known) (bool, string) {
	who, path := authz.From(ctx), d.path("")
	switch k.kind {
	case OfApplication:
		switch {
		case d.p.s.Applications == nil:
			return false, "Applications cannot be created here."
		case !who.Can(permManageApplication, path):
			return false, "You may not create applications in the unit of the import."
		}
	case OfPerson:
		switch {
		case d.p.s.Persons == nil || !strings.Contains(address(k.text), "@"):
			return false, "A person can be created only with an e-mail address."
		case !who.Can(permManagePerson, path):
			return false, "You may not add persons to the unit of the import."
		}
	case OfUsage, OfStatus, OfLayer:
		if !who.Everywhere(field.PermManageLookup) {
			return false, "You may not add values to this list."
		}
	case OfEnvironment:
		if d.p.imp.Kind != Bookings && d.p.imp.Kind != Components && d.p.imp.Kind != Groups || !who.Can(environment.PermManage, path) {
			return false, "You may not create environments in the unit of the import."
		}
		if len((environment.NewEnvironment{Key: plainKey(k.text), Name: k.text, Unit: d.p.imp.Unit, Capacity: 1}).Faults()) > 0 {
			return false, "No key for an environment can be made of this: it needs letters or digits."
		}
	case OfGroup:
		if d.p.imp.Kind != Environments || !who.Can(environment.PermManage, path) {
			return false, "A group cannot be created here."
		}
		if len((environment.NewGroup{Key: plainKey(k.text), Name: k.text, Unit: d.p.imp.Unit}).Faults()) > 0 {
			return false, "No key for a group can be made of this: it needs letters or digits."
		}
	default:
		return false, "This cannot be created by an import."
	}
	return true, ""
}

// questions are the names that nobody decided about, the most frequent first.
func (d *directory) questions(ctx context.Context, tx db.Tx) ([]Question, error) {
	out := []Question{}
	labels := map[ValueKind][]Suggestion{}
	for kind, names := range d.names {
		for _, k := range names {
			if !k.undecided || k.count == 0 {
				continue
			}
			if labels[kind] == nil {
				list, err := d.candidates(ctx, tx, kind)
				if err != nil {
					return nil, err
				}
				labels[kind] = append([]Suggestion{}, list...)
			}
			q := Question{Kind: string(kind), Value: k.text, Count: k.count, Rows: append([]int{}, k.rows...), Suggestions: suggest(k.text, labels[kind])}
			q.MayCreate, q.WhyNot = d.mayCreate(ctx, k)
			if k.several {
				q.MayCreate, q.WhyNot = false, "Several are called this."
			}
			out = append(out, q)
		}
	}
	sort.Slice(out, func(a, b int) bool {
		if out[a].Kind != out[b].Kind {
			return out[a].Kind < out[b].Kind
		}
		if out[a].Count != out[b].Count {
			return out[a].Count > out[b].Count
		}
		return out[a].Value < out[b].Value
	})
	return out[:min(len(out), maxQuestions)], nil
}

// maxQuestions bounds the names that are asked about at once; when they are decided the next check asks for the rest.
const maxQuestions = 500

// suggest returns the records that a name may mean.
func suggest(text string, among []Suggestion) []Suggestion {
	type scored struct {
		Suggestion
		score float64
	}
	var list []scored
	for _, s := range among {
		if score := similarity(text, s.Label); score >= 0.4 {
			list = append(list, scored{s, score})
		}
	}
	sort.SliceStable(list, func(a, b int) bool { return list[a].score > list[b].score })
	out := []Suggestion{}
	for _, s := range list[:min(3, len(list))] {
		out = append(out, s.Suggestion)
	}
	return out
}

// candidates are what names of a kind may mean.
func (d *directory) candidates(ctx context.Context, tx db.Tx, kind ValueKind) ([]Suggestion, error) {
	list := []Suggestion{}
	const most = 5000
	switch kind {
	case OfUsage, OfStatus, OfLayer:
		values, err := d.p.s.Lookups.Values(ctx, tx, lookupLists[kind])
		for _, v := range values {
			if v.Active {
				list = append(list, Suggestion{string(v.ID), v.Name})
			}
		}
		return list, err
	case OfUnit:
		for _, u := range d.units {
			if authz.From(ctx).Can(permViewUnit, u.Path) {
				list = append(list, Suggestion{string(u.ID), u.Name})
			}
		}
		return list, nil
	}
	sources := map[ValueKind]struct {
		view, label, where string
		perm               authz.Permission
	}{
		OfApplication: {"v_application", "name", "1 = 1", permViewApplication}, OfEnvironment: {"v_environment", "key", "r.state = 'active'", environment.PermView},
		OfGroup: {"v_environment_group", "key", "1 = 1", environment.PermView}, OfPerson: {"v_person", "name", "r.state <> 'INACTIVE'", permViewPerson},
	}
	from := sources[kind]
	err := tx.NewSelect().TableExpr("? AS r", bun.Ident(from.view)).ColumnExpr("r.id, r.? AS label", bun.Ident(from.label)).Where(from.where).
		Apply(authz.Filter(ctx, from.perm, "r.unit_id")).OrderExpr("r.id").Limit(most).Scan(ctx, &list)
	return list, err
}

// name reads a cell that names a record. It returns nil where the cell is empty, is to be skipped, or cannot be
// understood, which is noted.
func (l *line) name(kind ValueKind, key string) *known {
	text := l.text(key)
	return l.meaning(kind, key, text)
}

func (l *line) meaning(kind ValueKind, key, text string) *known {
	k := l.p.dir.get(kind, text)
	switch {
	case k == nil || k.skip:
		return nil
	case k.several && k.undecided:
		l.fault(key, "value_ambiguous", "Several are called this; say which is meant.", text)
		return nil
	case k.undecided:
		l.fault(key, "value_unknown", "This is not known. Say what is meant, create it, or skip it.", text)
		return nil
	}
	return k
}
