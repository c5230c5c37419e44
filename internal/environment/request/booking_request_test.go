package request_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/environment/request"
	"millrace/internal/environment/request/requesttest"
	"millrace/internal/platform/authz"
)

func TestBookingRequestBecomesBookings(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		sit, uat := w.AddEnvironment("SIT1", requesttest.Auto), w.AddEnvironment("UAT1")
		w.AddGroup("LANE", sit, uat)
		ada := w.AddPerson("Ada", w.Root.ID)
		w.As(w.Holder(ada, w.Root))
		r := w.Ask(t, " Regression  of R1 ", 24, 48, requesttest.Body{"release": "R1", "lines": []requesttest.Body{
			{"environments": []string{"SIT1", "sit1"}, "intent": "change_code"},
			{"group": "lane", "from": w.After(30), "to": w.After(31), "title": "Lane"},
		}})
		if r.Reference != "EB-1" || r.Title != "Regression of R1" || r.Position.Status != "Draft" || r.TypeRef.Name != "Test" || len(r.Lines) != 2 || len(r.Bookings) != 0 {
			t.Fatalf("%+v", r)
		}
		if l := r.Lines; len(l[0].Environments) != 1 || !l[0].From.Equal(w.After(24)) || l[0].OwnTimes || l[1].Group == nil || !l[1].OwnTimes {
			t.Fatalf("%+v", l)
		}
		// The first line stands in the way of the second: the request cannot be submitted, and says which line and what to do.
		path := "/booking-requests/" + r.Reference
		a := requesttest.Want(t, w.Do(t, "POST", path+"/workflow/moves", requesttest.Body{"to": "submitted"}), 409, "booking_overlaps")
		refused := into2[struct {
			Line         *int
			Alternatives []any
			Conflicts    []any
		}](t, a)
		if refused.Line == nil || *refused.Line != 1 {
			t.Fatalf("%s", a.Body)
		}
		lines := []requesttest.Body{{"id": r.Lines[0].ID, "environment": "SIT1", "intent": "change_code"}, {"id": r.Lines[1].ID, "environment": "UAT1", "from": w.After(30), "to": w.After(31)}}
		requesttest.Want(t, w.Do(t, "PATCH", path, requesttest.Body{"lines": lines}), 428, "if_match_required")
		requesttest.Want(t, w.Do(t, "PATCH", path, requesttest.Body{"lines": []requesttest.Body{{"id": "nothing", "environment": "UAT1"}}}, "If-Match", `"1"`), 422, "line_unknown")
		r = requesttest.Into[request.BookingView](t, w.Do(t, "PATCH", path, requesttest.Body{"lines": lines}, "If-Match", `"1"`))
		if r.Version != 2 {
			t.Fatalf("version %d", r.Version)
		}
		requesttest.Want(t, w.Do(t, "PATCH", path, requesttest.Body{"title": "x"}, "If-Match", `"1"`), 409, "stale")
		if same := requesttest.Into[request.BookingView](t, w.Do(t, "PATCH", path, requesttest.Body{"title": r.Title}, "If-Match", `"2"`)); same.Version != 2 {
			t.Fatalf("version %d after no change", same.Version)
		}
		// A dry run answers the same and keeps nothing.
		dry := requesttest.Into[request.BookingView](t, w.Do(t, "POST", path+"/workflow/moves?dryRun=true", requesttest.Body{"to": "Submitted"}))
		if dry.Position.Status != "Submitted" || len(dry.Bookings) != 2 || len(dry.Consequences) != 1 || dry.Consequences[0].Kind != "bookings_made" {
			t.Fatalf("%+v", dry)
		}
		if still := requesttest.Into[request.BookingView](t, w.Do(t, "GET", path, nil)); still.Position.Status != "Draft" || len(still.Bookings) != 0 {
			t.Fatalf("%+v", still)
		}
		r = requesttest.Into[request.BookingView](t, w.Do(t, "POST", path+"/workflow/moves", requesttest.Body{"to": "Submitted"}, "If-Match", `"2"`))
		if r.SubmittedAt == nil || len(r.Bookings) != 2 || len(r.Lines[0].Bookings) != 1 || r.Position.DueAt == nil {
			t.Fatalf("%+v", r)
		}
		if b := r.Lines[0].Bookings[0]; b.Status != booking.Approved || b.Environments[0].Key != "SIT1" || !b.From.Equal(w.After(24)) {
			t.Fatalf("%+v", b)
		}
		if b := r.Lines[1].Bookings[0]; b.Status != booking.Requested {
			t.Fatalf("%+v", b)
		}
		l, err := w.Bookings.Get(w.Ctx, r.Lines[0].Bookings[0].Reference)
		if err != nil || l.Request != r.ID || l.Holder != ada.ID || l.Release != "R1" || l.Title != r.Title {
			t.Fatalf("%+v %v", l, err)
		}
		// Once submitted, the bookings follow: times move, a line that goes takes its booking along, a new one is booked.
		lines = []requesttest.Body{{"id": r.Lines[0].ID, "environment": "SIT1", "intent": "change_code"}, {"environment": "UAT1", "from": w.After(40), "to": w.After(41)}}
		moved := requesttest.Into[request.BookingView](t, w.Do(t, "PATCH", path, requesttest.Body{"from": w.After(25), "lines": lines}, "If-Match", fmt.Sprintf(`"%d"`, r.Version)))
		kinds := map[string]int{}
		for _, c := range moved.Consequences {
			kinds[c.Kind] = c.Count
		}
		if kinds["bookings_cancelled"] != 1 || kinds["bookings_moved"] != 1 || kinds["bookings_made"] != 1 {
			t.Fatalf("%+v", moved.Consequences)
		}
		if b := moved.Lines[0].Bookings; len(b) != 1 || b[0].ID != r.Lines[0].Bookings[0].ID || !b[0].From.Equal(w.After(25)) || b[0].Status != booking.Approved {
			t.Fatalf("%+v", b)
		}
		requesttest.Want(t, w.Do(t, "PATCH", path, requesttest.Body{"lines": []requesttest.Body{{"environment": "UAT1", "from": w.After(100), "to": w.After(101)}}}, "If-Match", fmt.Sprintf(`"%d"`, moved.Version)), 422, "request_incomplete")
		// Cancelling shows the bookings that would go, and then they go.
		gone := requesttest.Into[request.BookingView](t, w.Do(t, "POST", path+"/cancel?dryRun=true", requesttest.Body{"note": "not needed"}))
		if len(gone.Consequences) != 1 || gone.Consequences[0].Count != 2 || gone.Position.Status != "Cancelled" {
			t.Fatalf("%+v", gone)
		}
		gone = requesttest.Into[request.BookingView](t, w.Do(t, "POST", path+"/cancel", requesttest.Body{"note": "not needed"}))
		for _, b := range gone.Bookings {
			if b.Status != booking.Cancelled {
				t.Fatalf("%+v", b)
			}
		}
		requesttest.Want(t, w.Do(t, "PATCH", path, requesttest.Body{"title": "y"}, "If-Match", fmt.Sprintf(`"%d"`, gone.Version)), 409, "request_ended")
		if got := w.History(string(r.ID)); len(got) != 9 || got[0] != request.EventRequestCreated {
			t.Fatalf("%v", got)
		}
	})
}

