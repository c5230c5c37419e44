package valuestream

import (
	"math"
	"slices"
)

const z95 = 1.959963984540054 // two-sided 95 % of the normal distribution

// quantiles returns the exact quantiles of values at the given probabilities, interpolated between the two neighbouring
// order statistics, so that the median of an even number is the mean of the middle two. It reorders values; it does
// not sort them. The ranks given besides (from 0) hold their order statistic afterwards too. With no values it returns
// nil.
func quantiles(values []int64, probabilities []float64, ranks ...int) []float64 {
	n := len(values)
	if n == 0 {
		return nil
	}
	for _, p := range probabilities {
		at := p * float64(n-1)
		ranks = append(ranks, int(math.Floor(at)), int(math.Ceil(at)))
	}
	placeRanks(values, ranks)
	out := make([]float64, len(probabilities))
	for i, p := range probabilities {
		at := p * float64(n-1)
		lo, hi := values[int(math.Floor(at))], values[int(math.Ceil(at))]
		out[i] = float64(lo) + (at-math.Floor(at))*float64(hi-lo)
	}
	return out
}

// placeRanks reorders values so that each given rank holds what it would hold after sorting.
func placeRanks(values []int64, ranks []int) {
	slices.Sort(ranks)
	place(values, 0, slices.Compact(ranks))
}

// place puts the wanted ranks (counted from offset) right by partitioning only the parts that hold one.
func place(values []int64, offset int, ranks []int) {
	for len(ranks) > 0 {
		n := len(values)
		if n <= 32 || len(ranks) > n/4 {
			slices.Sort(values)
			return
		}
		lt, gt := partition(values, pivot(values))
		below, _ := slices.BinarySearch(ranks, offset+lt)
		above, _ := slices.BinarySearch(ranks, offset+gt)
		place(values[:lt], offset, ranks[:below])
		values, offset, ranks = values[gt:], offset+gt, ranks[above:]
	}
}

// pivot takes the middle of nine spread values: good on sorted, equal and random data alike.
func pivot(v []int64) int64 {
	n := len(v)
	var s [9]int64
	for i := range s {
		// An odd stride through the slice keeps patterned data from choosing its own worst case.
		s[i] = v[(uint64(i)*2654435761+uint64(n)/2+uint64(i*n)/9)%uint64(n)]
	}
	slices.Sort(s[:])
	return s[4]
}

// partition orders v into less than, equal to and greater than p; the equal part is v[lt:gt].
func partition(v []int64, p int64) (lt, gt int) {
	i, n := 0, len(v)
	gt = n
	for i < gt {
		switch x := v[i]; {
		case x < p:
			v[lt], v[i] = x, v[lt]
			lt++
			i++
		case x > p:
			gt--
			v[i], v[gt] = v[gt], x
		default:
			i++
		}
	}
	return lt, gt
}

// medianRanks returns the ranks (from 0) of the order statistics that enclose the median with at least 95 %
// probability whatever the distribution, and false when n is too small for that.
func medianRanks(n int) (low, high int, ok bool) {
	if n < 6 {
		return 0, 0, false
	}
	// The largest k with P(Binomial(n, 1/2) < k) ≤ 2.5 %: the interval runs from the k-th smallest to the k-th
	// largest. Terms far below the middle are too small to matter and are skipped.
	k := max(0, n/2-int(8*math.Sqrt(float64(n)))-1)
	sum, term := 0.0, halfBinomial(n, k)
	for {
		if sum += term; sum > 0.025 {
			break
		}
		term *= float64(n-k) / float64(k+1)
		k++
	}
	// sum now holds P(X ≤ k) > 2.5 %, so P(X < k) ≤ 2.5 % and the k-th smallest is the bound.
	return k - 1, n - k, true
}

// halfBinomial is P(Binomial(n, 1/2) = k).
func halfBinomial(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return math.Exp(a - b - c - float64(n)*math.Ln2)
}

// wilson returns the 95 % score interval of a proportion.
func wilson(hits, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	p, m, z := float64(hits)/float64(n), float64(n), z95
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	low, high = max(0, centre-half), min(1, centre+half)
	if hits == 0 {
		low = 0
	}
	if hits == n {
		high = 1
	}
	return low, high
}

// poisson returns the exact 95 % interval of a Poisson mean after n events (Garwood).
func poisson(n int) (low, high float64) {
	if n > 0 {
		low = gammaQuantile(float64(n), 0.025)
	}
	return low, gammaQuantile(float64(n+1), 0.975)
}

// gammaQuantile inverts the regularised lower incomplete gamma function P(a, x) = p: Newton's steps from Wilson and
// Hilferty's approximation, halved where they would leave the bracket known so far.
func gammaQuantile(a, p float64) float64 {
	z := z95
	if p < 0.5 {
		z = -z95
	}
	cube := 1 - 1/(9*a) + z/(3*math.Sqrt(a))
	lo, hi := 0.0, a+10*math.Sqrt(a)+10
	x := min(max(a*cube*cube*cube, hi*1e-6), hi)
	lg, _ := math.Lgamma(a)
	for range 100 {
		off := gammaP(a, x) - p
		if off < 0 {
			lo = x
		} else {
			hi = x
		}
		next := x - off/math.Exp((a-1)*math.Log(x)-x-lg)
		if !(next > lo && next < hi) {
			next = (lo + hi) / 2
		}
		if math.Abs(next-x) <= 1e-12*x {
			return next
		}
		x = next
	}
	return x
}

// gammaP is the regularised lower incomplete gamma function: its series below a+1, its continued fraction above.
func gammaP(a, x float64) float64 {
	if x <= 0 {
		return 0
	}
	lg, _ := math.Lgamma(a)
	scale := math.Exp(a*math.Log(x) - x - lg)
	if x < a+1 {
		term := 1 / a
		sum := term
		for k := 1.0; math.Abs(term) > 1e-16*math.Abs(sum) && k < 1e6; k++ {
			term *= x / (a + k)
			sum += term
		}
		return sum * scale
	}
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for i := 1.0; i < 1e6; i++ {
		an := -i * (i - a)
		b += 2
		if d = an*d + b; math.Abs(d) < tiny {
			d = tiny
		}
		if c = b + an/c; math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		step := d * c
		h *= step
		if math.Abs(step-1) < 1e-15 {
			break
		}
	}
	return 1 - scale*h
}
