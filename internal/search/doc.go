// Package search finds any record by a few letters: applications, units, persons, teams, connections and incidents, as
// far as the caller may see them. It owns no table and reads published views.
package search
