package booking

import (
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

func TestAutoApprovedBookingsNeverOverlap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		first := w.book(w.Ctx, "sit1", w.hours(10, 20))
		wantStatus(t, first, Approved)
		if first.Reference != "BK-1" || len(first.Environments) != 1 || first.Environments[0].ApprovedBy != "auto" {
			t.Fatalf("%+v", first)
		}
		w.book(w.Ctx, "SIT1", w.hours(20, 30))
		w.book(w.Ctx, "SIT1", w.hours(0, 10))
		for _, s := range []interval.Span{w.hours(10, 20), w.hours(9, 11), w.hours(19, 21), w.hours(12, 13), w.hours(-5, 40)} {
			_, err := w.Create(w.Ctx, w.ask("SIT1", s), false)
			p := wantCode(t, err, "booking_overlaps")
			list := p.Data["conflicts"].([]ConflictWith)
			ways := p.Data["alternatives"].([]Alternative)
			if len(list) == 0 || list[0].Environment.Key != "SIT1" || list[0].Overlap.Empty() || len(ways) == 0 {
				t.Fatalf("%+v %+v", list, ways)
			}
			if ways[0].Kind != NextSlot || !ways[0].From.Equal(w.hours(30, 31).From) {
				t.Fatalf("the best way out is %+v", ways[0])
			}
		}
		if got := w.History(string(first.ID)); !slices.Equal(got, []events.Kind{EventBooked}) {
			t.Fatalf("history %v", got)
		}
	})
}

func TestRequestedBookingsOverlapVisiblyAndOnlyOneIsApproved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1")
		a := w.book(w.Ctx, "SIT1", w.hours(10, 20))
		wantStatus(t, a, Requested)
		c := must(w.Create(w.Ctx, w.ask("SIT1", w.hours(15, 25)), false))
		if len(c.Conflicts) != 1 || c.Conflicts[0].Booking.ID != a.ID {
			t.Fatalf("%+v", c.Conflicts)
		}
		b := c.Bookings[0]
		page, err := w.ListConflicts(w.Ctx, ConflictFilter{Limit: 10})
		if err != nil || len(page.Items) != 1 || page.Items[0].Overlap != w.hours(15, 20) || page.Items[0].Kind != ClashExclusive {
			t.Fatalf("%+v %v", page, err)
		}
		r, err := w.Approve(w.Ctx, string(a.ID), 0, "fine", false)
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, r.Booking, Approved)
		_, err = w.Approve(w.Ctx, string(b.ID), 0, "", false)
		wantCode(t, err, "booking_overlaps")
		_, err = w.Approve(w.Ctx, string(a.ID), 0, "", false)
		wantCode(t, err, "booking_state")
		_, err = w.Reject(w.Ctx, string(b.ID), 0, "")
		wantCode(t, err, "reason_required")
		r, err = w.Reject(w.Ctx, string(b.ID), 0, "taken")
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, r.Booking, Rejected)
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSharedEnvironmentsCountAndMindIntents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("PERF", auto, func(e *environment.Environment) { e.Capacity = 2 })
		touch := func(in *NewBooking) { in.Intent = Touch }
		w.book(w.Ctx, "PERF", w.hours(10, 20), touch)
		w.book(w.Ctx, "PERF", w.hours(12, 22), touch)
		_, err := w.Create(w.Ctx, NewBooking{Targets: Targets{Environment: "PERF"}, From: w.hours(15, 0).From, To: w.hours(16, 16).To, Intent: Touch, Title: "x"}, false)
		p := wantCode(t, err, "booking_overlaps")
		if list := p.Data["conflicts"].([]ConflictWith); len(list) != 2 || list[0].Kind != ClashCapacity {
			t.Fatalf("%+v", list)
		}
		w.book(w.Ctx, "PERF", w.hours(20, 25), touch)
		_, err = w.Create(w.Ctx, w.ask("PERF", w.hours(24, 26)), false)
		p = wantCode(t, err, "booking_overlaps")
		list, ways := p.Data["conflicts"].([]ConflictWith), p.Data["alternatives"].([]Alternative)
		if len(list) != 1 || list[0].Kind != ClashIntent || !slices.ContainsFunc(ways, func(a Alternative) bool { return a.Kind == Share && a.Intent == Touch }) {
			t.Fatalf("%+v %+v", list, ways)
		}
	})
}

