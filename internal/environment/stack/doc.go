// Package stack keeps what runs in environments: hosts and components with their versions, the configuration and the
// refreshes of data, and holds one environment against another. It is the part of the slice of environments that
// pipelines write; the tables belong to package environment.
//
// Invariants: an environment has at most one component whose version stands for the whole; the plain text of a secret
// configuration value is never stored; a version goes into the history once for each deployment that brought it.
package stack
