package catalog

import (
	"context"
	"sync"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// graphCache remembers which applications stand in which circle of dependencies, for the revision of the graph it was
// computed from. It holds nothing that a restart could lose.
type graphCache struct {
	mu       sync.Mutex
	known    bool
	revision int64
	circle   map[ref.App]int
}

// circles returns, by application, the number of the circle it stands in; applications in none are left out.
func (s *Service) circles(ctx context.Context, tx db.Tx) (map[ref.App]int, error) {
	var revision int64
	if err := tx.NewSelect().Table("catalog_revision").Column("dependencies").Where("id = 1").Scan(ctx, &revision); err != nil {
		return nil, err
	}
	s.graph.mu.Lock()
	if s.graph.known && s.graph.revision == revision {
		defer s.graph.mu.Unlock()
		return s.graph.circle, nil
	}
	s.graph.mu.Unlock()
	var rows []struct {
		From ref.App `bun:"from_id"`
		To   ref.App `bun:"to_id"`
	}
	if err := tx.NewSelect().Table("dependency").Column("from_id", "to_id").Scan(ctx, &rows); err != nil {
		return nil, err
	}
	number := map[ref.App]int{}
	var ids []ref.App
	numberOf := func(id ref.App) int {
		n, ok := number[id]
		if !ok {
			n = len(ids)
			number[id], ids = n, append(ids, id)
		}
		return n
	}
	edges := make([]edge, len(rows))
	for i, r := range rows {
		edges[i] = edge{numberOf(r.From), numberOf(r.To)}
	}
	circle := map[ref.App]int{}
	for v, g := range groups(len(ids), cycles(len(ids), edges)) {
		if g > 0 {
			circle[ids[v]] = g
		}
	}
	s.graph.mu.Lock()
	defer s.graph.mu.Unlock()
	s.graph.known, s.graph.revision, s.graph.circle = true, revision, circle
	return circle, nil
}
