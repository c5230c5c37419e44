package catalog

import (
	"context"
	"slices"
	"strings"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// plan is what an import would do. It is made and carried out in one transaction.
type plan struct {
	rows  []importRow
	units unitIndex
	// known holds the applications that rows and dependencies name, by folded key; names and aliases hold who has which
	// name and alias, places who has which repository path.
	known   map[string]*Application
	names   map[string][]ref.App
	aliases map[string]ref.App
	places  map[[2]string]ref.App
	persons map[string]importPerson
	edges   map[Dependency]bool
	visible map[ref.App]bool
	// actions says, by row, what is to be done.
	actions []action
}

// importPerson is a person a row may name as owner.
type importPerson struct {
	ID    ref.Person `bun:"id"`
	Email string     `bun:"email"`
	State string     `bun:"state"`
}

// action is what one row does.
type action struct {
	kind         string // "create", "update", "unchanged" or "invalid"
	before       *Application
	after        Application
	aliases      []Alias
	repositories []Repository
	edges        []Dependency
	owner        ref.Person
}

// makePlan reads what the rows touch, with a bounded number of queries, and decides about each row.
func (s *Service) makePlan(ctx context.Context, tx db.Tx, rows []importRow, unit ref.Unit) (*plan, error) {
	p := &plan{rows: rows, actions: make([]action, len(rows))}
	for _, load := range []func(context.Context, db.Tx) error{p.loadUnits, p.loadApplications, p.loadNames, p.loadPlaces, p.loadPersons, p.loadEdges} {
		if err := load(ctx, tx); err != nil {
			return nil, err
		}
	}
	now := s.clock.Now()
	for i := range rows {
		p.decide(i, unit, now)
	}
	if err := s.planOwners(ctx, tx, p); err != nil {
		return nil, err
	}
	p.decideDependencies(now)
	return p, nil
}

// decide makes the action of one row, all but its owner and dependencies.
func (p *plan) decide(i int, standard ref.Unit, now time.Time) {
	r, act := &p.rows[i], &p.actions[i]
	known := p.known[r.folded]
	switch {
	case known == nil:
		act.after = Application{ID: ref.New[ref.App](), Key: r.key, Name: r.name, Version: 1, CreatedAt: now}
		if r.name == "" {
			act.after.Name = r.key
		}
		if r.unit == "" && standard == "" {
			r.fault(colUnit, "required", "A new application needs a unit.", "")
		}
		act.after.Unit = standard
	case !p.visible[known.ID]:
		r.fault(colKey, "application_key_taken", "An application that you may not see has this key.", r.key)
		return
	default:
		if !p.units.byID[known.Unit].Manageable {
			r.fault(colKey, "permission_missing", "You may see this application but not change it.", r.key)
		}
		act.before, act.after = known, *known
	}
	p.fill(r, &act.after)
	act.after.UpdatedAt = now
	act.after.tidy()
	if owner := p.aliases[act.after.KeyFolded]; owner != "" && owner != act.after.ID {
		r.fault(colKey, "application_key_taken", "Another application has this as an alias.", r.key)
	}
	if owner := p.aliases[act.after.NameFolded]; owner != "" && owner != act.after.ID {
		r.fault(colName, "application_name_taken", "Another application has this as an alias.", r.name)
	}
	for _, a := range r.aliases {
		owner := p.aliases[a.Folded]
		others := slices.ContainsFunc(p.names[a.Folded], func(id ref.App) bool { return id != act.after.ID })
		switch {
		case others || owner != "" && owner != act.after.ID:
			r.fault(colAliases, "application_alias_taken", "Another application has this key, name or alias.", a.Alias)
		case owner == "" && a.Folded != act.after.NameFolded:
			a.Application = act.after.ID
			act.aliases = append(act.aliases, a)
		}
	}
	for _, x := range r.repositories {
		switch owner := p.places[[2]string{x.Key, x.PathPrefix}]; owner {
		case "":
			x.ID, x.Application, x.CreatedAt = ref.New[string](), act.after.ID, now
			act.repositories = append(act.repositories, x)
		case act.after.ID:
		default:
			r.fault(colRepositories, "repository_taken", "The repository belongs to another application. Give each a folder of its own: address#folder.", x.URL)
		}
	}
	if r.owner != "" {
		person := p.persons[strings.ToLower(r.owner)]
		act.owner = person.ID
		switch {
		case person.State == "INACTIVE":
			r.fault(colOwner, "person_inactive", "This person is inactive and cannot become the owner.", r.owner)
		case person.ID == "":
			r.fault(colOwner, "person_unknown", "There is no person with this email address, or you may not see them.", r.owner)
		}
	}
}

// fill sets what the row says; empty cells leave things as they are.
func (p *plan) fill(r *importRow, a *Application) {
	override(&a.Name, r.name)
	override(&a.Description, r.description)
	override(&a.Criticality, r.criticality)
	override(&a.Status, r.status)
	override(&a.Vendor, r.vendor)
	if r.unit != "" {
		switch u, code := p.units.find(r.unit); {
		case code == "unit_ambiguous":
			r.fault(colUnit, code, "Several units have this name. Write the path, such as Division / Team.", r.unit)
		case u == nil:
			r.fault(colUnit, code, "There is no such unit, or you may not see it.", r.unit)
		default:
			a.Unit = u.ID
		}
	}
	if u := p.units.byID[a.Unit]; u != nil && !u.Manageable && len(r.faults) == 0 {
		r.fault(colUnit, "permission_missing", "You may see this unit but not put applications there.", r.unit)
	}
}

func override[T ~string](field *T, v T) {
	if v != "" {
		*field = v
	}
}

// planOwners drops owners that are the accountable ones already.
func (s *Service) planOwners(ctx context.Context, tx db.Tx, p *plan) error {
	var ids []ref.App
	for _, act := range p.actions {
		if act.owner != "" && act.before != nil {
			ids = append(ids, act.after.ID)
		}
	}
	for _, chunk := range db.Chunks(ids, planChunk) {
		owners, err := s.owners.Owners(ctx, tx, chunk)
		if err != nil {
			return err
		}
		for i := range p.actions {
			act := &p.actions[i]
			if slices.ContainsFunc(owners[act.after.ID], func(o Owner) bool { return o.ID == string(act.owner) }) {
				act.owner = ""
			}
		}
	}
	return nil
}

// decideDependencies comes last: a row may depend on another row, which must be good itself.
func (p *plan) decideDependencies(now time.Time) {
	rowOf := make(map[string]int, len(p.rows))
	for i := range p.rows {
		if _, known := rowOf[p.rows[i].folded]; !known {
			rowOf[p.rows[i].folded] = i
		}
	}
	// A row falls when one it needs has fallen and exists nowhere else; this goes on until none falls any more.
	for again := true; again; {
		again = false
		for i := range p.rows {
			r := &p.rows[i]
			if len(r.faults) > 0 {
				continue
			}
			for _, d := range r.dependsOn {
				if a := p.known[d.folded]; a != nil && p.visible[a.ID] {
					continue
				}
				if j, ok := rowOf[d.folded]; !ok {
					r.fault(colDependsOn, "application_unknown", "There is no application with this key, here or in the table, or you may not see it.", d.shown)
				} else if len(p.rows[j].faults) > 0 {
					r.fault(colDependsOn, "dependency_invalid", "The row of this application has an error itself.", d.shown)
					again = true
				}
			}
		}
	}
	for i := range p.rows {
		r, act := &p.rows[i], &p.actions[i]
		if len(r.faults) > 0 {
			act.kind = "invalid"
			continue
		}
		for _, d := range r.dependsOn {
			to := ref.App("")
			if a := p.known[d.folded]; a != nil {
				to = a.ID
			} else {
				to = p.actions[rowOf[d.folded]].after.ID
			}
			if !p.edges[Dependency{From: act.after.ID, To: to, Type: d.kind}] {
				act.edges = append(act.edges, Dependency{ID: ref.New[string](), From: act.after.ID, To: to, Type: d.kind, Criticality: Medium, Version: 1, CreatedAt: now, UpdatedAt: now})
			}
		}
		switch {
		case act.before == nil:
			act.kind = "create"
		case *snapshotKey(*act.before) != *snapshotKey(act.after), len(act.aliases)+len(act.repositories)+len(act.edges) > 0, act.owner != "":
			act.kind = "update"
		default:
			act.kind = "unchanged"
		}
	}
}

// plainFields are the fields of an application that can be compared with ==.
type plainFields struct {
	name, description, vendor string
	unit                      ref.Unit
	criticality               Criticality
	status                    Status
}

func snapshotKey(a Application) *plainFields {
	return &plainFields{a.Name, a.Description, a.Vendor, a.Unit, a.Criticality, a.Status}
}
