package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// DeactivateAccount keeps an account from being used and ends its sessions and tokens for good.
func (s *Service) DeactivateAccount(ctx context.Context, id ref.Account) (*Account, error) {
	return s.onAccount(ctx, id, func(ctx context.Context, tx db.Tx, a *Account) error {
		if a.ID == authz.From(ctx).Account {
			return problem.New(problem.Conflict, "account_is_own", "You cannot deactivate the account you are using.")
		}
		if err := s.mustCover(ctx, tx, a, nil); err != nil {
			return err
		}
		if err := s.moveAccount(ctx, tx, a, ActDeactivate); err != nil {
			return err
		}
		return s.endEverything(ctx, tx, a)
	})
}

// ActivateAccount lets an account be used again; it needs new sessions and tokens.
func (s *Service) ActivateAccount(ctx context.Context, id ref.Account) (*Account, error) {
	return s.onAccount(ctx, id, func(ctx context.Context, tx db.Tx, a *Account) error {
		if err := s.mustCover(ctx, tx, a, nil); err != nil {
			return err
		}
		return s.moveAccount(ctx, tx, a, ActActivate)
	})
}

func (s *Service) moveAccount(ctx context.Context, tx db.Tx, a *Account, act Act) error {
	t, err := move(a.State, act)
	if err != nil {
		return err
	}
	before := a.State
	a.State = t.To
	if err := saveAccount(ctx, tx, a, s.clock.Now()); err != nil {
		return err
	}
	return s.events.Append(ctx, tx, events.Event{
		Kind: t.Kind, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit(), Changes: map[string]events.Change{"state": {before, a.State}},
	})
}

// endEverything ends the sessions, tokens and open links of an account.
func (s *Service) endEverything(ctx context.Context, tx db.Tx, a *Account) error {
	now := s.clock.Now()
	if err := endSessions(ctx, tx, a.ID, ""); err != nil {
		return err
	}
	if err := revokeTokens(ctx, tx, a.ID, now); err != nil {
		return err
	}
	if a.Kind != PersonAccount {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE invitation SET revoked_at = ? WHERE person_id = ? AND accepted_at IS NULL AND revoked_at IS NULL`, now, a.Person)
	return err
}