func TestGroupsAndParentsBookEverythingBelow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.AddEnvironment("CRM", auto), w.AddEnvironment("PAY", auto)
		w.AddEnvironment("PAY-DB", auto, func(e *environment.Environment) { e.Parent = b.ID })
		g := w.AddGroup("lane1", a, b)
		c := must(w.Create(w.Ctx, NewBooking{Targets: Targets{Group: "lane1"}, From: w.hours(1, 2).From, To: w.hours(1, 2).To, Title: "lane"}, false))
		l := c.Bookings[0]
		if len(l.Environments) != 3 || l.GroupRef == nil || l.GroupRef.ID != g.ID {
			t.Fatalf("%+v", l)
		}
		_, err := w.Create(w.Ctx, w.ask("PAY-DB", w.hours(1, 2)), false)
		wantCode(t, err, "booking_overlaps")
		page := must(w.List(w.Ctx, ListFilter{Filter: Filter{Environments: []string{"PAY-DB"}}, Limit: 10}))
		if len(page.Items) != 1 || page.Items[0].ID != l.ID {
			t.Fatalf("%+v", page.Items)
		}
	})
}

func TestFreezesRefuseUnlessPassedWithAReason(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e := w.AddEnvironment("SIT1", auto)
		w.closed = []closing{{e.ID, interval.Closure{Span: w.hours(10, 20), Kind: interval.Freeze, Name: "Year end", Reason: "Year end closes SIT1.", Refuses: []interval.Use{interval.ForBooking}, Override: true}}}
		ada := w.AddPerson("Ada", "")
		in := w.ask("SIT1", w.hours(15, 25))
		_, err := w.Create(w.as(ada), in, false)
		p := wantCode(t, err, "inside_freeze")
		if p.Data["opensAt"] != w.hours(20, 0).From || p.Data["closure"].(interval.Closure).Name != "Year end" {
			t.Fatalf("%+v", p.Data)
		}
		_, err = w.Create(w.as(ada, permOverride), in, false)
		wantCode(t, err, "inside_freeze")
		in.OverrideReason = "the regulator asks"
		_, err = w.Create(w.as(ada), in, false)
		wantCode(t, err, "inside_freeze")
		c := must(w.Create(w.as(ada, permOverride), in, false))
		wantStatus(t, c.Bookings[0], Approved)
	})
}

func TestWhatCannotBeBooked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		soon := w.start().Add(5 * time.Hour)
		w.AddEnvironment("GONE", auto, func(e *environment.Environment) { e.ExpiresAt = &soon })
		w.AddEnvironment("SIT1", auto)
		_, err := w.Create(w.Ctx, w.ask("GONE", w.hours(1, 6)), false)
		wantCode(t, err, "environment_not_bookable")
		w.book(w.Ctx, "GONE", w.hours(1, 5))
		for code, change := range map[string]func(*NewBooking){
			"booking_invalid":     func(in *NewBooking) { in.To = in.From },
			"environment_unknown": func(in *NewBooking) { in.Environment = "NOPE" },
			"booking_target":      func(in *NewBooking) { in.Group = "lane" },
			"holder_unknown":      func(in *NewBooking) { in.Holder = "nobody" },
			"recurrence_sub_daily": func(in *NewBooking) {
				in.Recurrence = &NewRecurrence{Recurrence: interval.Recurrence{Rule: "FREQ=HOURLY;COUNT=3"}}
			},
			"recurrence_endless": func(in *NewBooking) {
				in.Recurrence = &NewRecurrence{Recurrence: interval.Recurrence{Rule: "FREQ=DAILY"}}
			},
			"recurrence_too_many": func(in *NewBooking) {
				in.Recurrence = &NewRecurrence{Recurrence: interval.Recurrence{Rule: "FREQ=DAILY;COUNT=401"}}
			},
		} {
			in := w.ask("SIT1", w.hours(30, 31))
			change(&in)
			_, err := w.Create(w.Ctx, in, false)
			wantCode(t, err, code)
		}
	})
}

func TestDryRunsSaveNothingAndAnswerTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		dry := must(w.Create(w.Ctx, w.ask("SIT1", w.hours(1, 2)), true))
		wantStatus(t, dry.Bookings[0], Approved)
		if page := must(w.List(w.Ctx, ListFilter{Limit: 10})); len(page.Items) != 0 {
			t.Fatalf("%+v", page.Items)
		}
		real := w.book(w.Ctx, "SIT1", w.hours(1, 2))
		_, err := w.Change(w.Ctx, string(real.ID), 1, BookingChange{To: httpapi.Some(w.hours(0, 3).To)}, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := must(w.Get(w.Ctx, real.Reference)); !got.To.Equal(real.To) || got.Version != 1 {
			t.Fatalf("%+v", got)
		}
	})
}

