package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"millrace/internal/platform/jobs"
)

func TestKilledWorkersJobIsWorkedAgain(t *testing.T) {
	each(t, func(w *world) {
		entered := make(chan int, 9)
		block := make(chan struct{})
		defer close(block)
		dying := jobs.NewRegistry()
		jobs.Register(dying, func(_ context.Context, j jobs.Job[args]) error { entered <- j.Attempt; <-block; return nil })
		dead := w.started(dying, jobs.ClientOptions{Lease: 30 * time.Second})
		w.enqueue(dead, args{7}, jobs.Options{})
		receive(w.t, entered)
		dead.Kill()

		attempts := make(chan int, 9)
		alive := jobs.NewRegistry()
		jobs.Register(alive, func(_ context.Context, j jobs.Job[args]) error { attempts <- j.Attempt; return nil })
		next := w.started(alive, jobs.ClientOptions{Lease: 30 * time.Second})
		w.clock.Advance(29 * time.Second)
		next.Wake()
		if l := w.list(next, jobs.StateRunning); len(l) != 1 {
			w.t.Fatalf("the lease did not hold: %+v", l)
		}
		w.clock.Advance(2 * time.Second)
		next.Wake()
		if got := receive(w.t, attempts); got != 2 {
			w.t.Fatalf("attempt %d", got)
		}
		w.eventually("the job is done", func() bool { return len(w.list(next, jobs.StateDone)) == 1 })
	})
}

func TestKilledWorkersLastTryFails(t *testing.T) {
	each(t, func(w *world) {
		entered, block := make(chan int, 9), make(chan struct{})
		defer close(block)
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error { entered <- j.Attempt; <-block; return nil })
		dead := w.started(reg, jobs.ClientOptions{})
		w.enqueue(dead, args{7}, jobs.Options{MaxAttempts: 1})
		receive(w.t, entered)
		dead.Kill()
		next := w.started(registry(entered), jobs.ClientOptions{})
		w.clock.Advance(time.Minute)
		next.Wake()
		w.eventually("the job failed", func() bool { return len(w.list(next, jobs.StateFailed)) == 1 })
	})
}

func TestSoleTakesBackAtOnce(t *testing.T) {
	each(t, func(w *world) {
		entered, block := make(chan int, 9), make(chan struct{})
		defer close(block)
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error { entered <- j.Attempt; <-block; return nil })
		dead := w.started(reg, jobs.ClientOptions{})
		w.enqueue(dead, args{7}, jobs.Options{})
		receive(w.t, entered)
		dead.Kill()
		seen := make(chan int, 1)
		w.started(registry(seen), jobs.ClientOptions{Sole: true})
		receive(w.t, seen)
	})
}

func TestHeartbeatKeepsALongJob(t *testing.T) {
	each(t, func(w *world) {
		entered, block := make(chan int, 9), make(chan struct{})
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error { entered <- j.Attempt; <-block; return nil })
		long := w.started(reg, jobs.ClientOptions{Lease: 30 * time.Second})
		w.enqueue(long, args{1}, jobs.Options{})
		receive(w.t, entered)
		rival := w.started(reg, jobs.ClientOptions{Lease: 30 * time.Second})
		for range 6 {
			now := w.clock.Advance(20 * time.Second)
			w.eventually("the lease is renewed", func() bool { return long.BeatenAt() == now.UnixMicro() })
			rival.Wake()
		}
		close(block)
		w.eventually("the job is done", func() bool { return len(w.list(long, jobs.StateDone)) == 1 })
		if got := w.list(long)[0]; got.Attempt != 1 {
			w.t.Fatalf("a living worker's job was taken: %+v", got)
		}
	})
}

func TestSilentWorkerIsToldThatItLostTheJob(t *testing.T) {
	each(t, func(w *world) {
		cause, entered := make(chan error, 9), make(chan int, 9)
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(ctx context.Context, j jobs.Job[args]) error {
			entered <- j.Attempt
			if j.Attempt > 1 {
				return nil
			}
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return ctx.Err()
		})
		silent := w.started(reg, jobs.ClientOptions{Lease: 30 * time.Second, Beat: time.Hour})
		w.enqueue(silent, args{1}, jobs.Options{})
		receive(w.t, entered)
		w.clock.Advance(time.Minute)
		rival := w.started(reg, jobs.ClientOptions{})
		rival.Wake()
		if got := receive(w.t, entered); got != 2 {
			w.t.Fatalf("attempt %d", got)
		}
		w.eventually("the rival is done", func() bool { return len(w.list(rival, jobs.StateDone)) == 1 })
		silent.Renew(w.t.Context())
		if err := receive(w.t, cause); !errors.Is(err, jobs.ErrLeaseLost) {
			w.t.Fatal(err)
		}
		if err := silent.Stop(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		if l := w.list(rival); len(l) != 1 || l[0].State != jobs.StateDone || l[0].Attempt != 2 {
			w.t.Fatalf("the loser wrote over the outcome: %+v", l)
		}
	})
}

