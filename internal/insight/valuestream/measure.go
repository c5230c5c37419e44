package valuestream

import (
	"slices"
	"sync"
)

// measureAll answers a question over the columns of the applications in scope: the five metrics in the order of Keys.
func measureAll(apps []*columns, q Question) []Metric {
	edges := q.Edges
	if len(edges) == 0 {
		edges = []int64{q.From, q.To}
	}
	before := []int64{q.From - (q.To - q.From), q.From}
	var now, prior deploymentTally
	var leads, earlier spans
	var wait sync.WaitGroup
	wait.Go(func() {
		leads = gatherLeads(apps, q, edges)
		earlier = gatherLeads(apps, q, before)
	})
	now = tallyDeployments(apps, q.Class, edges)
	prior = tallyDeployments(apps, q.Class, before)
	wait.Wait()

	out := make([]Metric, len(Keys))
	for i, k := range Keys {
		out[i].Key = k
		switch k {
		case ChangeLeadTime:
			spanMetric(&out[i], &leads, &earlier)
		case RecoveryTime:
			spanMetric(&out[i], &now.recovery, &prior.recovery)
		case DeploymentFrequency:
			frequencyMetric(&out[i], q, edges, before, &now, &prior)
		case ChangeFailRate:
			ratioMetric(&out[i], now.failed, now.counted, prior.failed, prior.counted)
			out[i].Excluded = now.uncounted
		case ReworkRate:
			ratioMetric(&out[i], now.rework, now.counted, prior.rework, prior.counted)
			out[i].Excluded = now.uncounted
		}
		if len(q.Edges) == 0 {
			out[i].Series = nil
		}
		for k := range out[i].Series {
			p := &out[i].Series[k]
			p.Start, p.End = edges[k], edges[k+1]
			p.Partial = q.Partial != nil && q.Partial(p.Start, p.End) || p.End > q.Now
		}
		judgeEnough(&out[i], q, now.any)
	}
	return out
}

// spans holds values bucket by bucket in one slice: those of bucket i are all[start[i]:start[i+1]].
type spans struct {
	all      []int64
	start    []int
	excluded int
}

func (s *spans) bucket(i int) []int64 { return s.all[s.start[i]:s.start[i+1]] }

// window returns the half-open range of ordinals whose times lie in from..to; times ascend.
func window(times []int64, from, to int64) (int, int) {
	lo, _ := slices.BinarySearch(times, from)
	hi, _ := slices.BinarySearch(times, to)
	return lo, hi
}

// gatherLeads collects the lead times of the window in two passes, one to count and one to place, so that a series of
// many steps costs no more than one of few.
func gatherLeads(apps []*columns, q Question, edges []int64) spans {
	n := len(edges) - 1
	parts := shares(apps)
	at := make([][]int, len(parts)) // per share: first how many values each step has, then where the next one goes
	excluded := make([]int, len(parts))
	together(len(parts), func(p int) {
		at[p] = make([]int, n)
		excluded[p] = countLeads(parts[p], q, edges, at[p])
	})
	s := spans{start: make([]int, n+1)}
	total := 0
	for b := range n {
		s.start[b] = total
		for p := range parts {
			count := at[p][b]
			at[p][b] = total
			total += count
		}
	}
	s.start[n] = total
	s.all = make([]int64, total)
	together(len(parts), func(p int) { placeLeads(parts[p], q, edges, at[p], s.all) })
	s.excluded = sum(excluded)
	return s
}

func (c *columns) leads(q Question) []int64 {
	if q.LeadFrom == LeadFromMerge {
		return c.mergeLead
	}
	return c.firstLead
}

func countLeads(apps []*columns, q Question, edges []int64, count []int) (excluded int) {
	for _, c := range apps {
		lo, hi := window(c.changeAt, edges[0], edges[len(count)])
		when, lead, class := c.changeAt[lo:hi], c.leads(q)[lo:hi], c.changeClass[lo:hi]
		b, next := 0, edges[1]
		for i, t := range when {
			for t >= next {
				b++
				next = edges[b+1]
			}
			switch {
			case class[i] != q.Class:
			case lead[i] < 0:
				excluded += c.countOf(lo + i)
			default:
				count[b]++
			}
		}
	}
	return excluded
}

