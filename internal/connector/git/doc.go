// Package git collects commits and tags of any repository by path or address, and makes deployments of tags by rule. A
// remote repository is mirrored bare into the connection's work directory; a path is read where it lies.
package git
