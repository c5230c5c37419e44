package valuestream

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// DoraQuestion asks for the five metrics of a scope.
type DoraQuestion struct {
	Scope
	Class    Class
	From, To time.Time // zero: the last 90 days
	Bucket   Bucket    // "" for week
	Zone     *time.Location
	LeadFrom LeadFrom // "" for the first commit
}

// defaultWindow is the window of a question that names none.
const defaultWindow = 90 * 24 * time.Hour

// Missing is a condition that a metric lacks: a stable code.
type Missing string

// What a metric may lack.
const (
	MissingApplications Missing = "no_applications"
	MissingDeployments  Missing = "no_deployments"
	MissingClass        Missing = "no_environment_class"
	MissingCommits      Missing = "no_commits"
	MissingChain        Missing = "only_first_deployments"
	MissingIncidents    Missing = "no_incidents"
)

// DoraAnswer is the five metrics with what they rest on.
type DoraAnswer struct {
	Question     DoraQuestion
	Metrics      []Metric
	Readiness    map[Key][]Missing
	Applications int
	DerivedAt    time.Time // zero when nothing was ever derived
	LastAt       int64     // the latest deployment in scope
}

// complete fills in what a question leaves open and refuses what cannot be answered.
func (q *DoraQuestion) complete(now time.Time) (Question, error) {
	if q.To.IsZero() {
		q.To = now
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-defaultWindow)
	}
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	if q.Bucket == "" {
		q.Bucket = BucketWeek
	}
	if q.LeadFrom == "" {
		q.LeadFrom = LeadFromFirstCommit
	}
	if !q.From.Before(q.To) {
		return Question{}, problem.New(problem.Invalid, "window_empty", "The window must begin before it ends.")
	}
	if q.From.Year() < 1970 || q.To.Year() > 2200 {
		return Question{}, problem.New(problem.Invalid, "window_out_of_range", "The window must lie between the years 1970 and 2200.")
	}
	shortest := map[Bucket]time.Duration{BucketDay: 23 * time.Hour, BucketWeek: 167 * time.Hour, BucketMonth: 27 * 24 * time.Hour}
	if q.To.Sub(q.From)/shortest[q.Bucket] >= maxBuckets {
		return Question{}, problem.Newf(problem.Invalid, "too_many_buckets",
			"The series would have more than %d steps. Choose a longer bucket or a shorter window.", maxBuckets)
	}
	out := Question{From: q.From.UnixMicro(), To: q.To.UnixMicro(), Now: now.UnixMicro(), Class: q.Class, LeadFrom: q.LeadFrom}
	out.Edges = bucketEdges(out.From, out.To, q.Bucket, q.Zone)
	out.Partial = func(start, end int64) bool { return !wholeBucket(start, end, q.Bucket, q.Zone) }
	return out, nil
}

// Dora answers a question about the five metrics.
func (s *Service) Dora(ctx context.Context, in DoraQuestion) (DoraAnswer, error) {
	q, err := in.complete(s.clock.Now())
	if err != nil {
		return DoraAnswer{}, err
	}
	if err := s.await(ctx); err != nil {
		return DoraAnswer{}, err
	}
	out := DoraAnswer{Question: in}
	var apps []ref.App
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if apps, err = scopeApps(ctx, tx, in.Scope); err != nil {
			return err
		}
		return scanRows(ctx, tx, 1, func(v []any) error {
			if us := micros(v[0]); us > 0 {
				out.DerivedAt = moment(us)
			}
			return nil
		}, `SELECT `+instant(tx.Engine(), "MAX(derived_at)")+` FROM dora_application`)
	})
	if err != nil {
		return DoraAnswer{}, err
	}
	picked := s.store.pick(apps)
	out.Applications = len(apps)
	out.Metrics = measureAll(picked, q)
	out.Readiness = readiness(len(apps), picked, in.Class)
	for i := range picked {
		if n := len(picked[i].finish); n > 0 {
			out.LastAt = max(out.LastAt, picked[i].finish[n-1])
		}
	}
	return out, nil
}

// readiness tells per metric which conditions the scope does not meet at any time.
func readiness(apps int, picked []*columns, class Class) map[Key][]Missing {
	all, ofClass, unmapped, withCommit, incidents, compared := 0, 0, 0, 0, 0, 0
	for _, c := range picked {
		all += len(c.finish)
		ofClass += int(c.ofClass[class])
		unmapped += c.unmapped
		withCommit += c.withCommit
		incidents += len(c.incidentAt)
		compared += int(c.compared[class])
	}
	var base []Missing
	switch {
	case apps == 0:
		base = append(base, MissingApplications)
	case all == 0:
		base = append(base, MissingDeployments)
	case ofClass == 0 && unmapped > 0:
		base = append(base, MissingClass)
	case ofClass == 0:
		base = append(base, MissingDeployments)
	}
	out := map[Key][]Missing{}
	for _, k := range Keys {
		missing := append([]Missing{}, base...)
		if len(base) == 0 {
			switch k {
			case ChangeLeadTime:
				if withCommit == 0 {
					missing = append(missing, MissingCommits)
				} else if compared == 0 {
					missing = append(missing, MissingChain)
				}
			case RecoveryTime, ChangeFailRate:
				if incidents == 0 {
					missing = append(missing, MissingIncidents)
				}
			}
		}
		out[k] = missing
	}
	return out
}
