package app

import (
	"context"

	"millrace/internal/delivery"
	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/search"
)

// searchProviders are what slices offer to the search beside their published views.
func (a *App) searchProviders() []search.Provider {
	facts := func(kind, url string, find func(context.Context, db.Tx, string, int) ([]delivery.Found, error)) search.Provider {
		return search.Provider{Kind: kind, Permission: delivery.PermView, Query: func(ctx context.Context, tx db.Tx, text string, limit int) ([]search.Hit, error) {
			found, err := find(ctx, tx, text, limit)
			hits := make([]search.Hit, len(found))
			for i, f := range found {
				hits[i] = search.Hit{ID: f.ID, Title: f.Title, Subtitle: f.Note, URL: url + f.ID, Names: f.Names}
			}
			return hits, err
		}}
	}
	places := func(kind, url string) search.Provider {
		return search.Provider{Kind: kind, Permission: environment.PermView, Query: func(ctx context.Context, tx db.Tx, text string, limit int) ([]search.Hit, error) {
			found, err := a.Environment.Search(ctx, tx, kind, text, limit)
			hits := make([]search.Hit, len(found))
			for i, f := range found {
				hits[i] = search.Hit{ID: f.ID, Title: f.Name, Subtitle: f.Subtitle, URL: url + f.ID, Names: f.Names}
			}
			return hits, err
		}}
	}
	return []search.Provider{
		places(environment.Subject, "/environments/"),
		places(environment.GroupSubject, "/environment-groups/"),
		facts("incident", "/delivery/incidents/", delivery.SearchIncidents),
		facts("deployment", "/delivery/deployments/", delivery.SearchDeployments),
	}
}
