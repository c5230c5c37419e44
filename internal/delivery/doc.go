// Package delivery owns the facts of software delivery: work items with their history, change requests with reviews,
// commits, pipeline runs and jobs, test runs, artifacts, deployments with their commits, and incidents.
package delivery
