package booking

import (
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// named returns who is named to approve bookings of applications.
func (s *Service) named(ctx context.Context, tx db.Tx, apps []ref.App) (map[ref.App][]ref.Person, error) {
	slices.Sort(apps)
	apps = slices.DeleteFunc(slices.Compact(apps), func(a ref.App) bool { return a == "" })
	if s.Approvers == nil || len(apps) == 0 {
		return nil, nil
	}
	return s.Approvers.BookingApprovers(ctx, tx, apps)
}

// approves decides whether a principal approves bookings of an environment: who is named for its application, and where
// nobody is, who holds the permission on its unit.
func approves(p *authz.Principal, named []ref.Person, unitPath string) bool {
	if p == nil {
		return false
	}
	if p.Trusted {
		return true
	}
	if len(named) > 0 {
		return p.Person != "" && slices.Contains(named, p.Person)
	}
	return p.Can(PermApprove, unitPath)
}

// approverCheck returns a function that tells which environments of the listed bookings the caller approves.
func (s *Service) approverCheck(ctx context.Context, tx db.Tx, list []Listed, names map[ref.Environment]knownEnvironment) (func(ref.Environment) bool, error) {
	p := authz.From(ctx)
	var apps []ref.App
	for _, l := range list {
		if l.Status != Requested && l.Status != Waiting {
			continue
		}
		for _, part := range l.parts {
			apps = append(apps, names[part.Environment].Application)
		}
	}
	who, err := s.named(ctx, tx, apps)
	return func(env ref.Environment) bool {
		e := names[env]
		return approves(p, who[e.Application], e.UnitPath)
	}, err
}
