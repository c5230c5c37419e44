package booking

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ScheduleKind says what the rows of a schedule are.
type ScheduleKind string

// The views of the schedule.
const (
	ByEnvironment ScheduleKind = "environments"
	ByGroup       ScheduleKind = "groups"
	ByRequest     ScheduleKind = "requests"
	Overview      ScheduleKind = "overview"
)

// ScheduleFilter says what to show.
type ScheduleFilter struct {
	Filter
	View   ScheduleKind
	Within interval.Span
	Cursor string
	Limit  int
}

// ScheduleRow is a row: an environment, a group, a request, or an application in the overview. Bars are places in the list of
// bookings.
type ScheduleRow struct {
	ID          string             `json:"id"`
	Key         string             `json:"key,omitempty"`
	Name        string             `json:"name"`
	Unit        ref.Unit           `json:"unitId,omitempty"`
	Application ref.App            `json:"applicationId,omitempty"`
	Usage       ref.Lookup         `json:"usageId,omitempty"`
	Capacity    int                `json:"capacity,omitempty"`
	AutoApprove bool               `json:"autoApprove,omitempty"`
	Bookable    bool               `json:"bookable"`
	Parent      ref.Environment    `json:"parentId,omitempty"`
	Members     []ref.Environment  `json:"members,omitempty"`
	Bars        []int              `json:"bars"`
	Closures    []interval.Closure `json:"closures,omitempty"`
	Load        []interval.Load    `json:"load,omitempty"`
	Total       int                `json:"total,omitempty"`

	envs []ref.Environment
	sort string
}

// ScheduleBar is a booking as the schedule draws it. The names are short because there are a hundred thousand of them.
type ScheduleBar struct {
	ID       ref.Booking `json:"id"`
	Number   int64       `json:"n"`
	Title    string      `json:"t"`
	Status   Status      `json:"s"`
	Intent   Intent      `json:"i"`
	From     int64       `json:"f"`
	To       int64       `json:"u"`
	Holder   int         `json:"h"`
	Conflict bool        `json:"c,omitempty"`
	Version  int64       `json:"v"`
}

// Schedule is a page of the schedule.
type Schedule struct {
	From     time.Time     `json:"from"`
	To       time.Time     `json:"to"`
	View     ScheduleKind  `json:"view"`
	Rows     []ScheduleRow `json:"rows"`
	Bookings []ScheduleBar `json:"bookings"`
	Holders  []PersonRef   `json:"holders"`
	Next     string        `json:"next,omitempty"`
}

// mostRows is how many rows a page of the schedule has at most.
const mostRows = 2000

// ShowSchedule returns a page of rows with the bookings of a window.
func (s *Service) ShowSchedule(ctx context.Context, f ScheduleFilter) (out Schedule, err error) {
	if f.Within, err = window(f.Within, s.Clock.Now()); err != nil {
		return out, err
	}
	if f.Limit <= 0 || f.Limit > mostRows {
		f.Limit = mostRows
	}
	out = Schedule{From: f.Within.From, To: f.Within.To, View: f.View, Bookings: []ScheduleBar{}, Holders: []PersonRef{}}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		rows, err := s.scheduleRows(ctx, tx, f)
		if err != nil {
			return err
		}
		if len(rows) > f.Limit {
			last := rows[f.Limit-1]
			out.Next = httpapi.EncodeCursor(last.sort, last.ID)
			rows = rows[:f.Limit]
		}
		out.Rows = rows
		return s.fillSchedule(ctx, tx, &out, f)
	})
	return out, err
}

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
	out := make([]ScheduleRow, len(ids))
	for i, id := range ids {
		out[i] = ScheduleRow{ID: id, Name: id, Bookable: true, sort: ""}
	}
	return out, err
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

// barRow is what a bar is made of.
type barRow struct {
	env    ref.Environment
	id     ref.Booking
	number int64
	title  string
	status Status
	intent Intent
	from   time.Time
	to     time.Time
	holder ref.Person
	ask    string
	ver    int64
}

