package app

import (
	"context"

	"millrace/internal/calendar"
	"millrace/internal/delivery"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/health"
	"millrace/internal/environment/request"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/search"
)

// finder is how slices search their records of a kind.
type finder[F any] = func(ctx context.Context, tx db.Tx, text string, limit int) ([]F, error)

// searchProvider makes a provider of what a slice finds.
func searchProvider[F any](kind string, permission authz.Permission, find finder[F], hit func(F) search.Hit) search.Provider {
	return search.Provider{Kind: kind, Permission: permission, Query: func(ctx context.Context, tx db.Tx, text string, limit int) ([]search.Hit, error) {
		found, err := find(ctx, tx, text, limit)
		hits := make([]search.Hit, len(found))
		for i, f := range found {
			hits[i] = hit(f)
		}
		return hits, err
	}}
}

// searchProviders are what slices offer to the search beside their published views.
func (a *App) searchProviders() []search.Provider {
	facts := func(kind, url string, find finder[delivery.Found]) search.Provider {
		return searchProvider(kind, delivery.PermView, find, func(f delivery.Found) search.Hit {
			return search.Hit{ID: f.ID, Title: f.Title, Subtitle: f.Note, URL: url + f.ID, Names: f.Names}
		})
	}
	records := func(kind, url string, permission authz.Permission, find finder[environment.Found]) search.Provider {
		return searchProvider(kind, permission, find, func(f environment.Found) search.Hit {
			return search.Hit{ID: f.ID, Title: f.Name, Subtitle: f.Subtitle, URL: url + f.ID, Names: f.Names}
		})
	}
	places := func(kind, url string) search.Provider {
		return records(kind, url, environment.PermView, func(ctx context.Context, tx db.Tx, text string, limit int) ([]environment.Found, error) {
			return a.Environment.Search(ctx, tx, kind, text, limit)
		})
	}
	return []search.Provider{
		places(environment.Subject, "/environments/"),
		places(environment.GroupSubject, "/environment-groups/"),
		records(booking.Subject, "/bookings/", booking.PermView, a.Booking.Search),
		records(request.BookingSubject, "/booking-requests/", request.PermView, a.Request.SearchBookingRequests),
		records(request.ChangeSubject, "/environment-change-requests/", request.PermView, a.Request.SearchChangeRequests),
		records(health.Subject, "/outages/", health.PermView, a.Health.Search),
		searchProvider(calendar.FreezeSubject, calendar.PermView, a.Calendar.SearchFreezes, func(f calendar.Found) search.Hit {
			return search.Hit{ID: f.ID, Title: f.Name, Subtitle: f.Note, URL: "/calendar/freezes/" + f.ID}
		}),
		facts("incident", "/delivery/incidents/", delivery.SearchIncidents),
		facts("deployment", "/delivery/deployments/", delivery.SearchDeployments),
	}
}
