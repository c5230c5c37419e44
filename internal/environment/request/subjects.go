package request

import (
	"context"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/aspect/workflow"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
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
				c, err := FindCore(ctx, tx, k, id)
				return subject.Record{ID: string(c.ID), Unit: c.Unit, Label: c.Label(k)}, err
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
				c, err := FindCore(ctx, tx, k, id)
				if err != nil {
					return field.Record{}, err
				}
				r := c.FieldRecord(k)
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
		if k == ChangeKind {
			graph = changeGraph()
		}
		out[i] = workflow.Subject{Kind: k.subject, Title: title(k), TypeList: k.types, PathPrefix: k.path, Tag: tag, View: PermView, Manage: PermCreate, Defaults: []workflow.Graph{graph},
			Resolve: func(ctx context.Context, tx db.Tx, id string) (workflow.Record, error) {
				c, err := FindCore(ctx, tx, k, id)
				return c.Record(k), err
			}}
	}
	return out
}

func title(k Kind) string {
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
			c, err := FindCore(ctx, tx, k, id)
			if err != nil {
				return nil, err
			}
			return PartiesOf(ctx, tx, c)
		}
	}
	return out
}

// PartiesOf are who asked for a request and to whom it is assigned, with the reason.
func PartiesOf(ctx context.Context, tx db.Tx, c Core) ([]watch.Recipient, error) {
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
		k = ChangeKind
	} else if e.SubjectKind != BookingSubject {
		return nil, nil
	}
	c, err := FindCore(ctx, tx, k, e.SubjectID)
	if err == authz.ErrNotFound { //nolint:errorlint // it is that very value
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out, err := PartiesOf(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	more, err := s.concerned(ctx, tx, k, c)
	return watch.Merge(out, more), err
}

func (s *Service) concerned(ctx context.Context, tx db.Tx, k Kind, c Core) ([]watch.Recipient, error) {
	mode, err := s.ModeOf(ctx, tx, k, c.ID)
	if err != nil {
		return nil, err
	}
	var out []watch.Recipient
	if k == ChangeKind {
		if mode.Ended() {
			return nil, nil
		}
		persons, err := s.changes.Affected(ctx, tx, c.ID)
		for _, p := range persons {
			out = append(out, watch.Recipient{Person: p, Reason: watch.Affected})
		}
		return out, err
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
