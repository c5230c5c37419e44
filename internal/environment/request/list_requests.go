package request

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/workflow"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Filter narrows lists of requests; empty members do not narrow.
type Filter struct {
	// Text keeps requests whose title or reference contains it.
	Text string
	// Unit keeps a unit and everything below it.
	Unit ref.Unit
	// Type and Status take ids or names.
	Type   []string
	Status []string
	Mode   []workflow.Mode
	// Open keeps what is not over, or the opposite.
	Open *bool
	// Assignee takes ids of persons and teams; me and mine stand for the caller, and the caller with their teams.
	Assignee string
	// Requester takes the id of a person; me stands for the caller.
	Requester string
	Release   string
	// Environment and Group take ids or keys.
	Environment string
	Group       string
	// From and To keep what lies at least partly between.
	From, To *time.Time
	// OnSchedule keeps the change requests that are shown there.
	OnSchedule *bool
	Outage     *bool
	// Fields are conditions on custom fields: "key:op:value".
	Fields []string
	Sort   string
	Cursor string
	Limit  int
}

// order is one way to sort a list.
type order struct {
	expr  string
	value func(Core) any
	time  bool
}

var orders = map[string]order{
	"number":  {"r.number", func(c Core) any { return c.Number }, false},
	"title":   {"r.title_key", func(c Core) any { return c.TitleKey }, false},
	"from":    {"r.from_at", func(c Core) any { return c.From.UTC() }, true},
	"raised":  {"r.created_at", func(c Core) any { return c.RaisedAt.UTC() }, true},
	"updated": {"r.updated_at", func(c Core) any { return c.UpdatedAt.UTC() }, true},
}

// sorts are the orders of lists, for the routes.
const sorts = "number,-number,title,-title,from,-from,raised,-raised,updated,-updated"

// narrow keeps the requests of a kind, alias r, that the caller may see and a filter keeps.
func (s *Service) narrow(ctx context.Context, tx db.Tx, k Kind, q *bun.SelectQuery, f Filter) (*bun.SelectQuery, error) {
	q = q.Apply(authz.Filter(ctx, PermView, "r.unit_id"))
	if text := strings.TrimSpace(f.Text); text != "" {
		if n, ok := k.numberOf(text); ok {
			q = q.Where("r.number = ?", n)
		} else {
			cond, arg := tx.Contains("r.title_key", ref.NameKey(text))
			q = q.Where(cond, arg)
		}
	}
	if f.Unit != "" {
		q = q.Where("r.unit_id IN (SELECT b.id FROM v_unit AS a JOIN v_unit AS b ON b.path >= a.path AND b.path < a.path || '~' WHERE a.id = ?)", f.Unit)
	}
	if len(f.Type) > 0 {
		q = q.Where("r.type_id IN (SELECT id FROM v_lookup WHERE list_key = ? AND (id IN (?) OR name_key IN (?)))", k.types, bun.In(f.Type), bun.In(folded(f.Type)))
	}
	if len(f.Status) > 0 {
		cond, args := s.Workflow.Filter(k.subject, "r.id", f.Status)
		q = q.Where(cond, args...)
	}
	if len(f.Mode) > 0 {
		cond, args := s.Workflow.FilterModes(k.subject, "r.id", f.Mode)
		q = q.Where(cond, args...)
	}
	if f.Open != nil {
		modes := []workflow.Mode{workflow.Planning, workflow.Execution, workflow.Implementation}
		if !*f.Open {
			modes = []workflow.Mode{workflow.Completed, workflow.Cancelled}
		}
		cond, args := s.Workflow.FilterModes(k.subject, "r.id", modes)
		q = q.Where(cond, args...)
	}
	q, err := s.narrowPeople(ctx, tx, q, f)
	if err != nil {
		return q, err
	}
	if f.Release != "" {
		q = q.Where("r.release = ?", line(f.Release))
	}
	if f.From != nil {
		q = q.Where("r.to_at > ?", f.From.UTC())
	}
	if f.To != nil {
		q = q.Where("r.from_at < ?", f.To.UTC())
	}
	if f.OnSchedule != nil && k == ChangeKind {
		q = q.Where("r.on_schedule = ?", *f.OnSchedule)
	}
	if f.Outage != nil && k == ChangeKind {
		q = q.Where("(r.outage_from IS NOT NULL) = ?", *f.Outage)
	}
	q = narrowTargets(q, k, f)
	fields, err := s.Fields.FilterAll(ctx, tx, k.subject, "r.id", f.Fields)
	if err != nil {
		return q, err
	}
	return fields(q), nil
}

