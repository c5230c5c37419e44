// Package search finds any record by a few letters: applications, units, persons, teams and connections, as far as the
// caller may see them, and whatever other slices offer through a [Provider]: environments and their groups, bookings,
// requests, outages, freezes, incidents and deployments. It owns no table and reads published views.
package search
