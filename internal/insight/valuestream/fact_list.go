package valuestream

// list is a long list that grows without copying what is in it. Facts lie in lists without pointers, so that holding
// millions of them costs the garbage collector nothing.
type list[T any] struct {
	blocks [][]T
	n      int
}

const (
	listBlockBits = 10
	listBlock     = 1 << listBlockBits
)

func (l *list[T]) add(v T) {
	if l.n&(listBlock-1) == 0 {
		l.blocks = append(l.blocks, make([]T, 0, listBlock))
	}
	b := &l.blocks[len(l.blocks)-1]
	*b = append(*b, v)
	l.n++
}

func (l *list[T]) at(i int32) *T { return &l.blocks[i>>listBlockBits][i&(listBlock-1)] }

// finder finds facts by their ids. Facts that refer to each other mostly arrived together and are read in that order, so
// the place after the last one found is tried first; an index is built when that fails for the first time. No fact may be
// added afterwards.
type finder struct {
	n     int
	id    func(i int32) int64
	last  int32
	slots []int32 // a place and 1, or 0
	shift uint
}

func newFinder(n int, id func(i int32) int64) *finder { return &finder{n: n, id: id} }

// find returns the place of a fact, or -1.
func (f *finder) find(id int64) int32 {
	for next := f.last; int(next) < f.n && next <= f.last+1; next++ {
		if f.id(next) == id {
			f.last = next
			return next
		}
	}
	if f.n == 0 {
		return -1
	}
	if f.slots == nil {
		f.index()
	}
	mask := uint64(len(f.slots) - 1)
	for s := f.slot(id); f.slots[s] != 0; s = (s + 1) & mask {
		if i := f.slots[s] - 1; f.id(i) == id {
			f.last = i
			return i
		}
	}
	return -1
}

func (f *finder) index() {
	bits := uint(4)
	for 1<<bits < 2*f.n {
		bits++
	}
	f.slots, f.shift = make([]int32, 1<<bits), 64-bits
	mask := uint64(len(f.slots) - 1)
	for i := range int32(f.n) {
		s := f.slot(f.id(i))
		for f.slots[s] != 0 {
			s = (s + 1) & mask
		}
		f.slots[s] = i + 1
	}
}

func (f *finder) slot(id int64) uint64 { return uint64(id) * 0x9e3779b97f4a7c15 >> f.shift }

// numbering gives small numbers to keys in the order they are first seen.
type numbering[K comparable] struct {
	number map[K]int32
	keys   []K
}

func newNumbering[K comparable]() *numbering[K] { return &numbering[K]{number: map[K]int32{}} }

func (n *numbering[K]) of(key K) int32 {
	i, known := n.number[key]
	if !known {
		i = int32(len(n.keys))
		n.number[key] = i
		n.keys = append(n.keys, key)
	}
	return i
}

// ofText is of for a text that lies in a buffer; it copies only what is new.
func ofText[K ~string](n *numbering[K], b []byte) int32 {
	if i, known := n.number[K(b)]; known {
		return i
	}
	return n.of(K(b))
}

// groups sorts places 0..n-1 by the group each belongs to: group g holds places order[from[g]:from[g+1]], ascending.
type groups struct{ from, order []int32 }

func groupBy(n, count int, group func(i int32) int32) groups {
	g := groups{from: make([]int32, count+1), order: make([]int32, n)}
	for i := range int32(n) {
		g.from[group(i)+1]++
	}
	for k := range count {
		g.from[k+1] += g.from[k]
	}
	next := append([]int32(nil), g.from[:count]...)
	for i := range int32(n) {
		k := group(i)
		g.order[next[k]] = i
		next[k]++
	}
	return g
}

// of returns the places of a group; one that does not exist has none.
func (g *groups) of(k int32) []int32 {
	if k < 0 || int(k)+1 >= len(g.from) {
		return nil
	}
	return g.order[g.from[k]:g.from[k+1]]
}
