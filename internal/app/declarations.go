package app

import (
	"slices"

	"millrace/internal/aspect/attachment"
	"millrace/internal/aspect/comment"
	"millrace/internal/aspect/field"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/watch"
	"millrace/internal/aspect/workflow"
	"millrace/internal/audit"
	"millrace/internal/calendar"
	"millrace/internal/catalog"
	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/health"
	"millrace/internal/environment/request"
	"millrace/internal/environment/sheet"
	"millrace/internal/identity"
	"millrace/internal/insight/environmentkpi"
	"millrace/internal/insight/valuestream"
	"millrace/internal/notify"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/events"
)

// Permissions are what every slice declares.
func Permissions() []authz.Declaration {
	return slices.Concat(people.Permissions, identity.Permissions, stakeholder.Permissions, catalog.Permissions, delivery.Permissions,
		valuestream.Permissions, connector.Permissions, audit.Permissions, jobPermissions,
		field.Permissions, workflow.Permissions, watch.Permissions, comment.Permissions, attachment.Permissions,
		environment.Permissions, calendar.Permissions, booking.Permissions, sheet.Permissions, health.Permissions, environmentkpi.Permissions, request.Permissions, notify.Permissions)
}

// EventKinds are what every slice declares.
func EventKinds() [][]events.Definition {
	return [][]events.Definition{people.Events, identity.Events, stakeholder.Events, catalog.Events, delivery.Events,
		valuestream.Events, connector.Events, field.Events, workflow.Events, watch.Events, comment.Events, attachment.Events,
		environment.Events, calendar.Events, booking.Events, sheet.Events, health.Events, environmentkpi.Events, request.Events, notify.Events}
}
