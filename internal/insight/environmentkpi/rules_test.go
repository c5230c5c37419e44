package environmentkpi

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// ticks is how long the small worlds of the property tests are; everything in them begins and ends at whole ticks.
const ticks = 40

// small makes a random world of a few environments in whole ticks of an hour.
func small(r *rand.Rand) *Facts {
	f := &Facts{Now: ticks * hour}
	for e := range 1 + r.IntN(4) {
		env := Environment{ID: ref.Environment(fmt.Sprint("e", e)), Key: fmt.Sprint("E", e), App: "app", Usage: fmt.Sprint("u", r.IntN(2)), Capacity: int64(1 + r.IntN(3)),
			Cost: int64(r.IntN(3) * 700), Life: Span{0, forever}, Active: true, Bookable: r.IntN(5) > 0}
		if r.IntN(3) == 0 {
			env.Life = Span{int64(r.IntN(10)) * hour, int64(20+r.IntN(30)) * hour}
		}
		env.Sharing[2][2] = true
		if r.IntN(3) == 0 {
			env.Sharing[0][2], env.Sharing[2][0] = true, true
		}
		f.Envs = append(f.Envs, env)
	}
	for b := range r.IntN(24) {
		from := int64(r.IntN(ticks))
		s := Span{from * hour, (from + 1 + int64(r.IntN(8))) * hour}
		status, intent := Status(r.IntN(int(statuses))), Intent(r.IntN(3))
		k := Booking{ID: fmt.Sprintf("b%02d", b), Status: status, To: s.To, Unit: fmt.Sprint("unit", r.IntN(2))}
		if r.IntN(2) == 0 {
			k.LastUse = s.From
		}
		if r.IntN(4) == 0 {
			k.PlannedTo = s.To + 2*hour
		}
		f.Bookings = append(f.Bookings, k)
		for e := range f.Envs {
			if r.IntN(len(f.Envs)) == 0 {
				f.Uses = append(f.Uses, Use{Env: int32(e), Booking: int32(b), Span: s, Status: status, Intent: intent})
			}
		}
	}
	for range r.IntN(6) {
		from := int64(r.IntN(ticks))
		f.Outages = append(f.Outages, Outage{Env: int32(r.IntN(len(f.Envs))), Span: Span{from * hour, (from + int64(r.IntN(9))) * hour}, Planned: r.IntN(2) == 0})
	}
	f.index()
	return f
}

func worlds(t *testing.T, n int, fn func(t *testing.T, r *rand.Rand, f *Facts, w Span)) {
	t.Parallel()
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 7))
		f := small(r)
		from := int64(r.IntN(ticks - 5))
		if fn(t, r, f, Span{from * hour, (from + 1 + int64(r.IntN(ticks))) * hour}); t.Failed() {
			t.Fatalf("seed %d: %+v", seed, f)
		}
	}
}

func TestUseIsWhatCountingHoursSays(t *testing.T) {
	worlds(t, 3000, func(t *testing.T, _ *rand.Rand, f *Facts, w Span) {
		zone := time.FixedZone("east", 5*3600+1800)
		heat := newHeat(newGrid(w, zone))
		got := f.measureUse(w, heat)
		var cells [3][7 * 24]int64
		for e := range f.Envs {
			var want Usage
			seen := map[int32]bool{}
			for at := w.From; at < w.To; at += hour / 2 { // half hours, because the zone is half an hour off
				if at < f.Envs[e].Life.From || at >= f.Envs[e].Life.To {
					continue
				}
				held, alive := int64(0), int64(0)
				for _, u := range f.Uses {
					if int(u.Env) == e && u.Status.Held() && u.From <= at && at < u.To {
						held++
						if !seen[u.Booking] {
							want.Bookings++
						}
						if f.Bookings[u.Booking].LastUse > 0 {
							if alive++; !seen[u.Booking] {
								want.Uses++
							}
						}
						seen[u.Booking] = true
					}
				}
				c, local := f.Envs[e].Capacity, time.UnixMicro(at).In(zone)
				cell := (int(local.Weekday())+6)%7*24 + local.Hour()
				for i, v := range []int64{c, min(c, held), min(c, alive)} {
					cells[i][cell] += v * hour / 2
				}
				want.Capacity += c * hour / 2
				want.Booked += min(c, held) * hour / 2
				want.Used += min(c, alive) * hour / 2
			}
			if got[e] != want {
				t.Fatalf("environment %d: %+v, counted %+v", e, got[e], want)
			}
		}
		for i := range cells {
			if heat[i].total() != cells[i] {
				t.Fatalf("the week of %d differs", i)
			}
		}
	})
}

