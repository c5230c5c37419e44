package booking

import (
	"context"
	"slices"

	"millrace/internal/platform/interval"
)

// refusedTo returns the parts of the wanted time in which closures refuse the draft, in any of its environments.
func (st *stage) refusedTo(ctx context.Context, d *draft) ([]interval.Span, error) {
	closed, err := st.closures(ctx, d.Span())
	var out []interval.Span
	for _, p := range d.parts {
		for _, c := range closed[p.Environment] {
			if shared, ok := c.Intersect(d.Span()); ok && slices.Contains(c.Refuses, interval.ForBooking) {
				out = append(out, shared)
			}
		}
	}
	return out, err
}

// waysOut is waysAround for a draft of which nobody looked yet whether it lies in a closure.
func (s *Service) waysOut(ctx context.Context, st *stage, d *draft) ([]ConflictWith, []Alternative, error) {
	closed, err := st.refusedTo(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	return s.waysAround(ctx, st, d, closed)
}
