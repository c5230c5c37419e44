// Package connectortest holds the contract every connector passes ([Run]), and a fake GitHub to run against
// ([NewGitHub]): it pages, counts requests against a rate limit, answers conditional requests and fails when told to.
package connectortest
