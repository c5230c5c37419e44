package valuestream

import (
	"cmp"
	"slices"

	"millrace/internal/platform/ref"
)

// Repository is a commit graph with the change requests that brought its commits in. Build it once with
// [NewRepository] and use it for every application that deploys from it.
type Repository struct {
	ID       int64
	Graph    *Graph
	requests []RequestFact
	owner    []int32 // commit → the request it was proposed in, or -1
	first    []int32 // commit → its first entry in completions, or -1
	entries  []completion

	// Set by Divide where the repository holds several applications.
	mapped  map[ref.App]bool
	touched map[int64][]ref.App // commit id → the applications it touches
	parts   map[int32][]int32   // request → its commits
}

// completion says that a deployment which contains the commit has the whole request.
type completion struct{ request, next int32 }

// NewRepository ties commits to change requests.
//
// A request is complete in a deployment that contains its merge commit (the squashed or last rebased one included) or
// the head it was merged from. A commit is part of a request, and not a change of its own, when the request lists it,
// when it lies on the side branch its merge commit joined, or when it is one of the copies a rebase put below the
// merge commit. Requests that were closed without a merge own nothing.
func NewRepository(id int64, g *Graph, requests []RequestFact) *Repository {
	r := &Repository{ID: id, Graph: g, requests: requests}
	n := g.Len()
	r.owner, r.first = make([]int32, n), make([]int32, n)
	for i := range n {
		r.owner[i], r.first[i] = -1, -1
	}
	trunk := make([]bool, n)
	var merges []int32 // pairs of merge commit and request
	for q := range requests {
		if requests[q].State == RequestClosed {
			continue
		}
		merge := r.complete(int32(q))
		for _, c := range requests[q].Commits {
			if i := g.Find(c.Commit); i >= 0 && i != merge && (r.owner[i] < 0 || requests[q].State == RequestMerged) {
				r.owner[i] = int32(q)
			}
		}
		if merge >= 0 {
			merges = append(merges, merge, int32(q))
		}
	}
	for m := 0; m < len(merges); m += 2 {
		for c := merges[m]; c >= 0 && !trunk[c]; c = r.firstParent(c) {
			trunk[c] = true
		}
	}
	order := make([]int, 0, len(merges)/2)
	for m := 0; m < len(merges); m += 2 {
		order = append(order, m)
	}
	slices.SortFunc(order, func(a, b int) int { return int(g.gen[merges[a]]) - int(g.gen[merges[b]]) })
	var stack []int32
	for _, m := range order {
		merge, q := merges[m], merges[m+1]
		if ps := g.parents(merge); len(ps) > 1 {
			stack = r.absorb(append(stack[:0], ps[1:]...), q, trunk)
		} else {
			r.absorbRebased(merge, q)
		}
	}
	return r
}

// complete notes which commits complete a request and returns its merge commit, or -1.
func (r *Repository) complete(q int32) int32 {
	f := &r.requests[q]
	merge, head := int32(-1), int32(-1)
	if f.Merge != 0 {
		merge = r.Graph.Find(f.Merge)
	}
	if f.Head != 0 {
		head = r.Graph.Find(f.Head)
	} else if last := youngest(f.Commits, nil); last >= 0 {
		head = r.Graph.Find(f.Commits[last].Commit)
	}
	if merge < 0 && head < 0 { // the last of its commits that is known must do
		if last := youngest(f.Commits, r.Graph); last >= 0 {
			head = r.Graph.Find(f.Commits[last].Commit)
		}
	}
	if merge >= 0 {
		r.entries = append(r.entries, completion{q, r.first[merge]})
		r.first[merge] = int32(len(r.entries) - 1)
	}
	if head >= 0 && head != merge {
		r.entries = append(r.entries, completion{q, r.first[head]})
		r.first[head] = int32(len(r.entries) - 1)
	}
	return merge
}

// youngest returns which of the commits was authored last, counting only those in the graph when one is given, or -1.
func youngest(commits []ProposedCommit, in *Graph) int {
	last := -1
	for i, c := range commits {
		if in != nil && in.Find(c.Commit) < 0 {
			continue
		}
		if last < 0 || cmp.Or(cmp.Compare(c.AuthoredAt, commits[last].AuthoredAt), cmp.Compare(c.Commit, commits[last].Commit)) > 0 {
			last = i
		}
	}
	return last
}

// absorb gives a request the commits of the side branch its merge commit joined. A commit is visited once over all
// requests: older merges come first and keep what they have.
func (r *Repository) absorb(stack []int32, q int32, stop []bool) []int32 {
	for len(stack) > 0 {
		c := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if stop[c] || (r.owner[c] >= 0 && r.owner[c] != q) {
			continue
		}
		stop[c], r.owner[c] = true, q
		stack = append(stack, r.Graph.parents(c)...)
	}
	return stack
}

// absorbRebased gives a request the copies of its commits that a rebase put below the last of them. A rebase keeps the
// time a commit was authored, which is what the copies are known by.
func (r *Repository) absorbRebased(merge, q int32) {
	proposed := r.requests[q].Commits
	c := r.firstParent(merge)
	for range len(proposed) - 1 {
		if c < 0 || r.owner[c] >= 0 || r.first[c] >= 0 || !r.Graph.commits[c].single() {
			return
		}
		authored := r.Graph.commits[c].AuthoredAt
		if authored == 0 || !slices.ContainsFunc(proposed, func(p ProposedCommit) bool { return p.AuthoredAt == authored }) {
			return
		}
		r.owner[c] = q
		c = r.firstParent(c)
	}
}

func (r *Repository) firstParent(c int32) int32 {
	if ps := r.Graph.parents(c); len(ps) > 0 {
		return ps[0]
	}
	return -1
}

// isOwnChange reports whether a commit counts as a change by itself: it belongs to no request and merges nothing.
func (r *Repository) isOwnChange(c int32) bool {
	return r.owner[c] < 0 && r.first[c] < 0 && !r.Graph.commits[c].merges()
}

// requestTimes returns when work on a request began and when it was merged, 0 for what is not known. The first commit
// is the earliest of those proposed, not the squashed one; without a list it is the earliest known commit of its
// branch, at last the merge commit itself, and estimated is true.
func (r *Repository) requestTimes(q int32) (first, merged int64, estimated bool) {
	f := &r.requests[q]
	for _, c := range f.Commits {
		if c.AuthoredAt > 0 && (first == 0 || c.AuthoredAt < first) {
			first = c.AuthoredAt
		}
	}
	if f.State == RequestMerged {
		merged = f.MergedAt
	}
	if first > 0 {
		return first, merged, false
	}
	merge := r.Graph.Find(f.Merge)
	if merge < 0 {
		return 0, merged, true
	}
	first = r.Graph.commits[merge].AuthoredAt
	for c := range r.sideBranch(merge, q) {
		if a := r.Graph.commits[c].AuthoredAt; a > 0 && (first == 0 || a < first) {
			first = a
		}
	}
	return first, merged, true
}

// sideBranch yields the commits a request owns below its merge commit.
func (r *Repository) sideBranch(merge, q int32) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		seen := map[int32]bool{}
		stack := slices.Clone(r.Graph.parents(merge))
		for len(stack) > 0 {
			c := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[c] || r.owner[c] != q {
				continue
			}
			seen[c] = true
			if !yield(c) {
				return
			}
			stack = append(stack, r.Graph.parents(c)...)
		}
	}
}
