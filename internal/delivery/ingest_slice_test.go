package delivery

import (
	"testing"
	"time"

	"millrace/internal/platform/db"
)

func TestSlicesFollowTheSpeedOfTheWriter(t *testing.T) {
	var s slicer
	if got := s.records(db.Postgres); got != bulkRecords(db.Postgres) {
		t.Fatalf("PostgreSQL is given %d records at a time", got)
	}
	first := s.records(db.SQLite)
	for range 20 {
		s.took(10, 20*time.Millisecond) // 2 ms each
	}
	if got := s.records(db.SQLite); got != leastRecords || got >= first {
		t.Fatalf("a slow writer is given %d records at a time, after %d", got, first)
	}
	for range 40 {
		s.took(100, time.Millisecond)
	}
	if got := s.records(db.SQLite); got != bulkRecords(db.SQLite) {
		t.Fatalf("a fast writer is given %d records at a time", got)
	}
	s = slicer{}
	s.took(60, 60*holdWriter/40)
	if got := s.records(db.SQLite); got != 40 {
		t.Fatalf("%d records, of which 40 fit", got)
	}
}
