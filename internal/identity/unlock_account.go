package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// UnlockAccount lets a person sign in again who failed too often.
func (s *Service) UnlockAccount(ctx context.Context, id ref.Account) (*Account, error) {
	return s.onAccount(ctx, id, func(ctx context.Context, tx db.Tx, a *Account) error {
		if a.Kind != PersonAccount {
			return authz.ErrNotFound
		}
		if err := clearThrottle(ctx, tx, a.Email); err != nil {
			return err
		}
		if a.LockedAt == nil {
			return nil
		}
		a.LockedAt, a.LockedUntil = nil, nil
		if err := saveAccount(ctx, tx, a, s.clock.Now()); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: AccountUnlocked, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit()})
	})
}

// onAccount runs fn on an account the caller may manage, held against other writers.
func (s *Service) onAccount(ctx context.Context, id ref.Account, fn func(context.Context, db.Tx, *Account) error) (*Account, error) {
	var a *Account
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := touchAccount(ctx, tx, id); err != nil {
			return err
		}
		var err error
		if a, err = accountWhere(ctx, tx, "a.id = ?", id); err != nil {
			return err
		}
		if a == nil {
			return authz.ErrNotFound
		}
		perm := PermManageAccount
		if a.Kind == ServiceAccount {
			perm = PermManageServiceAccount
		}
		if err := authz.CheckUnit(ctx, tx, perm, a.unit()); err != nil {
			return err
		}
		return fn(ctx, tx, a)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}
