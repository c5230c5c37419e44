package app

import (
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/identity"
	"millrace/internal/insight/valuestream"
	"millrace/internal/people"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/vault"
)

// Migrations are the migrations of every slice, in the order in which their tables and views need each other.
func Migrations() []migrate.Set {
	return []migrate.Set{
		events.Migrations, jobs.Migrations, httpapi.Migrations, vault.Migrations,
		people.Migrations, identity.Migrations, stakeholder.Migrations, catalog.Migrations, delivery.Migrations,
		valuestream.Migrations, connector.Migrations,
	}
}
