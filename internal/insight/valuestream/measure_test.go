package valuestream

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"millrace/internal/platform/ref"
)

// randomRows makes derived rows of one application directly.
func randomRows(r *rand.Rand, n int) AppRows {
	var rows AppRows
	for i := range n {
		d := DeploymentRow{ID: int64(i + 1), Class: Class(r.IntN(3)), Result: Result(r.IntN(4)), FinishedAt: h(r.Float64() * 400)}
		if d.Result == ResultNone {
			d.StartedAt, d.FinishedAt = d.FinishedAt, 0
		}
		if r.IntN(6) == 0 {
			d.Remedy, d.RemediedAt = Remedy(1+r.IntN(3)), d.FinishedAt+r.Int64N(9*hour)
		}
		if r.IntN(6) == 0 {
			d.Flags |= FlagRework
		}
		if r.IntN(8) == 0 && d.Result == ResultFailure {
			d.Flags |= FlagRetried
		}
		rows.Deployments = append(rows.Deployments, d)
		c := ChangeRow{ID: int64(i + 1), Class: Class(r.IntN(3)), DeployedAt: h(r.Float64() * 400), Count: 1}
		c.MergedAt = c.DeployedAt - r.Int64N(40*hour)
		c.FirstAt = c.MergedAt - r.Int64N(90*hour)
		if r.IntN(9) == 0 {
			c.Reason, c.Count = ReasonFirstDeployment, 3
		}
		rows.Changes = append(rows.Changes, c)
	}
	return rows
}

// naive answers the same question by going through every row for every bucket.
func naive(all []AppRows, q Question, from, to int64) (leads, recoveries []int64, success, counted, failed, rework int) {
	for _, rows := range all {
		for _, c := range rows.Changes {
			if c.Class == q.Class && c.Reason == ReasonNone && c.DeployedAt >= from && c.DeployedAt < to {
				begin := c.FirstAt
				if q.LeadFrom == LeadFromMerge {
					begin = c.MergedAt
				}
				leads = append(leads, c.DeployedAt-begin)
			}
		}
		for _, d := range rows.Deployments {
			if d.Class != q.Class || d.FinishedAt < from || d.FinishedAt >= to || d.FinishedAt == 0 {
				continue
			}
			if d.Result == ResultSuccess {
				success++
			}
			if !d.Counts() {
				continue
			}
			counted++
			if d.Flags&FlagRework != 0 {
				rework++
			}
			if d.FailedWithoutIncident() {
				failed++
				if d.RemediedAt > 0 {
					recoveries = append(recoveries, d.RemediedAt-d.FinishedAt)
				}
			}
		}
	}
	slices.Sort(leads)
	slices.Sort(recoveries)
	return
}

func median(sorted []int64) float64 {
	n := len(sorted)
	return (float64(sorted[(n-1)/2]) + float64(sorted[n/2])) / 2 / float64(second)
}

func TestMeasureEqualsTheNaiveAnswer(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		var all []AppRows
		var cols []*columns
		for range 1 + r.IntN(5) {
			rows := randomRows(r, r.IntN(300))
			all, cols = append(all, rows), append(cols, newColumns(&rows, nil, nil))
		}
		from := h(r.Float64() * 200)
		q := Question{From: from, To: from + r.Int64N(200*hour) + hour, Now: h(1000), Class: Class(1 + r.IntN(2)), LeadFrom: LeadFromMerge}
		if r.IntN(2) == 0 {
			q.LeadFrom = LeadFromFirstCommit
		}
		q.Edges = bucketEdges(q.From, q.To, BucketDay, time.UTC)
		got := measureAll(cols, q)
		check := func(what string, m []Measure, from, to int64) {
			leads, recoveries, success, counted, failed, rework := naive(all, q, from, to)
			for i, want := range []int{len(leads), success, len(recoveries), counted, counted} {
				if m[i].N != want && m[i].Value != nil {
					t.Fatalf("seed %d, %s: %s rests on %d, want %d", seed, what, Keys[i], m[i].N, want)
				}
			}
			if len(leads) > 0 {
				near(t, what+" lead", m[0].Value, median(leads))
			} else if m[0].Value != nil {
				t.Fatalf("seed %d, %s: a median of nothing", seed, what)
			}
			if m[1].Value != nil {
				near(t, what+" frequency", m[1].Value, float64(success)/(float64(to-from)/float64(day)))
			}
			if len(recoveries) > 0 {
				near(t, what+" recovery", m[2].Value, median(recoveries))
			}
			if counted > 0 {
				near(t, what+" fail rate", m[3].Value, float64(failed)/float64(counted))
				near(t, what+" rework", m[4].Value, float64(rework)/float64(counted))
			}
		}
		pickEach := func(of func(m *Metric) Measure) (out []Measure) {
			for i := range got {
				out = append(out, of(&got[i]))
			}
			return out
		}
		check("window", pickEach(func(m *Metric) Measure { return m.Measure }), q.From, q.To)
		check("before", pickEach(func(m *Metric) Measure { return m.Previous }), 2*q.From-q.To, q.From)
		for b := range len(q.Edges) - 1 {
			check("bucket", pickEach(func(m *Metric) Measure { return m.Series[b].Measure }), q.Edges[b], q.Edges[b+1])
		}
	}
}

