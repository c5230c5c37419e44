package environment

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Map shows environments and what ties them together.
type Map struct {
	Nodes []MapNode `json:"nodes" nullable:"false"`
	Edges []MapEdge `json:"edges" nullable:"false"`
}

// MapNode is an environment on a map.
type MapNode struct {
	Item
	Distance int `json:"distance" doc:"How many steps from the middle of the map; 0 for the members of a group."`
}

// MapEdge ties two environments together.
type MapEdge struct {
	ID        string          `json:"id"`
	Source    ref.Environment `json:"sourceId"`
	Target    ref.Environment `json:"targetId"`
	Kind      string          `json:"kind" enum:"connection,parent,dependency" doc:"A connection inside a group, a child of a parent, or applications that depend on each other inside a group."`
	Type      string          `json:"type,omitempty"`
	Direction Direction       `json:"direction" enum:"out,in,both"`
	Group     string          `json:"group,omitempty" doc:"The key of the group of a connection."`
}

// GroupMap shows the members of a group with their connections and dependencies.
func (s *Service) GroupMap(ctx context.Context, group string) (Map, error) {
	var out Map
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		g, err := mayGroup(ctx, tx, PermView, group)
		if err != nil {
			return err
		}
		members, _, err := visibleMembers(ctx, tx, g.ID)
		if err != nil {
			return err
		}
		distance := make(map[ref.Environment]int, len(members))
		for _, m := range members {
			distance[m.ID] = 0
		}
		edges, err := s.edges(ctx, tx, keysOf(distance), g.ID)
		if err != nil {
			return err
		}
		out, err = s.drawMap(ctx, tx, distance, edges)
		return err
	})
	return out, err
}

// NeighbourhoodMap shows an environment with everything that is tied to it in at most depth steps.
func (s *Service) NeighbourhoodMap(ctx context.Context, keyOrID string, depth int) (Map, error) {
	var out Map
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := mayEnvironment(ctx, tx, PermView, keyOrID)
		if err != nil {
			return err
		}
		distance := map[ref.Environment]int{e.ID: 0}
		frontier := []ref.Environment{e.ID}
		var edges []MapEdge
		for step := 1; step <= depth && len(frontier) > 0; step++ {
			found, err := s.edges(ctx, tx, frontier, "")
			if err != nil {
				return err
			}
			var next []ref.Environment
			for _, x := range found {
				for _, end := range []ref.Environment{x.Source, x.Target} {
					if _, known := distance[end]; !known {
						distance[end] = step
						next = append(next, end)
					}
				}
			}
			edges, frontier = append(edges, found...), next
		}
		out, err = s.drawMap(ctx, tx, distance, edges)
		return err
	})
	return out, err
}

// drawMap shows the nodes the caller may see and the edges between them.
func (s *Service) drawMap(ctx context.Context, tx db.Tx, distance map[ref.Environment]int, edges []MapEdge) (Map, error) {
	out := Map{Nodes: []MapNode{}, Edges: []MapEdge{}}
	var visible []ref.Environment
	for _, chunk := range db.Chunks(keysOf(distance), 1000) {
		var ids []ref.Environment
		err := tx.NewSelect().TableExpr("environment AS e").ColumnExpr("e.id").Where("e.id IN (?) AND e.state = ?", bun.In(chunk), Active).
			Apply(authz.Filter(ctx, PermView, "e.unit_id")).OrderExpr("e.name_folded, e.id").Scan(ctx, &ids)
		if err != nil {
			return out, err
		}
		visible = append(visible, ids...)
	}
	list, err := s.listedInOrder(ctx, tx, visible)
	if err != nil {
		return out, err
	}
	seen := map[string]bool{}
	for _, l := range list {
		seen[string(l.ID)] = true
		out.Nodes = append(out.Nodes, MapNode{Item: itemView(l), Distance: distance[l.ID]})
	}
	for _, e := range edges {
		if seen[string(e.Source)] && seen[string(e.Target)] && !seen[e.ID] {
			seen[e.ID] = true
			out.Edges = append(out.Edges, e)
		}
	}
	slices.SortFunc(out.Edges, func(a, b MapEdge) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// edges returns what ties the environments to others: inside one group when it is given, else in all groups and with
// parents and children.
func (s *Service) edges(ctx context.Context, tx db.Tx, ids []ref.Environment, group ref.EnvironmentGroup) ([]MapEdge, error) {
	var out []MapEdge
	for _, chunk := range db.Chunks(ids, 500) {
		q := selectConnections(tx).Where("(c.source_id IN (?0) OR c.target_id IN (?0))", bun.In(chunk)).Apply(authz.Filter(ctx, PermView, "g.unit_id"))
		if group != "" {
			q = q.Where("c.group_id = ?", group)
		}
		var connections []Connected
		if err := q.Scan(ctx, &connections); err != nil {
			return nil, err
		}
		for _, c := range connections {
			out = append(out, MapEdge{ID: c.ID, Source: c.Source, Target: c.Target, Kind: "connection", Type: c.TypeName, Direction: c.Direction, Group: c.GroupKey})
		}
		var pairs []struct {
			Source ref.Environment `bun:"source"`
			Target ref.Environment `bun:"target"`
			Type   string          `bun:"type"`
		}
		err := tx.NewSelect().TableExpr("environment AS e").ColumnExpr("e.parent_id AS source, e.id AS target, '' AS type").
			Where("e.parent_id IS NOT NULL AND e.state = ?", Active).Where("(e.id IN (?0) OR e.parent_id IN (?0))", bun.In(chunk)).Scan(ctx, &pairs)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			out = append(out, MapEdge{ID: "parent:" + string(p.Target), Source: p.Source, Target: p.Target, Kind: "parent", Direction: Out})
		}
		pairs = nil
		// Applications that depend on each other meet where their environments are in one group.
		q = tx.NewSelect().TableExpr("v_dependency AS d").Join("JOIN environment AS f ON f.application_id = d.from_id AND f.state = 'active'").
			Join("JOIN environment_member AS fm ON fm.environment_id = f.id").Join("JOIN environment_member AS tm ON tm.group_id = fm.group_id").
			Join("JOIN environment AS t ON t.id = tm.environment_id AND t.application_id = d.to_id AND t.state = 'active'").
			ColumnExpr("DISTINCT f.id AS source, t.id AS target, d.type").Where("(f.id IN (?0) OR t.id IN (?0))", bun.In(chunk))
		if group != "" {
			q = q.Where("fm.group_id = ?", group)
		}
		if err := q.Scan(ctx, &pairs); err != nil {
			return nil, err
		}
		for _, p := range pairs {
			out = append(out, MapEdge{
				ID: "dependency:" + string(p.Source) + ":" + string(p.Target) + ":" + p.Type, Source: p.Source, Target: p.Target, Kind: "dependency", Type: p.Type, Direction: Out,
			})
		}
	}
	return out, nil
}

func keysOf(distance map[ref.Environment]int) []ref.Environment {
	out := make([]ref.Environment, 0, len(distance))
	for id := range distance {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
