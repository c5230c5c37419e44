package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
)

func TestScheduleRunsOnceAcrossNodes(t *testing.T) {
	each(t, func(w *world) {
		seen := make(chan int, 99)
		node := func() *jobs.Client {
			c := w.client(registry(seen), jobs.ClientOptions{})
			if err := c.Every("nightly", time.Minute, args{5}); err != nil {
				w.t.Fatal(err)
			}
			w.start(c)
			return c
		}
		a, b := node(), node()
		round := func(total int) {
			w.t.Helper()
			a.Wake()
			b.Wake()
			receive(w.t, seen)
			w.eventually("the run is recorded", func() bool { return len(w.list(a, jobs.StateDone)) == total })
		}
		round(1) // at once
		w.clock.Advance(59 * time.Second)
		a.Wake()
		b.Wake()
		w.clock.Advance(time.Second)
		round(2)
		w.clock.Advance(10*time.Minute + 30*time.Second) // ten runs were missed: one makes up for them
		round(3)
		w.clock.Advance(29 * time.Second)
		a.Wake()
		w.clock.Advance(time.Second) // the grid is kept: thirty seconds after the late one
		round(4)
		if len(seen) != 0 {
			w.t.Fatalf("%d runs too many", len(seen))
		}
		if err := a.Every("late", time.Minute, args{}); err == nil {
			w.t.Fatal("a schedule was taken after Start")
		}
	})
}

func TestCancelWaitingAndRunning(t *testing.T) {
	each(t, func(w *world) {
		entered := make(chan error, 9)
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(ctx context.Context, _ jobs.Job[args]) error {
			entered <- nil
			<-ctx.Done()
			entered <- context.Cause(ctx)
			return ctx.Err()
		})
		c := w.started(reg, jobs.ClientOptions{})
		node2 := w.client(reg, jobs.ClientOptions{})
		ctx := w.t.Context()
		w.enqueue(c, args{1}, jobs.Options{RunAt: start.Add(time.Hour)})
		waiting := w.list(c)[0].ID
		if err := c.Cancel(ctx, waiting); err != nil {
			w.t.Fatal(err)
		}
		if got, err := c.Get(ctx, waiting); err != nil || got.State != jobs.StateCancelled || got.FinishedAt == nil || !got.FinishedAt.Equal(start) {
			w.t.Fatalf("%+v %v", got, err)
		}
		for name, by := range map[string]*jobs.Client{"here": c, "another node": node2} {
			w.enqueue(c, args{2}, jobs.Options{})
			receive(w.t, entered)
			id := w.list(c, jobs.StateRunning)[0].ID
			if err := by.Cancel(ctx, id); err != nil {
				w.t.Fatal(err)
			}
			w.clock.Advance(2 * time.Second)
			c.Wake()
			if err := receive(w.t, entered); !errors.Is(err, jobs.ErrCancelled) {
				w.t.Fatalf("%s: %v", name, err)
			}
			w.eventually("the job is cancelled", func() bool {
				got, err := c.Get(ctx, id)
				return err == nil && got.State == jobs.StateCancelled
			})
			if code := problem.CodeOf(c.Cancel(ctx, id)); code != "job_finished" {
				w.t.Fatalf("cancelled twice: %q", code)
			}
		}
		if code := problem.CodeOf(c.Cancel(ctx, 1)); code != "job_not_found" {
			w.t.Fatalf("unknown job: %q", code)
		}
	})
}

