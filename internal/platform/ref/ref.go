// Package ref is the vocabulary every slice shares: typed identifiers.
//
// Records that people create carry a UUIDv7 held in a named string type, so that one slice can mention another's
// record without importing it and without mixing two kinds up. Facts of high volume (deployments, commits, builds …)
// carry an int64 made by [Facts]. The package imports nothing of the house.
package ref

import "github.com/google/uuid"

// Unit identifies a node of the organisation tree.
type Unit string

// Person identifies a human being known to the organisation.
type Person string

// Team identifies a team of persons.
type Team string

// Role identifies a named set of permissions.
type Role string

// Grant identifies a role given to a person, team or service account on a unit and everything below it.
type Grant string

// Account identifies something that can sign in: a person's account or a service account.
type Account string

// Token identifies a personal or service access token (never its secret).
type Token string

// App identifies an application.
type App string

// Component identifies a component (subsystem) of an application.
type Component string

// Connection identifies a configured connection to a tool. The empty value stands for records sent through the API.
type Connection string

// Run identifies one run of a connection.
type Run string

// Event identifies a row of the event table.
type Event string

// Environment identifies a test or production environment of the catalogue.
type Environment string

// EnvironmentGroup identifies a group of environments that is used together (a lane).
type EnvironmentGroup string

// Booking identifies a booking of one or more environments.
type Booking string

// Freeze identifies a freeze (a blockout): a time in which something must not happen.
type Freeze string

// Outage identifies a time in which an environment did not work, planned or not.
type Outage string

// EnvironmentRequest identifies a booking request or an environment change request.
type EnvironmentRequest string

// Lookup identifies a value of a list that an administrator keeps.
type Lookup string

// New returns a fresh time-ordered identifier (UUIDv7) of the wanted type.
func New[T ~string]() T {
	return T(uuid.Must(uuid.NewV7()).String())
}

// Valid reports whether s is a well-formed identifier as [New] makes them.
func Valid[T ~string](s T) bool {
	id, err := uuid.Parse(string(s))
	return err == nil && len(s) == 36 && id != uuid.Nil
}
