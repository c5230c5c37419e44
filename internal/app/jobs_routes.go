package app

import (
	"context"
	"strconv"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
)

// The permissions on background work.
const (
	PermViewJobs   authz.Permission = "jobs.view_job"
	PermManageJobs authz.Permission = "jobs.manage_job"
)

var jobPermissions = []authz.Declaration{
	{Permission: PermViewJobs, Title: "See background work and why it failed", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermManageJobs, Title: "Retry and cancel background work"},
}

// BackgroundJob is what the API shows of a job. Arguments are left out: they may name things the reader may not see.
type BackgroundJob struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	State   string    `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Attempt int       `json:"attempt"`
	Done    int64     `json:"done"`
	Total   int64     `json:"total"`
	Note    string    `json:"note,omitempty"`
	Error   string    `json:"error,omitempty"`
	RunAt   time.Time `json:"runAt"`
	// RemainingSeconds is an estimate from what is done so far.
	RemainingSeconds *int64     `json:"remainingSeconds,omitempty"`
	CreatedAt        time.Time  `json:"createdAt"`
	StartedAt        *time.Time `json:"startedAt,omitempty"`
	FinishedAt       *time.Time `json:"finishedAt,omitempty"`
}

func jobView(i jobs.Info, now time.Time) BackgroundJob {
	v := BackgroundJob{
		ID: strconv.FormatInt(i.ID, 10), Kind: i.Kind, State: i.State, Attempt: i.Attempt, Done: i.ProgressDone, Total: i.ProgressTotal,
		Note: i.ProgressNote, Error: i.Error, RunAt: i.RunAt.UTC(), CreatedAt: i.CreatedAt.UTC(), StartedAt: i.StartedAt, FinishedAt: i.FinishedAt,
	}
	if left, ok := i.Remaining(now); ok {
		seconds := int64(left.Seconds())
		v.RemainingSeconds = &seconds
	}
	return v
}

type jobID struct {
	ID string `path:"id"`
}

func (j jobID) parse() (int64, error) {
	id, err := strconv.ParseInt(j.ID, 10, 64)
	if err != nil {
		return 0, problem.New(problem.NotFound, "job_not_found", "There is no such job.")
	}
	return id, nil
}

type jobOut struct{ Body BackgroundJob }

// mountJobs registers "what is running".
func (a *App) mountJobs() {
	op := func(method, path, id, summary string) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: "jobs"}
	}
	httpapi.Handle(a.api, op("GET", "/jobs", "list-jobs", "List background work, newest first"), authz.Need(PermViewJobs),
		func(ctx context.Context, in *struct {
			httpapi.Paging
			State []string `query:"state,explode" doc:"waiting, running, done, failed or cancelled; several may be given."`
			Kind  string   `query:"kind"`
		}) (*httpapi.ListOut[BackgroundJob], error) {
			filter := jobs.Filter{States: in.State, Limit: in.Limit}
			if in.Kind != "" {
				filter.Kinds = []string{in.Kind}
			}
			if _, err := httpapi.DecodeCursor(in.Cursor, &filter.Before); err != nil {
				return nil, err
			}
			all, err := a.jobs.List(ctx, filter)
			if err != nil {
				return nil, err
			}
			out := &httpapi.ListOut[BackgroundJob]{Body: httpapi.Page[BackgroundJob]{Items: []BackgroundJob{}}}
			now := a.options.Clock.Now()
			for _, i := range all {
				out.Body.Items = append(out.Body.Items, jobView(i, now))
			}
			if len(all) == in.Limit {
				out.Body.Next = httpapi.EncodeCursor(all[len(all)-1].ID)
			}
			return out, nil
		})
	act := func(path, id, summary string, do func(context.Context, int64) error) {
		httpapi.Handle(a.api, op("POST", path, id, summary), authz.Need(PermManageJobs), func(ctx context.Context, in *jobID) (*jobOut, error) {
			n, err := in.parse()
			if err != nil {
				return nil, err
			}
			if err := do(ctx, n); err != nil {
				return nil, err
			}
			info, err := a.jobs.Get(ctx, n)
			return &jobOut{jobView(info, a.options.Clock.Now())}, err
		})
	}
	act("/jobs/{id}/retry", "retry-job", "Work a failed job again", a.jobs.Retry)
	act("/jobs/{id}/cancellation", "cancel-job", "Cancel a job", a.jobs.Cancel)
	httpapi.Handle(a.api, op("GET", "/jobs/{id}", "get-job", "Show a job"), authz.Need(PermViewJobs), func(ctx context.Context, in *jobID) (*jobOut, error) {
		n, err := in.parse()
		if err != nil {
			return nil, err
		}
		info, err := a.jobs.Get(ctx, n)
		return &jobOut{jobView(info, a.options.Clock.Now())}, err
	})
}