// fillSchedule reads the bookings of the rows with one query, and the closures with one call.
func (s *Service) fillSchedule(ctx context.Context, tx db.Tx, out *Schedule, f ScheduleFilter) error {
	at := map[ref.Environment][]int{}
	var envs []ref.Environment
	requests := map[string]int{}
	for i, r := range out.Rows {
		out.Rows[i].Bars = []int{}
		requests[r.ID] = i
		for _, e := range r.envs {
			if at[e] == nil {
				envs = append(envs, e)
			}
			at[e] = append(at[e], i)
		}
	}
	bars := map[ref.Booking]int{}
	holders := map[ref.Person]int{}
	busy := make([][]interval.Span, len(out.Rows))
	lanes := map[ref.Environment][]int{}
	err := s.readBars(ctx, tx, f, envs, func(r barRow) {
		rows := at[r.env]
		if f.View == ByRequest {
			i, ok := requests[r.ask]
			if !ok {
				return
			}
			rows = []int{i}
		}
		if len(rows) == 0 {
			return
		}
		n, known := bars[r.id]
		if !known {
			n = len(out.Bookings)
			bars[r.id] = n
			h := -1
			if r.holder != "" {
				if h, known = holders[r.holder]; !known {
					h = len(out.Holders)
					holders[r.holder] = h
					out.Holders = append(out.Holders, PersonRef{ID: r.holder})
				}
			}
			out.Bookings = append(out.Bookings, ScheduleBar{ID: r.id, Number: r.number, Title: r.title, Status: r.status, Intent: r.intent, From: r.from.UnixMilli(), To: r.to.UnixMilli(), Holder: h, Version: r.ver})
		}
		lanes[r.env] = append(lanes[r.env], n)
		for _, i := range rows {
			if f.View == Overview {
				busy[i] = append(busy[i], interval.Span{From: maxTime(r.from, f.Within.From), To: minTime(r.to, f.Within.To)})
				continue
			}
			if b := out.Rows[i].Bars; len(b) == 0 || b[len(b)-1] != n {
				out.Rows[i].Bars = append(b, n)
			}
		}
	})
	if err != nil {
		return err
	}
	if f.View == Overview {
		for i := range out.Rows {
			out.Rows[i].Load = interval.Profile(busy[i])
		}
		out.Bookings, out.Holders = []ScheduleBar{}, []PersonRef{}
		return nil
	}
	ids := make([]ref.Person, len(out.Holders))
	for i, h := range out.Holders {
		ids[i] = h.ID
	}
	names, err := personNames(ctx, tx, ids)
	if err != nil {
		return err
	}
	for i, h := range out.Holders {
		out.Holders[i].Name = names[h.ID]
	}
	if f.View == ByEnvironment {
		s.markConflicts(out, lanes)
	}
	return s.closeRows(ctx, tx, out, f.Within, envs)
}

// markConflicts marks bars of one row that do not go together; requested ones in the way of something as well.
func (s *Service) markConflicts(out *Schedule, lanes map[ref.Environment][]int) {
	for _, r := range out.Rows {
		l := Lane{Environment: ref.Environment(r.ID), Capacity: r.Capacity, Matrix: DefaultMatrix}
		for _, n := range lanes[l.Environment] {
			if b := out.Bookings[n]; b.Status == Requested || b.Status == Approved {
				l.Holds = append(l.Holds, Hold{Booking: ref.Booking(strconv.Itoa(n)), Span: interval.Span{From: time.UnixMilli(b.From), To: time.UnixMilli(b.To)}, Intent: b.Intent, Status: b.Status})
			}
		}
		for _, c := range Conflicts(l) {
			for _, h := range []Hold{c.A, c.B} {
				n, _ := strconv.Atoi(string(h.Booking))
				out.Bookings[n].Conflict = true
			}
		}
	}
}

func (s *Service) readBars(ctx context.Context, tx db.Tx, f ScheduleFilter, envs []ref.Environment, fn func(barRow)) error {
	wanted := map[ref.Environment]bool{}
	for _, e := range envs {
		wanted[e] = true
	}
	where, args := "", []any{}
	if len(f.Statuses) == 0 {
		where = " AND be.status IN ('requested', 'approved')"
	} else {
		words := make([]string, len(f.Statuses))
		for i, st := range f.Statuses {
			words[i] = "'" + string(st) + "'" // checked by statusesOf
		}
		where = " AND be.status IN (" + strings.Join(words, ", ") + ")"
	}
	if f.Holder == mine && authz.From(ctx) != nil {
		where, args = where+" AND (b.holder_id = ? OR b.requester_id = ?)", append(args, string(authz.From(ctx).Person), authz.From(ctx).ID())
	} else if f.Holder != "" {
		where, args = where+" AND b.holder_id = ?", append(args, f.Holder)
	}
	for column, v := range map[string]string{"b.intent": string(f.Intent), "b.release": f.Release, "b.request_id": f.Request, "b.series_id": f.Series} {
		if v != "" {
			where, args = where+" AND "+column+" = ?", append(args, v)
		}
	}
	if f.Text != "" {
		cond, arg := tx.Contains("b.title_key", ref.NameKey(f.Text))
		where, args = where+" AND "+cond, append(args, arg)
	}
	query := `SELECT be.environment_id, b.id, b.number, b.title, b.status, b.intent, b.from_at, b.to_at, COALESCE(b.holder_id, ''), COALESCE(b.request_id, ''), b.version
		FROM booking_environment AS be JOIN booking AS b ON b.id = be.booking_id WHERE be.from_at < ? AND be.to_at > ?`
	far := f.Within.From.Add(-reach)
	all := append(append([]any{f.Within.To, f.Within.From, far}, args...), append([]any{f.Within.To, f.Within.From, far}, args...)...)
	rows, err := tx.QueryContext(ctx, query+" AND be.from_at > ?"+where+" UNION ALL "+query+" AND be.lasts_long AND be.from_at <= ?"+where+" ORDER BY 7, 2", all...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r barRow
		err := rows.Scan((*string)(&r.env), (*string)(&r.id), &r.number, &r.title, (*string)(&r.status), (*string)(&r.intent), &r.from, &r.to, (*string)(&r.holder), &r.ask, &r.ver)
		if err != nil {
			return err
		}
		if f.View == ByRequest || wanted[r.env] {
			fn(r)
		}
	}
	return rows.Err()
}

