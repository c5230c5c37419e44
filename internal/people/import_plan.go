package people

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const importBatch = 500

// directory is everything an import looks up, read once: a row costs no query.
type directory struct {
	units   *unitIndex
	byUnit  map[ref.Unit]Unit
	home    Unit
	teams   map[string][]Team
	roles   map[string]Role
	persons map[string]Person
	member  map[Member]bool
	granted map[Grant]bool
	// given and joined remember the answers of the checks, which are few: one per role and unit, one per team.
	given  map[string]error
	joined map[ref.Team]error
}

// planImport decides row by row what an import would do, for somebody with the caller's permissions.
func (s *Service) planImport(ctx context.Context, tx db.Tx, rows []importRow, o ImportOptions) (*importPlan, error) {
	d, err := s.readDirectory(ctx, tx, rows, o)
	if err != nil {
		return nil, err
	}
	plan := &importPlan{rows: make([]plannedRow, len(rows))}
	for i := range rows {
		r := &plan.rows[i]
		r.importRow = rows[i]
		if err := s.planRow(ctx, tx, d, r); err != nil {
			return nil, err
		}
		if len(r.faults) > 0 {
			r.action = "invalid"
		}
	}
	return plan, nil
}

func (s *Service) planRow(ctx context.Context, tx db.Tx, d *directory, r *plannedRow) error {
	known := false
	if r.before, known = d.persons[r.person.EmailKey]; known {
		if !authz.From(ctx).Can(PermManagePerson, d.byUnit[r.before.Unit].Path) {
			r.fault(colEmail, "email_taken", "Somebody with this address is known, in a unit whose persons you may not manage.", r.person.Email)
			return nil
		}
		r.unit = d.byUnit[r.before.Unit]
	} else {
		r.unit = d.home
	}
	if r.importRow.unit != "" {
		var code, message string
		if r.unit, code, message = d.units.find(r.importRow.unit); code != "" {
			r.fault(colUnit, code, message, r.importRow.unit)
		}
	}
	if r.unit.ID != "" && !authz.From(ctx).Can(PermManagePerson, r.unit.Path) {
		r.fault(colUnit, "permission_missing", "You may not manage persons of this unit.", r.unit.Name)
	}
	if err := s.planAccess(ctx, tx, d, r); err != nil {
		return err
	}
	now := s.clock.Now()
	if !known {
		p := &r.person
		p.ID, p.Unit, p.State, p.Version, p.CreatedAt, p.UpdatedAt = ref.New[ref.Person](), r.unit.ID, Pending, 1, now, now
		r.action = "create"
		return nil
	}
	r.person = merged(r.before, r.person, r.unit.ID)
	r.action = "unchanged"
	if r.person != withPointersOf(r.before, r.person) {
		r.person.Version, r.person.UpdatedAt = r.before.Version+1, now
		r.action = "update"
	}
	for _, t := range r.teams {
		if !d.member[Member{Team: t.ID, Person: r.person.ID}] {
			r.action = "update"
		}
	}
	if r.role != nil && !d.granted[Grant{Role: r.role.ID, Unit: r.unit.ID, SubjectID: string(r.person.ID)}] {
		r.action = "update"
	}
	return nil
}

// planAccess finds the teams and the role of a row and checks that the caller may give what comes with them.
func (s *Service) planAccess(ctx context.Context, tx db.Tx, d *directory, r *plannedRow) error {
	for _, name := range r.importRow.teams {
		_, key := cleanName(name)
		found := d.teams[key]
		if len(found) > 1 {
			for _, t := range found {
				if t.Unit == r.unit.ID {
					found = []Team{t}
				}
			}
		}
		switch len(found) {
		case 0:
			r.fault(colTeams, "team_unknown", "There is no such team, or you may not see it.", name)
			continue
		case 1:
		default:
			r.fault(colTeams, "team_ambiguous", fmt.Sprintf("%d teams are called this; name one of the person's own unit, or add the person there by hand.", len(found)), name)
			continue
		}
		t := found[0]
		err, asked := d.joined[t.ID]
		if !asked {
			if err = authz.Check(ctx, PermManageTeam, d.byUnit[t.Unit].Path); err == nil {
				err = s.mayJoin(ctx, tx, t)
			}
			d.joined[t.ID] = err
		}
		if problem.Of(err) != nil {
			r.fault(colTeams, problem.CodeOf(err), "You may not add members to this team.", name)
			continue
		}
		if err != nil {
			return err
		}
		r.teams = append(r.teams, t)
	}
	if r.importRow.role == "" {
		return nil
	}
	_, key := cleanName(r.importRow.role)
	role, found := d.roles[key]
	if !found {
		r.fault(colRole, "role_unknown", "There is no such role.", r.importRow.role)
		return nil
	}
	if r.unit.ID == "" {
		return nil
	}
	ask := string(role.ID) + string(r.unit.ID)
	err, asked := d.given[ask]
	if !asked {
		if err = authz.Check(ctx, PermManageGrant, r.unit.Path); err == nil {
			err = exceeds(notGiveable(authz.From(ctx), role, r.unit.Path))
		}
		d.given[ask] = err
	}
	if err != nil {
		r.fault(colRole, problem.CodeOf(err), "You may not grant this role on the person's unit.", r.importRow.role)
		return nil
	}
	r.role = &role
	return nil
}

