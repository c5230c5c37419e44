package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// CreatePasswordLink makes the link with which a person who forgot their password chooses a new one.
func (s *Service) CreatePasswordLink(ctx context.Context, id ref.Account) (*Link, error) {
	var link *Link
	_, err := s.onAccount(ctx, id, func(ctx context.Context, tx db.Tx, a *Account) error {
		if a.Kind != PersonAccount {
			return authz.ErrNotFound
		}
		if !a.mayAct(s.clock.Now()) {
			return problem.Newf(problem.Conflict, "person_inactive", "%s cannot sign in at the moment. Activate them first.", a.label())
		}
		err := s.mustCover(ctx, tx, a, nil)
		if err != nil {
			return err
		}
		if link, err = s.addLink(ctx, tx, a, purposeReset); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: PasswordLinkCreated, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit()})
	})
	if err != nil {
		return nil, err
	}
	link.Mailed = s.sendLink(ctx, link, "A new password for Millrace", "Open this link to choose a new password; it works once:")
	return link, nil
}