// into2 decodes an answer whatever its status.
func into2[T any](t *testing.T, a interface{ Into(testing.TB, any) }) (v T) {
	t.Helper()
	a.Into(t, &v)
	return v
}

func TestAssessmentTellsWhatIsInTheWay(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		w.AddEnvironment("SIT1", requesttest.Auto)
		w.AddEnvironment("SIT2", requesttest.Auto)
		first := w.Ask(t, "First", 24, 48, requesttest.Body{"submit": true, "lines": []requesttest.Body{{"environment": "SIT1", "intent": "change_code"}}})
		second := w.Ask(t, "Second", 30, 40, requesttest.Body{"lines": []requesttest.Body{{"environment": "SIT1", "intent": "change_code"}, {"environment": "SIT2"}}})
		a := requesttest.Into[request.Assessment](t, w.Do(t, "GET", "/booking-requests/EB-2/assessment", nil))
		if a.Available || !a.Submittable || len(a.Lines) != 2 || a.Lines[0].Available || len(a.Lines[0].Conflicts) != 1 || len(a.Lines[0].Alternatives) == 0 || !a.Lines[1].Available {
			t.Fatalf("%+v", a)
		}
		if a.Lines[0].Conflicts[0].Booking.ID != first.Bookings[0].ID {
			t.Fatalf("%+v", a.Lines[0].Conflicts)
		}
		// The request's own bookings are not in its way.
		if own := requesttest.Into[request.Assessment](t, w.Do(t, "GET", "/booking-requests/EB-1/assessment", nil)); !own.Available || !own.Lines[0].Booked || len(own.Lines[0].Conflicts) != 0 {
			t.Fatalf("%+v", own)
		}
		refused := requesttest.Want(t, w.Do(t, "POST", "/booking-requests", requesttest.Body{"title": "x", "from": w.After(30), "to": w.After(40), "submit": true, "lines": []requesttest.Body{{"environment": "SIT1", "intent": "change_code"}}}), 409, "booking_overlaps")
		if ways := into2[struct{ Alternatives []booking.Alternative }](t, refused).Alternatives; len(ways) == 0 {
			t.Fatalf("%s", refused.Body)
		}
		// The refused request left no trace, also not in the numbers.
		third := w.Ask(t, "Third", 24, 48, nil)
		if third.Reference != "EB-3" || second.Reference != "EB-2" {
			t.Fatalf("%s after %s", third.Reference, second.Reference)
		}
		empty := requesttest.Into[request.Assessment](t, w.Do(t, "GET", "/booking-requests/EB-3/assessment", nil))
		if empty.Submittable || len(empty.Missing) != 1 || empty.Missing[0].Path != "body.lines" {
			t.Fatalf("%+v", empty)
		}
		requesttest.Want(t, w.Do(t, "POST", "/booking-requests/EB-3/workflow/moves", requesttest.Body{"to": "Submitted"}), 422, "request_incomplete")
	})
}

