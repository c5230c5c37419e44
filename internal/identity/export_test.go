package identity

import "context"

// EndLeaver works the job as a worker would.
func (s *Service) EndLeaver(ctx context.Context, args EndLeaver) error { return s.endLeaver(ctx, args) }