// closeRows adds when environments and groups are closed.
func (s *Service) closeRows(ctx context.Context, tx db.Tx, out *Schedule, within interval.Span, envs []ref.Environment) error {
	if s.Closures == nil || len(envs) == 0 {
		return nil
	}
	list, err := s.Environments.Bookables(ctx, tx, envs)
	if err != nil {
		return err
	}
	places := make([]interval.Place, len(list))
	for i, e := range list {
		places[i] = placeOf(e)
	}
	closed, err := s.Closures.Closures(ctx, tx, places, within)
	if err != nil {
		return err
	}
	for i := range out.Rows {
		seen := map[string]bool{}
		for _, e := range out.Rows[i].envs {
			for _, c := range closed[e] {
				if key := string(c.Kind) + c.ID + c.From.String(); !seen[key] {
					seen[key] = true
					out.Rows[i].Closures = append(out.Rows[i].Closures, c)
				}
			}
		}
	}
	return nil
}

func (s *Service) mountSchedule(api *httpapi.API) {
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodGet, Path: "/schedule", ID: "show-schedule", Tag: tag, Summary: "The schedule: rows and bars of a window",
		Description: "Query: from, to, view (environments, groups, requests, overview), the filters of GET /bookings, limit (rows, at most 2000), cursor. " +
			"Answer {from, to, view, rows[], bookings[], holders[], next?}: row = {id, key, name, unitId, applicationId, usageId, capacity, bookable, members[], bars[], closures[], load[], total}, " +
			"where bars are places in bookings; booking = {id, n number, t title, s status, i intent, f from and u until in milliseconds since 1970, h place in holders or -1, c in conflict, v version}. Compressed where the caller accepts gzip."},
		authz.SignedIn(), s.serveSchedule(api))
	s.mountViews(api)
}

func (s *Service) serveSchedule(api *httpapi.API) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, err := scheduleFilter(r)
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		out, err := s.ShowSchedule(r.Context(), f)
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			_ = json.NewEncoder(w).Encode(out)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		zw, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		_ = json.NewEncoder(zw).Encode(out)
		_ = zw.Close()
	}
}

func scheduleFilter(r *http.Request) (ScheduleFilter, error) {
	q := r.URL.Query()
	statuses, err := statusesOf(q.Get("status"))
	if err != nil {
		return ScheduleFilter{}, err
	}
	f := ScheduleFilter{View: ScheduleKind(cmp.Or(q.Get("view"), string(ByEnvironment))), Cursor: q.Get("cursor"),
		Filter: Filter{Environments: q["environment"], Group: q.Get("group"), Application: q.Get("application"), Usage: q.Get("usage"), Unit: ref.Unit(q.Get("unit")), Statuses: statuses,
			Holder: q.Get("holder"), Intent: Intent(q.Get("intent")), Release: q.Get("release"), Request: q.Get("request"), Series: q.Get("series"), Text: q.Get("q")}}
	var faults problem.Fields
	for name, into := range map[string]*time.Time{"from": &f.Within.From, "to": &f.Within.To} {
		if text := q.Get(name); text != "" {
			if *into, err = time.Parse(time.RFC3339Nano, text); err != nil {
				faults.Add("query."+name, "malformed", "Give times as 2026-03-02T08:00:00Z.")
			}
		}
	}
	if text := q.Get("limit"); text != "" {
		if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 1 || f.Limit > mostRows {
			faults.Add("query.limit", "out_of_range", "A page has 1 to 2000 rows.")
		}
	}
	return f, faults.Err("schedule_query", "The schedule cannot be shown like this.")
}
