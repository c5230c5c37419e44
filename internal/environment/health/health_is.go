package health

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
)

// HealthIs returns a condition on a column of environment ids that keeps those which are in one of the healths now.
// Environments whose health the caller may not see are kept by none of them.
func (s *Service) HealthIs(ctx context.Context, column string, healths []string) (cond string, args []any) {
	cond = "he.state = 'active' AND COALESCE(h.health, ?) IN (?)"
	args = []any{environment.NoHealth, bun.In(healths)}
	if visible, more := authz.Condition(ctx, PermView, "he.unit_id"); visible != "" {
		cond, args = cond+" AND "+visible, append(args, more...)
	}
	return column + " IN (SELECT he.id FROM v_environment AS he LEFT JOIN environment_health AS h ON h.environment_id = he.id AND h.health <> '' WHERE " + cond + ")", args
}
