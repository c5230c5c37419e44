package sheet

import "millrace/internal/platform/authz"

// PermImport lets its holders bring in spreadsheets of environments. What an import may write is decided by the permissions
// for the records themselves.
const PermImport authz.Permission = "sheet.import_environments"

// Permissions declares what can be granted about imports.
var Permissions = []authz.Declaration{
	{Permission: PermImport, Title: "Import spreadsheets of environments, stacks, groups and bookings", Roles: []string{"environment_manager"}},
}
