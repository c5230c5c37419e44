package app

import (
	"context"
	"slices"
	"time"

	"millrace/internal/catalog"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// subscribe ties events to what follows from them.
func (a *App) subscribe() {
	stored := a.Delivery.Subscriptions([]events.Kind{
		catalog.ApplicationCreated, catalog.ApplicationChanged, catalog.ApplicationDeleted, catalog.AliasesChanged, catalog.RepositoriesChanged,
	}, []events.Kind{catalog.ApplicationsImported})
	for _, s := range slices.Concat(a.ValueStream.Subscriptions(), a.Identity.Subscriptions(), a.Environment.Subscriptions(), a.Stack.Subscriptions(), a.Booking.Subscriptions(), a.Notify.Subscriptions(), stored) {
		a.events.Subscribe(s)
	}
	a.events.OnCommit(a.ring)
}

// ring passes an event on to open screens. The path is looked up apart from the commit, which must not wait.
func (a *App) ring(e events.Event) {
	if a.hub.Clients() == 0 {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		path := ""
		if e.Unit != "" {
			err := a.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
				return tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", e.Unit).Scan(ctx, &path)
			})
			if err != nil {
				return // the poll of the source finds it
			}
		}
		a.hub.Publish(notice(e, path))
	}()
}
