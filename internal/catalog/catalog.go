package catalog

import (
	"embed"

	"millrace/internal/platform/db/migrate"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables and the published views of the catalog.
var Migrations = migrate.Dir("catalog", files)
