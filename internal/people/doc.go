// Package people knows the organisation: who there is, how they are arranged, and what they may do.
//
// It owns the tables unit (the organisation tree with a materialised path), person, team, team_member, role,
// role_permission, role_seed and role_grant, and publishes the views v_unit, v_person, v_team and v_team_member to the
// other slices.
//
// Permissions: people.view_unit, people.manage_unit, people.view_person, people.manage_person, people.view_team,
// people.manage_team, people.view_role, people.manage_role, people.view_grant, people.manage_grant. Nobody can give
// away what they do not hold themselves: see notGiveable in rules.go.
//
// Event kinds: people.unit_*, people.person_*, people.team_*, people.role_*, people.grant_*, see events.go.
//
// It asks of others: a list of [Rehomer] to move the records of a unit that is deleted, a list of [Reassigner] to move
// the open work of a person who leaves, and optionally [ServiceAccounts] to name service accounts in grants. It
// subscribes to nothing.
//
// Invariants: there is exactly one root unit; the path of a unit is the path of its parent followed by its own id; the
// shape of the tree changes only after the root's tree_rev was touched; an email address belongs to one person whatever
// its case; the built-in role administrator always holds every permission; somebody always holds it on the root once
// somebody did.
package people
