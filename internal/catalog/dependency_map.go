package catalog

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// MapQuery says which part of the dependency map to draw. Without an application and a unit it is everything in sight.
type MapQuery struct {
	Application string
	Unit        ref.Unit
	Direction   Direction
	// Depth bounds the steps away from the application, or from the applications of the unit; below 0 means no bound.
	Depth int
	// Limit bounds the nodes.
	Limit int
}

// Node is an application on the map.
type Node struct {
	Application
	UnitName string `bun:"unit_name"`
	// Distance is how many steps it is away from where the map starts.
	Distance int `bun:"-"`
}

// Map is a part of the graph of dependencies as the caller may see it.
type Map struct {
	Nodes []Node
	Edges []Dependency
	// Cycles are the groups of applications that need each other in a circle, within this map.
	Cycles [][]ref.App
	// Hidden counts the applications beside the map that are out of the caller's sight.
	Hidden int
	// Truncated says that the limit of nodes cut the map.
	Truncated bool

	inCycle map[string]bool
}

// DependencyMap draws a part of the map. It never walks through an application out of the caller's sight.
func (s *Service) DependencyMap(ctx context.Context, q MapQuery) (Map, error) {
	var m Map
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		m = Map{Nodes: []Node{}, Edges: []Dependency{}, Cycles: [][]ref.App{}, inCycle: map[string]bool{}}
		w := &walk{tx: tx, limit: q.Limit, place: map[ref.App]int{}, hidden: map[ref.App]bool{}}
		if err := w.start(ctx, q); err != nil {
			return err
		}
		depth := q.Depth
		if q.Application == "" && q.Unit == "" {
			depth = 0 // everything is already there
		}
		frontier := w.all()
		for step := 1; len(frontier) > 0 && (depth < 0 || step <= depth); step++ {
			next, err := w.neighbours(ctx, frontier, q.Direction)
			if err != nil {
				return err
			}
			if frontier, err = w.add(ctx, next, step); err != nil {
				return err
			}
		}
		if err := w.edges(ctx); err != nil {
			return err
		}
		m.Nodes, m.Edges, m.Hidden, m.Truncated = w.nodes, w.inside, len(w.hidden), w.truncated
		m.mark(w.place)
		return nil
	})
	return m, err
}

// mark finds the circles within the map.
func (m *Map) mark(place map[ref.App]int) {
	list := make([]edge, len(m.Edges))
	for i, d := range m.Edges {
		list[i] = edge{place[d.From], place[d.To]}
	}
	found := cycles(len(m.Nodes), list)
	number := groups(len(m.Nodes), found)
	for i, e := range list {
		m.inCycle[m.Edges[i].ID] = number[e.from] > 0 && number[e.from] == number[e.to]
	}
	for _, group := range found {
		ids := make([]ref.App, len(group))
		for i, v := range group {
			ids[i] = m.Nodes[v].ID
		}
		m.Cycles = append(m.Cycles, ids)
	}
}

type walk struct {
	tx        db.Tx
	limit     int
	nodes     []Node
	place     map[ref.App]int
	inside    []Dependency
	hidden    map[ref.App]bool
	truncated bool
}

const walkChunk = 500

func (w *walk) query(ctx context.Context) *bun.SelectQuery {
	return w.tx.NewSelect().TableExpr("application AS a").Join("JOIN v_unit AS u ON u.id = a.unit_id").
		ColumnExpr("a.*").ColumnExpr("u.name AS unit_name").Apply(authz.Filter(ctx, PermView, "a.unit_id"))
}

// start puts the applications the map begins with on it.
func (w *walk) start(ctx context.Context, q MapQuery) error {
	rows := w.query(ctx).OrderExpr("a.name_folded, a.id").Limit(int64(w.limit) + 1)
	if q.Application != "" {
		a, err := mayApplication(ctx, w.tx, PermView, q.Application)
		if err != nil {
			return err
		}
		rows = rows.Where("a.id = ?", a.ID)
	} else if q.Unit != "" {
		var path string
		if err := w.tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", q.Unit).Scan(ctx, &path); err != nil {
			if db.IsNoRows(err) {
				return authz.ErrNotFound
			}
			return err
		}
		if err := authz.Check(ctx, PermView, path); err != nil {
			return err
		}
		lo, hi := authz.PathRange(path)
		rows = rows.Where("u.path >= ? AND u.path < ?", lo, hi)
	}
	var found []Node
	if err := rows.Scan(ctx, &found); err != nil {
		return err
	}
	w.keep(found, 0)
	return nil
}

