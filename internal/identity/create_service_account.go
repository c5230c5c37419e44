package identity

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// serviceFields are what people edit about a service account, and what its history shows.
type serviceFields struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Unit        ref.Unit `json:"unitId"`
}

func (a *Account) fields() serviceFields {
	return serviceFields{Name: a.Name, Description: a.Description, Unit: a.Unit}
}

func (f *serviceFields) check() error {
	f.Name, f.Description = strings.TrimSpace(f.Name), strings.TrimSpace(f.Description)
	var faults problem.Fields
	if f.Name == "" || len(f.Name) > 100 {
		faults.Add("body.name", "name_required", "Enter a name of at most 100 characters.")
	}
	if len(f.Description) > 2000 {
		faults.Add("body.description", "description_too_long", "The description may have at most 2000 characters.")
	}
	return faults.Err("service_account_invalid", "The service account was not saved.")
}

// CreateServiceAccount creates an account for a program. It holds nothing until roles are granted to it.
func (s *Service) CreateServiceAccount(ctx context.Context, name, description string, unit ref.Unit) (*Account, error) {
	f := serviceFields{Name: name, Description: description, Unit: unit}
	if err := f.check(); err != nil {
		return nil, err
	}
	var a *Account
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := authz.CheckUnit(ctx, tx, PermManageServiceAccount, unit); err != nil {
			return err
		}
		now := s.clock.Now()
		a = &Account{ID: ref.New[ref.Account](), Kind: ServiceAccount, State: Active, Name: f.Name, Description: f.Description, Unit: unit,
			CreatedAt: now, UpdatedAt: now, Version: 1}
		if err := insertAccount(ctx, tx, a); err != nil {
			return nameTaken(err, f.Name)
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: ServiceAccountCreated, SubjectID: string(a.ID), SubjectLabel: a.Name, Unit: unit, Changes: events.Diff(nil, f),
		})
	})
	return a, err
}

func nameTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "service_account_name_taken", "There is a service account named %q already.", name).Because(err)
	}
	return err
}

// ServiceAccount returns one service account.
func (s *Service) ServiceAccount(ctx context.Context, id ref.Account) (a *Account, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err = visibleAccount(ctx, tx, PermViewServiceAccount, id, ServiceAccount)
		return err
	})
	return a, err
}

// ServiceAccountName names a service account for the slice that grants roles to it.
func (s *Service) ServiceAccountName(ctx context.Context, tx db.Tx, id ref.Account) (string, error) {
	a, err := accountWhere(ctx, tx, "a.id = ? AND a.kind = ?", id, ServiceAccount)
	if err != nil {
		return "", err
	}
	if a == nil {
		return "", problem.New(problem.NotFound, "service_account_not_found", "There is no such service account.")
	}
	return a.Name, nil
}