func TestRecurringBookings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		in := w.ask("SIT1", w.hours(0, 3))
		in.Recurrence = &NewRecurrence{Recurrence: interval.Recurrence{Rule: "FREQ=WEEKLY;COUNT=5", Zone: "Europe/Vienna"}}
		w.book(w.Ctx, "SIT1", w.hours(7*24, 7*24+1))
		_, err := w.Create(w.Ctx, in, false)
		wantCode(t, err, "booking_overlaps")
		if page := must(w.List(w.Ctx, ListFilter{Limit: 10})); len(page.Items) != 1 {
			t.Fatalf("a series that clashes left %d bookings", len(page.Items)-1)
		}
		in.Recurrence.SkipClashing = true
		c := must(w.Create(w.Ctx, in, false))
		if len(c.Bookings) != 4 || len(c.Skipped) != 1 || c.Bookings[0].Series == "" || c.Bookings[0].Series != c.Bookings[3].Series {
			t.Fatalf("%d bookings, %d skipped", len(c.Bookings), len(c.Skipped))
		}
		// The clocks are set forward on 30 March; the booking stays at the same time of day.
		if got := c.Bookings[3].From; got != w.start().AddDate(0, 0, 28).Add(-time.Hour) {
			t.Fatalf("the last begins %v", got)
		}
	})
}

func TestQueueWaitlistAndPromotion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		p := DefaultPolicy()
		p.Mode = Queue
		must(w.SetPolicy(w.Ctx, w.Root.ID, 0, p))
		a := w.book(w.Ctx, "SIT1", w.hours(10, 20))
		low := w.book(w.Ctx, "SIT1", w.hours(12, 18), func(in *NewBooking) { in.Priority = "low" })
		high := w.book(w.Ctx, "SIT1", w.hours(15, 19), func(in *NewBooking) { in.Priority = "critical" })
		early := w.book(w.Ctx, "SIT1", w.hours(10, 12))
		for _, l := range []Listed{low, high, early} {
			wantStatus(t, l, Waiting)
		}
		in := w.ask("SIT1", w.hours(11, 12))
		in.OnClash = Refuse
		_, err := w.Create(w.Ctx, in, false)
		wantCode(t, err, "booking_overlaps")
		r := must(w.Cancel(w.Ctx, string(a.ID), 0, "", false))
		if len(r.Promoted) != 2 || r.Promoted[0].ID != high.ID || r.Promoted[1].ID != early.ID {
			t.Fatalf("promoted %+v", r.Promoted)
		}
		wantStatus(t, must(w.Get(w.Ctx, string(high.ID))), Approved)
		wantStatus(t, must(w.Get(w.Ctx, string(low.ID))), Waiting)
	})
}

func TestChangingSendsBackToTheApprover(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1")
		w.AddEnvironment("SIT2")
		b := w.book(w.Ctx, "SIT1", w.hours(10, 20))
		b = must(w.Approve(w.Ctx, string(b.ID), 0, "", false)).Booking
		_, err := w.Change(w.Ctx, string(b.ID), 1, BookingChange{}, false)
		wantCode(t, err, "stale")
		r := must(w.Change(w.Ctx, string(b.ID), b.Version, BookingChange{Title: httpapi.Some("Renamed"), To: httpapi.Some(w.hours(0, 15).To)}, false))
		wantStatus(t, r.Booking, Approved) // taking less needs nobody
		r = must(w.Change(w.Ctx, string(b.ID), r.Booking.Version, BookingChange{To: httpapi.Some(w.hours(0, 25).To)}, false))
		wantStatus(t, r.Booking, Requested)
		r = must(w.Approve(w.Ctx, string(b.ID), 0, "", false))
		r = must(w.Change(w.Ctx, string(b.ID), r.Booking.Version, BookingChange{Environment: "SIT2"}, false))
		wantStatus(t, r.Booking, Requested)
		if r.Booking.Environments[0].Key != "SIT2" {
			t.Fatalf("%+v", r.Booking.Environments)
		}
		if got := w.History(string(b.ID)); len(got) != 6 {
			t.Fatalf("history %v", got)
		}
	})
}

