// Package demo makes a lively organisation from a fixed seed: divisions, teams, people, applications with dependencies,
// and eighteen months of commits, reviews, builds, deployments and incidents that end today. The plan and the history are
// pure functions of the seed and the day; the loader puts them in through the same use cases as everybody else.
package demo
