package catalog

import "slices"

// edge is a dependency between two numbered applications.
type edge struct{ from, to int }

// cycles returns the groups of nodes that can reach each other, each of at least two nodes in ascending order, the
// groups ordered by their first node. Tarjan's algorithm, without recursion so that a chain of a hundred thousand
// applications needs no deep stack.
func cycles(nodes int, edges []edge) [][]int {
	next := adjacency(nodes, edges)
	index := make([]int, nodes) // 0 means not visited
	low := make([]int, nodes)
	onStack := make([]bool, nodes)
	var stack, path []int
	position := make([]int, nodes)
	counter := 0
	var out [][]int
	enter := func(v int) {
		counter++
		index[v], low[v] = counter, counter
		stack, onStack[v] = append(stack, v), true
		path = append(path, v)
	}
	for root := range nodes {
		if index[root] != 0 {
			continue
		}
		enter(root)
		for len(path) > 0 {
			v := path[len(path)-1]
			if position[v] < len(next[v]) {
				w := next[v][position[v]]
				position[v]++
				if index[w] == 0 {
					enter(w)
				} else if onStack[w] {
					low[v] = min(low[v], index[w])
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				parent := path[len(path)-1]
				low[parent] = min(low[parent], low[v])
			}
			if low[v] != index[v] {
				continue
			}
			var group []int
			for {
				w := stack[len(stack)-1]
				stack, onStack[w] = stack[:len(stack)-1], false
				group = append(group, w)
				if w == v {
					break
				}
			}
			if len(group) > 1 {
				slices.Sort(group)
				out = append(out, group)
			}
		}
	}
	slices.SortFunc(out, func(a, b []int) int { return a[0] - b[0] })
	return out
}

func adjacency(nodes int, edges []edge) [][]int {
	next := make([][]int, nodes)
	for _, e := range edges {
		next[e.from] = append(next[e.from], e.to)
	}
	return next
}

// groups numbers each node with its cycle, counted from 1; 0 means that it is in none. An edge is part of a cycle
// exactly when both its ends have the same number other than 0.
func groups(nodes int, found [][]int) []int {
	out := make([]int, nodes)
	for i, group := range found {
		for _, v := range group {
			out[v] = i + 1
		}
	}
	return out
}
