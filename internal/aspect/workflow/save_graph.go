package workflow

import (
	"context"
	"fmt"
	"slices"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// saveGraph writes a checked graph in the place of the one before and gives new statuses their ids. It tells which
// statuses also change in graphs of other types.
func (s *Service) saveGraph(ctx context.Context, tx db.Tx, before Graph, after *Graph) ([]Consequence, error) {
	more := []Consequence{}
	now := s.clock.Now()
	ids := map[string]string{}
	for i := range after.Statuses {
		st := &after.Statuses[i]
		handle := st.handle()
		if st.ID == "" {
			st.ID = ref.New[string]()
			_, err := tx.ExecContext(ctx, `INSERT INTO workflow_status (id, subject_kind, name, name_key, mode, colour, active, created_at, updated_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, st.ID, after.Subject, st.Name, ref.NameKey(st.Name), st.Mode, st.Colour, true, now, now)
			if err != nil {
				return nil, nameTaken(err, st.Name)
			}
		} else if c, err := s.saveStatus(ctx, tx, *after, *st); err != nil {
			return nil, err
		} else if c != nil {
			more = append(more, *c)
		}
		ids[handle] = st.ID
	}
	for i, t := range after.Transitions {
		after.Transitions[i] = Transition{From: ids[t.From], To: ids[t.To]}
	}
	for _, table := range []string{"workflow_node", "workflow_edge"} {
		if _, err := tx.NewDelete().Table(table).Where("subject_kind = ? AND type_value = ?", after.Subject, after.Type).Exec(ctx); err != nil {
			return nil, err
		}
	}
	for _, st := range after.Statuses {
		_, err := tx.NewInsert().Model(&node{Subject: after.Subject, Type: after.Type, Status: st.ID, Order: st.Order, Initial: st.Initial,
			BreachAfter: st.BreachAfter, WorkingTime: st.WorkingTime, BreachColour: st.BreachColour, BreachFont: st.BreachFont,
			Permitted: st.Permitted, NeedsAssignee: st.NeedsAssignee}).Exec(ctx)
		if err != nil {
			return nil, err
		}
	}
	for _, t := range after.Transitions {
		_, err := tx.ExecContext(ctx, `INSERT INTO workflow_edge (subject_kind, type_value, from_id, to_id) VALUES (?, ?, ?, ?)`, after.Subject, after.Type, t.From, t.To)
		if err != nil {
			return nil, err
		}
	}
	version := before.Version + 1
	_, err := tx.ExecContext(ctx, `UPDATE workflow_graph SET enabled = ?, version = ?, updated_at = ? WHERE subject_kind = ? AND type_value = ?`,
		after.Enabled, version, now, after.Subject, after.Type)
	if err != nil {
		return nil, err
	}
	return more, s.retire(ctx, tx, after.Subject)
}

// saveStatus writes what a status is for every graph of its kind.
func (s *Service) saveStatus(ctx context.Context, tx db.Tx, g Graph, st Status) (*Consequence, error) {
	old, err := loadStatus(ctx, tx, st.ID)
	if err != nil || old.Active && old.Name == st.Name && old.Mode == st.Mode && old.Colour == st.Colour {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE workflow_status SET name = ?, name_key = ?, mode = ?, colour = ?, active = ?, updated_at = ? WHERE id = ?`,
		st.Name, ref.NameKey(st.Name), st.Mode, st.Colour, true, s.clock.Now(), st.ID)
	if err != nil {
		return nil, nameTaken(err, st.Name)
	}
	n, err := tx.NewSelect().Table("workflow_node").Where("subject_kind = ? AND status_id = ? AND type_value <> ?", g.Subject, st.ID, g.Type).Count(ctx)
	if err != nil || n == 0 {
		return nil, err
	}
	return &Consequence{Kind: "status_shared", Status: st.Name, Count: int64(n),
		Message: fmt.Sprintf("%q also changes in %d other workflows of this kind of record.", st.Name, n)}, nil
}

func nameTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "name_taken", "There is a status named %q already.", name)
	}
	return err
}

