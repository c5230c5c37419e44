package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// SignOut ends the session of a cookie. A cookie that is no session any more is not an error.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	if secret == "" {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		row, a, err := sessionByHash(ctx, tx, hashSecret(secret))
		if err != nil || row == nil || a == nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE id = ?`, row.ID); err != nil {
			return err
		}
		if authz.From(ctx) == nil {
			ctx = authz.With(ctx, &authz.Principal{Kind: authz.PersonPrincipal, Account: a.ID, Person: a.Person, Name: a.label()})
		}
		return s.events.Append(ctx, tx, events.Event{Kind: SignedOut, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit()})
	})
}
