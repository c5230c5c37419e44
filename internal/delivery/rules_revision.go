package delivery

import "time"

// A revision orders the versions of one record as its tool made them, whatever the order of arrival. A version with a
// smaller revision never overwrites one with a greater; equal ones overwrite in the order they arrive.
//
// Records that change by editing are ordered by the time of the last change in milliseconds. Records that run are
// ordered by attempt first, because a tool gives a repeated run the same id, then by whether they have ended, because
// an attempt that ended does not run again, then by time.

func revisionOf(updated *time.Time, others ...*time.Time) int64 {
	if updated != nil && !updated.IsZero() {
		return max(0, updated.UnixMilli())
	}
	var last int64
	for _, t := range others {
		if t != nil && !t.IsZero() {
			last = max(last, t.UnixMilli())
		}
	}
	return last
}

const (
	attemptBits = 46 // the bits below the attempt
	statusBits  = 44 // the bits of the milliseconds: enough for 550 years
)

func runRevision(attempt int64, status string, updated *time.Time, others ...*time.Time) int64 {
	attempt = min(max(attempt, 0), 1<<16-1)
	rank := int64(0)
	switch status {
	case StatusInProgress:
		rank = 1
	case StatusDone:
		rank = 2
	}
	return attempt<<attemptBits | rank<<statusBits | revisionOf(updated, others...)&(1<<statusBits-1)
}
