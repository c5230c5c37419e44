package app

import (
	"millrace/internal/aspect/attachment"
	"millrace/internal/aspect/comment"
	"millrace/internal/aspect/field"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/watch"
	"millrace/internal/aspect/workflow"
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
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/signedlink"
	"millrace/internal/platform/vault"
)

// Migrations are the migrations of every slice, in the order in which their tables and views need each other.
func Migrations() []migrate.Set {
	return []migrate.Set{
		events.Migrations, jobs.Migrations, httpapi.Migrations, vault.Migrations, signedlink.Migrations,
		people.Migrations, identity.Migrations, stakeholder.Migrations, catalog.Migrations, delivery.Migrations,
		valuestream.Migrations, connector.Migrations,
		field.Migrations, workflow.Migrations, watch.Migrations, comment.Migrations, attachment.Migrations,
		environment.Migrations, calendar.Migrations, booking.Migrations, sheet.Migrations, health.Migrations, environmentkpi.Migrations, request.Migrations, notify.Migrations,
	}
}
