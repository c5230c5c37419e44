package booking

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
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
	// Label is what else the bars tell: release, group, or nothing, which needs the schedule alone.
	Label  string
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
	Label    string      `json:"k,omitempty"`
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

// barRow is what a bar is made of.
type barRow struct {
	env    ref.Environment
	id     ref.Booking
	number int64
	title  string
	status Status
	intent Intent
	from   int64 // microseconds since 1970
	to     int64
	holder ref.Person
	ask    string
	ver    int64
	label  string
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
	err := s.readBars(ctx, tx, f, envs, func(r *barRow) {
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
			out.Bookings = append(out.Bookings, ScheduleBar{ID: r.id, Number: r.number, Title: r.title, Status: r.status, Intent: r.intent, From: r.from / 1000, To: r.to / 1000, Holder: h, Version: r.ver, Label: r.label})
		}
		lanes[r.env] = append(lanes[r.env], n)
		for _, i := range rows {
			if f.View == Overview {
				busy[i] = append(busy[i], interval.Span{From: maxTime(time.UnixMicro(r.from).UTC(), f.Within.From), To: minTime(time.UnixMicro(r.to).UTC(), f.Within.To)})
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
		if err := s.markConflicts(ctx, tx, out, lanes); err != nil {
			return err
		}
	}
	return s.closeRows(ctx, tx, out, f.Within, envs)
}

// markConflicts marks bars of one row that do not go together; requested ones in the way of something as well.
func (s *Service) markConflicts(ctx context.Context, tx db.Tx, out *Schedule, lanes map[ref.Environment][]int) error {
	matrices, err := matricesOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range out.Rows {
		l := Lane{Environment: ref.Environment(r.ID), Capacity: r.Capacity}
		if r.Capacity > 1 {
			if l.Matrix, err = matrices(r.Unit); err != nil {
				return err
			}
		}
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
	return nil
}

// matricesOf returns a function that tells which intents go together on a unit; it reads each unit once.
func matricesOf(ctx context.Context, tx db.Tx) (func(ref.Unit) (Matrix, error), error) {
	some, err := tx.NewSelect().Table("booking_policy").Exists(ctx)
	known := map[ref.Unit]Matrix{}
	return func(u ref.Unit) (Matrix, error) {
		if m, ok := known[u]; ok || !some {
			if !ok {
				m = DefaultMatrix
			}
			return m, nil
		}
		var path string
		if err := tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", u).Scan(ctx, &path); err != nil {
			return nil, err
		}
		rules, err := loadPolicies(ctx, tx, []string{path})
		if err != nil {
			return nil, err
		}
		known[u] = rules.of(path).Compatible
		return known[u], nil
	}, err
}

func (s *Service) readBars(ctx context.Context, tx db.Tx, f ScheduleFilter, envs []ref.Environment, fn func(*barRow)) error {
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
	// Without a filter on what only the booking knows, the schedule alone is read.
	ask, join := "''", ""
	if f.View == ByRequest || strings.Contains(where, " b.") || strings.Contains(where, "(b.") {
		ask, join = "COALESCE(b.request_id, '')", " JOIN booking AS b ON b.id = be.booking_id"
	}
	label := "''"
	switch f.Label {
	case "release":
		label = "COALESCE(b.release, '')"
	case "group":
		label = "COALESCE((SELECT g.name FROM v_environment_group AS g WHERE g.id = b.group_id), '')"
	}
	if join == "" && f.Label != "" {
		join = " JOIN booking AS b ON b.id = be.booking_id"
	}
	columns := []string{"be.environment_id", "be.booking_id", "be.number", "be.status", "be.intent", "be.from_at", "be.to_at", "be.holder_id", "be.booking_version", ask, "be.title", label}
	rest := join + " WHERE be.from_at < ? AND be.to_at > ?"
	far := f.Within.From.Add(-reach)
	list := []barRow{}
	names, people := map[string]ref.Environment{}, map[string]ref.Person{}
	for _, e := range envs {
		names[string(e)] = e
	}
	note := func(r *db.Row) error {
		env, wanted := names[string(r.Bytes(0))]
		if !wanted && f.View != ByRequest {
			return nil
		}
		if !wanted {
			env = ref.Environment(r.Text(0))
		}
		holder, known := people[string(r.Bytes(7))]
		if !known {
			holder = ref.Person(r.Text(7))
			people[string(holder)] = holder
		}
		list = append(list, barRow{env: env, id: ref.Booking(r.Text(1)), number: r.Int(2), status: statusOf(r.Bytes(3)), intent: intentOf(r.Bytes(4)),
			from: r.Micros(5), to: r.Micros(6), holder: holder, ver: r.Int(8), ask: r.Text(9), title: r.Text(10), label: r.Text(11)})
		return nil
	}
	for _, arm := range [][2]string{{"", " AND be.from_at > ?"}, {tx.Using(lastingIndex), " AND be.lasts_long AND be.from_at <= ?"}} {
		if err := tx.Stream(ctx, note, columns, "FROM booking_environment AS be"+arm[0]+rest+arm[1]+where, append([]any{f.Within.To, f.Within.From, far}, args...)...); err != nil {
			return err
		}
	}
	order := func(a, b barRow) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.number, b.number), cmp.Compare(a.env, b.env))
	}
	byTime := func(a, b barRow) int { return cmp.Compare(a.from, b.from) }
	if !slices.IsSortedFunc(list, byTime) {
		slices.SortStableFunc(list, byTime)
	}
	// What begins together is put in order by itself: the index gives the rest in the order of time.
	for i := 0; i < len(list); {
		n := i + 1
		for n < len(list) && list[n].from == list[i].from {
			n++
		}
		slices.SortFunc(list[i:n], order)
		i = n
	}
	for i := range list {
		fn(&list[i])
	}
	return nil
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
