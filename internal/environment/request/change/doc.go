// Package change keeps environment change requests: what is to be done to environments, when, in which order from one
// environment to the next (the progression path), and whom it hits. It is a part of the slice of requests, which keeps
// what both sorts of requests have, their permissions, kinds of events and tables.
//
// It asks of others, see ports.go: the outages that requests announce.
//
// Invariants: an outage that is announced stands where the cards of its request stand, at its times, or is taken back; a
// card that is done brought its versions in the transaction that says so.
package change
