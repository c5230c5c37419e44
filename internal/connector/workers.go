package connector

import (
	"time"

	"millrace/internal/platform/jobs"
)

// RunQueue is the queue on which runs are worked, apart from quick work.
const RunQueue = runQueue

// Register makes this slice's workers known.
func (s *Service) Register(reg *jobs.Registry) {
	jobs.Register(reg, s.WorkRun)
	jobs.Register(reg, s.WorkWebhook)
	jobs.Register(reg, s.StartDueRuns)
}

// Schedule is how often due runs are looked for.
const Schedule = time.Minute