func TestContestedIsWhatBookingsConflictsSay(t *testing.T) {
	clashes := 0
	worlds(t, 4000, func(t *testing.T, _ *rand.Rand, f *Facts, w Span) {
		got := f.tally(w)
		var want Tally
		seen, clashed := map[int32]bool{}, map[int32]bool{}
		for e, env := range f.Envs {
			lane := booking.Lane{Capacity: int(env.Capacity)}
			for a := range env.Sharing {
				for b := range env.Sharing[a] {
					if env.Sharing[a][b] {
						lane.Matrix = append(lane.Matrix, booking.Pair{booking.Intents[a], booking.Intents[b]})
					}
				}
			}
			for _, u := range f.Uses {
				s := u.Cut(w)
				if int(u.Env) != e || s.Length() == 0 {
					continue
				}
				if !seen[u.Booking] {
					seen[u.Booking] = true
					want.ByStatus[u.Status]++
					if u.Status != Cancelled {
						want.Asked++
					}
				}
				if u.Status != Cancelled {
					lane.Holds = append(lane.Holds, booking.Hold{Booking: ref.Booking(fmt.Sprint(u.Booking)), Intent: booking.Intents[u.Intent],
						Span: interval.Span{From: moment(s.From), To: moment(s.To)}})
				}
			}
			for _, c := range booking.Conflicts(lane) {
				for _, h := range []booking.Hold{c.A, c.B} {
					var n int32
					_, _ = fmt.Sscan(string(h.Booking), &n)
					clashed[n] = true
				}
			}
		}
		want.Contested = len(clashed)
		clashes += want.Contested
		if got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
	if clashes < 1000 {
		t.Fatalf("only %d clashes were drawn", clashes)
	}
}

func TestOutageHoursAreWhatCountingSays(t *testing.T) {
	worlds(t, 2000, func(t *testing.T, _ *rand.Rand, f *Facts, w Span) {
		got := f.outages(w)
		var want [2]int64
		for e := range f.Envs {
			for at := w.From; at < min(w.To, f.Now); at += hour {
				for k, planned := range []bool{false, true} {
					for _, o := range f.Outages {
						if int(o.Env) == e && o.Planned == planned && o.From <= at && at < o.To {
							want[k] += hour
							break
						}
					}
				}
			}
		}
		if got.Unplanned != want[0] || got.Planned != want[1] {
			t.Fatalf("%+v, counted %v", got, want)
		}
	})
}

func TestDemandAndChargesAddUp(t *testing.T) {
	worlds(t, 2000, func(t *testing.T, _ *rand.Rand, f *Facts, w Span) {
		var asked, held, weighed int64
		for _, u := range f.Uses {
			if u.Status.Held() {
				held += u.Cut(w).Length()
				weighed += u.Cut(w).Length() / 1e6 * f.Envs[u.Env].Cost
			}
			u.To = max(u.To, f.Bookings[u.Booking].PlannedTo)
			if u.Status != Cancelled {
				asked += u.Cut(w).Length()
			}
		}
		sum := int64(0)
		for _, d := range f.demand(w, func(e *Environment) (string, string) { return e.Usage, e.Usage }) {
			sum += d.Demanded
		}
		var time, cost int64
		for _, c := range f.charges(w, func(_ *Environment, b *Booking) (string, string) { return b.Unit, b.Unit }) {
			time += c.Time
			cost += c.Weighed
		}
		if sum != asked || time != held || cost != weighed {
			t.Fatalf("demand %d of %d, time %d of %d, cost %d of %d", sum, asked, time, held, cost, weighed)
		}
	})
}

// TestReplayIsWhatTryingEverythingSays replays a second way: tick by tick, over a board of who is where.
func TestReplayIsWhatTryingEverythingSays(t *testing.T) {
	outcomes := map[Outcome]int{}
	worlds(t, 3000, func(t *testing.T, r *rand.Rand, f *Facts, w Span) {
		env := r.IntN(len(f.Envs))
		got := f.replay(env, w)
		if again := f.replay(env, w); fmt.Sprint(again) != fmt.Sprint(got) {
			t.Fatal("two replays differ")
		}
		others := f.equivalents(env)
		board := map[int][]Use{}
		for _, o := range others {
			for _, u := range f.lane(o) {
				if u.Status.Held() {
					board[o] = append(board[o], u)
				}
			}
		}
		fits := func(o int, s Span, intent Intent) bool {
			e := &f.Envs[o]
			if s.From < e.Life.From || s.To > e.Life.To {
				return false
			}
			for at := s.From; at < s.To; at += hour {
				n := int64(0)
				for _, h := range board[o] {
					if h.From <= at && at < h.To {
						if n++; e.Capacity == 1 || !e.Sharing[h.Intent][intent] {
							return false
						}
					}
				}
				if n >= e.Capacity {
					return false
				}
			}
			return true
		}
		i := 0
		for _, u := range f.lane(env) {
			if !u.Status.Held() || !u.Meets(w) {
				continue
			}
			want, where := Replayed{Use: u, Outcome: NoPlace}, -1
			for shift := int64(0); shift <= farthestShift && where < 0; shift += hour {
				for _, o := range others {
					if fits(o, Span{u.From + shift, u.To + shift}, u.Intent) {
						want.Shift, where = shift, o
						break
					}
				}
			}
			if where >= 0 {
				want.To, want.Outcome = int32(where), AsIs
				if want.Shift > 0 {
					want.Outcome = Shifted
				}
				u.Span = Span{u.From + want.Shift, u.To + want.Shift}
				board[where] = append(board[where], u)
			}
			outcomes[want.Outcome]++
			if got[i] != want {
				t.Fatalf("booking %d of environment %d: %+v, want %+v", i, env, got[i], want)
			}
			i++
		}
		if i != len(got) {
			t.Fatalf("%d replayed, want %d", len(got), i)
		}
	})
	for _, o := range []Outcome{AsIs, Shifted, NoPlace} {
		if outcomes[o] < 50 {
			t.Errorf("only %d bookings came out %s", outcomes[o], o)
		}
	}
}

func TestWeeksOverChangesOfTheClock(t *testing.T) {
	berlin, err := interval.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := monthSpan(2026, time.October, berlin)
	if w.Length() != 745*hour {
		t.Fatalf("October has %d hours in Berlin", w.Length()/hour)
	}
	g := newWeek(newGrid(w, berlin))
	g.add(w, 1)
	total := g.total()
	// 2026-10-25 is a Sunday; two o'clock comes twice on it.
	if sunday2, sunday3 := total[6*24+2], total[6*24+3]; sunday2 != 5*hour || sunday3 != 4*hour {
		t.Fatalf("Sunday at two %d h, at three %d h", sunday2/hour, sunday3/hour)
	}
	w = monthSpan(2026, time.March, berlin)
	g = newWeek(newGrid(w, berlin))
	g.add(w, 1)
	if total = g.total(); total[6*24+2] != 4*hour || total[6*24+3] != 5*hour {
		t.Fatalf("skipped: %d h", total[6*24+2]/hour)
	}
}

func TestSpread(t *testing.T) {
	s := spreadOf([]int64{40, 10, 20, 30})
	if s.Median != 25 || s.Mean != 25 || s.N != 4 || s.P90 < 36.9 || s.P90 > 37.1 {
		t.Fatalf("%+v", s)
	}
	if one := spreadOf([]int64{7}); one.Median != 7 || one.P90 != 7 {
		t.Fatalf("%+v", one)
	}
	if none := spreadView(spreadOf(nil), ""); none.Median != nil || none.N != 0 {
		t.Fatal("nothing is not 0")
	}
}

func TestWhenReportsAreDue(t *testing.T) {
	berlin, _ := interval.Zone("Europe/Berlin")
	made := at("2026-01-01 00:00")
	for _, c := range []struct {
		now, made string
		month     string
	}{
		{"2026-11-03 04:59", "", ""}, // 5:59 in Berlin
		{"2026-11-03 05:00", "", "2026-10"},
		{"2026-11-30 22:59", "", "2026-10"},
		{"2026-12-01 12:00", "", ""},
		{"2026-11-20 12:00", "2026-11-10 09:00", ""}, // it was made after the day
		{"2027-01-03 06:00", "", "2026-12"},
	} {
		m := made
		if c.made != "" {
			m = at(c.made)
		}
		if month, due := dueMonth(at(c.now), m, 3, berlin); month != c.month || due != (c.month != "") {
			t.Errorf("at %s %q, want %q", c.now, month, c.month)
		}
	}
}

func TestHowNumbersRead(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -123: "-123", 111600: "111,600"} {
		if got := thousands(n); got != want {
			t.Errorf("%d reads %s", n, got)
		}
	}
	v, cents, share := 97423.6, int64(1966392), 0.1249
	if plainHours(&v) != "97,424 h" || amount(&cents, "EUR") != "19,663.92 EUR" || percent(&share) != "12.5 %" || percent(nil) != "-" {
		t.Error(plainHours(&v), amount(&cents, "EUR"), percent(&share))
	}
}

// TestTheReportFitsTwoPages draws every table longer than a page shows.
func TestTheReportFitsTwoPages(t *testing.T) {
	r := ReportView{}
	for i := range 40 {
		name := fmt.Sprint("Name ", i)
		r.ByUsage = append(r.ByUsage, DemandView{Name: name})
		r.ByApplication = append(r.ByApplication, DemandView{Name: name})
		r.Cost.Unit = append(r.Cost.Unit, ChargeView{ID: name, Name: name})
		r.Cost.Application, r.Cost.Release = r.Cost.Unit, r.Cost.Unit
	}
	raw, err := r.pdf()
	if err != nil || strings.Count(string(raw), "/Type /Page\n") != 2 {
		t.Fatal(strings.Count(string(raw), "/Type /Page\n"), err)
	}
}