func TestExtendReleaseSplitHandOverConfirm(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", auto)
		ada, bob := w.AddPerson("Ada", ""), w.AddPerson("Bob", "")
		b := w.book(w.as(ada), "SIT1", w.hours(1, 10))
		next := w.book(w.as(bob), "SIT1", w.hours(12, 20))
		_, err := w.Extend(w.as(ada), string(b.ID), 0, w.hours(0, 13).To, "", false)
		wantCode(t, err, "booking_overlaps")
		wantStatus(t, must(w.Extend(w.as(ada), string(b.ID), 0, w.hours(0, 12).To, "", false)).Booking, Approved)
		_, err = w.Cancel(w.as(ada), string(next.ID), 0, "", false)
		wantCode(t, err, "permission_missing")
		_, err = w.ConfirmUse(w.as(ada), string(b.ID))
		wantCode(t, err, "booking_state")
		w.Clock.Set(w.hours(2, 0).From)
		if r := must(w.ConfirmUse(w.as(ada), string(b.ID))); r.Booking.LastUseAt == nil || !r.Booking.LastUseAt.Equal(w.Clock.Now()) {
			t.Fatalf("%+v", r.Booking)
		}
		s := must(w.Split(w.as(ada), string(b.ID), 0, w.hours(6, 0).From, false))
		if len(s.More) != 1 || !s.More[0].From.Equal(s.Booking.To) || s.More[0].Status != Approved || s.More[0].Holder != ada.ID {
			t.Fatalf("%+v", s)
		}
		h := must(w.HandOver(w.as(ada), string(s.More[0].ID), 0, bob.ID))
		if h.Booking.HolderRef.Name != "Bob" {
			t.Fatalf("%+v", h.Booking.HolderRef)
		}
		r := must(w.ReleaseEarly(w.as(ada), string(b.ID), 0, false))
		wantStatus(t, r.Booking, Ended)
		if !r.Booking.To.Equal(w.Clock.Now()) || !r.Booking.PlannedTo.Equal(w.hours(6, 0).From) {
			t.Fatalf("%+v", r.Booking)
		}
		w.book(w.as(bob), "SIT1", w.hours(2, 6))
		must(w.AskHolder(w.as(ada), string(h.Booking.ID), "Could I have it back?"))
		if len(w.said) != 1 || !strings.Contains(w.said[0], string(bob.ID)) {
			t.Fatalf("%v", w.said)
		}
	})
}

func TestApproversAreNamedPerApplicationAndNobodyApprovesTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		app := w.AddApplication("payments", "")
		sit1 := w.AddEnvironment("SIT1", func(e *environment.Environment) { e.Application = app.ID })
		sit2 := w.AddEnvironment("SIT2")
		ada, bob, cid := w.AddPerson("Ada", ""), w.AddPerson("Bob", ""), w.AddPerson("Cid", "")
		w.approvers = map[ref.App][]ref.Person{app.ID: {bob.ID}}
		b := w.book(w.as(ada), "SIT1", w.hours(1, 2))
		free := w.book(w.as(ada), "SIT2", w.hours(1, 2))
		_, err := w.Approve(w.as(cid, PermApprove), string(b.ID), 0, "", false)
		wantCode(t, err, "not_approver") // somebody is named, so the permission alone is not enough
		pending := must(w.Pending(w.as(bob), ListFilter{Limit: 10}))
		if len(pending.Items) != 1 || pending.Items[0].ID != b.ID || !slices.Contains(pending.Items[0].AllowedActs, ActApprove) {
			t.Fatalf("%+v", pending.Items)
		}
		if p := must(w.Pending(w.as(cid, PermApprove), ListFilter{Limit: 10})); len(p.Items) != 1 || p.Items[0].ID != free.ID {
			t.Fatalf("%+v", p.Items)
		}
		wantStatus(t, must(w.Approve(w.as(bob), string(b.ID), 0, "", false)).Booking, Approved)
		_, err = w.Approve(w.as(ada, PermApprove), string(free.ID), 0, "", false)
		wantCode(t, err, "own_booking")
		policy := DefaultPolicy()
		policy.ApproveOwn = true
		must(w.SetPolicy(w.Ctx, w.Root.ID, 0, policy))
		wantStatus(t, must(w.Approve(w.as(ada, PermApprove), string(free.ID), 0, "", false)).Booking, Approved)

		lane := w.AddGroup("lane", sit1, sit2)
		both := must(w.Create(w.as(ada), NewBooking{Targets: Targets{Group: lane.Key}, From: w.hours(5, 0).From, To: w.hours(6, 6).To, Title: "both"}, false)).Bookings[0]
		r := must(w.Approve(w.as(bob), string(both.ID), 0, "", false))
		wantStatus(t, r.Booking, Requested) // SIT2 is not his
		wantStatus(t, must(w.Approve(w.as(cid, PermApprove), string(both.ID), 0, "", false)).Booking, Approved)
	})
}
