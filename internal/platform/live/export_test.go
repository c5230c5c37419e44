package live

import "context"

// Poll reads the source once, as the loop does.
func (h *Hub) Poll(ctx context.Context) { h.poll(ctx) }
