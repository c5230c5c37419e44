package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// mustCover refuses to hand out a way to act as an account that holds more than the caller, narrowed to scopes when there
// are any. Without it the manager of one unit could become administrator through somebody who is one.
func (s *Service) mustCover(ctx context.Context, tx db.Tx, a *Account, scopes []authz.Permission) error {
	held, err := s.grants.GrantsOf(ctx, tx, a.subject())
	if err != nil {
		return err
	}
	if perm := uncovered(authz.From(ctx), held, s.permissions, scopes); perm != "" {
		return problem.Newf(problem.Forbidden, "account_holds_more",
			"%s holds the permission %q on a unit where you do not; somebody who holds it has to do this.", a.label(), perm).
			WithData("permission", string(perm))
	}
	return nil
}

// mustRunProviders lets only those set up identity providers who hold everything everywhere: a provider can assert any
// email, so whoever controls one can sign in as anybody.
func (s *Service) mustRunProviders(ctx context.Context) error {
	p := authz.From(ctx)
	if p == nil {
		return authz.ErrUnauthenticated
	}
	if !p.Everywhere(PermManageProvider) {
		return authz.Forbidden(PermManageProvider)
	}
	for _, d := range s.permissions {
		if !p.Everywhere(d.Permission) {
			return problem.New(problem.Forbidden, "provider_needs_administrator",
				"Whoever sets up an identity provider can sign in as anybody, so only administrators of the whole organisation may.")
		}
	}
	return nil
}
