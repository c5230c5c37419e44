// Package github connects GitHub and GitHub Enterprise Server: repositories, commits, pull requests with their reviews,
// issues with their timeline, workflow runs with their jobs, deployments with their statuses, and releases. Pages are
// collected over REST ([Connector.Pull]) or pushed by webhooks ([Connector.Receive]), and mapped by rules ([Map]), which
// is pure. What was asked is kept as it came, so that history can be mapped again without asking GitHub.
package github
