package environmentkpi

import (
	"math"
	"sort"
	"time"
)

// forever is the end of what has none.
const forever = math.MaxInt64

const (
	hour = int64(time.Hour / time.Microsecond)
	day  = 24 * hour
)

// monthSpan is a calendar month on the clocks of a zone. Months beyond December count on.
func monthSpan(year int, month time.Month, zone *time.Location) Span {
	return Span{time.Date(year, month, 1, 0, 0, 0, 0, zone).UnixMicro(), time.Date(year, month+1, 1, 0, 0, 0, 0, zone).UnixMicro()}
}

// lastFullMonth is the calendar month before the one of a moment.
func lastFullMonth(now time.Time, zone *time.Location) (year int, month time.Month) {
	y, m, _ := now.In(zone).Date()
	t := time.Date(y, m-1, 1, 0, 0, 0, 0, time.UTC)
	return t.Year(), t.Month()
}

// trendLength is how many months a trend shows: a year and the month a year before.
const trendLength = 13

// trendOf returns the months of a trend, the last being the month in which the window ends.
func trendOf(w Span, zone *time.Location) []Span {
	y, m, _ := time.UnixMicro(w.To - 1).In(zone).Date()
	out := make([]Span, trendLength)
	for i := range out {
		out[i] = monthSpan(y, m-time.Month(trendLength-1-i), zone)
	}
	return out
}

// cells are the hours of a week, Monday 0:00 being 0.
const cells = 7 * 24

// grid cuts a window into the hours that the clocks of a zone show.
type grid struct {
	bounds []int64 // one more than cell
	cell   []uint8
}

// newGrid lays out a window. Clocks change at quarters of an hour at the finest, so that is the step in which it looks.
func newGrid(w Span, zone *time.Location) *grid {
	const step = int64(15 * time.Minute / time.Microsecond)
	g := &grid{}
	for at := w.From; at < w.To; {
		t := time.UnixMicro(at).In(zone)
		c := uint8((int(t.Weekday())+6)%7*24 + t.Hour())
		if n := len(g.cell); n == 0 || g.cell[n-1] != c {
			g.bounds, g.cell = append(g.bounds, at), append(g.cell, c)
		}
		at = at - at%step + step
		if at < 0 { // before 1970 the remainder is negative; such windows are refused, this only ends the loop
			break
		}
	}
	g.bounds = append(g.bounds, w.To)
	return g
}

// week sums what stretches of time weigh in each hour of the week. Stretches of many hours cost no more than short ones:
// what covers an hour whole is noted at its ends alone.
type week struct {
	grid  *grid
	whole []int64 // differences of weight per hour of the window
	sum   [cells]int64
}

func newWeek(g *grid) *week { return &week{grid: g, whole: make([]int64, len(g.cell)+1)} }

// add counts a stretch with a weight.
func (w *week) add(s Span, weight int64) {
	g := w.grid
	s = s.Cut(Span{g.bounds[0], g.bounds[len(g.bounds)-1]})
	if s.Length() == 0 || len(g.cell) == 0 {
		return
	}
	first := sort.Search(len(g.cell), func(i int) bool { return g.bounds[i+1] > s.From })
	last := sort.Search(len(g.cell), func(i int) bool { return g.bounds[i+1] >= s.To })
	if first == last {
		w.sum[g.cell[first]] += weight * s.Length()
		return
	}
	w.sum[g.cell[first]] += weight * (g.bounds[first+1] - s.From)
	w.sum[g.cell[last]] += weight * (s.To - g.bounds[last])
	w.whole[first+1] += weight
	w.whole[last] -= weight
}

// total returns the weighted microseconds of each hour of the week.
func (w *week) total() [cells]int64 {
	out, level := w.sum, int64(0)
	for i, c := range w.grid.cell {
		level += w.whole[i]
		out[c] += level * (w.grid.bounds[i+1] - w.grid.bounds[i])
	}
	return out
}
