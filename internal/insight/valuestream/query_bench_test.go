package valuestream

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
)

// drawnColumns lays out so many deployments and changes per application over two years.
func drawnColumns(apps, per int) []*columns {
	r := rand.New(rand.NewPCG(7, 7))
	out := make([]*columns, apps)
	for a := range out {
		var rows AppRows
		for i := range per {
			at := monday + int64(r.Float64()*float64(730*day))
			d := DeploymentRow{ID: int64(a*per + i + 1), Class: ClassProduction, Result: ResultSuccess, FinishedAt: at}
			if r.IntN(20) == 0 {
				d.Remedy, d.RemediedAt = RemedyRollback, at+r.Int64N(9*hour)
			}
			rows.Deployments = append(rows.Deployments, d)
			rows.Changes = append(rows.Changes, ChangeRow{ID: int64(a*per + i + 1), Class: ClassProduction, Deployment: d.ID,
				DeployedAt: at, MergedAt: at - r.Int64N(50*hour), FirstAt: at - 50*hour - r.Int64N(900*hour), Count: 1})
		}
		out[a] = newColumns(&rows, nil, nil)
	}
	return out
}

// BenchmarkQuery asks the whole organisation for everything, which is the slowest question there is.
func BenchmarkQuery(b *testing.B) {
	all := drawnColumns(2000, 500) // 1 M deployments, 1 M changes
	total := 0
	for _, c := range all {
		total += c.bytes()
	}
	for _, span := range []int64{90, 365, 730} {
		for _, bucket := range []Bucket{BucketDay, BucketWeek, BucketMonth} {
			b.Run(fmt.Sprintf("%dd/%s", span, bucket), func(b *testing.B) {
				to := monday + 730*day
				q := Question{From: to - span*day, To: to, Now: to, Class: ClassProduction, LeadFrom: LeadFromFirstCommit}
				q.Edges = bucketEdges(q.From, q.To, bucket, time.UTC)
				var took []time.Duration
				before := cpuSeconds()
				for b.Loop() {
					start := time.Now()
					measureAll(all, q)
					took = append(took, time.Since(start))
				}
				b.ReportMetric((cpuSeconds()-before)*1000/float64(len(took)), "cpu-ms")
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
				b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "ms-worst")
				b.ReportMetric(float64(total)/(1<<20), "MB-store")
			})
		}
	}
	runtime.KeepAlive(all)
}
