package jobs_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/jobs"
)

func TestEnqueuedOnlyIfTheTransactionCommits(t *testing.T) {
	each(t, func(w *world) {
		c := w.client(registry(make(chan int, 9)), jobs.ClientOptions{})
		boom := errors.New("boom")
		err := w.d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := c.Enqueue(ctx, tx, args{1}, jobs.Options{}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			w.t.Fatal(err)
		}
		if n := len(w.list(c)); n != 0 {
			w.t.Fatalf("a rolled back transaction left %d jobs", n)
		}
		w.enqueue(c, args{1}, jobs.Options{})
		if n, err := w.due(c); n != 1 || err != nil {
			w.t.Fatalf("worked %d, %v", n, err)
		}
	})
}

func TestUnknownKindIsRefused(t *testing.T) {
	each(t, func(w *world) {
		c := w.client(jobs.NewRegistry(), jobs.ClientOptions{})
		err := w.d.Write(w.t.Context(), func(ctx context.Context, tx db.Tx) error {
			return c.Enqueue(ctx, tx, args{1}, jobs.Options{})
		})
		if err == nil {
			w.t.Fatal("a job that nobody can work was taken")
		}
	})
}

func TestEachJobIsWorkedOnceByTwoNodes(t *testing.T) {
	const count = 300
	each(t, func(w *world) {
		var mu sync.Mutex
		times := map[int]int{}
		nodes := map[int]int{}
		all := make(chan struct{}, 2*count)
		node := func(n int) *jobs.Registry {
			reg := jobs.NewRegistry()
			jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error {
				mu.Lock()
				times[j.Args.N]++
				nodes[n]++
				mu.Unlock()
				all <- struct{}{}
				return nil
			})
			return reg
		}
		first := w.client(node(1), jobs.ClientOptions{})
		second := w.client(node(2), jobs.ClientOptions{})
		for i := range count {
			w.enqueue(first, args{i}, jobs.Options{})
		}
		w.start(first)
		w.start(second)
		first.Wake()
		second.Wake()
		for range count {
			receive(w.t, all)
		}
		w.eventually("all are done", func() bool {
			n, err := first.Counts(w.t.Context())
			return err == nil && n[jobs.StateDone] == count
		})
		mu.Lock()
		defer mu.Unlock()
		for i := range count {
			if times[i] != 1 {
				w.t.Fatalf("job %d was worked %d times", i, times[i])
			}
		}
		if nodes[1] == 0 || nodes[2] == 0 {
			w.t.Fatalf("the nodes worked %v; the test proves nothing", nodes)
		}
	})
}

func TestWorkedSoonAfterTheCommit(t *testing.T) {
	each(t, func(w *world) {
		seen := make(chan int, 1)
		// The poll is so long that only the signal of the commit can bring the job to a worker.
		c := w.started(registry(seen), jobs.ClientOptions{Poll: time.Hour})
		for i := range 20 {
			w.enqueue(c, args{i}, jobs.Options{})
			if got := receive(w.t, seen); got != i {
				w.t.Fatalf("worked %d, want %d", got, i)
			}
		}
	})
}

func TestRunAtToTheMicrosecond(t *testing.T) {
	each(t, func(w *world) {
		seen := make(chan int, 9)
		c := w.client(registry(seen), jobs.ClientOptions{})
		// Fractions of every width: text comparison of times must order them as time does.
		offsets := []time.Duration{time.Hour, time.Hour + 500*time.Millisecond, time.Hour + 120*time.Millisecond,
			time.Hour + 123456*time.Microsecond, time.Hour + 123*time.Millisecond, time.Hour - time.Microsecond}
		order := []int{5, 0, 2, 4, 3, 1}
		for i, o := range offsets {
			w.enqueue(c, args{i}, jobs.Options{RunAt: start.Add(o).In(time.FixedZone("x", -7*3600))})
		}
		for i, inf := range w.list(c, jobs.StateWaiting) {
			if want := start.Add(offsets[len(offsets)-1-i]); !inf.RunAt.Equal(want) {
				w.t.Fatalf("run at %v came back as %v", want, inf.RunAt)
			}
		}
		for _, n := range order {
			w.clock.Set(start.Add(offsets[n] - time.Microsecond))
			if worked, _ := w.due(c); worked != 0 {
				w.t.Fatalf("job %d was worked a microsecond early", n)
			}
			w.clock.Advance(time.Microsecond)
			if worked, _ := w.due(c); worked != 1 {
				w.t.Fatalf("at the time of job %d there were %d jobs to work", n, worked)
			}
			if got := <-seen; got != n {
				w.t.Fatalf("worked %d, want %d", got, n)
			}
		}
	})
}