func TestNumbersAreUniqueAndWithoutGaps(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		var wait sync.WaitGroup
		var mu sync.Mutex
		seen := map[int64]bool{}
		for i := range 24 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				in := request.NewBookingRequest{NewCore: request.NewCore{Title: fmt.Sprint("Request ", i), Unit: w.Root.ID, From: w.After(1), To: w.After(2)}}
				v, err := w.Requests.CreateBookingRequest(w.Ctx, in, i%4 == 3)
				if err != nil {
					t.Error(err)
				}
				if i%4 == 3 {
					return // a dry run takes no number
				}
				mu.Lock()
				defer mu.Unlock()
				if seen[v.Number] {
					t.Errorf("%s was given twice", v.Reference)
				}
				seen[v.Number] = true
			}()
		}
		wait.Wait()
		for n := int64(1); n <= 18; n++ {
			if !seen[n] {
				t.Errorf("EB-%d is missing of %d", n, len(seen))
			}
		}
	})
}

func TestSlotsQuestionsAndPolicy(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		w.AddEnvironment("SIT1", requesttest.Auto)
		slot := requesttest.Into[request.Slot](t, w.Do(t, "POST", "/booking-time-slots", requesttest.Body{"name": "Night", "from": "22:00", "to": "06:00", "zone": "Europe/Berlin"}))
		requesttest.Want(t, w.Do(t, "POST", "/booking-time-slots", requesttest.Body{"name": " night", "from": "22:00", "to": "06:00"}), 409, "time_slot_name_taken")
		requesttest.Want(t, w.Do(t, "POST", "/booking-time-slots", requesttest.Body{"name": "x", "from": "22:00", "to": "06:00", "zone": "Mars"}), 422, "time_slot_invalid")
		q := requesttest.Into[request.Question](t, w.Do(t, "POST", "/booking-request-questions", requesttest.Body{"text": "Is the data masked?", "usage": "SIT", "required": true}))
		other := requesttest.Into[request.Question](t, w.Do(t, "POST", "/booking-request-questions", requesttest.Body{"text": "Who drives?", "kind": "text", "usage": "UAT", "required": true}))
		policy := requesttest.Into[request.Policy](t, w.Do(t, "GET", "/request-policy", nil))
		if !policy.NoPastStart || !policy.InsideWindow || policy.Version != 1 {
			t.Fatalf("%+v", policy)
		}
		set := requesttest.Body{"mandatory": []string{"assignee"}, "noPastStart": true, "insideWindow": true, "slotsOnly": true, "announceOutages": "created"}
		requesttest.Want(t, w.Do(t, "PUT", "/request-policy", set, "If-Match", `"7"`), 409, "stale")
		requesttest.Into[request.Policy](t, w.Do(t, "PUT", "/request-policy", set, "If-Match", `"1"`))
		// 2025-03-29 is the night in which clocks go forward: the slot from 22:00 to 06:00 lasts seven hours.
		b := requesttest.Body{"title": "Night", "from": time.Date(2025, 3, 29, 0, 0, 0, 0, time.UTC), "to": time.Date(2025, 3, 31, 0, 0, 0, 0, time.UTC), "lines": []requesttest.Body{{"environment": "SIT1", "slot": "night", "day": "2025-03-29"}, {"environment": "SIT1"}}}
		r := requesttest.Into[request.BookingView](t, w.Do(t, "POST", "/booking-requests", b))
		if l := r.Lines[0]; l.To.Sub(l.From) != 7*time.Hour || l.Slot.Name != "Night" || !l.From.Equal(time.Date(2025, 3, 29, 21, 0, 0, 0, time.UTC)) {
			t.Fatalf("%+v", l)
		}
		if len(r.Answers) != 1 || r.Answers[0].ID != q.ID || len(r.Answers[0].Environments) != 1 {
			t.Fatalf("%+v", r.Answers)
		}
		a := requesttest.Into[request.Assessment](t, w.Do(t, "GET", "/booking-requests/EB-1/assessment", nil))
		var missing []string
		for _, f := range a.Missing {
			missing = append(missing, f.Path)
		}
		if got := strings.Join(missing, " "); got != "body.assignee body.lines[1].slot body.answers."+q.ID {
			t.Fatalf("%s", got)
		}
		requesttest.Want(t, w.Do(t, "PATCH", "/booking-requests/EB-1", requesttest.Body{"answers": requesttest.Body{q.ID: "perhaps"}}, "If-Match", `"1"`), 422, "answers_invalid")
		ada := w.AddPerson("Ada", w.Root.ID)
		fix := requesttest.Body{"assignee": requesttest.Body{"kind": "person", "id": ada.ID}, "answers": requesttest.Body{q.ID: "Yes"}, "lines": []requesttest.Body{{"id": r.Lines[0].ID, "environment": "SIT1", "slot": slot.ID, "from": r.Lines[0].From, "to": r.Lines[0].To}}}
		r = requesttest.Into[request.BookingView](t, w.Do(t, "PATCH", "/booking-requests/EB-1", fix, "If-Match", `"1"`))
		if r.Answers[0].Answer != "yes" || r.Assignee == nil || r.Assignee.Name != "Ada" {
			t.Fatalf("%+v", r)
		}
		r = requesttest.Into[request.BookingView](t, w.Do(t, "POST", "/booking-requests/EB-1/workflow/moves", requesttest.Body{"to": "Submitted"}))
		if len(r.Bookings) != 1 || r.Bookings[0].To.Sub(r.Bookings[0].From) != 7*time.Hour {
			t.Fatalf("%+v", r.Bookings)
		}
		requesttest.Want(t, w.Do(t, "POST", "/booking-requests", requesttest.Body{"title": "x", "from": w.After(-2), "to": w.After(2)}), 422, "booking_request_invalid")
		// What an administrator takes away stays where it was used.
		requesttest.Want(t, w.Do(t, "DELETE", "/booking-time-slots/"+slot.ID, nil, "If-Match", `"1"`), 204, "")
		requesttest.Want(t, w.Do(t, "DELETE", "/booking-request-questions/"+other.ID, nil, "If-Match", `"1"`), 204, "")
		r = requesttest.Into[request.BookingView](t, w.Do(t, "GET", "/booking-requests/EB-1", nil))
		if r.Lines[0].Slot.Name != "Night" {
			t.Fatalf("%+v", r.Lines[0])
		}
		if left := requesttest.Into[struct{ Items []request.Slot }](t, w.Do(t, "GET", "/booking-time-slots", nil)); len(left.Items) != 0 {
			t.Fatalf("%+v", left)
		}
	})
}

