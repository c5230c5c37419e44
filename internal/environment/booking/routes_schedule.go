package booking

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func (s *Service) mountSchedule(api *httpapi.API) {
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodGet, Path: "/schedule", ID: "show-schedule", Tag: tag, Summary: "The schedule: rows and bars of a window",
		Description: "Query: from, to, view (environments, groups, requests, overview), the filters of GET /bookings, label (release or group: what bars tell in k), limit (rows, at most 2000), cursor. " +
			"Answer {from, to, view, rows[], bookings[], holders[], next?}: row = {id, key, name, unitId, applicationId, usageId, capacity, bookable, members[], bars[], closures[], load[], total}, " +
			"where bars are places in bookings; booking = {id, n number, t title, s status, i intent, f from and u until in milliseconds since 1970, h place in holders or -1, c in conflict, v version, k label}. Compressed where the caller accepts gzip."},
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
	switch f.Label = q.Get("label"); f.Label {
	case "", "release", "group":
	default:
		faults.Add("query.label", "unknown", "The label is release or group.")
	}
	for name, into := range map[string]*time.Time{"from": &f.Within.From, "to": &f.Within.To} {
		if text := q.Get(name); text != "" {
			if *into, err = httpapi.ParseInstant(text); err != nil {
				faults.Add("query."+name, "malformed", "Give times as 2026-03-02T08:00:00Z, or a date for its midnight in UTC.")
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