// keep adds nodes up to the limit and returns the ids of those added.
func (w *walk) keep(found []Node, distance int) []ref.App {
	var added []ref.App
	for _, n := range found {
		if len(w.nodes) >= w.limit {
			w.truncated = true
			break
		}
		n.Application, n.Distance = n.utc(), distance
		w.place[n.ID] = len(w.nodes)
		w.nodes = append(w.nodes, n)
		added = append(added, n.ID)
	}
	return added
}

func (w *walk) all() []ref.App {
	out := make([]ref.App, len(w.nodes))
	for i, n := range w.nodes {
		out[i] = n.ID
	}
	return out
}

// neighbours returns what is one step away and not known yet, in order of id.
func (w *walk) neighbours(ctx context.Context, from []ref.App, direction Direction) ([]ref.App, error) {
	seen := map[ref.App]bool{}
	var out []ref.App
	step := func(near, far string) error {
		for _, chunk := range db.Chunks(from, walkChunk) {
			var ids []ref.App
			if err := w.tx.NewSelect().Table("dependency").ColumnExpr("DISTINCT "+far).Where(near+" IN (?)", bun.In(chunk)).Scan(ctx, &ids); err != nil {
				return err
			}
			for _, id := range ids {
				if _, known := w.place[id]; !known && !seen[id] && !w.hidden[id] {
					seen[id] = true
					out = append(out, id)
				}
			}
		}
		return nil
	}
	if direction != Downstream {
		if err := step("from_id", "to_id"); err != nil {
			return nil, err
		}
	}
	if direction != Upstream {
		if err := step("to_id", "from_id"); err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return out, nil
}

// add puts what may be seen of ids on the map and counts the rest as hidden.
func (w *walk) add(ctx context.Context, ids []ref.App, distance int) ([]ref.App, error) {
	var found []Node
	for _, chunk := range db.Chunks(ids, walkChunk) {
		var rows []Node
		if err := w.query(ctx).Where("a.id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		found = append(found, rows...)
	}
	visible := map[ref.App]bool{}
	for _, n := range found {
		visible[n.ID] = true
	}
	for _, id := range ids {
		if !visible[id] {
			w.hidden[id] = true
		}
	}
	slices.SortFunc(found, func(a, b Node) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return w.keep(found, distance), nil
}

// edges reads the dependencies between nodes of the map, and counts the neighbours out of sight that no step reached.
func (w *walk) edges(ctx context.Context) error {
	w.inside = []Dependency{}
	var outside []ref.App
	for _, chunk := range db.Chunks(w.all(), walkChunk) {
		var rows []Dependency
		if err := w.tx.NewSelect().Model(&rows).Where("d.from_id IN (?)", bun.In(chunk)).OrderExpr("d.id").Scan(ctx); err != nil {
			return err
		}
		for _, d := range rows {
			if _, ok := w.place[d.To]; ok {
				d.CreatedAt, d.UpdatedAt = d.CreatedAt.UTC(), d.UpdatedAt.UTC()
				w.inside = append(w.inside, d)
			} else {
				outside = append(outside, d.To)
			}
		}
		var callers []ref.App
		if err := w.tx.NewSelect().Table("dependency").ColumnExpr("DISTINCT from_id").Where("to_id IN (?)", bun.In(chunk)).Scan(ctx, &callers); err != nil {
			return err
		}
		outside = append(outside, callers...)
	}
	if authz.From(ctx).Everywhere(PermView) {
		return nil
	}
	var unknown []ref.App
	for _, id := range outside {
		if _, ok := w.place[id]; !ok && !w.hidden[id] {
			unknown = append(unknown, id)
		}
	}
	slices.Sort(unknown)
	unknown = slices.Compact(unknown)
	for _, chunk := range db.Chunks(unknown, walkChunk) {
		var seen []ref.App
		if err := w.tx.NewSelect().TableExpr("application AS a").Column("a.id").Apply(authz.Filter(ctx, PermView, "a.unit_id")).
			Where("a.id IN (?)", bun.In(chunk)).Scan(ctx, &seen); err != nil {
			return err
		}
		for _, id := range chunk {
			if !slices.Contains(seen, id) {
				w.hidden[id] = true
			}
		}
	}
	return nil
}
