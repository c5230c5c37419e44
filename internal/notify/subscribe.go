package notify

import (
	"context"

	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

// Tell is the job that tells people of one event.
type Tell struct {
	Event ref.Event `json:"event"`
}

// Kind names the job.
func (Tell) Kind() string { return "notify.tell" }

// SendMail is the job that sends one mail once it is due.
type SendMail struct {
	Delivery string `json:"delivery"`
}

// Kind names the job.
func (SendMail) Kind() string { return "notify.send_mail" }

// Sweep is the job that wakes mails whose own job was lost.
type Sweep struct{}

// Kind names the job.
func (Sweep) Kind() string { return "notify.sweep" }

// The queues of the slice: a mail server that does not answer holds up mails alone.
const (
	QueueNews = "news"
	QueueMail = "mail"
)

// sendTries bounds what a job counts by itself: panics and lost processes. A mail that waits does not count.
const sendTries = 100

// Subscriptions turns every declared topic into a job.
func (s *Service) Subscriptions() []events.Subscription {
	out := make([]events.Subscription, 0, len(s.order))
	for _, kind := range s.order {
		out = append(out, events.Subscription{Kind: kind, Job: func(e events.Event) (jobs.Args, jobs.Options, bool) {
			return Tell{Event: e.ID}, jobs.Options{Queue: QueueNews}, true
		}})
	}
	return out
}

// RegisterWorkers registers the workers of the slice.
func (s *Service) RegisterWorkers(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[Tell]) error { return s.Tell(ctx, job.Args.Event) })
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[SendMail]) error { return s.Send(ctx, job.Args.Delivery) })
	jobs.Register(reg, func(ctx context.Context, _ jobs.Job[Sweep]) error { return s.Sweep(ctx) })
}
