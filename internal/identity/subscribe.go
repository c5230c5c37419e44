package identity

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

// observe sees every committed event of this node and empties the cache of principals when one may change who somebody
// is or what they may do.
func (s *Service) observe(e events.Event) {
	kind := string(e.Kind)
	if strings.HasPrefix(kind, "people.") || strings.HasPrefix(kind, "identity.") {
		s.cache.empty()
	}
}

// leaving are the kinds of people's events after which somebody's sessions and tokens must not come back to life, even
// when the person is reactivated. That they do not work meanwhile needs no event: each request asks.
var leaving = map[events.Kind]string{
	"people.person_deactivated": "the person was deactivated",
	"people.person_expired":     "the valid-until date passed",
	"people.person_deleted":     "the person was deleted",
}

// EndLeaver ends the sessions, tokens and links of somebody who left.
type EndLeaver struct {
	Person ref.Person `json:"personId"`
	Reason string     `json:"reason"`
}

// Kind names the job.
func (EndLeaver) Kind() string { return "identity.end_leaver" }

// Subscriptions are what the slice does after other slices' events.
func (s *Service) Subscriptions() []events.Subscription {
	var out []events.Subscription
	for kind, reason := range leaving {
		out = append(out, events.Subscription{Kind: kind, Job: func(e events.Event) (jobs.Args, jobs.Options, bool) {
			return EndLeaver{Person: ref.Person(e.SubjectID), Reason: reason}, jobs.Options{}, true
		}})
	}
	return out
}

// RegisterWorkers makes the slice's workers known.
func (s *Service) RegisterWorkers(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[EndLeaver]) error { return s.endLeaver(ctx, job.Args) })
}

func (s *Service) endLeaver(ctx context.Context, args EndLeaver) error {
	ctx = authz.With(ctx, authz.System("Leavers"))
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := accountWhere(ctx, tx, "a.person_id = ?", args.Person)
		if err != nil || a == nil {
			return err
		}
		if err := s.endEverything(ctx, tx, a); err != nil {
			return err
		}
		if a.PersonState == "" { // the person is gone, and with them the account
			_, err := tx.ExecContext(ctx, `DELETE FROM account WHERE id = ?`, a.ID)
			return err
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: SessionsRevoked, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit(), Data: map[string]any{"reason": args.Reason},
		})
	})
}
