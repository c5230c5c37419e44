package booking

import (
	"cmp"
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// scheduleRows reads one row more than the page holds.
func (s *Service) scheduleRows(ctx context.Context, tx db.Tx, f ScheduleFilter) ([]ScheduleRow, error) {
	var after, id string
	more, err := httpapi.DecodeCursor(f.Cursor, &after, &id)
	if err != nil {
		return nil, err
	}
	cond, args, err := s.environmentCondition(ctx, tx, f.Filter, "e.id")
	if err != nil {
		return nil, err
	}
	switch f.View {
	case ByEnvironment:
		return environmentRows(ctx, tx, cond, args, more, after, id, f.Limit)
	case ByGroup:
		return groupRows(ctx, tx, cond, args, more, after, id, f.Limit)
	case ByRequest:
		return s.requestRows(ctx, tx, f, more, id)
	case Overview:
		return overviewRows(ctx, tx, cond, args, more, after, id)
	}
	return nil, problem.Newf(problem.Invalid, "view_unknown", "The schedule is shown by environments, groups, requests or overview, not by %q.", f.View)
}

type environmentRow struct {
	ID          ref.Environment  `bun:"id"`
	Key         string           `bun:"key"`
	Name        string           `bun:"name"`
	NameKey     string           `bun:"name_key"`
	Unit        ref.Unit         `bun:"unit_id"`
	Application *ref.App         `bun:"application_id"`
	Usage       *ref.Lookup      `bun:"usage_id"`
	Capacity    int              `bun:"capacity"`
	AutoApprove bool             `bun:"auto_approve"`
	Bookable    bool             `bun:"bookable"`
	Parent      *ref.Environment `bun:"parent_id"`
	Group       string           `bun:"group_id"`
	GroupKey    string           `bun:"group_key"`
	GroupName   string           `bun:"group_name"`
	App         string           `bun:"application_name"`
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

const environmentRowColumns = "e.id, e.key, e.name, e.name_key, e.unit_id, e.application_id, e.usage_id, e.capacity, e.auto_approve, e.bookable, e.parent_id"

func environmentRows(ctx context.Context, tx db.Tx, cond string, args []any, more bool, after, id string, limit int) ([]ScheduleRow, error) {
	var rows []environmentRow
	q := tx.NewSelect().TableExpr("v_environment AS e").ColumnExpr(environmentRowColumns).Where("e.state = 'active'").
		Apply(authz.Filter(ctx, PermView, "e.unit_id")).OrderExpr("e.name_key, e.id").Limit(int64(limit) + 1)
	if cond != "" {
		q = q.Where(cond, args...)
	}
	if more {
		q = q.Where("(e.name_key, e.id) > (?, ?)", after, id)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]ScheduleRow, len(rows))
	for i, r := range rows {
		out[i] = ScheduleRow{ID: string(r.ID), Key: r.Key, Name: r.Name, Unit: r.Unit, Application: value(r.Application), Usage: value(r.Usage), Capacity: r.Capacity,
			AutoApprove: r.AutoApprove, Bookable: r.Bookable, Parent: value(r.Parent), envs: []ref.Environment{r.ID}, sort: r.NameKey}
	}
	return out, nil
}

func groupRows(ctx context.Context, tx db.Tx, cond string, args []any, more bool, after, id string, limit int) ([]ScheduleRow, error) {
	var groups []struct {
		ID   ref.EnvironmentGroup `bun:"id"`
		Key  string               `bun:"key"`
		Name string               `bun:"name"`
		Unit ref.Unit             `bun:"unit_id"`
	}
	q := tx.NewSelect().TableExpr("v_environment_group AS g").ColumnExpr("g.id, g.key, g.name, g.unit_id").Apply(authz.Filter(ctx, PermView, "g.unit_id"))
	if cond != "" {
		q = q.Where("g.id IN (SELECT m.group_id FROM v_environment_member AS m JOIN v_environment AS e ON e.id = m.environment_id WHERE "+cond+")", args...)
	}
	if more {
		q = q.Where("(g.name, g.id) > (?, ?)", after, id)
	}
	if err := q.OrderExpr("g.name, g.id").Limit(int64(limit)+1).Scan(ctx, &groups); err != nil {
		return nil, err
	}
	out := make([]ScheduleRow, len(groups))
	at := map[string]int{}
	for i, g := range groups {
		at[string(g.ID)] = i
		out[i] = ScheduleRow{ID: string(g.ID), Key: g.Key, Name: g.Name, Unit: g.Unit, Bookable: true, sort: g.Name}
	}
	var members []environmentRow
	err := tx.NewSelect().TableExpr("v_environment_member AS m").Join("JOIN v_environment AS e ON e.id = m.environment_id").ColumnExpr("m.group_id, e.id").
		Apply(authz.Filter(ctx, PermView, "e.unit_id")).OrderExpr("m.group_id, e.name_key, e.id").Scan(ctx, &members)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if i, ok := at[m.Group]; ok {
			out[i].envs = append(out[i].envs, m.ID)
			out[i].Members = append(out[i].Members, m.ID)
		}
	}
	return out, nil
}

// requestRows lists the booking requests that have bookings in the window.
func (s *Service) requestRows(ctx context.Context, tx db.Tx, f ScheduleFilter, more bool, id string) ([]ScheduleRow, error) {
	q, err := s.narrow(ctx, tx, scoped(ctx, tx), f.Filter)
	if err != nil {
		return nil, err
	}
	if more {
		q = q.Where("b.request_id > ?", id)
	}
	var ids []string
	err = q.ColumnExpr("DISTINCT b.request_id").Where("b.request_id IS NOT NULL AND b.from_at < ? AND b.to_at > ?", f.Within.To, f.Within.From).
		OrderExpr("b.request_id").Limit(int64(f.Limit)+1).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return []ScheduleRow{}, err
	}
	names := map[string]string{}
	if s.RequestNames != nil {
		if names, err = s.RequestNames.RequestNames(ctx, tx, ids); err != nil {
			return nil, err
		}
	}
	out := make([]ScheduleRow, len(ids))
	for i, id := range ids {
		out[i] = ScheduleRow{ID: id, Name: cmp.Or(names[id], "A request you may not see"), Bookable: true, sort: ""}
	}
	return out, nil
}

// overviewRows has one row for each application, with how many of its environments are booked when.
func overviewRows(ctx context.Context, tx db.Tx, cond string, args []any, more bool, after, id string) ([]ScheduleRow, error) {
	var rows []environmentRow
	q := tx.NewSelect().TableExpr("v_environment AS e").Join("LEFT JOIN v_application AS a ON a.id = e.application_id").
		ColumnExpr(environmentRowColumns + ", COALESCE(a.name, '') AS application_name").Where("e.state = 'active'").Apply(authz.Filter(ctx, PermView, "e.unit_id"))
	if cond != "" {
		q = q.Where(cond, args...)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	byApp := map[ref.App]*ScheduleRow{}
	for _, r := range rows {
		app := value(r.Application)
		row := byApp[app]
		if row == nil {
			name := r.App
			if name == "" {
				name = "No application"
			}
			row = &ScheduleRow{ID: string(app), Name: name, Application: app, Bookable: true, sort: ref.NameKey(r.App)}
			byApp[app] = row
		}
		row.envs = append(row.envs, r.ID)
		row.Total++
	}
	var out []ScheduleRow
	for _, r := range byApp {
		if !more || r.sort > after || r.sort == after && r.ID > id {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b ScheduleRow) int { return cmp.Or(cmp.Compare(a.sort, b.sort), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}
