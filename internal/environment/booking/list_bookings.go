package booking

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Filter narrows lists of bookings, the schedule, conflicts and feeds.
type Filter struct {
	Environments []string `json:"environments,omitempty"`
	Group        string   `json:"group,omitempty"`
	Application  string   `json:"application,omitempty"`
	Usage        string   `json:"usage,omitempty"`
	Unit         ref.Unit `json:"unit,omitempty"`
	// BookingUnit is the unit that is charged for a booking, wherever its environments belong.
	BookingUnit ref.Unit `json:"bookingUnit,omitempty"`
	Statuses    []Status `json:"statuses,omitempty"`
	Holder      string   `json:"holder,omitempty"`
	Intent      Intent   `json:"intent,omitempty"`
	Release     string   `json:"release,omitempty"`
	Request     string   `json:"request,omitempty"`
	Series      string   `json:"series,omitempty"`
	Text        string   `json:"q,omitempty"`
}

// ListFilter narrows and pages List.
type ListFilter struct {
	Filter
	From, To time.Time
	Cursor   string
	Limit    int
	// Descending begins with the last.
	Descending bool
}

// mine is the holder that stands for the caller.
const mine = "me"

// environmentCondition narrows the column of environment ids of a table to a filter; "" means no narrowing. Places that do
// not exist are a fault.
func (s *Service) environmentCondition(ctx context.Context, tx db.Tx, f Filter, column string) (string, []any, error) {
	var conds []string
	var args []any
	if len(f.Environments) > 0 {
		var ids []ref.Environment
		for _, name := range f.Environments {
			e, err := s.Environments.Find(ctx, tx, name)
			if err != nil {
				return "", nil, bodyFault(err, "query.environment", "environment", name)
			}
			ids = append(ids, e.ID)
		}
		conds, args = append(conds, column+" IN (?)"), append(args, bun.In(ids))
	}
	if f.Group != "" {
		g, err := s.Environments.FindGroup(ctx, tx, f.Group)
		if err != nil {
			return "", nil, bodyFault(err, "query.group", "group", f.Group)
		}
		conds, args = append(conds, column+" IN (SELECT environment_id FROM v_environment_member WHERE group_id = ?)"), append(args, g.ID)
	}
	if f.Application != "" {
		conds, args = append(conds, column+" IN (SELECT e.id FROM v_environment AS e JOIN v_application AS a ON a.id = e.application_id WHERE a.id = ? OR lower(a.key) = ?)"),
			append(args, f.Application, ref.NameKey(f.Application))
	}
	if f.Usage != "" {
		conds, args = append(conds, column+" IN (SELECT e.id FROM v_environment AS e JOIN v_lookup AS l ON l.id = e.usage_id WHERE l.id = ? OR l.list_key = ? AND l.name_key = ?)"),
			append(args, f.Usage, environment.UsageList, ref.NameKey(f.Usage))
	}
	if f.Unit != "" {
		path := ""
		if err := tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", f.Unit).Scan(ctx, &path); err != nil && !db.IsNoRows(err) {
			return "", nil, err
		}
		if path == "" {
			path = "-"
		}
		lo, hi := authz.PathRange(path)
		conds = append(conds, column+" IN (SELECT e.id FROM v_environment AS e JOIN v_unit AS u ON u.id = e.unit_id WHERE u.path >= ? AND u.path < ?)")
		args = append(args, lo, hi)
	}
	return strings.Join(conds, " AND "), args, nil
}

// scoped returns a query of bookings the caller may see: those in visible environments, and one's own.
func scoped(ctx context.Context, tx db.Tx) *bun.SelectQuery {
	q := tx.NewSelect().TableExpr("booking AS b")
	cond, args := authz.Condition(ctx, PermView, "b.unit_id")
	if cond == "" {
		return q
	}
	p := authz.From(ctx)
	own, ownArgs := "", []any{}
	if p != nil {
		own, ownArgs = " OR b.requester_id = ? OR b.holder_id = ?", []any{p.ID(), string(p.Person)}
	}
	envCond, envArgs := authz.Condition(ctx, PermView, "ve.unit_id")
	inVisible := " OR b.id IN (SELECT bv.booking_id FROM booking_environment AS bv JOIN v_environment AS ve ON ve.id = bv.environment_id WHERE " + envCond + ")"
	if len(envArgs) == 0 {
		inVisible = "" // nothing is visible
	}
	return q.Where("("+cond+own+inVisible+")", slices.Concat(args, ownArgs, envArgs)...)
}

func (s *Service) narrow(ctx context.Context, tx db.Tx, q *bun.SelectQuery, f Filter) (*bun.SelectQuery, error) {
	cond, args, err := s.environmentCondition(ctx, tx, f, "be.environment_id")
	if err != nil {
		return nil, err
	}
	if cond != "" {
		q = q.Where("b.id IN (SELECT be.booking_id FROM booking_environment AS be WHERE "+cond+")", args...)
	}
	if len(f.Statuses) > 0 {
		q = q.Where("b.status IN (?)", bun.In(f.Statuses))
	}
	switch {
	case f.Holder == mine && authz.From(ctx) != nil:
		p := authz.From(ctx)
		q = q.Where("(b.holder_id = ? OR b.requester_id = ?)", string(p.Person), p.ID())
	case f.Holder != "":
		q = q.Where("b.holder_id = ?", f.Holder)
	}
	for column, value := range map[string]string{"b.intent": string(f.Intent), "b.release": f.Release, "b.request_id": f.Request, "b.series_id": f.Series, "b.unit_id": string(f.BookingUnit)} {
		if value != "" {
			q = q.Where(column+" = ?", value)
		}
	}
	if f.Text != "" {
		cond, arg := tx.Contains("b.title_key", ref.NameKey(f.Text))
		if n, ok := numberOf(f.Text); ok {
			q = q.Where("("+cond+" OR b.number = ?)", arg, n)
		} else {
			q = q.Where(cond, arg)
		}
	}
	return q, nil
}

