// Package booking will hold the schedule of environments.
package booking
