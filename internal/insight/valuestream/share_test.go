package valuestream

import (
	"reflect"
	"runtime"
	"testing"
	"time"
)

// TestSharesChangeNoAnswer asks the same on one processor and on several: how the work is divided must not show.
func TestSharesChangeNoAnswer(t *testing.T) {
	all := drawnColumns(300, 400)
	ask := func(processors int, apps []*columns, q Question) []Metric {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		return measureAll(apps, q)
	}
	to := monday + 700*day
	for _, span := range []int64{30, 365, 730} {
		for _, from := range []LeadFrom{LeadFromFirstCommit, LeadFromMerge} {
			q := Question{From: to - span*day, To: to, Now: to, Class: ClassProduction, LeadFrom: from}
			q.Edges = bucketEdges(q.From, q.To, BucketWeek, time.UTC)
			one := ask(1, all, q)
			if one[0].N == 0 || one[2].N == 0 {
				t.Fatalf("nothing to measure: %+v", one)
			}
			for _, processors := range []int{2, 3, 7} {
				if several := ask(processors, all, q); !reflect.DeepEqual(one, several) {
					t.Errorf("%d days, %s: %d processors answer otherwise", span, from, processors)
				}
			}
		}
	}
}

func TestSharesHoldEveryApplicationOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	big, none := &columns{finish: make([]int64, 90_000)}, &columns{}
	for _, apps := range [][]*columns{nil, {none}, {big}, {big, none, none}, {none, big, none, big, big}, {none, none, none, none, big}} {
		var back []*columns
		parts := shares(apps)
		for _, p := range parts {
			back = append(back, p...)
		}
		if len(parts) == 0 || len(parts) > 4 || len(back) != len(apps) {
			t.Fatalf("%d applications in %d shares hold %d", len(apps), len(parts), len(back))
		}
		for i := range back {
			if back[i] != apps[i] {
				t.Fatal("another order")
			}
		}
	}
}
