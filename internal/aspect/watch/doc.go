// Package watch lets persons, teams and outside mail addresses follow any record.
package watch
