package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Drawing is what Draw takes: the whole graph as it shall be.
type Drawing struct {
	Enabled     bool         `json:"enabled"`
	Statuses    []Status     `json:"statuses" nullable:"false" maxItems:"100"`
	Transitions []Transition `json:"transitions" nullable:"false" maxItems:"2000"`
	// Replacements say where records go that stand on a status which the graph no longer has: the id of that status, and
	// the id or name of another. Without one they stay where they are.
	Replacements map[string]string `json:"replacements,omitempty"`
}

// Consequence is one thing that a change brings about beside itself.
type Consequence struct {
	// Kind is stable: "records_stay", "records_move", "status_shared".
	Kind    string `json:"kind"`
	Status  string `json:"status"`
	Count   int64  `json:"count"`
	Message string `json:"message" doc:"The consequence in a sentence."`
	// Records are the ids of those concerned; all of them up to a thousand, and count says how many there are.
	Records []string `json:"records,omitempty"`
}

// Drawn is a graph after a change, or as it would be after one.
type Drawn struct {
	Graph
	Warnings     []Warning
	Consequences []Consequence
}

const namedRecords = 1000

var errDryRun = errors.New("dry run")

// Draw sets the whole graph of a type, "" for all types without their own. Statuses of the kind are shared by its graphs:
// a new name, mode or colour shows in all of them. version is what the drawing is based on. With dry set nothing is saved.
func (s *Service) Draw(ctx context.Context, kind, typ string, version int64, in Drawing, dry bool) (Drawn, error) {
	var out Drawn
	err := s.edit(ctx, kind, typ, version, func(ctx context.Context, tx db.Tx, before Graph) error {
		after := Graph{Subject: kind, Type: before.Type, Enabled: in.Enabled, Statuses: slices.Clone(in.Statuses), Transitions: slices.Clone(in.Transitions)}
		out = Drawn{Consequences: []Consequence{}}
		if err := s.identify(ctx, tx, &after); err != nil {
			return err
		}
		faults, warnings := check(&after)
		for i := range after.Statuses {
			place := func(j int) string { return fmt.Sprintf("body.statuses[%d].permitted[%d]", i, j) }
			if err := standing.Check(ctx, tx, &faults, after.Statuses[i].Permitted, place); err != nil {
				return err
			}
		}
		if err := faults.Err("workflow_invalid", "The workflow cannot be saved like this."); err != nil {
			return err
		}
		shared, err := s.saveGraph(ctx, tx, before, &after)
		if err != nil {
			return err
		}
		moved, err := s.replace(ctx, tx, before, after, in.Replacements)
		if err != nil {
			return err
		}
		out.Warnings, out.Consequences = warnings, append(shared, moved...)
		if err := s.reclock(ctx, tx, before, after); err != nil {
			return err
		}
		if out.Graph, err = loadGraph(ctx, tx, kind, before.Type); err != nil {
			return err
		}
		changes := events.Diff(before, out.Graph, "inherited", "type", "subject")
		if len(changes) > 0 {
			if err := s.appendGraph(ctx, tx, GraphChanged, out.Graph, changes); err != nil {
				return err
			}
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	return out, undry(err)
}

// DeleteGraph takes the own graph of a type away, so that the one of all types holds for it. With dry set nothing is saved.
func (s *Service) DeleteGraph(ctx context.Context, kind, typ string, version int64, replacements map[string]string, dry bool) (Drawn, error) {
	var out Drawn
	err := s.edit(ctx, kind, typ, version, func(ctx context.Context, tx db.Tx, before Graph) error {
		if before.Type == "" || before.Inherited {
			return problem.New(problem.Conflict, "workflow_inherited", "This type has no workflow of its own that could be deleted.")
		}
		for _, table := range []string{"workflow_node", "workflow_edge", "workflow_graph"} {
			if _, err := tx.NewDelete().Table(table).Where("subject_kind = ? AND type_value = ?", kind, before.Type).Exec(ctx); err != nil {
				return err
			}
		}
		after, err := loadGraph(ctx, tx, kind, before.Type)
		if err != nil {
			return err
		}
		if err := s.retire(ctx, tx, kind); err != nil {
			return err
		}
		if out.Consequences, err = s.replace(ctx, tx, before, after, replacements); err != nil {
			return err
		}
		if err := s.reclock(ctx, tx, before, after); err != nil {
			return err
		}
		out.Graph = after
		if err := s.appendGraph(ctx, tx, GraphDeleted, before, nil); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	return out, undry(err)
}

func undry(err error) error {
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// edit runs a change of a graph. It locks the graph by touching its row, which a type that inherits does not have yet.
func (s *Service) edit(ctx context.Context, kind, typ string, version int64, fn func(ctx context.Context, tx db.Tx, before Graph) error) error {
	if err := may(ctx, PermManage); err != nil {
		return err
	}
	if _, known := s.subjects[kind]; !known {
		return authz.ErrNotFound
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		typ, err := s.typeOf(ctx, tx, kind, typ)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		before, err := loadGraph(ctx, tx, kind, typ)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO workflow_graph (subject_kind, type_value, enabled, version, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?)
			ON CONFLICT (subject_kind, type_value) DO UPDATE SET updated_at = excluded.updated_at`, kind, typ, false, now, now)
		if err != nil {
			return err
		}
		locked, err := loadGraph(ctx, tx, kind, typ)
		if err != nil {
			return err
		}
		if locked.Version > 1 { // it was there: what was read before the lock may be old
			before = locked
		}
		if before.Version != version {
			return httpapi.Stale(before.Version, before)
		}
		return fn(ctx, tx, before)
	})
}

// typeOf turns the id or name of a type into its id.
func (s *Service) typeOf(ctx context.Context, tx db.Tx, kind, typ string) (string, error) {
	if typ == "" {
		return "", nil
	}
	list := s.subjects[kind].TypeList
	if list == "" || s.lookups == nil {
		return "", problem.New(problem.Invalid, "type_unknown", "Records of this kind have no types.")
	}
	v, err := s.lookups.Resolve(ctx, tx, list, typ, "query.type")
	return string(v.ID), err
}

// identify gives statuses that are sent without an id that of the status of their name, where the kind has one.
func (s *Service) identify(ctx context.Context, tx db.Tx, g *Graph) error {
	var all []Status
	err := tx.NewSelect().Table("workflow_status").Column("id", "name", "mode", "colour", "active").Where("subject_kind = ?", g.Subject).
		OrderExpr("CASE WHEN active THEN 0 ELSE 1 END, created_at DESC, id").Scan(ctx, &all)
	if err != nil {
		return err
	}
	var faults problem.Fields
	for i := range g.Statuses {
		st := &g.Statuses[i]
		if st.ID != "" {
			if !slices.ContainsFunc(all, func(o Status) bool { return o.ID == st.ID }) {
				faults.Add(fmt.Sprintf("body.statuses[%d].id", i), "status_unknown", "There is no such status.")
			}
			continue
		}
		if at := slices.IndexFunc(all, func(o Status) bool { return ref.NameKey(o.Name) == ref.NameKey(st.Name) }); at >= 0 {
			st.ID = all[at].ID
		}
	}
	return faults.Err("workflow_invalid", "The workflow cannot be saved like this.")
}

func (s *Service) appendGraph(ctx context.Context, tx db.Tx, kind events.Kind, g Graph, changes map[string]events.Change) error {
	label := s.subjects[g.Subject].Title
	if g.Type != "" && s.lookups != nil {
		names, err := s.lookups.ByID(ctx, tx, []ref.Lookup{ref.Lookup(g.Type)})
		if err != nil {
			return err
		}
		label += ", " + names[ref.Lookup(g.Type)].Name
	}
	return s.events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: graphID(g.Subject, g.Type), SubjectLabel: label, Changes: changes,
		Data: map[string]any{"recordKind": g.Subject, "type": g.Type}})
}

// graphID names a graph in the history: the kind, and the type behind a colon.
func graphID(kind, typ string) string {
	if typ == "" {
		return kind
	}
	return kind + ":" + typ
}
