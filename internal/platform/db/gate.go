package db

import (
	"context"
	"sync"
)

// gate lets one writer at a time through to SQLite's single writing connection, first come first served within two
// classes, interactive before bulk. Without it a webhook would wait behind every queued batch of an ingestion.
type gate struct {
	mu     sync.Mutex
	busy   bool
	queues [2][]chan struct{} // 0 interactive, 1 bulk
}

func newGate() *gate { return &gate{} }

func (g *gate) enter(ctx context.Context, bulk bool) error {
	class := 0
	if bulk {
		class = 1
	}
	g.mu.Lock()
	if !g.busy {
		g.busy = true
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.queues[class] = append(g.queues[class], turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	for i, c := range g.queues[class] {
		if c == turn {
			g.queues[class] = append(g.queues[class][:i], g.queues[class][i+1:]...)
			g.mu.Unlock()
			return ctx.Err()
		}
	}
	g.mu.Unlock()
	// The turn came in the same moment: pass it on.
	g.leave()
	return ctx.Err()
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for class := range g.queues {
		if q := g.queues[class]; len(q) > 0 {
			g.queues[class] = q[1:]
			close(q[0])
			return
		}
	}
	g.busy = false
}

// Waiting returns how many writers wait for SQLite's single writing connection; always 0 on PostgreSQL. It feeds the
// metrics endpoint.
func (d *DB) Waiting() int {
	if d.gate == nil {
		return 0
	}
	d.gate.mu.Lock()
	defer d.gate.mu.Unlock()
	return len(d.gate.queues[0]) + len(d.gate.queues[1])
}
