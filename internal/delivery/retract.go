package delivery

import (
	"context"
	"time"

	"millrace/internal/platform/ref"
)

// Retract is being written.
func (s *Service) Retract(ctx context.Context, connection ref.Connection, before time.Time) (int64, error) {
	return 0, nil
}
