package valuestream

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFinderFindsLikeAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 7))
	for _, n := range []int{0, 1, 2, 3, 1000, 5000} {
		var ids list[int64]
		places := map[int64]int32{}
		for i := range n {
			id := r.Int64() - r.Int64()
			ids.add(id)
			places[id] = int32(i)
		}
		f := newFinder(n, func(i int32) int64 { return *ids.at(i) })
		for i := range int32(n) { // in order, which needs no index
			if got := f.find(*ids.at(i)); got != i {
				t.Fatalf("place %d of %d is found at %d", i, n, got)
			}
		}
		if f.slots != nil {
			t.Fatal("an index was built for ids in order")
		}
		for range 3 * n {
			id := r.Int64()
			if r.IntN(3) > 0 {
				id = *ids.at(r.Int32N(int32(n)))
			}
			want, known := places[id]
			if !known {
				want = -1
			}
			if got := f.find(id); got != want {
				t.Fatalf("%d is found at %d, not %d", id, got, want)
			}
		}
		if got := f.find(0); got != -1 {
			t.Fatalf("what is not there is found at %d", got)
		}
	}
}

func TestGroupByKeepsTheOrder(t *testing.T) {
	of := []int32{2, 0, 2, 2, 0, 3}
	g := groupBy(len(of), 5, func(i int32) int32 { return of[i] })
	for k, want := range [][]int32{{1, 4}, {}, {0, 2, 3}, {5}, {}} {
		if got := g.of(int32(k)); !slices.Equal(got, want) {
			t.Fatalf("group %d holds %v, not %v", k, got, want)
		}
	}
	if g.of(-1) != nil || g.of(5) != nil {
		t.Fatal("a group that is not there holds something")
	}
}
