package booking

import (
	"context"
	"fmt"
	"slices"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// resolve finds what is to be booked: one candidate for named targets; for a capability all that have it, those that are
// free in the wanted times first. What the caller may not see is a fault of the body.
func (s *Service) resolve(ctx context.Context, tx db.Tx, t Targets, perm authz.Permission, spans []interval.Span) ([]Candidate, error) {
	named := 0
	for _, given := range []bool{t.Environment != "", len(t.Environments) > 0, t.Group != "", t.Capability != nil} {
		if given {
			named++
		}
	}
	if named != 1 {
		var faults problem.Fields
		faults.Add("body.environment", "required", "Name exactly one of environment, environments, group and capability.")
		return nil, faults.Err("booking_target", "Say what to book.")
	}
	switch {
	case t.Capability != nil:
		return s.resolveCapability(ctx, tx, t, spans)
	case t.Group != "":
		g, err := s.Environments.FindGroup(ctx, tx, t.Group)
		if err != nil {
			return nil, bodyFault(err, "body.group", "group", t.Group)
		}
		members, err := s.Environments.Members(ctx, tx, g.ID)
		if err != nil {
			return nil, err
		}
		if len(members) == 0 {
			return nil, problem.Newf(problem.Invalid, "environment_not_bookable", "The group %s has no environments.", g.Name)
		}
		all, err := s.withDescendants(ctx, tx, members)
		return []Candidate{{Name: g.Name, Group: g.ID, Environments: all}}, err
	}
	names, place := t.Environments, "body.environments"
	if t.Environment != "" {
		names, place = []string{t.Environment}, "body.environment"
	}
	var all []ref.Environment
	for i, name := range names {
		id, parent, err := findPlace(ctx, tx, name)
		if err != nil {
			if len(names) > 1 {
				place = fmt.Sprintf("body.environments[%d]", i)
			}
			return nil, bodyFault(err, place, "environment", name)
		}
		ids := []ref.Environment{id}
		if parent {
			if ids, err = s.withDescendants(ctx, tx, ids); err != nil {
				return nil, err
			}
		}
		for _, id := range ids {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return []Candidate{{Environments: all}}, nil
}

// findPlace finds a visible environment by its key or id with one query, and tells whether anything stands below it.
func findPlace(ctx context.Context, tx db.Tx, name string) (id ref.Environment, parent bool, err error) {
	path := ""
	note := func(r *db.Row) error {
		id, path, parent = ref.Environment(r.Text(0)), r.Text(1), r.Bool(2)
		return nil
	}
	const columns = `SELECT e.id, COALESCE(u.path, ''), EXISTS (SELECT 1 FROM v_environment AS c WHERE c.parent_id = e.id AND c.state = 'active') `
	if ref.Valid(ref.Environment(name)) {
		err = tx.Ask(ctx, note, columns+`FROM v_environment AS e LEFT JOIN v_unit AS u ON u.id = e.unit_id WHERE e.id = ? AND e.state = 'active'`, name)
	} else {
		err = tx.Ask(ctx, note, columns+`FROM v_environment AS e LEFT JOIN v_unit AS u ON u.id = e.unit_id WHERE e.key_folded = ? AND e.state = 'active'`, ref.NameKey(name))
	}
	if err != nil {
		return "", false, err
	}
	if id == "" {
		return "", false, authz.ErrNotFound
	}
	return id, parent, authz.Check(ctx, environment.PermView, path)
}

// bodyFault turns "not found" of something the body names into a fault of the body.
func bodyFault(err error, place, noun, name string) error {
	if k := problem.KindOf(err); k != problem.NotFound {
		return err
	}
	var faults problem.Fields
	faults.Add(place, "unknown", fmt.Sprintf("There is no %s %q, or you may not see it.", noun, name))
	return faults.Err(noun+"_unknown", fmt.Sprintf("There is no %s %q, or you may not see it.", noun, name))
}

// withDescendants adds what stands below environments: booking a parent books it too.
func (s *Service) withDescendants(ctx context.Context, tx db.Tx, ids []ref.Environment) ([]ref.Environment, error) {
	var out []ref.Environment
	for _, id := range ids {
		below, err := s.Environments.Descendants(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		for _, e := range append([]ref.Environment{id}, below...) {
			if !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// resolveCapability orders what has a capability: free ones first, each in the order of the match.
func (s *Service) resolveCapability(ctx context.Context, tx db.Tx, t Targets, spans []interval.Span) ([]Candidate, error) {
	matches, err := s.Environments.Match(ctx, tx, *t.Capability)
	if err != nil {
		return nil, err
	}
	var list []Candidate
	for _, m := range matches {
		if !m.Fits {
			break // those that fit come first
		}
		c := Candidate{Name: m.Name, Environments: m.Environments}
		if m.Kind == environment.GroupSubject {
			c.Group = ref.EnvironmentGroup(m.ID)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, problem.New(problem.Invalid, "capability_unmatched", "No environment and no lane has what is asked for. Ask for less, or see what each of them lacks.")
	}
	var free, taken []Candidate
	for _, c := range list[:min(len(list), 50)] {
		if c.Environments, err = s.withDescendants(ctx, tx, c.Environments); err != nil {
			return nil, err
		}
		if len(c.Environments) == 0 {
			continue
		}
		busy, err := s.taken(ctx, tx, c.Environments, spans)
		if err != nil {
			return nil, err
		}
		if busy {
			taken = append(taken, c)
		} else {
			free = append(free, c)
		}
	}
	// A few that are free are enough; one that is taken stands for what is in the way.
	out := free[:min(len(free), 5)]
	return append(out, taken[:min(len(taken), 1)]...), nil
}

// taken reports whether environments take no bookings or hold approved ones in some of the times. It is a look without
// locks, made to try the right ones first.
func (s *Service) taken(ctx context.Context, tx db.Tx, ids []ref.Environment, spans []interval.Span) (bool, error) {
	st, err := s.look(ctx, tx, ids)
	if err != nil {
		return false, err
	}
	if err := st.prepareFully(ctx, interval.Span{From: spans[0].From, To: spans[len(spans)-1].To}); err != nil {
		return false, err
	}
	for _, span := range spans {
		d := &draft{Booking: &Booking{From: span.From, To: span.To, Intent: Touch, Status: Approved}, envs: st.envs}
		for _, id := range ids {
			d.parts = append(d.parts, Part{Environment: id})
		}
		if held, _ := st.clashes(d); len(held) > 0 || st.checkBookable(d) != nil {
			return true, nil
		}
	}
	return false, nil
}

// checkPeople refuses holders that do not exist or left.
func (s *Service) checkPeople(ctx context.Context, tx db.Tx, person ref.Person, place string) error {
	if person == "" || authz.From(ctx) != nil && authz.From(ctx).Person == person {
		return nil
	}
	var state string
	err := tx.NewSelect().Table("v_person").Column("state").Where("id = ?", person).Scan(ctx, &state)
	if err != nil && !db.IsNoRows(err) {
		return err
	}
	var faults problem.Fields
	if db.IsNoRows(err) {
		faults.Add(place, "unknown", "There is no such person.")
	} else if state == "INACTIVE" {
		faults.Add(place, "inactive", "This person is inactive and cannot hold a booking.")
	}
	return faults.Err("holder_unknown", "Name somebody of the organisation as the holder.")
}