func placeLeads(apps []*columns, q Question, edges []int64, at []int, all []int64) {
	for _, c := range apps {
		lo, hi := window(c.changeAt, edges[0], edges[len(at)])
		when, lead, class := c.changeAt[lo:hi], c.leads(q)[lo:hi], c.changeClass[lo:hi]
		b, next := 0, edges[1]
		for i, t := range when {
			for t >= next {
				b++
				next = edges[b+1]
			}
			if v := lead[i]; v >= 0 && class[i] == q.Class {
				all[at[b]] = v
				at[b]++
			}
		}
	}
}

// deploymentTally counts deployments bucket by bucket.
type deploymentTally struct {
	success, counted, failed, rework []int
	uncounted, notSuccess            int
	recovered                        []span // of one share, before they are laid into recovery
	recovery                         spans
	any                              bool // the scope has a deployment of the class at any time
}

func tallyDeployments(apps []*columns, class Class, edges []int64) deploymentTally {
	n := len(edges) - 1
	parts := shares(apps)
	tallies := make([]deploymentTally, len(parts))
	together(len(parts), func(p int) { tallies[p] = tallyShare(parts[p], class, edges) })
	t := tallies[0]
	t.recovery.start = make([]int, n+1)
	for p := range tallies {
		if p > 0 {
			t.add(&tallies[p])
		}
		for _, r := range tallies[p].recovered {
			t.recovery.start[r.bucket+1]++
		}
	}
	for b := range n {
		t.recovery.start[b+1] += t.recovery.start[b]
	}
	at := slices.Clone(t.recovery.start)
	t.recovery.all = make([]int64, at[n])
	for p := range tallies {
		for _, r := range tallies[p].recovered {
			t.recovery.all[at[r.bucket]] = r.value
			at[r.bucket]++
		}
	}
	return t
}

// add counts another share in, except its recoveries.
func (t *deploymentTally) add(o *deploymentTally) {
	for b := range t.success {
		t.success[b] += o.success[b]
		t.counted[b] += o.counted[b]
		t.failed[b] += o.failed[b]
		t.rework[b] += o.rework[b]
	}
	t.uncounted += o.uncounted
	t.notSuccess += o.notSuccess
	t.recovery.excluded += o.recovery.excluded
	t.any = t.any || o.any
}

func tallyShare(apps []*columns, class Class, edges []int64) deploymentTally {
	n := len(edges) - 1
	t := deploymentTally{success: make([]int, n), counted: make([]int, n), failed: make([]int, n), rework: make([]int, n)}
	for _, c := range apps {
		t.any = t.any || c.ofClass[class] > 0
		lo, hi := window(c.finish, edges[0], edges[n])
		fail, _ := slices.BinarySearch(c.failed, int32(lo))
		b := 0
		for i := lo; i < hi; i++ {
			if c.class[i] != class {
				if s := c.state[i]; s&depFailed != 0 {
					fail++
				}
				continue
			}
			for c.finish[i] >= edges[b+1] {
				b++
			}
			s := c.state[i]
			if s&depSuccess != 0 {
				t.success[b]++
			} else {
				t.notSuccess++
			}
			if s&depCounts == 0 {
				t.uncounted++
			} else {
				t.counted[b]++
			}
			if s&depRework != 0 {
				t.rework[b]++
			}
			if s&depFailed != 0 {
				t.failed[b]++
				if r := c.recover[fail]; r >= 0 {
					t.recovered = append(t.recovered, span{b, r})
				} else {
					t.recovery.excluded++
				}
				fail++
			}
		}
	}
	return t
}

type span struct {
	bucket int
	value  int64
}

// spanMetric fills a metric whose value is a median. Every selection reorders its values, so that the whole window is
// judged on a copy while the steps are judged in place.
func spanMetric(m *Metric, s, before *spans) {
	m.Excluded = s.excluded
	m.Series = make([]Point, len(s.start)-1)
	var wait sync.WaitGroup
	if len(m.Series) > 1 {
		all := slices.Clone(s.all)
		wait.Go(func() { m.Measure, m.Percentiles = medianOf(all, true) })
		for i := range m.Series {
			m.Series[i].Measure, _ = medianOf(s.bucket(i), false)
		}
	} else {
		m.Measure, m.Percentiles = medianOf(s.all, true)
		m.Series[0].Measure = m.Measure
	}
	m.Previous, _ = medianOf(before.all, false)
	wait.Wait()
}

