package booking

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// ownRules reads the policies that say whether the caller may approve what they asked for themselves, of the bookings of
// a list for which that matters. Most often there are none, and nothing is read.
func (s *Service) ownRules(ctx context.Context, tx db.Tx, list []Listed, names map[ref.Environment]knownEnvironment, approver func(ref.Environment) bool) (policies, error) {
	var paths []string
	for i := range list {
		if list[i].Status != Requested || !asked(ctx, &list[i].Booking) {
			continue
		}
		for _, part := range list[i].parts {
			if approver(part.Environment) {
				paths = append(paths, names[part.Environment].UnitPath)
			}
		}
	}
	return loadPolicies(ctx, tx, paths)
}

// asked reports whether the caller is who asked for a booking, and bound by the rule about that.
func asked(ctx context.Context, b *Booking) bool {
	p := authz.From(ctx)
	return p != nil && !p.Trusted && p.ID() == b.Requester
}

// strictUnits are the units of the caller's own open requests in which nobody approves what they asked for themselves.
func (s *Service) strictUnits(ctx context.Context, tx db.Tx, p *authz.Principal) ([]ref.Unit, error) {
	var rows []struct {
		Unit ref.Unit `bun:"id"`
		Path string   `bun:"path"`
	}
	err := tx.NewRaw(`SELECT DISTINCT u.id, u.path FROM booking AS b JOIN booking_environment AS bp ON bp.booking_id = b.id
		JOIN v_environment AS e ON e.id = bp.environment_id JOIN v_unit AS u ON u.id = e.unit_id
		WHERE b.requester_id = ? AND b.status = 'requested' AND b.to_at > ?`, p.ID(), s.Clock.Now()).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	paths := make([]string, len(rows))
	for i, r := range rows {
		paths[i] = r.Path
	}
	rules, err := loadPolicies(ctx, tx, paths)
	var out []ref.Unit
	for _, r := range rows {
		if !rules.of(r.Path).ApproveOwn {
			out = append(out, r.Unit)
		}
	}
	return out, err
}
