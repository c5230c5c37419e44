// Package stakeholder gives any record its stakeholders: who is responsible, accountable, consulted and informed (RACI),
// a person or a team, with the roles they play.
//
// It owns the tables stakeholder and stakeholder_list. It declares no permissions of its own: whoever may view or change
// the record may view or change its stakeholders, so each owner names its own two permissions when it mounts the routes.
//
// Event kinds: stakeholder.added, stakeholder.changed, stakeholder.removed and stakeholder.reassigned; they stand in the
// history of the record they are about.
//
// It asks of others: v_person and v_team for names, v_unit for access, and of each owner a [Subject] that tells unit and
// label of a record. To people it is a Reassigner, a Forgetter, a TeamForgetter and a Rehomer.
//
// Invariants: a person or team stands on a record once; adding it again merges flags and roles; at most one stakeholder of
// a record is accountable, and making another so takes it from the first.
package stakeholder
