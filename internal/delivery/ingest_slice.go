package delivery

import (
	"sync/atomic"
	"time"

	"millrace/internal/platform/db"
)

// slicer decides how many records of a large batch one transaction takes. On SQLite that is as many as the single writer
// was seen to write in the time somebody may have to wait for it; PostgreSQL has many writers.
type slicer struct {
	perRecord atomic.Int64 // nanoseconds, smoothed over the last transactions
}

const (
	// holdWriter is how long a transaction of a large batch should keep SQLite's writer.
	holdWriter = 3 * time.Millisecond
	// leastRecords is where smaller transactions would spend their time on themselves.
	leastRecords = 24
)

func (s *slicer) records(e db.Engine) int {
	most := bulkRecords(e)
	if e == db.Postgres {
		return most
	}
	per := s.perRecord.Load()
	if per <= 0 {
		return most / 2
	}
	return int(max(leastRecords, min(int64(most), int64(holdWriter)/per)))
}

// took notes how long a transaction of n records had the writer.
func (s *slicer) took(n int, held time.Duration) {
	one, per := int64(held)/int64(max(n, 1)), s.perRecord.Load()
	if per > 0 {
		one = (3*per + one) / 4
	}
	s.perRecord.Store(one)
}
