package workflow

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/db"
)

// graphRow is what is stored of a graph beside its statuses and transitions.
type graphRow struct {
	Subject string `bun:"subject_kind"`
	Type    string `bun:"type_value"`
	Enabled bool   `bun:"enabled"`
	Version int64  `bun:"version"`
}

// loadGraph returns the graph of a type: its own, or that of all types, or one without statuses where there is none.
func loadGraph(ctx context.Context, tx db.Tx, kind, typ string) (Graph, error) {
	var rows []graphRow
	err := tx.NewSelect().Table("workflow_graph").Column("subject_kind", "type_value", "enabled", "version").
		Where("subject_kind = ? AND type_value IN (?, '')", kind, typ).OrderExpr("type_value DESC").Limit(1).Scan(ctx, &rows)
	g := Graph{Subject: kind, Type: typ, Inherited: typ != "", Version: 1, Statuses: []Status{}, Transitions: []Transition{}}
	if err != nil || len(rows) == 0 {
		return g, err
	}
	g.Enabled, g.Inherited = rows[0].Enabled, rows[0].Type != typ
	if !g.Inherited {
		g.Version = rows[0].Version
	}
	err = tx.NewSelect().TableExpr("workflow_node AS n").Join("JOIN workflow_status AS s ON s.id = n.status_id").
		ColumnExpr("s.id, s.name, s.mode, s.colour, s.active, n.position, n.initial, n.breach_after, n.working_time, n.breach_colour, n.breach_font, n.permitted, n.needs_assignee").
		Where("n.subject_kind = ? AND n.type_value = ?", kind, rows[0].Type).OrderExpr("n.position, s.id").Scan(ctx, &g.Statuses)
	if err != nil {
		return g, err
	}
	for i := range g.Statuses {
		if g.Statuses[i].Permitted == nil {
			g.Statuses[i].Permitted = []standing.Party{}
		}
	}
	err = tx.NewSelect().Table("workflow_edge").Column("from_id", "to_id").Where("subject_kind = ? AND type_value = ?", kind, rows[0].Type).
		OrderExpr("from_id, to_id").Scan(ctx, &g.Transitions)
	return g, err
}

// loadOffered is loadGraph with what records may choose from: where the graph is off, every status of the kind, those of
// the graph first.
func loadOffered(ctx context.Context, tx db.Tx, kind, typ string) (Graph, error) {
	g, err := loadGraph(ctx, tx, kind, typ)
	if err != nil || g.Enabled {
		return g, err
	}
	all, err := loadStatuses(ctx, tx, kind)
	if err != nil {
		return g, err
	}
	last := int64(0)
	for _, st := range g.Statuses {
		last = max(last, st.Order)
	}
	for _, st := range all {
		if !slices.ContainsFunc(g.Statuses, func(o Status) bool { return o.ID == st.ID }) {
			last++
			st.Order = last
			g.Statuses = append(g.Statuses, st)
		}
	}
	return g, nil
}

// loadStatuses returns the active statuses of a kind by name, without what graphs say of them.
func loadStatuses(ctx context.Context, tx db.Tx, kind string) ([]Status, error) {
	list := []Status{}
	err := tx.NewSelect().Table("workflow_status").Column("id", "name", "mode", "colour", "active").Where("subject_kind = ? AND active", kind).
		OrderExpr("name_key, id").Scan(ctx, &list)
	return list, err
}

// step is one stay of a record on a status.
type step struct {
	bun.BaseModel `bun:"table:workflow_step,alias:w"`

	ID        string     `bun:"id,pk"`
	Kind      string     `bun:"subject_kind"`
	Subject   string     `bun:"subject_id"`
	Type      string     `bun:"type_value"`
	Status    string     `bun:"status_id"`
	EnteredAt time.Time  `bun:"entered_at"`
	LeftAt    *time.Time `bun:"left_at"`
	ActorID   string     `bun:"actor_id"`
	ActorName string     `bun:"actor_name"`
	Note      string     `bun:"note"`
	DueAt     *time.Time `bun:"due_at"`
	Breached  bool       `bun:"breached"`
}

// touchStep locks where a record stands and returns it with the status, or db.ErrNoRows where it never started.
func touchStep(ctx context.Context, tx db.Tx, kind, id string) (step, Status, error) {
	_, err := tx.ExecContext(ctx, `UPDATE workflow_step SET breached = breached WHERE subject_kind = ? AND subject_id = ? AND left_at IS NULL`, kind, id)
	if err != nil {
		return step{}, Status{}, err
	}
	return openStep(ctx, tx, kind, id)
}

func openStep(ctx context.Context, tx db.Tx, kind, id string) (step, Status, error) {
	var w step
	if err := tx.NewSelect().Model(&w).Where("w.subject_kind = ? AND w.subject_id = ? AND w.left_at IS NULL", kind, id).Scan(ctx); err != nil {
		return w, Status{}, err
	}
	st, err := loadStatus(ctx, tx, w.Status)
	return w, st, err
}

func loadStatus(ctx context.Context, tx db.Tx, id string) (Status, error) {
	var st Status
	err := tx.NewSelect().Table("workflow_status").Column("id", "name", "mode", "colour", "active").Where("id = ?", id).Scan(ctx, &st)
	return st, err
}

// ofGraph narrows a query over open steps to the records that follow the graph of a type.
func ofGraph(q *bun.SelectQuery, kind, typ string) *bun.SelectQuery {
	q = q.Where("w.subject_kind = ? AND w.left_at IS NULL", kind)
	if typ != "" {
		return q.Where("w.type_value = ?", typ)
	}
	return q.Where("w.type_value NOT IN (SELECT g.type_value FROM workflow_graph g WHERE g.subject_kind = ? AND g.type_value <> '')", kind)
}

// node is what a graph says of one of its statuses.
type node struct {
	bun.BaseModel `bun:"table:workflow_node,alias:n"`

	Subject       string           `bun:"subject_kind,pk"`
	Type          string           `bun:"type_value,pk"`
	Status        string           `bun:"status_id,pk"`
	Order         int64            `bun:"position"`
	Initial       bool             `bun:"initial"`
	BreachAfter   int64            `bun:"breach_after"`
	WorkingTime   bool             `bun:"working_time"`
	BreachColour  string           `bun:"breach_colour"`
	BreachFont    string           `bun:"breach_font"`
	Permitted     []standing.Party `bun:"permitted,type:jsonb"`
	NeedsAssignee bool             `bun:"needs_assignee"`
}