func TestNothingIsNotZero(t *testing.T) {
	q := Question{From: h(0), To: h(240), Now: h(500), Class: ClassProduction}
	for _, m := range measureAll(nil, q) {
		if m.Value != nil || m.Enough || m.Reason != "no_deployments" || m.N != 0 {
			t.Errorf("%s of nothing is %+v", m.Key, m)
		}
	}
	rows := AppRows{Deployments: []DeploymentRow{{ID: 1, Class: ClassProduction, Result: ResultSuccess, FinishedAt: h(-500)}}}
	got := measureAll([]*columns{newColumns(&rows, nil, nil)}, q)
	if got[1].Value == nil || *got[1].Value != 0 || *got[1].High <= 0 {
		t.Errorf("a window without deployments has the frequency 0, got %+v", got[1])
	}
	if got[0].Value != nil || got[3].Value != nil || got[0].Reason != "no_data" {
		t.Errorf("no change has no lead time: %+v", got[0])
	}
}

func TestThePresentCutsTheLastStepShort(t *testing.T) {
	rows := AppRows{}
	for i := range 4 {
		rows.Deployments = append(rows.Deployments, DeploymentRow{ID: int64(i + 1), Class: ClassProduction, Result: ResultSuccess, FinishedAt: h(float64(6 * i))})
	}
	q := Question{From: h(0), To: h(240), Now: h(24), Class: ClassProduction, Edges: []int64{h(0), h(12), h(36), h(240)}}
	m := measureAll([]*columns{newColumns(&rows, nil, nil)}, q)[1]
	near(t, "four in the one day that has passed", m.Value, 4)
	near(t, "two in the first half day", m.Series[0].Value, 4)
	near(t, "two in the half day that has passed of the second step", m.Series[1].Value, 4)
	if m.Series[2].Value != nil {
		t.Error("a step that has not begun has no value")
	}
	if m.Enough || m.Reason != "window_too_short" {
		t.Errorf("one day is enough: %q", m.Reason)
	}
}

func TestAnOpenIncidentHasNoRecovery(t *testing.T) {
	rows := AppRows{Deployments: []DeploymentRow{{ID: 7, Class: ClassProduction, Result: ResultSuccess, FinishedAt: h(10)}}}
	blame := func(incident int64, resolved int64) FailureRow {
		return FailureRow{Incident: incident, ResolvedAt: resolved, Decision: Decision{Deployment: 7}}
	}
	q := Question{From: h(0), To: h(240), Now: h(500), Class: ClassProduction}
	open := measureAll([]*columns{newColumns(&rows, []FailureRow{blame(1, h(12)), blame(2, 0)}, nil)}, q)
	if open[2].Value != nil || open[2].Excluded != 1 || *open[3].Value != 1 {
		t.Errorf("open: %+v", open[2])
	}
	closed := measureAll([]*columns{newColumns(&rows, []FailureRow{blame(1, h(12)), blame(2, h(15))}, nil)}, q)
	near(t, "until the last incident was resolved", closed[2].Value, 5*3600)
}

func TestReadersNeverSeeHalfAnApplication(t *testing.T) {
	s := NewStore()
	layout := func(n int) *columns {
		rows := AppRows{}
		for i := range n {
			rows.Deployments = append(rows.Deployments, DeploymentRow{ID: int64(i + 1), Class: ClassProduction, Result: ResultSuccess, FinishedAt: h(1)})
		}
		return newColumns(&rows, nil, nil)
	}
	s.replace(map[ref.App]*columns{"a": layout(100), "b": layout(200)})
	var wait sync.WaitGroup
	done := make(chan struct{})
	wait.Go(func() {
		for i := range 500 {
			n := 100 + i%2*100
			s.replace(map[ref.App]*columns{"a": layout(n), "b": layout(300 - n)})
		}
		close(done)
	})
	q := Question{From: h(0), To: h(24), Now: h(500), Class: ClassProduction}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		if n := measureAll(s.pick([]ref.App{"a", "b", "missing"}), q)[1].N; n != 300 {
			t.Fatalf("%d deployments, want 300", n)
		}
	}
	wait.Wait()
	s.replace(map[ref.App]*columns{"a": nil})
	if len(s.pick([]ref.App{"a"})) != 0 || s.Bytes() == 0 {
		t.Error("a removed application is still there")
	}
}