func TestRetryWithBackoffUntilItFails(t *testing.T) {
	each(t, func(w *world) {
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error {
			if j.Attempt == 2 {
				panic("no")
			}
			return errors.New("tool is away")
		})
		c := w.client(reg, jobs.ClientOptions{})
		w.enqueue(c, args{1}, jobs.Options{MaxAttempts: 3})
		for try := 1; try <= 3; try++ {
			if n, err := w.due(c); n != 1 || err == nil {
				w.t.Fatalf("try %d: worked %d, %v", try, n, err)
			}
			if n, _ := w.due(c); n != 0 {
				w.t.Fatal("it was tried again without a pause")
			}
			job := w.list(c)[0]
			if try < 3 {
				pause := job.RunAt.Sub(w.clock.Now())
				if low := jobs.Backoff(try); job.State != jobs.StateWaiting || pause < low || pause > low*5/4 || job.Error == "" {
					w.t.Fatalf("after try %d: %+v, pause %v", try, job, pause)
				}
				w.clock.Advance(pause)
				continue
			}
			if job.State != jobs.StateFailed || job.Error != "tool is away" || job.FinishedAt == nil {
				w.t.Fatalf("after the last try: %+v", job)
			}
		}
		if jobs.Backoff(1) >= jobs.Backoff(2) || jobs.Backoff(50) != time.Hour {
			w.t.Fatal("pauses do not grow up to an hour")
		}
	})
}

func TestPermanentAndLater(t *testing.T) {
	each(t, func(w *world) {
		until := start.Add(42 * time.Minute)
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error {
			if j.Args.N == 1 {
				return jobs.Permanent(errors.New("unit is gone"))
			}
			return jobs.Later(until, errors.New("rate limit"))
		})
		c := w.client(reg, jobs.ClientOptions{})
		w.enqueue(c, args{1}, jobs.Options{})
		w.enqueue(c, args{2}, jobs.Options{})
		if n, _ := w.due(c); n != 2 {
			w.t.Fatalf("worked %d", n)
		}
		if l := w.list(c, jobs.StateFailed); len(l) != 1 || l[0].Attempt != 1 || l[0].Error != "unit is gone" {
			w.t.Fatalf("%+v", l)
		}
		if l := w.list(c, jobs.StateWaiting); len(l) != 1 || l[0].Attempt != 0 || !l[0].RunAt.Equal(until) || l[0].Error != "rate limit" {
			w.t.Fatalf("%+v", l)
		}
	})
}

func TestFailedTwinGivesWayToTheNewerJob(t *testing.T) {
	each(t, func(w *world) {
		reg := jobs.NewRegistry()
		var c *jobs.Client
		jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error {
			if j.Args.N == 1 {
				w.enqueue(c, args{2}, jobs.Options{Unique: "k", RunAt: start.Add(time.Hour)})
				return errors.New("boom")
			}
			return nil
		})
		c = w.client(reg, jobs.ClientOptions{})
		w.enqueue(c, args{1}, jobs.Options{Unique: "k"})
		_, _ = w.due(c)
		if l := w.list(c, jobs.StateWaiting); len(l) != 1 || string(l[0].Args) != `{"n":2}` {
			w.t.Fatalf("%+v", l)
		}
		if l := w.list(c, jobs.StateCancelled); len(l) != 1 {
			w.t.Fatalf("%+v", w.list(c))
		}
	})
}

func TestStopLetsJobsFinishAndPutsBackTheRest(t *testing.T) {
	each(t, func(w *world) {
		entered, quick := make(chan int, 9), make(chan struct{})
		reg := jobs.NewRegistry()
		jobs.Register(reg, func(ctx context.Context, j jobs.Job[args]) error {
			entered <- j.Args.N
			if j.Args.N == 1 {
				<-quick
				return nil
			}
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), jobs.ErrStopping) {
				w.t.Errorf("cause %v", context.Cause(ctx))
			}
			return ctx.Err()
		})
		c := w.started(reg, jobs.ClientOptions{Grace: 300 * time.Millisecond})
		w.enqueue(c, args{1}, jobs.Options{})
		w.enqueue(c, args{2}, jobs.Options{})
		receive(w.t, entered)
		receive(w.t, entered)
		close(quick)
		if err := c.Stop(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		if l := w.list(c, jobs.StateDone); len(l) != 1 || string(l[0].Args) != `{"n":1}` {
			w.t.Fatalf("done: %+v", l)
		}
		if l := w.list(c, jobs.StateWaiting); len(l) != 1 || l[0].Attempt != 0 {
			w.t.Fatalf("put back: %+v", l)
		}
		w.enqueue(c, args{3}, jobs.Options{})
		if l := w.list(c, jobs.StateWaiting); len(l) != 2 {
			w.t.Fatalf("a stopped client worked on: %+v", w.list(c))
		}
	})
}