func TestDuplicatesBulkEditAndExport(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		w.AddEnvironment("SIT1", requesttest.Auto)
		from := time.Date(2025, 3, 24, 8, 0, 0, 0, time.UTC) // 9 o'clock in Berlin, a week before the clocks go forward
		r := requesttest.Into[request.BookingView](t, w.Do(t, "POST", "/booking-requests", requesttest.Body{"title": "Weekly", "from": from, "to": from.Add(4 * time.Hour), "lines": []requesttest.Body{{"environment": "SIT1", "from": from.Add(time.Hour), "to": from.Add(2 * time.Hour)}}}))
		out := requesttest.Into[struct{ Items []request.BookingItem }](t, w.Do(t, "POST", "/booking-requests/EB-1/duplicates", requesttest.Body{"repeat": "weekly", "times": 3, "zone": "Europe/Berlin"}))
		if len(out.Items) != 3 || out.Items[0].Reference != "EB-2" || !out.Items[0].From.Equal(from.AddDate(0, 0, 7).Add(-time.Hour)) || !out.Items[2].Lines[0].From.Equal(from.AddDate(0, 0, 21)) {
			t.Fatalf("%+v", out.Items)
		}
		if out.Items[0].Position.Status != "Draft" || out.Items[0].Lines[0].ID == r.Lines[0].ID {
			t.Fatalf("%+v", out.Items[0])
		}
		requesttest.Want(t, w.Do(t, "POST", "/booking-requests/EB-1/duplicates", requesttest.Body{"repeat": "weekly", "times": 105}), 422, "validation_failed")
		ids := []string{string(r.ID), string(out.Items[0].ID), "nothing"}
		edit := requesttest.Body{"ids": ids, "change": requesttest.Body{"release": "R2", "shiftDays": 1, "zone": "Europe/Berlin", "status": "Submitted"}}
		dry := requesttest.Into[request.BulkResult](t, w.Do(t, "POST", "/booking-requests/bulk-edit?dryRun=true", edit))
		done := requesttest.Into[request.BulkResult](t, w.Do(t, "POST", "/booking-requests/bulk-edit", edit))
		for _, b := range []request.BulkResult{dry, done} {
			if b.Changed != 2 || b.Skipped != 1 || b.Items[2].Code != "not_found" || b.Items[0].Changes["status"][1] != "Submitted" || b.Items[0].Changes["release"][1] != "R2" {
				t.Fatalf("%+v", b)
			}
		}
		r = requesttest.Into[request.BookingView](t, w.Do(t, "GET", "/booking-requests/EB-1", nil))
		if !r.From.Equal(from.AddDate(0, 0, 1)) || len(r.Bookings) != 1 || !r.Bookings[0].From.Equal(from.AddDate(0, 0, 1).Add(time.Hour)) {
			t.Fatalf("%+v", r)
		}
		csv := requesttest.Want(t, w.Do(t, "GET", "/booking-requests/export?release=R2&sort=number", nil), 200, "")
		rows := strings.Split(strings.TrimSpace(string(csv.Body)), "\r\n")
		if len(rows) != 3 || !strings.HasPrefix(rows[1], "EB-1,Weekly,Test,Submitted,false,") || !strings.Contains(rows[1], "SIT1") {
			t.Fatalf("%s", csv.Body)
		}
		xlsx := requesttest.Want(t, w.Do(t, "GET", "/booking-requests/export?format=xlsx", nil), 200, "")
		if !strings.HasPrefix(string(xlsx.Body), "PK") {
			t.Fatal("this is no workbook")
		}
		requesttest.Want(t, w.Do(t, "GET", "/booking-requests/export?format=pdf", nil), 400, "format_unknown")
	})
}