func TestRetryByHand(t *testing.T) {
	each(t, func(w *world) {
		fail := true
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(context.Context, jobs.Job[args]) error {
			if fail {
				return jobs.Permanent(errors.New("no"))
			}
			return nil
		})
		c := w.client(reg, jobs.ClientOptions{})
		ctx := w.t.Context()
		w.enqueue(c, args{1}, jobs.Options{Unique: "k"})
		_, _ = w.due(c)
		id := w.list(c, jobs.StateFailed)[0].ID
		w.enqueue(c, args{1}, jobs.Options{Unique: "k", RunAt: start.Add(time.Hour)})
		if code := problem.CodeOf(c.Retry(ctx, id)); code != "job_waiting_already" {
			w.t.Fatalf("code %q", code)
		}
		if err := c.Cancel(ctx, w.list(c, jobs.StateWaiting)[0].ID); err != nil {
			w.t.Fatal(err)
		}
		if err := c.Retry(ctx, id); err != nil {
			w.t.Fatal(err)
		}
		if code := problem.CodeOf(c.Retry(ctx, id)); code != "job_not_failed" {
			w.t.Fatalf("code %q", code)
		}
		fail = false
		if n, err := w.due(c); n != 1 || err != nil {
			w.t.Fatalf("worked %d, %v", n, err)
		}
		if got, _ := c.Get(ctx, id); got.State != jobs.StateDone || got.Error != "" {
			w.t.Fatalf("%+v", got)
		}
	})
}

func TestListWithProgress(t *testing.T) {
	each(t, func(w *world) {
		entered, block := make(chan int, 9), make(chan struct{})
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error {
			j.Progress(25, 100, "page 3")
			entered <- 1
			<-block
			return nil
		})
		jobs.Register(reg, func(context.Context, jobs.Job[other]) error { return jobs.Permanent(errors.New("bad")) })
		c := w.started(reg, jobs.ClientOptions{Queues: map[string]int{"default": 1, "slow": 1}})
		w.enqueue(c, args{1}, jobs.Options{Queue: "slow"})
		receive(w.t, entered)
		w.enqueue(c, other{}, jobs.Options{})
		w.clock.Advance(10 * time.Second)
		var run jobs.Info
		w.eventually("the progress shows", func() bool {
			for _, run = range w.list(c, jobs.StateRunning) { // the other job may run as well
				if run.ProgressDone == 25 && run.ProgressTotal == 100 && run.ProgressNote == "page 3" {
					return true
				}
			}
			return false
		})
		if left, ok := run.Remaining(w.clock.Now()); !ok || left != 30*time.Second {
			w.t.Fatalf("remaining %v %v", left, ok)
		}
		if !run.StartedAt.Equal(start) || run.Queue != "slow" || !run.CreatedAt.Equal(start) {
			w.t.Fatalf("%+v", run)
		}
		w.eventually("one failed", func() bool { return len(w.list(c, jobs.StateFailed)) == 1 })
		ctx := w.t.Context()
		l, err := c.List(ctx, jobs.Filter{Kinds: []string{"try.other"}, Queue: "default", Limit: 1})
		if err != nil || len(l) != 1 || l[0].Kind != "try.other" {
			w.t.Fatalf("%+v %v", l, err)
		}
		older, err := c.List(ctx, jobs.Filter{Before: l[0].ID})
		if err != nil || len(older) != 1 || older[0].ID != run.ID {
			w.t.Fatalf("%+v %v", older, err)
		}
		n, err := c.Counts(ctx)
		if err != nil || n[jobs.StateRunning] != 1 || n[jobs.StateFailed] != 1 || n[jobs.StateWaiting] != 0 {
			w.t.Fatalf("%v %v", n, err)
		}
		close(block)
	})
}

func TestSweepClearsTheOld(t *testing.T) {
	each(t, func(w *world) {
		reg := registry(make(chan int, 9))
		jobs.Register(reg, func(context.Context, jobs.Job[other]) error { return jobs.Permanent(errors.New("bad")) })
		jobs.RegisterSweep(reg, w.d, w.clock.Now)
		c := w.client(reg, jobs.ClientOptions{})
		w.enqueue(c, args{1}, jobs.Options{})
		w.enqueue(c, other{}, jobs.Options{})
		_, _ = w.due(c)
		w.clock.Advance(72 * time.Hour)
		w.enqueue(c, args{2}, jobs.Options{})
		w.enqueue(c, jobs.Sweep{DoneDays: 2, FailedDays: 60}, jobs.Options{})
		if n, err := w.due(c); n != 2 || err != nil {
			w.t.Fatalf("%d %v", n, err)
		}
		n, _ := c.Counts(w.t.Context())
		if n[jobs.StateDone] != 2 || n[jobs.StateFailed] != 1 {
			w.t.Fatalf("%v", n)
		}
	})
}
