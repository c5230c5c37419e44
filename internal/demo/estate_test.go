package demo

import (
	"reflect"
	"testing"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// starts are days on which the demo may be started: in the middle of a year, in the year-end freeze, on a leap day, on a
// Sunday evening.
var starts = []time.Time{
	today, time.Date(2026, 12, 28, 3, 30, 0, 0, time.UTC), time.Date(2028, 2, 29, 23, 59, 0, 0, time.UTC), time.Date(2027, 1, 3, 22, 10, 0, 0, time.UTC),
}

func TestEstateIsWhole(t *testing.T) {
	p := Make(Seed)
	e := p.Estate(Seed)
	if !reflect.DeepEqual(e, p.Estate(Seed)) {
		t.Fatal("two estates of one seed differ")
	}
	keys, usages, parents := map[string]bool{}, map[string]int{}, map[int]bool{}
	covered := map[int]bool{}
	for i, env := range e.Environments {
		if keys[env.Key] {
			t.Errorf("%s twice", env.Key)
		}
		keys[env.Key] = true
		usages[env.Usage]++
		covered[env.Application] = true
		if env.Parent >= 0 {
			parents[env.Parent] = true
			if e.Environments[env.Parent].Parent >= 0 || env.Parent == i {
				t.Errorf("%s has a grandparent", env.Key)
			}
		}
		if len(env.Hosts) != 2 || env.CostPerHour <= 0 || len(env.Installed) == 0 {
			t.Errorf("%s is bare: %+v", env.Key, env)
		}
	}
	if len(covered) != 60 || len(usages) != 7 || len(parents) != 3 || len(e.Lanes) != 12 {
		t.Fatalf("%d applications, usages %v, %d parents, %d lanes", len(covered), usages, len(parents), len(e.Lanes))
	}
	for _, l := range e.Lanes {
		if len(l.Members) < 3 || len(l.Links) == 0 {
			t.Errorf("%s has %d members and %d connections", l.Key, len(l.Members), len(l.Links))
		}
	}
}

// TestTheScheduleIsPossible holds every plan against the rules of booking, capacity and intents included.
func TestTheScheduleIsPossible(t *testing.T) {
	p := Make(Seed)
	e := p.Estate(Seed)
	for _, now := range starts {
		t.Run(now.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			list, asks := p.Bookings(Seed, &e, now)
			if again, same := p.Bookings(Seed, &e, now.Add(time.Second)); !reflect.DeepEqual(list, again) || !reflect.DeepEqual(asks, same) {
				t.Error("two plans of one day differ")
			}
			if len(list) < 5500 || len(list) > 7500 {
				t.Errorf("%d bookings", len(list))
			}
			holds := make([][]booking.Hold, len(e.Environments))
			for i, b := range list {
				if !b.From.Before(b.To) || b.Asked.After(now) || b.Decided == nil || b.Decided.Before(b.Asked) || b.Decided.After(now) {
					t.Fatalf("impossible times: %+v", b)
				}
				if b.Used != nil && (b.Used.Before(b.From) || b.Used.After(b.To) || b.Used.After(now)) {
					t.Fatalf("impossible use: %+v", b)
				}
				if b.Status != booking.Approved && b.From.After(now) {
					t.Fatalf("over before it began: %+v", b)
				}
				if b.Status != booking.Approved {
					continue
				}
				if frozen(b.Span) {
					t.Fatalf("in the year-end freeze: %+v", b)
				}
				for _, env := range b.Environments {
					h := booking.Hold{Booking: ref.Booking(rune(i)), Span: b.Span, Intent: b.Intent, Status: b.Status}
					if !booking.Admits(e.Environments[env].Capacity, booking.DefaultMatrix, h, holds[env]) {
						t.Fatalf("%s bears no more: %+v", e.Environments[env].Key, b)
					}
					holds[env] = append(holds[env], h)
				}
			}
			conflicts, decidable := 0, 0
			for i, a := range asks {
				if !a.From.After(now) {
					t.Errorf("asked for the past: %+v", a)
				}
				if p.administered(e.Environments[a.Environment].Application) {
					decidable++
				}
				for _, b := range asks[i+1:] {
					if a.Environment == b.Environment && a.Overlaps(b.Span) {
						conflicts++
					}
				}
				held := booking.Clashes(1, booking.DefaultMatrix, booking.Hold{Span: a.Span, Intent: a.Intent}, holds[a.Environment])
				if (len(held) > 0) != a.Wait {
					t.Errorf("waits: %v, in its way: %+v", a.Wait, held)
				}
			}
			if conflicts <= 10 || decidable < 5 {
				t.Errorf("%d conflicts, %d for the administrator to decide", conflicts, decidable)
			}
		})
	}
}

func TestOutagesArePlausible(t *testing.T) {
	p := Make(Seed)
	e := p.Estate(Seed)
	for _, now := range starts {
		list, troubles := p.Outages(Seed, &e, now)
		oldest := now.AddDate(0, -OutageMonths, 0)
		marked, planned := 0, 0
		last := map[int]interval.Span{}
		for _, o := range list {
			if !o.From.Before(o.To) || !o.To.Before(now) || o.From.Before(oldest) {
				t.Fatalf("%s: outage from %s to %s", now, o.From, o.To)
			}
			if before, ok := last[o.Environment]; ok && !o.Planned && before.Overlaps(o.Span) {
				t.Errorf("%s is out twice at once", e.Environments[o.Environment].Key)
			}
			last[o.Environment] = o.Span
			switch {
			case o.Planned:
				planned++
			case o.Detected.Before(o.From) || o.Detected.After(o.To) || !o.Found.IsZero() && o.Found.Before(o.Detected) || o.Trigger != "" && !o.TriggerAt.Before(o.From):
				t.Errorf("impossible order: %+v", o)
			case !o.Found.IsZero():
				marked++
			}
		}
		if len(list) < 55 || marked*2 < len(list) || planned == 0 || len(troubles) != 2 {
			t.Errorf("%d outages, %d with a cause, %d planned, %d now", len(list), marked, planned, len(troubles))
		}
	}
}