// merged is the stored person with what a row says about them; an empty cell says nothing.
func merged(stored, row Person, unit ref.Unit) Person {
	out := stored
	take := func(into *string, from string) {
		if from != "" {
			*into = from
		}
	}
	take(&out.Name, row.Name)
	take(&out.NameKey, row.NameKey)
	take(&out.NotificationEmail, row.NotificationEmail)
	take(&out.Phone, row.Phone)
	take(&out.Location, row.Location)
	take(&out.TimeZone, row.TimeZone)
	out.Unit = unit
	if row.ValidUntil != nil && (stored.ValidUntil == nil || !stored.ValidUntil.Equal(*row.ValidUntil)) {
		out.ValidUntil = row.ValidUntil
	}
	return out
}

// withPointersOf makes two persons comparable with ==: equal instants become the same pointer.
func withPointersOf(a, b Person) Person {
	if a.ValidUntil != nil && b.ValidUntil != nil && a.ValidUntil.Equal(*b.ValidUntil) {
		a.ValidUntil = b.ValidUntil
	}
	return a
}

func (s *Service) readDirectory(ctx context.Context, tx db.Tx, rows []importRow, o ImportOptions) (*directory, error) {
	d := &directory{byUnit: map[ref.Unit]Unit{}, teams: map[string][]Team{}, roles: map[string]Role{}, persons: map[string]Person{},
		member: map[Member]bool{}, granted: map[Grant]bool{}, given: map[string]error{}, joined: map[ref.Team]error{}}
	// A refused import must not keep others waiting, so that only one that is to be saved locks.
	if o.Apply {
		if err := touchTree(ctx, tx); err != nil {
			return nil, err
		}
	}
	var all, seen []Unit
	if err := tx.NewSelect().Model(&all).OrderExpr("u.path").Scan(ctx); err != nil {
		return nil, err
	}
	for _, u := range all {
		d.byUnit[u.ID] = u
		if authz.From(ctx).Can(PermViewUnit, u.Path) {
			seen = append(seen, u)
		}
	}
	d.units = indexUnits(seen)
	if o.Unit != "" {
		home, err := bodyUnit(ctx, tx, PermManagePerson, o.Unit, "query.unit")
		if err != nil {
			return nil, err
		}
		d.home = home
	} else if len(all) > 0 {
		d.home = all[0]
	}
	var teams []Team
	if err := tx.NewSelect().Model(&teams).Apply(authz.Filter(ctx, PermViewTeam, "t.unit_id")).OrderExpr("t.id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, t := range teams {
		d.teams[t.NameKey] = append(d.teams[t.NameKey], t)
	}
	var roles []Role
	if err := tx.NewSelect().Model(&roles).Scan(ctx); err != nil {
		return nil, err
	}
	if err := addPermissions(ctx, tx, roles); err != nil {
		return nil, err
	}
	for _, r := range roles {
		d.roles[r.NameKey] = r
		if r.Code != nil {
			d.roles[*r.Code] = r
		}
	}
	return d, d.readPersons(ctx, tx, rows, o.Apply, s.clock.Now())
}

// readPersons finds whom the rows speak of, and what those already are and hold, a batch at a time.
func (d *directory) readPersons(ctx context.Context, tx db.Tx, rows []importRow, lock bool, now time.Time) error {
	keys := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.person.EmailKey != "" {
			keys = append(keys, r.person.EmailKey)
		}
	}
	for _, chunk := range db.Chunks(keys, importBatch) {
		if lock {
			if _, err := tx.NewRaw(`UPDATE person SET version = version WHERE email_key IN (?)`, bun.In(chunk)).Exec(ctx); err != nil {
				return err
			}
		}
		var list []Person
		if err := tx.NewSelect().Model(&list).Where("p.email_key IN (?)", bun.In(chunk)).Scan(ctx); err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		ids := make([]ref.Person, len(list))
		for i, p := range list {
			d.persons[p.EmailKey], ids[i] = p.utc(), p.ID
		}
		var members []Member
		if err := tx.NewSelect().Model(&members).Where("m.person_id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
			return err
		}
		for _, m := range members {
			d.member[Member{Team: m.Team, Person: m.Person}] = true
		}
		var grants []Grant
		err := tx.NewSelect().Model(&grants).Where("g.subject_kind = 'person' AND g.subject_id IN (?)", bun.In(ids)).Scan(ctx)
		if err != nil {
			return err
		}
		for _, g := range grants {
			if !g.effective(now) {
				continue
			}
			d.granted[Grant{Role: g.Role, Unit: g.Unit, SubjectID: g.SubjectID}] = true
		}
	}
	return nil
}
