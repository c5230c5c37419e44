package catalog

import (
	"context"

	"millrace/internal/platform/db"
)

// Resolve finds an application by its id or key inside another slice's transaction, or returns the not-found problem. It
// decides nothing about access.
func (s *Service) Resolve(ctx context.Context, tx db.Tx, idOrKey string) (Application, error) {
	return findApplication(ctx, tx, idOrKey)
}
