package stack

import (
	"context"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// In is Stack inside the caller's transaction. It decides nothing about access.
func (s *Service) In(ctx context.Context, tx db.Tx, env ref.Environment) (Stack, error) {
	return s.stack(ctx, tx, env)
}

// InstallVersion notes that every component of that name in an environment's stack was brought to a version, and returns
// how many there are; those that have it already are counted too. reference is the id of what brought it. It decides
// nothing about access.
func (s *Service) InstallVersion(ctx context.Context, tx db.Tx, env ref.Environment, name, version string, at time.Time, source, reference string) (int, error) {
	if err := s.environments.Touch(ctx, tx, env); err != nil {
		return 0, err
	}
	e, err := s.environments.Resolve(ctx, tx, string(env))
	if err != nil {
		return 0, err
	}
	var list []Component
	if err := tx.NewSelect().Model(&list).Where("c.environment_id = ? AND c.name_folded = ?", env, ref.NameKey(name)).OrderExpr("c.id").Scan(ctx); err != nil {
		return 0, err
	}
	version, at = line(version), at.UTC().Truncate(time.Microsecond)
	for _, c := range list {
		c = c.utc()
		before := c.Installed
		if before == version {
			continue
		}
		c.Installed, c.ChangedAt = version, at
		_, err := tx.ExecContext(ctx, `UPDATE environment_component SET installed = ?, changed_at = ?, version = version + 1, updated_at = ? WHERE id = ?`,
			version, at, s.clock.Now(), c.ID)
		if err != nil {
			return 0, err
		}
		if err := s.noteVersion(ctx, tx, c, before, at, source, reference); err != nil {
			return 0, err
		}
		changes := map[string]events.Change{"installedVersion": {before, version}}
		if err := s.environments.Tell(ctx, tx, environment.VersionChanged, e, changes, versionData(c, before, source)); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