func TestUniqueCountsOnlyTheWaiting(t *testing.T) {
	each(t, func(w *world) {
		entered, release := make(chan struct{}, 9), make(chan struct{})
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(context.Context, jobs.Job[args]) error { entered <- struct{}{}; <-release; return nil })
		jobs.Register(reg, func(context.Context, jobs.Job[other]) error { return nil })
		c := w.client(reg, jobs.ClientOptions{})
		key := jobs.Options{Unique: "k"}
		w.enqueue(c, args{1}, key)
		w.enqueue(c, args{2}, key)
		w.enqueue(c, args{3}, jobs.Options{Unique: "another"})
		w.enqueue(c, other{}, key)
		if n := len(w.list(c, jobs.StateWaiting)); n != 3 {
			w.t.Fatalf("%d jobs wait, want 3", n)
		}
		w.start(c)
		c.Wake()
		receive(w.t, entered)
		receive(w.t, entered)
		if n := len(w.list(c, jobs.StateRunning)); n < 2 {
			w.t.Fatalf("%d jobs run, want 2", n)
		}
		c.Kill() // claims no more, so that what is enqueued now stays waiting
		w.enqueue(c, args{4}, key)
		w.enqueue(c, args{5}, key)
		waiting := w.list(c, jobs.StateWaiting)
		if len(waiting) != 1 || string(waiting[0].Args) != `{"n":4}` {
			w.t.Fatalf("while one runs, %d wait: %+v", len(waiting), waiting)
		}
		close(release)
	})
}

func TestUniqueIsBroughtForward(t *testing.T) {
	each(t, func(w *world) {
		c := w.client(registry(make(chan int, 9)), jobs.ClientOptions{})
		w.enqueue(c, args{1}, jobs.Options{Unique: "k", RunAt: start.Add(time.Hour)})
		w.enqueue(c, args{1}, jobs.Options{Unique: "k", RunAt: start.Add(2 * time.Hour)})
		w.enqueue(c, args{1}, jobs.Options{Unique: "k", RunAt: start.Add(time.Minute)})
		if l := w.list(c); len(l) != 1 || !l[0].RunAt.Equal(start.Add(time.Minute)) {
			w.t.Fatalf("%+v", l)
		}
	})
}

// A worker must not take a waiting job while a transaction that relies on it is still open: it would work without the
// change and nobody would work again.
func TestUniqueJobIsHeldUntilTheCommit(t *testing.T) {
	each(t, func(w *world) {
		if w.d.Engine() == db.SQLite {
			w.t.Skip("one writer at a time: the case cannot arise")
		}
		c := w.client(registry(make(chan int, 9)), jobs.ClientOptions{})
		w.enqueue(c, args{1}, jobs.Options{Unique: "k"})
		err := w.d.Write(w.t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := c.Enqueue(ctx, tx, args{1}, jobs.Options{Unique: "k"}); err != nil {
				return err
			}
			got, err := jobs.Claim(c, ctx)
			if got != 0 {
				w.t.Error("the job was taken before the commit")
			}
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		if n, _ := w.due(c); n != 1 {
			w.t.Fatalf("after the commit %d jobs were worked", n)
		}
	})
}
