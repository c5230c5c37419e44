package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// ServiceAccountChange is what to change about a service account; nil members stay as they are.
type ServiceAccountChange struct {
	Name, Description *string
	Unit              *ref.Unit
}

// ChangeServiceAccount changes a service account based on the version the caller read.
func (s *Service) ChangeServiceAccount(ctx context.Context, id ref.Account, version int64, in ServiceAccountChange) (*Account, error) {
	var a *Account
	err := s.onServiceAccount(ctx, id, version, func(ctx context.Context, tx db.Tx, found *Account) error {
		a = found
		before := a.fields()
		after := before
		set(&after.Name, in.Name)
		set(&after.Description, in.Description)
		set(&after.Unit, in.Unit)
		if err := after.check(); err != nil {
			return err
		}
		if after == before {
			return nil
		}
		if after.Unit != before.Unit {
			if err := authz.CheckUnit(ctx, tx, PermManageServiceAccount, after.Unit); err != nil {
				return err
			}
		}
		a.Name, a.Description, a.Unit = after.Name, after.Description, after.Unit
		if err := saveAccount(ctx, tx, a, s.clock.Now()); err != nil {
			return nameTaken(err, after.Name)
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: ServiceAccountChanged, SubjectID: string(a.ID), SubjectLabel: a.Name, Unit: a.Unit, Changes: events.Diff(before, after),
		})
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// DeleteServiceAccount deletes a service account with its tokens and everything it holds.
func (s *Service) DeleteServiceAccount(ctx context.Context, id ref.Account, version int64) error {
	return s.onServiceAccount(ctx, id, version, func(ctx context.Context, tx db.Tx, a *Account) error {
		if err := s.grants.WithdrawAll(ctx, tx, a.subject()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM account WHERE id = ?`, a.ID); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: ServiceAccountDeleted, SubjectID: string(a.ID), SubjectLabel: a.Name, Unit: a.Unit, Changes: events.Diff(a.fields(), nil),
		})
	})
}

// onServiceAccount runs fn on a service account the caller may manage, at the version they read.
func (s *Service) onServiceAccount(ctx context.Context, id ref.Account, version int64, fn func(context.Context, db.Tx, *Account) error) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := touchAccount(ctx, tx, id); err != nil {
			return err
		}
		a, err := visibleAccount(ctx, tx, PermManageServiceAccount, id, ServiceAccount)
		if err != nil {
			return err
		}
		if a.Version != version {
			return httpapi.Stale(a.Version, a.serviceView())
		}
		return fn(ctx, tx, a)
	})
}

func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}
