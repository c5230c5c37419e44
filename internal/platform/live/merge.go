package live

import (
	"context"
	"slices"
	"time"
)

// Merge returns a source of what several sources know, oldest first.
func Merge(sources ...Source) Source { return merged(sources) }

type merged []Source

// Since ends a page where the first source that has more ends its own, so that nothing is passed over.
func (m merged) Since(ctx context.Context, t time.Time) (all []Notice, more bool, err error) {
	var until time.Time
	for _, s := range m {
		list, rest, err := s.Since(ctx, t)
		if err != nil {
			return nil, false, err
		}
		all = append(all, list...)
		if !rest || len(list) == 0 {
			continue
		}
		if last := list[len(list)-1].At; !more || last.Before(until) {
			until = last
		}
		more = true
	}
	if more {
		all = slices.DeleteFunc(all, func(n Notice) bool { return n.At.After(until) })
	}
	slices.SortStableFunc(all, func(a, b Notice) int { return a.At.Compare(b.At) })
	return all, more, nil
}
