package app

import (
	"context"
	"time"

	"millrace/internal/demo"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Demo tells how to enter the demo organisation.
type Demo struct {
	// Loaded is true when it was put in now, Known when it was there already.
	Loaded, Known   bool
	Email, Password string
}

// LoadDemo puts the demo organisation into an empty database and leaves any other alone.
func (a *App) LoadDemo(ctx context.Context) (Demo, error) {
	out := Demo{Email: demo.Email, Password: demo.Password}
	ctx = authz.With(ctx, authz.System("Demo"))
	empty, err := a.isEmpty(ctx)
	if err != nil {
		return out, err
	}
	if !empty {
		out.Known, err = a.hasPerson(ctx, demo.Email)
		return out, err
	}
	if _, err := a.Identity.CreateAdministrator(ctx, demo.Email, "Demo Administrator", demo.Password); err != nil && problem.CodeOf(err) != "administrator_exists" {
		return out, err
	}
	err = demo.Load(ctx, demo.Target{
		People: a.People, Catalog: a.Catalog, Delivery: a.Delivery, Logger: a.options.Logger,
		Own: a.own,
	}, demo.Seed, time.Now())
	out.Loaded = err == nil
	return out, err
}

func (a *App) isEmpty(ctx context.Context) (empty bool, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.NewSelect().Table("v_application").Limit(1).Count(ctx)
		if err != nil || n > 0 {
			return err
		}
		n, err = tx.NewSelect().Table("v_unit").Count(ctx)
		empty = n <= 1
		return err
	})
	return empty, err
}

func (a *App) hasPerson(ctx context.Context, email string) (found bool, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.NewSelect().Table("v_person").Where("email = ?", email).Count(ctx)
		found = n > 0
		return err
	})
	return found, err
}