// retire makes statuses that no graph uses any more inactive, and brings those back that one uses.
func (s *Service) retire(ctx context.Context, tx db.Tx, kind string) error {
	_, err := tx.ExecContext(ctx, `UPDATE workflow_status SET active = EXISTS (SELECT 1 FROM workflow_node n WHERE n.status_id = workflow_status.id)
		WHERE subject_kind = ?`, kind)
	return err
}

// replace moves the records that stand on statuses which the graph no longer has to where the caller says, and tells of
// those that stay.
func (s *Service) replace(ctx context.Context, tx db.Tx, before, after Graph, to map[string]string) ([]Consequence, error) {
	more := []Consequence{}
	gone := removed(before, after)
	var faults problem.Fields
	for id := range to {
		if !slices.ContainsFunc(gone, func(st Status) bool { return st.ID == id }) {
			faults.Add("body.replacements."+id, "status_not_removed", "Only a status that is removed can be replaced.")
		} else if after.at(to[id]) < 0 {
			faults.Add("body.replacements."+id, "status_unknown", "The workflow has no such status.")
		}
	}
	if err := faults.Err("workflow_invalid", "The workflow cannot be saved like this."); err != nil {
		return nil, err
	}
	for _, st := range gone {
		var list []step
		err := ofGraph(tx.NewSelect().Model(&list), before.Subject, before.Type).Where("w.status_id = ?", st.ID).OrderExpr("w.id").Scan(ctx)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			continue
		}
		c := Consequence{Kind: "records_stay", Status: st.Name, Count: int64(len(list)), Message: fmt.Sprintf("%d records stay on %q, which is no longer offered.", len(list), st.Name)}
		for _, w := range list[:min(len(list), namedRecords)] {
			c.Records = append(c.Records, w.Subject)
		}
		if target, named := to[st.ID]; named {
			next := after.Statuses[after.at(target)]
			c.Kind, c.Message = "records_move", fmt.Sprintf("%d records move from %q to %q.", len(list), st.Name, next.Name)
			for _, w := range list {
				if err := s.carry(ctx, tx, w, st, next); err != nil {
					return nil, err
				}
			}
		}
		more = append(more, c)
	}
	return more, nil
}

// carry moves one record because its status was replaced.
func (s *Service) carry(ctx context.Context, tx db.Tx, w step, from, to Status) error {
	r, err := s.subjects[w.Kind].Resolve(ctx, tx, w.Subject)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err
	}
	if err != nil { // gone, and its path with it at the next chance
		r = Record{ID: w.Subject, Label: w.Subject, Type: w.Type}
	}
	r.Kind = w.Kind
	return s.transition(ctx, tx, r, w, from, to, "The status was replaced.")
}

// reclock gives open stays their new time where a graph changed how long a record may stand on a status.
func (s *Service) reclock(ctx context.Context, tx db.Tx, before, after Graph) error {
	for _, st := range after.Statuses {
		if at := before.at(st.ID); at >= 0 {
			old := before.Statuses[at]
			if old.BreachAfter == st.BreachAfter && old.WorkingTime == st.WorkingTime && old.Mode.Ended() == st.Mode.Ended() {
				continue
			}
		}
		var list []step
		if err := ofGraph(tx.NewSelect().Model(&list), after.Subject, after.Type).Where("w.status_id = ? AND NOT w.breached", st.ID).Scan(ctx); err != nil {
			return err
		}
		for _, w := range list {
			r := Record{Kind: w.Kind, ID: w.Subject, Type: w.Type}
			if st.WorkingTime && s.calendar != nil { // whose working time depends on the unit of the record
				found, err := s.subjects[w.Kind].Resolve(ctx, tx, w.Subject)
				if err != nil && problem.KindOf(err) != problem.NotFound {
					return err
				}
				r.Unit = found.Unit
			}
			at, err := s.dueAt(ctx, tx, r, st, w.EnteredAt.UTC())
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE workflow_step SET due_at = ? WHERE id = ?`, at, w.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
