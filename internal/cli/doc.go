// Package cli holds the client commands. They speak to a server over the same API as everybody else and import no
// slice.
package cli
