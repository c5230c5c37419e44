package valuestream

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestQuantilesEqualThoseOfASort(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		values := make([]int64, 1+r.IntN(3000))
		shape := r.IntN(4)
		for i := range values {
			switch shape {
			case 0:
				values[i] = r.Int64N(1 << 40)
			case 1:
				values[i] = r.Int64N(3)
			case 2:
				values[i] = int64(i)
			case 3:
				values[i] = int64(-i % 97)
			}
		}
		sorted := slices.Sorted(slices.Values(values))
		k := r.IntN(len(values))
		got := quantiles(values, percentiles, k)
		for i, p := range percentiles {
			at := p * float64(len(sorted)-1)
			lo, hi := sorted[int(math.Floor(at))], sorted[int(math.Ceil(at))]
			want := float64(lo) + (at-math.Floor(at))*float64(hi-lo)
			if got[i] != want {
				t.Fatalf("seed %d: p%v is %v, want %v", seed, p, got[i], want)
			}
		}
		if values[k] != sorted[k] {
			t.Fatalf("seed %d: rank %d misplaced", seed, k)
		}
		slices.Sort(values)
		if !slices.Equal(values, sorted) {
			t.Fatalf("seed %d: values lost", seed)
		}
	}
}

func TestTheMedianOfAnEvenNumberLiesBetween(t *testing.T) {
	if q := quantiles([]int64{4, 2}, percentiles[:1]); q[0] != 3 {
		t.Fatalf("median %v", q[0])
	}
	if quantiles(nil, percentiles) != nil {
		t.Fatal("no values have no quantile")
	}
}

// The ranks are those printed in tables of the sign test (counted from 1 there).
func TestMedianIntervalRanks(t *testing.T) {
	for _, tc := range []struct{ n, low, high int }{{6, 1, 6}, {9, 2, 8}, {10, 2, 9}, {20, 6, 15}, {50, 18, 33}, {100, 40, 61}} {
		low, high, ok := medianRanks(tc.n)
		if !ok || low+1 != tc.low || high+1 != tc.high {
			t.Errorf("n=%d: %d..%d, want %d..%d", tc.n, low+1, high+1, tc.low, tc.high)
		}
	}
	if _, _, ok := medianRanks(5); ok {
		t.Error("five values cannot bound a median at 95 %")
	}
	low, high, ok := medianRanks(1_000_000)
	if !ok || math.Abs(float64(high-low)-1960) > 3 {
		t.Errorf("a million values: %d..%d", low, high)
	}
}

func TestWilson(t *testing.T) {
	for _, tc := range []struct {
		hits, n   int
		low, high float64
	}{{0, 10, 0, 0.277533}, {1, 10, 0.017876, 0.404150}, {5, 10, 0.236593, 0.763407}, {10, 10, 0.722467, 1}} {
		low, high := wilson(tc.hits, tc.n)
		if math.Abs(low-tc.low) > 1e-5 || math.Abs(high-tc.high) > 1e-5 {
			t.Errorf("%d of %d: %.6f..%.6f", tc.hits, tc.n, low, high)
		}
	}
}

func TestPoissonInterval(t *testing.T) {
	for _, tc := range []struct {
		n         int
		low, high float64
	}{{0, 0, 3.6889}, {1, 0.0253, 5.5716}, {5, 1.6235, 11.6683}, {10, 4.7954, 18.3904}, {100, 81.3639, 121.6272}} {
		low, high := poisson(tc.n)
		if math.Abs(low-tc.low) > 1e-3 || math.Abs(high-tc.high) > 1e-3 {
			t.Errorf("%d: %.4f..%.4f, want %v..%v", tc.n, low, high, tc.low, tc.high)
		}
	}
	low, high := poisson(1_000_000)
	if math.Abs(low-998_041) > 2 || math.Abs(high-1_001_961) > 3 {
		t.Errorf("a million: %.1f..%.1f", low, high)
	}
}
