// Package app wires the product together: it is the one place that knows every slice. Each list of things to mount,
// migrate, work or subscribe to stands in one file.
package app
