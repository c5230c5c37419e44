package valuestream

// Graph is the commit graph of one repository with commits numbered densely. Parents that are not known (a shallow
// history, a force-pushed branch) are left out. Build it with [NewGraph].
type Graph struct {
	index    map[int64]int32
	commits  []CommitFact
	parentAt []int32 // commit i has parents parent[parentAt[i]:parentAt[i+1]]
	parent   []int32
	gen      []int32 // one more than the highest generation among the parents
}

// NewGraph numbers the commits and resolves their parents. A commit given twice counts once, the first wins.
func NewGraph(facts []CommitFact) *Graph {
	g := &Graph{index: make(map[int64]int32, len(facts)), commits: make([]CommitFact, 0, len(facts))}
	edges := 0
	for i := range facts {
		f := &facts[i]
		if _, known := g.index[f.ID]; known || f.ID == 0 {
			continue
		}
		g.index[f.ID] = int32(len(g.commits))
		g.commits = append(g.commits, *f)
		edges += 1 + len(f.More)
	}
	g.parentAt = make([]int32, len(g.commits)+1)
	g.parent = make([]int32, 0, edges)
	for i := range g.commits {
		f := &g.commits[i]
		g.link(int32(i), f.Parent1)
		g.link(int32(i), f.Parent2)
		for _, p := range f.More {
			g.link(int32(i), p)
		}
		g.parentAt[i+1] = int32(len(g.parent))
	}
	g.number()
	return g
}

func (g *Graph) link(commit int32, parent int64) {
	if parent == 0 {
		return
	}
	if p, known := g.index[parent]; known && p != commit {
		g.parent = append(g.parent, p)
	}
}

// number gives generations in one pass over the edges. Commits on a cycle, which only broken data has, keep
// generation 0.
func (g *Graph) number() {
	n := len(g.commits)
	g.gen = make([]int32, n)
	waiting := make([]int32, n) // parents not numbered yet
	childAt := make([]int32, n+1)
	for _, p := range g.parent {
		childAt[p+1]++
	}
	for i := range n {
		childAt[i+1] += childAt[i]
	}
	child := make([]int32, len(g.parent))
	next := append([]int32(nil), childAt[:n]...)
	ready := make([]int32, 0, n)
	for i := range int32(n) {
		ps := g.parents(i)
		waiting[i] = int32(len(ps))
		for _, p := range ps {
			child[next[p]] = i
			next[p]++
		}
		if len(ps) == 0 {
			g.gen[i] = 1
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		c := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for _, k := range child[childAt[c]:childAt[c+1]] {
			g.gen[k] = max(g.gen[k], g.gen[c]+1)
			if waiting[k]--; waiting[k] == 0 {
				ready = append(ready, k)
			}
		}
	}
}

func (g *Graph) parents(i int32) []int32 { return g.parent[g.parentAt[i]:g.parentAt[i+1]] }

// Len returns how many commits are known.
func (g *Graph) Len() int { return len(g.commits) }

// Find returns the number of a commit, or -1 when it is not known.
func (g *Graph) Find(id int64) int32 {
	if i, known := g.index[id]; known {
		return i
	}
	return -1
}

// Descends reports whether commit c has a among its ancestors or is a itself. The search never goes below the
// generation of a.
func (g *Graph) Descends(c, a int32, w *walker) bool {
	if c == a {
		return true
	}
	if g.gen[c] <= g.gen[a] {
		return false
	}
	w.begin(g.Len())
	w.stack = append(w.stack[:0], c)
	w.mark[c] = w.walk
	for len(w.stack) > 0 {
		i := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		for _, p := range g.parents(i) {
			if p == a {
				return true
			}
			if g.gen[p] > g.gen[a] && !w.holds(p) {
				w.mark[p] = w.walk
				w.stack = append(w.stack, p)
			}
		}
	}
	return false
}

// walker is a reusable set of commits that grows walk by walk; begin empties it without touching memory.
type walker struct {
	mark  []uint32 // the walk that added a commit
	base  uint32   // the first walk since begin; older marks do not count
	walk  uint32
	stack []int32
	found []int32
}

func (w *walker) begin(n int) {
	if len(w.mark) < n {
		w.mark, w.walk = make([]uint32, n), 0
	}
	if w.walk > 1<<31 { // long before it wraps around
		clear(w.mark)
		w.walk = 0
	}
	w.walk++
	w.base = w.walk
}

func (w *walker) holds(i int32) bool { return w.mark[i] >= w.base }

// advance adds everything reachable from commit to the set and returns what was not in it before, starting with commit
// itself. met is true when the walk ran into what earlier walks had added. Over a whole chain each commit is visited
// once, so a chain costs no more than its history. The slice is valid until the next call.
func (w *walker) advance(g *Graph, commit int32) (added []int32, met bool) {
	w.found = w.found[:0]
	if w.holds(commit) {
		return nil, true
	}
	w.walk++
	w.mark[commit] = w.walk
	w.found = append(w.found, commit)
	for at := 0; at < len(w.found); at++ {
		for _, p := range g.parents(w.found[at]) {
			switch m := w.mark[p]; {
			case m == w.walk:
			case m >= w.base:
				met = true
			default:
				w.mark[p] = w.walk
				w.found = append(w.found, p)
			}
		}
	}
	return w.found, met
}
