package environmentkpi

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Question asks for a report: of a month, or of any window, of a scope.
type Question struct {
	Scope
	// Month is "2026-10"; empty means the last full month, unless From and To are given.
	Month    string
	From, To time.Time
	Zone     string
}

// asked is a question that was understood.
type asked struct {
	Scope
	window Span
	month  string
	zone   *time.Location
	name   string
}

// longestWindow bounds a window.
const longestWindow = 5 * 366 * day

// The years a window may lie in.
const (
	firstYear = 2000
	lastYear  = 2200
)

// understand reads a question; all faults are told at once.
func (q Question) understand(now time.Time) (asked, error) {
	var faults problem.Fields
	a := asked{Scope: q.Scope, name: q.Zone}
	if a.name == "" {
		a.name = "UTC"
	}
	var err error
	if a.zone, err = interval.Zone(a.name); err != nil {
		faults.Add("query.zone", "zone_unknown", "Give a time zone by its IANA name, for example Europe/Berlin.")
		a.zone = time.UTC
	}
	switch whole := q.From.IsZero() && q.To.IsZero(); {
	case q.Month != "" && !whole:
		faults.Add("query.month", "window_ambiguous", "Give a month, or a beginning and an end, not both.")
	case whole:
		year, month := lastFullMonth(now, a.zone)
		if q.Month != "" {
			t, err := time.Parse("2006-01", q.Month)
			if err != nil || t.Year() < firstYear || t.Year() >= lastYear {
				faults.Add("query.month", "month_malformed", "Give a month like 2026-10, between the years 2000 and 2200.")
				break
			}
			year, month = t.Year(), t.Month()
		}
		a.month, a.window = fmt.Sprintf("%04d-%02d", year, month), monthSpan(year, month, a.zone)
	case q.From.IsZero() || q.To.IsZero():
		faults.Add("query.from", "window_half", "Give both the beginning and the end.")
	case !q.From.Before(q.To):
		faults.Add("query.to", "window_empty", "The window must end after it begins.")
	case q.From.Year() < firstYear || q.To.Year() > lastYear:
		faults.Add("query.from", "window_out_of_range", "The window must lie between the years 2000 and 2200.")
	default:
		if a.window = (Span{q.From.UnixMicro(), q.To.UnixMicro()}); a.window.Length() > longestWindow {
			faults.Add("query.to", "window_too_long", "A report is about five years at most.")
		}
	}
	return a, faults.Err("question_malformed", "The question cannot be understood.")
}

func (a *asked) view(now int64) WindowView {
	return WindowView{From: moment(a.window.From), To: moment(a.window.To), Month: a.month, Zone: a.name, Partial: a.window.To > now}
}

// links makes the addresses of the lists that show what a figure rests on.
type links struct {
	unit ref.Unit
	env  string
	w    Span
}

// to returns the address of a list, with the scope of the report and more parameters in pairs; empty ones are left out.
func (l links) to(path string, pairs ...string) string {
	v := []string{}
	put := func(name, value string) {
		if value != "" {
			v = append(v, name+"="+url.QueryEscape(value))
		}
	}
	put("unit", string(l.unit))
	put("environment", l.env)
	for i := 0; i+1 < len(pairs); i += 2 {
		put(pairs[i], pairs[i+1])
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + strings.Join(v, "&")
}

func (l links) within() []string {
	return []string{"from", moment(l.w.From).Format(time.RFC3339Nano), "to", moment(l.w.To).Format(time.RFC3339Nano)}
}

func (l links) bookings(pairs ...string) string {
	return l.to("/bookings", append(l.within(), pairs...)...)
}

func (l links) outages(kind string) string {
	return l.to("/outages", append(l.within(), "kind", kind)...)
}

const (
	heldStatuses    = "approved,ended,expired"
	decidedStatuses = "rejected,approved,ended,expired"
	askedStatuses   = "requested,approved,rejected,waiting,ended,expired"
)

func number(v float64) *float64 { return &v }

func hours(us int64) float64 { return float64(us) / float64(hour) }

// part returns a share; nothing of nothing is not known.
func part(a, b int64) *float64 {
	if b <= 0 {
		return nil
	}
	return number(float64(a) / float64(b))
}

func spreadView(s Spread, items string) SpreadView {
	v := SpreadView{N: s.N, Items: items}
	if s.N > 0 {
		v.Median, v.P90, v.Mean = number(s.Median/float64(hour)), number(s.P90/float64(hour)), number(s.Mean/float64(hour))
	}
	return v
}

func meanOf(s Spread, items string) MeasureView {
	return MeasureView{Value: spreadView(s, "").Mean, N: s.N, Items: items}
}
