package change

import (
	"context"
	"strings"
	"time"

	"millrace/internal/aspect/workflow"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/request"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const tag = "request"

var mayView, mayCreate = authz.Need(request.PermView), authz.Need(request.PermCreate)

// kind is the sort of requests that the package keeps.
var kind = request.ChangeKind

// Deps is what the package needs beside the requests. Outages may be nil: then nobody keeps outages.
type Deps struct {
	DB           *db.DB
	Clock        clock.Clock
	Requests     *request.Service
	Environments *environment.Service
	Stacks       *stack.Service
	Bookings     *booking.Service
	Outages      Outages
}

// Service holds the use cases of environment change requests.
type Service struct {
	Deps
}

// New returns the service and makes it known to the requests.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	if d.Requests != nil {
		d.Requests.UseChanges(request.Changes{Show: s.show, Moved: s.moved, Affected: s.affected})
	}
	return s
}

func line(s string) string { return strings.Join(strings.Fields(s), " ") }

func normal(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func at(t time.Time) *time.Time { return &t }

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

func set[T any](into *T, from httpapi.Optional[T]) {
	if from.Set {
		*into = from.Value
	}
}

func fault(place, code, message string) error {
	var faults problem.Fields
	faults.Add(place, code, message)
	return faults.Err(code, message)
}

func distinct[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	out := make([]T, 0, len(list))
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// show returns a change request as it is now, for the answer to a stale change.
func (s *Service) show(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) (any, error) {
	return s.view(ctx, tx, id)
}

// moved follows a request whose type began a workflow anew.
func (s *Service) moved(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest, to workflow.Status) error {
	r, err := load(ctx, tx, id)
	if err == nil {
		_, err = s.follow(ctx, tx, &r, to, "")
	}
	return err
}

// affected are the persons who hold bookings that a request falls into.
func (s *Service) affected(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) ([]ref.Person, error) {
	r, err := load(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	// Whoever is told was not chosen by what the actor may see.
	impact, err := s.impact(authz.With(ctx, authz.System("Requests")), tx, r)
	var out []ref.Person
	for _, p := range impact.People {
		out = append(out, ref.Person(p.ID))
	}
	return out, err
}
