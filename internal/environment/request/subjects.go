package request

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/aspect/workflow"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

var ends = []workflow.Mode{workflow.Completed, workflow.Cancelled}

// Subjects describe requests to the aspects: comments, attachments, watchers, stakeholders. Who may make requests may take
// part in those of others, too.
func (s *Service) Subjects() []subject.Subject {
	out := make([]subject.Subject, len(bothKinds))
	for i, k := range bothKinds {
		out[i] = subject.Subject{Kind: k.subject, PathPrefix: k.path, Tag: tag, View: PermView, Manage: PermCreate,
			Resolve: func(ctx context.Context, tx db.Tx, id string) (subject.Record, error) {
				c, err := findCore(ctx, tx, k, id)
				return subject.Record{ID: string(c.ID), Unit: c.Unit, Label: c.label(k)}, err
			}}
	}
	return out
}

// FieldSubjects describe requests to the aspect of custom fields.
func (s *Service) FieldSubjects() []field.Subject {
	out := make([]field.Subject, len(bothKinds))
	for i, k := range bothKinds {
		out[i] = field.Subject{Kind: k.subject, Title: title(k), PathPrefix: k.path, Tag: tag, TypeList: k.types, View: PermView, Manage: PermCreate,
			Resolve: func(ctx context.Context, tx db.Tx, id string) (field.Record, error) {
				c, err := findCore(ctx, tx, k, id)
				if err != nil {
					return field.Record{}, err
				}
				r := c.fieldRecord(k)
				positions, err := s.Workflow.Positions(ctx, tx, k.subject, []string{r.ID})
				r.Status = positions[r.ID].StatusID
				return r, err
			}}
	}
	return out
}

// WorkflowSubjects describe requests to the aspect of workflows, with the graphs a new installation begins with. Requests
// move by the routes of the slice, because their bookings and outages go along.
func (s *Service) WorkflowSubjects() []workflow.Subject {
	out := make([]workflow.Subject, len(bothKinds))
	for i, k := range bothKinds {
		graph := bookingGraph()
		if k == changeKind {
			graph = changeGraph()
		}
		out[i] = workflow.Subject{Kind: k.subject, Title: title(k), TypeList: k.types, PathPrefix: k.path, Tag: tag, View: PermView, Manage: PermCreate, Defaults: []workflow.Graph{graph},
			Resolve: func(ctx context.Context, tx db.Tx, id string) (workflow.Record, error) {
				c, err := findCore(ctx, tx, k, id)
				return c.record(k), err
			}}
	}
	return out
}

func title(k kind) string {
	if k == bookingKind {
		return "Booking request"
	}
	return "Environment change request"
}

// Parties tell whom a request concerns by its own data: who asked for it and to whom it is assigned.
func (s *Service) Parties() map[string]watch.Parties {
	out := map[string]watch.Parties{}
	for _, k := range bothKinds {
		out[k.subject] = func(ctx context.Context, tx db.Tx, id string) ([]watch.Recipient, error) {
			c, err := findCore(ctx, tx, k, id)
			if err != nil {
				return nil, err
			}
			return parties(ctx, tx, c)
		}
	}
	return out
}

func parties(ctx context.Context, tx db.Tx, c Core) ([]watch.Recipient, error) {
	var out []watch.Recipient
	if c.AssigneePerson != "" {
		out = append(out, watch.Recipient{Person: c.AssigneePerson, Reason: watch.Assignee})
	}
	if c.AssigneeTeam != "" {
		var ids []ref.Person
		if err := tx.NewSelect().Table("v_team_member").Column("person_id").Where("team_id = ?", c.AssigneeTeam).OrderExpr("person_id").Scan(ctx, &ids); err != nil {
			return nil, err
		}
		for _, id := range ids {
			out = append(out, watch.Recipient{Person: id, Reason: watch.Assignee})
		}
	}
	if c.Requester != "" {
		out = append(out, watch.Recipient{Person: c.Requester, Reason: watch.Requester})
	}
	return out, nil
}