func TestListsFilterSortAndPage(t *testing.T) {
	requesttest.Each(t, func(t *testing.T, w *requesttest.World) {
		w.AddEnvironment("SIT1", requesttest.Auto)
		ada := w.AddPerson("Ada", w.Root.ID)
		for i := range 7 {
			more := requesttest.Body{"release": fmt.Sprint("R", i%2)}
			if i < 3 {
				more["lines"], more["submit"] = []requesttest.Body{{"environment": "SIT1"}}, i == 0
			}
			if i == 4 {
				more["assignee"] = requesttest.Body{"kind": "person", "id": ada.ID}
			}
			w.Ask(t, fmt.Sprintf("Title %c", 'g'-i), 24+i, 48+i, more)
		}
		type page struct {
			Items []request.BookingItem
			Next  string
			Total *int64
		}
		for _, sort := range []string{"number", "-number", "title", "-title", "from", "-from", "raised", "-raised", "updated", "-updated"} {
			all := requesttest.Into[page](t, w.Do(t, "GET", "/booking-requests?sort="+sort, nil))
			if len(all.Items) != 7 || *all.Total != 7 {
				t.Fatalf("%d", len(all.Items))
			}
			var got []string
			for cursor := ""; ; {
				p := requesttest.Into[page](t, w.Do(t, "GET", "/booking-requests?limit=2&sort="+sort+"&cursor="+cursor, nil))
				for _, i := range p.Items {
					got = append(got, i.Reference)
				}
				if cursor = p.Next; cursor == "" {
					break
				}
			}
			for i, item := range all.Items {
				if got[i] != item.Reference {
					t.Fatalf("%s: %v", sort, got)
				}
			}
		}
		for query, n := range map[string]int{
			"q=title+g": 1, "q=EB-3": 1, "status=draft": 6, "status=Submitted,Draft": 7, "mode=execution": 1, "open=true": 7, "open=false": 0, "release=R1": 3,
			"environment=SIT1": 3, "environment=nothing": 0, "assignee=" + string(ada.ID): 1, "assignee=nobody": 6, "assignee=mine": 0, "type=test": 7, "type=Project": 0,
			"unit=" + string(w.Root.ID): 7, "from=" + w.After(53).Format(time.RFC3339): 1, "to=" + w.After(25).Format(time.RFC3339): 1,
		} {
			if got := requesttest.Into[page](t, w.Do(t, "GET", "/booking-requests?"+query, nil)); len(got.Items) != n {
				t.Errorf("%s keeps %d, want %d", query, len(got.Items), n)
			}
		}
		nobody := &authz.Principal{Kind: authz.PersonPrincipal, Person: "x", Name: "X"}
		for _, list := range []string{"/booking-requests", "/environment-change-requests", "/booking-time-slots", "/booking-request-questions", "/request-types"} {
			if got := requesttest.Into[struct{ Items []any }](t, w.As(nobody).Do(t, "GET", list, nil)); len(got.Items) != 0 {
				t.Errorf("%s shows %d to nobody", list, len(got.Items))
			}
		}
	})
}
