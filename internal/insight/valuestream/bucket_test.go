package valuestream

import (
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestBucketEdges(t *testing.T) {
	at := func(z *time.Location, s string) int64 {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, z)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixMicro()
	}
	berlin, lima, kolkata, beirut := zone(t, "Europe/Berlin"), zone(t, "America/Lima"), zone(t, "Asia/Kolkata"), zone(t, "Asia/Beirut")
	cases := []struct {
		name     string
		zone     *time.Location
		bucket   Bucket
		from, to string
		inner    []string
	}{
		{"days around the spring change", berlin, BucketDay, "2026-03-28 06:00", "2026-03-31 00:00", []string{"2026-03-29 00:00", "2026-03-30 00:00"}},
		{"weeks begin on Monday", berlin, BucketWeek, "2026-01-01 00:00", "2026-01-14 00:00", []string{"2026-01-05 00:00", "2026-01-12 00:00"}},
		{"months", lima, BucketMonth, "2025-11-15 00:00", "2026-02-01 00:00", []string{"2025-12-01 00:00", "2026-01-01 00:00"}},
		{"an offset of half an hour", kolkata, BucketDay, "2026-01-01 00:00", "2026-01-03 00:00", []string{"2026-01-02 00:00"}},
		{"a day without midnight", beirut, BucketDay, "2026-03-28 12:00", "2026-03-30 12:00", []string{"2026-03-29 01:00", "2026-03-30 00:00"}},
		{"inside one bucket", time.UTC, BucketMonth, "2026-01-03 00:00", "2026-01-04 00:00", nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			want := []int64{at(tc.zone, tc.from)}
			for _, s := range tc.inner {
				want = append(want, at(tc.zone, s))
			}
			want = append(want, at(tc.zone, tc.to))
			got := bucketEdges(at(tc.zone, tc.from), at(tc.zone, tc.to), tc.bucket, tc.zone)
			if len(got) != len(want) {
				t.Fatalf("%d edges, want %d", len(got), len(want))
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("edge %d is %v, want %v", i, time.UnixMicro(got[i]).In(tc.zone), time.UnixMicro(want[i]).In(tc.zone))
				}
			}
		})
	}
	if bucketEdges(5, 5, BucketDay, time.UTC) != nil {
		t.Error("an empty window has no buckets")
	}
}

func TestEdgesAscendInEveryZone(t *testing.T) {
	for _, name := range []string{"UTC", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "Australia/Lord_Howe", "America/Havana"} {
		z := zone(t, name)
		for _, b := range []Bucket{BucketDay, BucketWeek, BucketMonth} {
			e := bucketEdges(time.Date(2009, 1, 7, 3, 0, 0, 0, z).UnixMicro(), time.Date(2012, 3, 9, 0, 0, 0, 0, z).UnixMicro(), b, z)
			for i := 1; i < len(e); i++ {
				if e[i] <= e[i-1] || e[i]-e[i-1] > 32*day {
					t.Fatalf("%s %s: step %v from %v", name, b, time.Duration(e[i]-e[i-1])*time.Microsecond, time.UnixMicro(e[i-1]).In(z))
				}
			}
		}
	}
}
