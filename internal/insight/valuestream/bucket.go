package valuestream

import "time"

// Bucket is the length of the steps of a series.
type Bucket string

// The bucket lengths.
const (
	BucketDay   Bucket = "day"
	BucketWeek  Bucket = "week"
	BucketMonth Bucket = "month"
)

// ParseBucket reads the API's form.
func ParseBucket(s string) (Bucket, bool) {
	switch b := Bucket(s); b {
	case BucketDay, BucketWeek, BucketMonth:
		return b, true
	}
	return "", false
}

// maxBuckets bounds a series; a longer window needs a longer bucket.
const maxBuckets = 1200

// bucketEdges returns the instants (microseconds) that cut the window from..to into buckets: from itself, every local
// midnight, Monday midnight or first of the month strictly inside, and to. Local time follows the zone's rules, so a
// day lasts 23 or 25 hours where the clock changes.
func bucketEdges(from, to int64, b Bucket, zone *time.Location) []int64 {
	if to <= from {
		return nil
	}
	edges := []int64{from}
	t := time.UnixMicro(from).In(zone)
	y, m, d := t.Date()
	switch b {
	case BucketWeek:
		d -= (int(t.Weekday()) + 6) % 7
	case BucketMonth:
		d = 1
	}
	for {
		switch b {
		case BucketDay:
			d++
		case BucketWeek:
			d += 7
		case BucketMonth:
			m++
		}
		next := midnight(y, m, d, zone)
		if next <= edges[len(edges)-1] {
			continue
		}
		if next >= to {
			return append(edges, to)
		}
		edges = append(edges, next)
	}
}

// wholeBucket reports whether start..end is exactly one local day, week or month.
func wholeBucket(start, end int64, b Bucket, zone *time.Location) bool {
	y, m, d := time.UnixMicro(start).In(zone).Date()
	switch b {
	case BucketWeek:
		d -= (int(time.UnixMicro(start).In(zone).Weekday()) + 6) % 7
	case BucketMonth:
		d = 1
	}
	if midnight(y, m, d, zone) != start {
		return false
	}
	switch b {
	case BucketDay:
		d++
	case BucketWeek:
		d += 7
	case BucketMonth:
		m++
	}
	return midnight(y, m, d, zone) == end
}

// midnight is the first instant of a local day. Where the clock jumps over midnight the day begins after the jump.
func midnight(y int, m time.Month, d int, zone *time.Location) int64 {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	// time.Date maps a midnight that does not exist to an hour before or after it; the day begins where its date does.
	want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Day()
	for step := 0; t.Day() != want && step < 3; step++ {
		t = t.Add(time.Hour)
	}
	return t.UnixMicro()
}