// Audience is who wants to hear of an event about a request, beside those who follow it: the requester, the assignee, for
// a booking request that waits for it those who approve, and for a change request who holds the bookings it hits.
func (s *Service) Audience(ctx context.Context, tx db.Tx, e events.Event) ([]watch.Recipient, error) {
	k := bookingKind
	if e.SubjectKind == ChangeSubject {
		k = changeKind
	} else if e.SubjectKind != BookingSubject {
		return nil, nil
	}
	c, err := findCore(ctx, tx, k, e.SubjectID)
	if err == authz.ErrNotFound { //nolint:errorlint // it is that very value
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out, err := parties(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	more, err := s.concerned(ctx, tx, k, c)
	return watch.Merge(out, more), err
}

func (s *Service) concerned(ctx context.Context, tx db.Tx, k kind, c Core) ([]watch.Recipient, error) {
	mode, err := s.modeOf(ctx, tx, k, c.ID)
	if err != nil {
		return nil, err
	}
	var out []watch.Recipient
	if k == changeKind {
		if mode.Ended() {
			return nil, nil
		}
		r, err := loadChange(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		// Whoever is told was not chosen by what the actor may see.
		impact, err := s.impact(authz.With(ctx, authz.System("Requests")), tx, r)
		if err != nil {
			return nil, err
		}
		for _, p := range impact.People {
			out = append(out, watch.Recipient{Person: ref.Person(p.ID), Reason: watch.Affected})
		}
		return out, nil
	}
	if mode != workflow.Execution || s.Approvers == nil {
		return nil, nil
	}
	lines, err := linesOf(ctx, tx, []ref.EnvironmentRequest{c.ID})
	if err != nil {
		return nil, err
	}
	places, err := s.placesOf(ctx, tx, lines[c.ID])
	if err != nil {
		return nil, err
	}
	var apps []ref.App
	for _, p := range places {
		if p.Application != "" {
			apps = append(apps, p.Application)
		}
	}
	if len(apps) == 0 {
		return nil, nil
	}
	approvers, err := s.Approvers.BookingApprovers(ctx, tx, distinct(apps))
	for _, app := range distinct(apps) {
		for _, person := range approvers[app] {
			out = append(out, watch.Recipient{Person: person, Reason: watch.Approver})
		}
	}
	return out, err
}

// EnvironmentChanges tells which change requests were carried out in environments within a time: when a card was begun or
// ended, or, where cards have no times, when the request was.
func (s *Service) EnvironmentChanges(ctx context.Context, tx db.Tx, envs []ref.Environment, within interval.Span) ([]Change, error) {
	var out []Change
	for _, chunk := range db.Chunks(envs, 500) {
		var rows []struct {
			changeRow
			Environment ref.Environment `bun:"env"`
		}
		err := tx.NewRaw(`SELECT t.env, r.id, r.number, r.title, r.started_at, r.completed_at, c.started_at AS card_started_at, c.ended_at AS card_ended_at, c.actor_name
			FROM (SELECT environment_id AS env, id AS card FROM environment_change_card WHERE environment_id IN (?0)
				UNION SELECT m.environment_id, k.id FROM environment_change_card AS k JOIN v_environment_member AS m ON m.group_id = k.group_id WHERE m.environment_id IN (?0)) AS t
			JOIN environment_change_card AS c ON c.id = t.card JOIN environment_change_request AS r ON r.id = c.request_id
			WHERE c.status <> 'skipped' AND COALESCE(c.ended_at, c.started_at, r.completed_at, r.started_at) >= ?1
				AND COALESCE(c.started_at, c.ended_at, r.started_at, r.completed_at) < ?2
			ORDER BY r.number, t.env, c.id`, bun.In(chunk), within.From, farEnd(within)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if when, ok := r.moment(within); ok {
				out = append(out, Change{Kind: "change_request", ID: string(r.ID), Environment: r.Environment, At: when,
					Label: changeKind.reference(r.Number) + " " + r.Title, Actor: r.Actor})
			}
		}
	}
	return out, nil
}