func (s *Service) narrowPeople(ctx context.Context, tx db.Tx, q *bun.SelectQuery, f Filter) (*bun.SelectQuery, error) {
	me := ""
	if p := authz.From(ctx); p != nil {
		me = p.ID()
		if p.Person != "" {
			me = string(p.Person)
		}
	}
	switch f.Assignee {
	case "":
	case "me":
		q = q.Where("r.assignee_person_id = ?", me)
	case "mine":
		q = q.Where("(r.assignee_person_id = ? OR r.assignee_team_id IN (SELECT team_id FROM v_team_member WHERE person_id = ?))", me, me)
	case "nobody":
		q = q.Where("r.assignee_person_id IS NULL AND r.assignee_team_id IS NULL")
	default:
		q = q.Where("(r.assignee_person_id = ? OR r.assignee_team_id = ?)", f.Assignee, f.Assignee)
	}
	if f.Requester == "me" {
		f.Requester = me
	}
	if f.Requester != "" {
		q = q.Where("(r.requester_id = ? OR r.requester_key = ?)", f.Requester, f.Requester)
	}
	return q, nil
}

// narrowTargets keeps requests that name an environment, by itself or by a group it belongs to, or a group.
func narrowTargets(q *bun.SelectQuery, k Kind, f Filter) *bun.SelectQuery {
	const env = "SELECT environment_id FROM v_environment_name WHERE name_key IN (?, ?)"
	if f.Environment != "" {
		members := "SELECT group_id FROM v_environment_member WHERE environment_id IN (" + env + ")"
		args := []any{f.Environment, ref.NameKey(f.Environment), f.Environment, ref.NameKey(f.Environment)}
		if k == bookingKind {
			q = q.Where("r.id IN (SELECT request_id FROM booking_request_environment WHERE environment_id IN ("+env+") UNION SELECT request_id FROM booking_request_line WHERE group_id IN ("+members+"))", args...)
		} else {
			q = q.Where("r.id IN (SELECT request_id FROM environment_change_card WHERE environment_id IN ("+env+") OR group_id IN ("+members+"))", args...)
		}
	}
	if f.Group != "" {
		table := "booking_request_line"
		if k == ChangeKind {
			table = "environment_change_card"
		}
		q = q.Where("r.id IN (SELECT t.request_id FROM "+table+" AS t JOIN v_environment_group AS g ON g.id = t.group_id WHERE g.id = ? OR lower(g.key) = ?)", f.Group, ref.NameKey(f.Group))
	}
	return q
}

func folded(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = ref.NameKey(s)
	}
	return out
}

// readPage reads the requests of a page into list, one more than the limit; core tells the common part of a row.
func readPage[T any](ctx context.Context, s *Service, tx db.Tx, k Kind, f Filter, core func(T) Core) (rows []T, next func([]T) httpapi.Page[T], err error) {
	if f.Sort == "" {
		f.Sort = "-number"
	}
	name, descending := strings.CutPrefix(f.Sort, "-")
	by, ok := orders[name]
	if !ok {
		return nil, nil, problem.Newf(problem.BadRequest, "sort_unknown", "There is no order %q.", f.Sort)
	}
	direction, than := "ASC", ">"
	if descending {
		direction, than = "DESC", "<"
	}
	q, err := s.narrow(ctx, tx, k, tx.NewSelect().Model(&rows), f)
	if err != nil {
		return nil, nil, err
	}
	q = q.OrderExpr(by.expr + " " + direction + ", r.id " + direction).Limit(int64(f.Limit) + 1)
	var made, id string
	var number int64
	var text string
	var moment time.Time
	into := any(&text)
	if by.time {
		into = &moment
	} else if name == "number" {
		into = &number
	}
	more, err := httpapi.DecodeCursor(f.Cursor, &made, into, &id)
	if err != nil {
		return nil, nil, err
	}
	if more {
		value := map[bool]any{true: moment.UTC(), false: text}[by.time]
		if name == "number" {
			value = number
		}
		if made != f.Sort {
			return nil, nil, problem.New(problem.BadRequest, "bad_cursor", "The cursor belongs to another order. Start again without it.")
		}
		q = q.Where("("+by.expr+", r.id) "+than+" (?, ?)", value, id)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, nil, err
	}
	return rows, func(rows []T) httpapi.Page[T] {
		return httpapi.NewPage(rows, f.Limit, func(row T) []any { c := core(row); return []any{f.Sort, by.value(c), c.ID} })
	}, nil
}

// ListBookingRequests returns a page of the booking requests the caller may see. The first page carries the total.
func (s *Service) ListBookingRequests(ctx context.Context, f Filter) (httpapi.Page[BookingItem], error) {
	return List(ctx, s, bookingKind, f, func(r BookingRequest) Core { return r.Core }, s.bookingItems)
}

// List reads a page of requests of a kind: core tells the common part of a row, items what is shown of rows.
func List[R, I any](ctx context.Context, s *Service, k Kind, f Filter, core func(R) Core, items func(context.Context, db.Tx, []R) ([]I, error)) (out httpapi.Page[I], err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		rows, next, err := readPage(ctx, s, tx, k, f, core)
		if err != nil {
			return err
		}
		page := next(rows)
		out = httpapi.Page[I]{Next: page.Next}
		if out.Items, err = items(ctx, tx, page.Items); err != nil || f.Cursor != "" {
			return err
		}
		q, err := s.narrow(ctx, tx, k, tx.NewSelect().TableExpr(k.table+" AS r"), f)
		if err != nil {
			return err
		}
		total, err := q.Count(ctx)
		out.Total = &total
		return err
	})
	return out, err
}
