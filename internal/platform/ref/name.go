package ref

import "strings"

// NameKey returns the form in which names are compared: lower case, single spaces, nothing around it. The column
// name_key of v_application_name holds it.
func NameKey(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}
