package audit

import (
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
)

// PermViewHistory shows who changed what in a unit.
const PermViewHistory authz.Permission = "audit.view_history"

// Permissions declares it for the role editor.
var Permissions = []authz.Declaration{
	{Permission: PermViewHistory, Title: "See and export the history", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
}

// Service holds the queries.
type Service struct{ db *db.DB }

// New returns the service.
func New(d *db.DB) *Service { return &Service{db: d} }

const tag = "history"

// Mount registers the routes.
func (s *Service) Mount(api *httpapi.API) {
	view := authz.Need(PermViewHistory)
	httpapi.Handle(api, httpapi.Operation{Method: "GET", Path: "/events", ID: "list-events", Summary: "Search the history, newest first", Tag: tag}, view, s.listEvents)
	httpapi.Handle(api, httpapi.Operation{Method: "GET", Path: "/events/{id}", ID: "get-event", Summary: "Show one event with everything that changed", Tag: tag}, view, s.getEvent)
	httpapi.HandleRaw(api, httpapi.Operation{
		Method: "GET", Path: "/events/export", ID: "export-events", Summary: "Export everything a search finds", Tag: tag,
		Description: "The same filters as the search, and format=csv or jsonl. Nothing is cut off.",
	}, view, s.exportEvents(api))
}
