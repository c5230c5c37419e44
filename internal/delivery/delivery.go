package delivery

import (
	"embed"

	"millrace/internal/platform/db/migrate"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of delivery facts and of the rules that map them.
var Migrations = migrate.Dir("delivery", files)
