package valuestream

import (
	"runtime"
	"sync"
)

// shareSize is how many deployments are worth a goroutine of their own.
const shareSize = 20_000

// shares divides applications into runs of about the same number of deployments, at most one for each processor and at
// least one.
func shares(apps []*columns) [][]*columns {
	total := 0
	for _, c := range apps {
		total += len(c.finish)
	}
	n := max(1, min(runtime.GOMAXPROCS(0), total/shareSize))
	out := make([][]*columns, 0, n)
	from, held := 0, 0
	for i, c := range apps {
		held += len(c.finish)
		if len(out) < n-1 && held*n >= total*(len(out)+1) {
			out = append(out, apps[from:i+1])
			from = i + 1
		}
	}
	return append(out, apps[from:])
}

// together runs fn for 0..n-1 at the same time and returns when all are done.
func together(n int, fn func(i int)) {
	var wait sync.WaitGroup
	for i := 1; i < n; i++ {
		wait.Go(func() { fn(i) })
	}
	fn(0)
	wait.Wait()
}
