// Package cdevents takes CDEvents over the CloudEvents HTTP binding, in structured, batched and binary mode, and maps
// them to normalised delivery records. Specification versions 0.3 to 0.5 are understood; the version of a single event
// type does not matter as long as its subject keeps its members.
package cdevents
