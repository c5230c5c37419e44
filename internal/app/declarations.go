package app

import (
	"slices"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/audit"
	"millrace/internal/catalog"
	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/identity"
	"millrace/internal/insight/valuestream"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/events"
)

// Permissions are what every slice declares.
func Permissions() []authz.Declaration {
	return slices.Concat(people.Permissions, identity.Permissions, stakeholder.Permissions, catalog.Permissions, delivery.Permissions,
		valuestream.Permissions, connector.Permissions, audit.Permissions, jobPermissions)
}

// EventKinds are what every slice declares.
func EventKinds() [][]events.Definition {
	return [][]events.Definition{people.Events, identity.Events, stakeholder.Events, catalog.Events, delivery.Events,
		valuestream.Events, connector.Events}
}
