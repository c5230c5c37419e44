// Package catalog owns what the organisation runs: applications with their aliases, components and repositories, and
// the dependencies between them.
//
// Tables: application, application_alias, component, application_repository, dependency, catalog_revision.
// Published views: v_application(id, key, name, unit_id, state), v_application_repository(application_id,
// component_id, repository_key, path_prefix), v_application_name(name_key, application_id, precedence) for finding an
// application by whatever a tool calls it, v_component(id, application_id, name, name_key) and v_dependency(id, from_id,
// to_id, type, criticality).
//
// Direction: a dependency runs from the application that needs something to the application that gives it. What an
// application needs is upstream of it, what needs it is downstream.
//
// Permissions: catalog.view_application, catalog.manage_application. Event kinds: see events.go.
package catalog