// List returns a page of the visible bookings by their beginning.
func (s *Service) List(ctx context.Context, f ListFilter) (page httpapi.Page[Listed], err error) {
	list := []Listed{}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q, err := s.narrow(ctx, tx, scoped(ctx, tx), f.Filter)
		if err != nil {
			return err
		}
		if !f.To.IsZero() {
			q = q.Where("b.from_at < ?", normal(f.To))
		}
		if !f.From.IsZero() {
			q = q.Where("b.to_at > ?", normal(f.From))
		}
		list, err = s.scanPage(ctx, tx, q, f)
		return err
	})
	return httpapi.NewPage(list, f.Limit, func(l Listed) []any { return []any{l.From, l.ID} }), err
}

func (s *Service) scanPage(ctx context.Context, tx db.Tx, q *bun.SelectQuery, f ListFilter) ([]Listed, error) {
	var at time.Time
	var id string
	more, err := httpapi.DecodeCursor(f.Cursor, &at, &id)
	if err != nil {
		return nil, err
	}
	op, order := ">", "b.from_at, b.id"
	if f.Descending {
		op, order = "<", "b.from_at DESC, b.id DESC"
	}
	if more {
		q = q.Where("(b.from_at, b.id) "+op+" (?, ?)", at, id)
	}
	var rows []Booking
	if err := q.ColumnExpr("b.*").OrderExpr(order).Limit(int64(f.Limit)+1).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	return s.withParts(ctx, tx, rows)
}

// withParts adds the environments and names to bookings.
func (s *Service) withParts(ctx context.Context, tx db.Tx, rows []Booking) ([]Listed, error) {
	ids := make([]ref.Booking, len(rows))
	for i, b := range rows {
		ids[i] = b.ID
	}
	parts, err := partsOf(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	list := make([]Listed, len(rows))
	for i, b := range rows {
		list[i] = Listed{Booking: b, parts: parts[b.ID]}
	}
	return list, s.addNames(ctx, tx, list)
}

// Pending returns the requested bookings about which the caller decides, the first to begin first.
func (s *Service) Pending(ctx context.Context, f ListFilter) (page httpapi.Page[Listed], err error) {
	p := authz.From(ctx)
	if p == nil {
		return page, authz.ErrUnauthenticated
	}
	list := []Listed{}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		cond, args, err := s.decidedBy(ctx, tx, p)
		if err != nil {
			return err
		}
		q, err := s.narrow(ctx, tx, tx.NewSelect().TableExpr("booking AS b").Where("b.status = 'requested'"), f.Filter)
		if err != nil {
			return err
		}
		const mine = "b.id IN (SELECT bp.booking_id FROM booking_environment AS bp JOIN v_environment AS e ON e.id = bp.environment_id WHERE bp.status = 'requested' AND bp.approved_at IS NULL AND ("
		if cond != "" {
			q = q.Where(mine+cond+"))", args...)
			strict, err := s.strictUnits(ctx, tx, p)
			if err != nil {
				return err
			}
			if len(strict) > 0 {
				q = q.Where("(b.requester_id <> ? OR NOT "+mine+cond+") AND e.unit_id IN (?)))", append(append([]any{p.ID()}, args...), bun.In(strict))...)
			}
		}
		list, err = s.scanPage(ctx, tx, q.Where("b.to_at > ?", s.Clock.Now()), f)
		return err
	})
	return httpapi.NewPage(list, f.Limit, func(l Listed) []any { return []any{l.From, l.ID} }), err
}

// decidedBy returns a condition on environments (alias e) about whose bookings somebody decides; "" is all.
func (s *Service) decidedBy(ctx context.Context, tx db.Tx, p *authz.Principal) (string, []any, error) {
	if p.Trusted {
		return "", nil, nil
	}
	var apps []ref.App
	if s.Approvers != nil {
		if err := tx.NewRaw(`SELECT DISTINCT application_id FROM v_environment WHERE application_id IS NOT NULL AND state = 'active'`).Scan(ctx, &apps); err != nil {
			return "", nil, err
		}
	}
	who, err := s.named(ctx, tx, apps)
	if err != nil {
		return "", nil, err
	}
	var own, others []ref.App
	for app, persons := range who {
		switch {
		case p.Person != "" && slices.Contains(persons, p.Person):
			own = append(own, app)
		case len(persons) > 0:
			others = append(others, app)
		}
	}
	cond, args := authz.Condition(ctx, PermApprove, "e.unit_id")
	if cond == "" {
		cond = "1 = 1"
	}
	if len(others) > 0 {
		cond, args = "("+cond+" AND (e.application_id IS NULL OR e.application_id NOT IN (?)))", append(args, bun.In(others))
	}
	if len(own) > 0 {
		cond, args = cond+" OR e.application_id IN (?)", append(args, bun.In(own))
	}
	return cond, args, nil
}

// statusesOf reads the statuses of a query; live stands for requested and approved.
func statusesOf(text string) ([]Status, error) {
	var out []Status
	for word := range strings.SplitSeq(text, ",") {
		switch word = strings.TrimSpace(word); {
		case word == "":
		case word == "live":
			out = append(out, Live...)
		case slices.Contains([]Status{Requested, Approved, Rejected, Waiting, Cancelled, Ended, Expired}, Status(word)):
			out = append(out, Status(word))
		default:
			return nil, problem.Newf(problem.Invalid, "status_unknown", "There is no booking status %q.", word)
		}
	}
	return out, nil
}
