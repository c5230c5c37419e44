// Package environment owns the catalogue of environments: what there is to test in, what runs there, how it hangs
// together, and which environment fits a need.
//
// Tables: environment, environment_alias, environment_group (a lane), environment_member, environment_connection,
// environment_host, environment_component, environment_version (what was installed when), environment_configuration,
// environment_data_refresh, environment_setting, environment_revision.
//
// Published views: v_environment, v_environment_name (for finding an environment by whatever a tool calls it),
// v_environment_group, v_environment_member, v_environment_component, v_environment_connection. Deleted environments stay
// in v_environment with the state deleted, so that what was recorded of them keeps its name.
//
// Invariants: keys of environments that are not deleted are unique; parents form no cycle; an environment has at most one
// component whose version stands for the whole; connections run between members of their group; the plain text of a
// secret configuration value is never stored. Before anything about the bookings of environments is decided, their
// schedules are locked with LockSchedules, sorted by id.
//
// What runs in environments is kept by package stack, and versions are compared by package version, both below this one.
//
// Permissions: see permissions.go. Event kinds: see events.go. Lists of values: see [Lists].
package environment