// medianOf returns the median in seconds with its interval and, when asked, the percentiles. It reorders values.
func medianOf(values []int64, spread bool) (Measure, []float64) {
	n := len(values)
	if n == 0 {
		return Measure{}, nil
	}
	low, high, bounded := medianRanks(n)
	wanted := percentiles[:1]
	if spread {
		wanted = percentiles
	}
	ranks := make([]int, 0, 12)
	if bounded {
		ranks = append(ranks, low, high)
	}
	q := quantiles(values, wanted, ranks...)
	for i := range q {
		q[i] /= float64(second)
	}
	m := Measure{Value: &q[0], N: n}
	if bounded {
		lo, hi := float64(values[low])/float64(second), float64(values[high])/float64(second)
		m.Low, m.High = &lo, &hi
	}
	if !spread {
		return m, nil
	}
	value := q[0]
	m.Value = &value
	return m, q
}

// frequencyMetric fills deployments per day. A bucket that the window or the present cuts short counts only the days
// it has.
func frequencyMetric(m *Metric, q Question, edges, before []int64, now, prior *deploymentTally) {
	total := 0
	m.Series = make([]Point, len(now.success))
	for i, n := range now.success {
		total += n
		m.Series[i].Measure = rateOf(n, edges[i], min(edges[i+1], q.Now))
	}
	m.Excluded = now.notSuccess
	m.Measure = rateOf(total, q.From, min(q.To, q.Now))
	m.Previous = rateOf(prior.success[0], before[0], min(before[1], q.Now))
	if !now.any { // nothing was ever deployed: not a frequency of zero but none at all
		m.Measure, m.Previous = Measure{}, Measure{}
		for i := range m.Series {
			m.Series[i].Measure = Measure{}
		}
	}
}

func rateOf(n int, from, to int64) Measure {
	if to <= from {
		return Measure{N: n}
	}
	days := float64(to-from) / float64(day)
	low, high := poisson(n)
	value := float64(n) / days
	low, high = low/days, high/days
	return Measure{Value: &value, N: n, Low: &low, High: &high}
}

func ratioMetric(m *Metric, hits, of, hitsBefore, ofBefore []int) {
	m.Series = make([]Point, len(hits))
	for i := range hits {
		m.Series[i].Measure = ratioOf(hits[i], of[i])
	}
	m.Measure = ratioOf(sum(hits), sum(of))
	m.Previous = ratioOf(sum(hitsBefore), sum(ofBefore))
}

func sum(v []int) (total int) {
	for _, n := range v {
		total += n
	}
	return total
}

func ratioOf(hits, n int) Measure {
	if n == 0 {
		return Measure{}
	}
	low, high := wilson(hits, n)
	value := float64(hits) / float64(n)
	return Measure{Value: &value, N: n, Low: &low, High: &high}
}

// judgeEnough says whether a value can bear a decision, and if not why.
func judgeEnough(m *Metric, q Question, anyDeployment bool) {
	switch {
	case !anyDeployment:
		m.Reason = "no_deployments"
	case m.Value == nil:
		m.Reason = "no_data"
	case m.Key == ChangeLeadTime && m.N < enoughChanges:
		m.Reason = "too_few_changes"
	case m.Key == RecoveryTime && m.N < enoughRecoveries:
		m.Reason = "too_few_failures"
	case (m.Key == ChangeFailRate || m.Key == ReworkRate) && m.N < enoughRatio:
		m.Reason = "too_few_deployments"
	case m.Key == DeploymentFrequency && min(q.To, q.Now)-q.From < enoughDays*day:
		m.Reason = "window_too_short"
	case m.Key == DeploymentFrequency && m.N < enoughFrequency:
		m.Reason = "too_few_deployments"
	default:
		m.Enough = true
	}
}
