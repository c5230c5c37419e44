package environmentkpi

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/events"
)

// history is the world drawn below, in hours of October 2026 (744 hours, in UTC):
//
//	SIT1 (SIT, exclusive, 10.00 an hour)   5th 08-18 approved, used, release R1; 12-20 rejected
//	                                       20th 00-10 cancelled; 31st 20 to 1st 04 approved, used, together with SIT2
//	                                       out 12th 08-10 and 09-11; a year before 35 h booked, 6 h out
//	SIT2 (SIT, exclusive, no price)        6th 00-04 freed unused, planned until 10; 15th 00-02 requested; 31st as above
//	UAT1 (UAT, two at once, 5.00 an hour,  10th 00-24 approved, touch, used; 10th 12 to 11th 12 approved, touch, not used
//	      in Retail)                       10th 13-15 waiting, changes code; planned out 30th September 22 to 1st 02
type history struct {
	*world
	retail           people.Unit
	app              catalog.Details
	sit1, sit2, uat1 environment.Environment
	bookings         []string
}

func drawHistory(t *testing.T, w *world) *history {
	t.Helper()
	h := &history{world: w, retail: w.AddUnit("Retail", "")}
	h.app = w.AddApplication("pay", "")
	uat := w.Lookups.ID(environment.UsageList, "UAT")
	h.sit1 = w.AddEnvironment("SIT1", func(e *environment.Environment) { e.Application, e.CostPerHour = h.app.ID, 1000 })
	h.sit2 = w.AddEnvironment("SIT2", func(e *environment.Environment) { e.Application = h.app.ID })
	h.uat1 = w.AddEnvironment("UAT1", func(e *environment.Environment) {
		e.Application, e.Usage, e.Unit, e.Capacity, e.CostPerHour = h.app.ID, uat, h.retail.ID, 2, 500
	})
	one := func(e ...environment.Environment) []environment.Environment { return e }
	h.bookings = w.draw(
		drawn{env: one(h.sit1), from: at("2026-10-05 08:00"), to: at("2026-10-05 18:00"), status: "approved", used: ptr("2026-10-05 09:00"), release: "R1",
			created: at("2026-10-01 08:00"), decided: ptr("2026-10-02 08:00"), by: "somebody"},
		drawn{env: one(h.sit1), from: at("2026-10-05 12:00"), to: at("2026-10-05 20:00"), status: "rejected", created: at("2026-10-05 06:00"), decided: ptr("2026-10-05 10:00"), by: "somebody"},
		drawn{env: one(h.sit2), from: at("2026-10-06 00:00"), to: at("2026-10-06 04:00"), planned: ptr("2026-10-06 10:00"), status: "expired"},
		drawn{env: one(h.uat1), from: at("2026-10-10 00:00"), to: at("2026-10-11 00:00"), status: "approved", intent: "touch", used: ptr("2026-10-10 09:00"), unit: h.retail.ID,
			decided: ptr("2026-10-09 00:00"), by: "auto"},
		drawn{env: one(h.uat1), from: at("2026-10-10 12:00"), to: at("2026-10-11 12:00"), status: "approved", intent: "touch", unit: h.retail.ID},
		drawn{env: one(h.uat1), from: at("2026-10-10 13:00"), to: at("2026-10-10 15:00"), status: "waiting"},
		drawn{env: one(h.sit1), from: at("2026-10-20 00:00"), to: at("2026-10-20 10:00"), status: "cancelled"},
		drawn{env: one(h.sit1, h.sit2), from: at("2026-10-31 20:00"), to: at("2026-11-01 04:00"), status: "approved", used: ptr("2026-10-31 21:00")},
		drawn{env: one(h.sit2), from: at("2026-10-15 00:00"), to: at("2026-10-15 02:00"), status: "requested"},
		drawn{env: one(h.sit1), from: at("2025-10-10 00:00"), to: at("2025-10-11 11:00"), status: "approved"},
	)
	w.out(h.sit1, "unplanned", at("2026-10-12 08:00"), at("2026-10-12 08:30"), ptr("2026-10-12 09:30"), ptr("2026-10-12 10:00"))
	w.out(h.sit1, "unplanned", at("2026-10-12 09:00"), at("2026-10-12 09:00"), nil, ptr("2026-10-12 11:00"))
	w.out(h.uat1, "planned", at("2026-09-30 22:00"), at("2026-09-30 22:00"), nil, ptr("2026-10-01 02:00"))
	w.out(h.sit1, "unplanned", at("2025-10-03 00:00"), at("2025-10-03 00:00"), nil, ptr("2025-10-03 06:00"))
	w.Clock.Set(at("2026-11-10 12:00"))
	return h
}

func TestReportOfADrawnHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := drawHistory(t, w)
		r := get[ReportView](t, w, "/reports/environment-kpi")
		if r.Window.Month != "2026-10" || r.Window.Zone != "UTC" || r.Window.Partial || r.Unit != nil {
			t.Fatalf("%+v", r.Window)
		}
		u, b, o := &r.Utilisation, &r.Bookings, &r.Outages
		near(t, "environments", u.Environments.Value, 3)
		near(t, "capacity", u.Capacity.Value, 4*744)
		near(t, "booked", u.Booked.Value, 70)
		near(t, "used", u.Used.Value, 42)
		near(t, "unused", u.Unused.Value, 28)
		near(t, "idle", u.Idle.Value, 4*744-70)
		near(t, "booked share", u.BookedShare.Value, 70.0/2976)
		near(t, "total", b.Total.Value, 9)
		counts := map[string]int{}
		for _, s := range b.ByStatus {
			counts[s.Status] = s.N
		}
		for status, n := range map[string]int{"requested": 1, "approved": 4, "rejected": 1, "waiting": 1, "cancelled": 1, "ended": 0, "expired": 1} {
			if got, ok := counts[status]; !ok || got != n {
				t.Errorf("%d %s, want %d", got, status, n)
			}
		}
		near(t, "rejection", b.Rejection.Value, 1.0/6)
		near(t, "contested", b.Contested.Value, 5.0/8)
		near(t, "no-show", b.NoShow.Value, 2.0/5)
		near(t, "freed", b.Freed.Value, 1)
		near(t, "decision", b.Decision.Median, 14)
		near(t, "waiting", b.Waiting.Value, 1)
		near(t, "waited", b.Waited.Median, nil)
		if b.Rejection.N != 6 || b.Contested.N != 8 || b.NoShow.N != 5 || b.Decision.N != 2 || u.Booked.N != 6 || u.Used.N != 4 {
			t.Errorf("n: %+v", b)
		}
		near(t, "unplanned", o.Unplanned.Value, 3)
		near(t, "planned", o.Planned.Value, 2)
		near(t, "detect", o.Detect.Mean, 0.25)
		near(t, "find", o.Find.Mean, 1)
		near(t, "restore", o.Restore.Mean, 2)
		if o.Unplanned.N != 2 || o.Find.N != 1 || o.Restore.N != 2 {
			t.Errorf("n: %+v", o)
		}
		if len(r.ByUsage) != 2 || r.ByUsage[0].Name != "UAT" {
			t.Fatalf("%+v", r.ByUsage)
		}
		near(t, "UAT", &r.ByUsage[0].Demanded, 50)
		near(t, "SIT", &r.ByUsage[1].Demanded, 38)
		near(t, "SIT share", r.ByUsage[1].Share, 38.0/1488)
		if c := r.Cost; *c.Capacity != 1488000 || *c.Booked != 38000 || *c.Idle != 1450000 || c.Currency != "EUR" || c.N != 2 ||
			*c.Unit[0].Amount != 24000 || c.Unit[0].Name != "Retail" || *c.Unit[1].Amount != 14000 || c.Unit[1].Hours != 22 ||
			c.Release[1].ID != "R1" || *c.Release[1].Amount != 10000 || *c.Application[0].Amount != 38000 {
			t.Errorf("%+v", c)
		}
		if n := len(r.Trend); n != 13 || r.Trend[0].Month != "2025-10" || r.Trend[12].Month != "2026-10" {
			t.Fatalf("%d months", n)
		}
		near(t, "October 2025", r.Trend[0].Booked.Value, 35.0/2976)
		near(t, "March 2026", r.Trend[5].Booked.Value, 0)
		near(t, "rejected in March", r.Trend[5].Rejection.Value, nil)
		near(t, "trend and tile", r.Trend[12].Contested.Value, 5.0/8)
		near(t, "year on year", r.YearOnYear.Booked, 1)
		near(t, "outages year on year", r.YearOnYear.Unplanned, -0.5)
		near(t, "change from nothing", r.YearOnYear.Planned, nil)
		near(t, "Monday at eight", r.Heat[8].Booked, 1.0/(4*4)) // one of four Mondays, one of four places
		near(t, "Monday at eight used", r.Heat[8].Used, 1.0/(4*4))
		near(t, "Sunday at ten", r.Heat[6*24+10].Booked, 1.0/(4*4))
		if !strings.HasPrefix(b.Rejection.Items, "/bookings?from=2026-10-01T00%3A00%3A00Z&to=2026-11-01T00%3A00%3A00Z&status=rejected%2C") {
			t.Errorf("items %q", b.Rejection.Items)
		}

		retail := get[ReportView](t, w, "/reports/environment-kpi?month=2026-10&unit="+string(h.retail.ID))
		near(t, "capacity of Retail", retail.Utilisation.Capacity.Value, 1488)
		near(t, "booked in Retail", retail.Utilisation.Booked.Value, 48)
		if retail.Unit.Name != "Retail" || !strings.Contains(retail.Bookings.Total.Items, "unit="+string(h.retail.ID)) {
			t.Errorf("%+v", retail.Unit)
		}
		// Two days, cut through the night: 5th and 6th.
		days := get[ReportView](t, w, "/reports/environment-kpi?from=2026-10-05&to=2026-10-07")
		near(t, "two days", days.Utilisation.Capacity.Value, 4*48)
		near(t, "booked in two days", days.Utilisation.Booked.Value, 14)
		// On the clocks of Auckland (UTC+13) October begins 13 hours earlier.
		east := get[ReportView](t, w, "/reports/environment-kpi?month=2026-10&zone=Pacific/Auckland")
		near(t, "booked in Auckland", east.Utilisation.Booked.Value, 10+4+24+24)
		near(t, "planned in Auckland", east.Outages.Planned.Value, 4)
		// Before there was anything.
		early := get[ReportView](t, w, "/reports/environment-kpi?month=2024-01")
		near(t, "share of nothing", early.Utilisation.BookedShare.Value, nil)
		near(t, "capacity of nothing", early.Utilisation.Capacity.Value, nil)
		near(t, "outages of nothing", early.Outages.Unplanned.Value, nil)
		near(t, "no bookings", early.Bookings.Total.Value, 0)
		if early.Cost.Booked != nil {
			t.Error("cost of nothing")
		}
	})
}

func TestUseAndAdviceOfADrawnHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := drawHistory(t, w)
		use := get[UseReportView](t, w, "/reports/environment-utilisation?month=2026-10")
		if len(use.Environments) != 3 || use.Environments[0].Environment.Key != "UAT1" || use.Environments[1].Environment.Key != "SIT1" {
			t.Fatalf("%+v", use.Environments)
		}
		near(t, "UAT1", use.Environments[0].BookedShare, 48.0/1488)
		near(t, "SIT1", &use.Environments[1].Booked, 14)
		one := get[UseReportView](t, w, "/reports/environment-utilisation?month=2026-10&environment=sit2")
		if len(one.Environments) != 1 {
			t.Fatalf("%+v", one.Environments)
		}
		near(t, "SIT2", one.Utilisation.Booked.Value, 8)
		if one.Cost.N != 0 || one.Cost.Capacity != nil || len(one.Cost.Unit) != 1 || one.Cost.Unit[0].Amount != nil || one.Cost.Unit[0].Hours != 8 {
			t.Errorf("cost without a price: %+v", one.Cost)
		}
		// SIT1 costs 10.00 an hour: ten hours for release R1 and four for none.
		paid := get[UseReportView](t, w, "/reports/environment-utilisation?month=2026-10&environment=sit1").Cost
		if *paid.Capacity != 744000 || *paid.Booked != 14000 || *paid.Idle != 730000 || paid.Currency != "EUR" || len(paid.Release) != 2 ||
			paid.Release[0].ID != "R1" || *paid.Release[0].Amount != 10000 || paid.Release[0].N != 1 || paid.Release[1].Items != "" {
			t.Errorf("%+v", paid)
		}
		if items := paid.Unit[0].Items; !strings.Contains(items, "bookingUnit="+string(w.Root.ID)) || !strings.Contains(items, "environment=") {
			t.Errorf("items %q", items)
		}

		advice := get[AdviceReportView](t, w, "/reports/environment-advice?month=2026-10")
		if len(advice.Items) != 3 || advice.Looked != 3 || !advice.Window.From.Equal(at("2026-08-01 00:00")) {
			t.Fatalf("%+v", advice)
		}
		sit1, sit2, uat1 := advice.Items[0], advice.Items[1], advice.Items[2]
		if sit1.Environment.Key != "SIT1" || sit1.Verdict != Retire || sit1.AsIs != 1 || sit1.Shifted != 1 || sit1.NoPlace != 0 || *sit1.Saves != 2208000 {
			t.Errorf("%+v", sit1)
		}
		near(t, "shift", sit1.ShiftHours.Median, 8)
		if sit2.Environment.Key != "SIT2" || sit2.Saves != nil || sit2.AsIs != 1 || sit2.Shifted != 1 {
			t.Errorf("%+v", sit2)
		}
		if uat1.Verdict != Keep || uat1.NoPlace != 2 || uat1.Replay != nil {
			t.Errorf("%+v", uat1)
		}
		told := get[AdviceReportView](t, w, "/reports/environment-advice?month=2026-10&environment=SIT1").Items[0]
		if len(told.Replay) != 2 || told.Replay[0].Outcome != AsIs || told.Replay[0].ID != h.bookings[0] || told.Replay[0].Environment.Key != "SIT2" ||
			told.Replay[1].Outcome != Shifted || told.Replay[1].ShiftHours != 8 || told.Replay[1].Reference != "BK-8" {
			t.Errorf("%+v", told.Replay)
		}
		// A usage that lacks environments is what a rarely booked one should serve.
		w.draw(drawn{env: []environment.Environment{h.uat1, h.uat1}[:1], from: at("2026-08-01 00:00"), to: at("2026-11-01 00:00"), status: "rejected", intent: "touch"},
			drawn{env: []environment.Environment{h.uat1}, from: at("2026-08-01 00:00"), to: at("2026-11-01 00:00"), status: "waiting", intent: "touch"})
		again := get[AdviceReportView](t, w, "/reports/environment-advice?month=2026-10").Items[0]
		if again.Verdict != Repurpose || again.For == nil || again.For.Name != "UAT" {
			t.Errorf("%+v", again)
		}
	})
}

func TestAdviceLeavesWhatServesWithoutBookings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := drawHistory(t, w)
		w.Clock.Set(at("2026-07-01 00:00"))
		quiet := w.AddEnvironment("QUIET", func(e *environment.Environment) { e.Application = h.app.ID })
		live := w.AddEnvironment("LIVE", func(e *environment.Environment) { e.Application = h.app.ID })
		w.AddEnvironment("BUILDING", func(e *environment.Environment) { e.StatusBookable = false })
		w.Clock.Set(at("2026-11-10 12:00"))
		err := w.DB.Write(w.Ctx, func(ctx ctx, tx tx) error {
			return tx.BulkInsert(ctx, "environment_version", []string{"id", "environment_id", "name", "version", "at", "source"},
				[][]any{{int64(1), string(live.ID), "pay", "4.2", at("2026-09-09 09:00"), "deployment"}, {int64(2), string(quiet.ID), "pay", "4.1", at("2026-07-09 09:00"), "deployment"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		verdicts := map[string]Verdict{}
		for _, a := range get[AdviceReportView](t, w, "/reports/environment-advice?month=2026-10").Items {
			verdicts[a.Environment.Key] = a.Verdict
		}
		if len(verdicts) != 4 || verdicts["QUIET"] != Retire {
			t.Fatalf("%v", verdicts)
		}
		if a := get[AdviceReportView](t, w, "/reports/environment-advice?month=2026-10&environment=LIVE").Items[0]; a.Verdict != Keep || !strings.Contains(a.Message, "installed") {
			t.Errorf("%+v", a)
		}
	})
}

func TestPoliciesDecideWhatClashes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		drawHistory(t, w)
		err := w.DB.Write(w.Ctx, func(ctx ctx, tx tx) error {
			return tx.BulkInsert(ctx, "booking_policy", []string{"unit_id", "settings", "updated_at"},
				[][]any{{string(w.Root.ID), `{"compatible":[["touch","touch"],["touch","change_code"]]}`, at("2026-01-01 00:00")}})
		})
		if err != nil {
			t.Fatal(err)
		}
		// The waiting booking of UAT1 goes with the touches now, but at one o'clock three would be there, which is one too many.
		r := get[ReportView](t, w, "/reports/environment-kpi")
		near(t, "contested", r.Bookings.Contested.Value, 5.0/8)
		err = w.DB.Write(w.Ctx, func(ctx ctx, tx tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE environment SET capacity = 3 WHERE key = 'UAT1'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		r = get[ReportView](t, w, "/reports/environment-kpi")
		near(t, "contested", r.Bookings.Contested.Value, 2.0/8)
	})
}

func TestWaitsAreReadFromTheHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := drawHistory(t, w)
		say := func(kind events.Kind, id string, when time.Time) {
			w.Clock.Set(when)
			log := events.NewLog(w.Clock, nil, []events.Definition{{Kind: kind, Subject: "booking", Action: events.Other, Sentence: "x"}})
			if err := w.DB.Write(w.Ctx, func(ctx ctx, tx tx) error { return log.Append(ctx, tx, events.Event{Kind: kind, SubjectID: id}) }); err != nil {
				t.Fatal(err)
			}
		}
		say("booking.booking_waiting", h.bookings[0], at("2026-09-01 00:00"))
		say("booking.booking_waiting", h.bookings[0], at("2026-09-30 00:00"))
		say("booking.booking_promoted", h.bookings[0], at("2026-10-02 06:00"))
		say("booking.booking_waiting", h.bookings[1], at("2026-10-02 06:00"))
		w.Clock.Set(at("2026-11-10 12:00"))
		r := get[ReportView](t, w, "/reports/environment-kpi")
		near(t, "waited", r.Bookings.Waited.Median, 54)
		if r.Bookings.Waited.N != 1 {
			t.Error(r.Bookings.Waited.N)
		}
	})
}

func TestFilesHoldTheReport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddUnit("=cmd|' /C calc'!A0", "")
		drawHistory(t, w)
		a := w.Do(t, "GET", "/reports/environment-kpi?month=2026-10&format=xlsx", nil)
		if a.Status != 200 || a.Header.Get("Content-Type") != fileTypes["xlsx"] || !strings.Contains(a.Header.Get("Content-Disposition"), `"environments-2026-10.xlsx"`) {
			t.Fatalf("%d %v", a.Status, a.Header)
		}
		f, err := excelize.OpenReader(bytes.NewReader(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		if names := f.GetSheetList(); len(names) != 9 || names[2] != "Trend" {
			t.Fatal(names)
		}
		rows, err := f.GetRows("Figures")
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]string{}
		for _, r := range rows {
			found[r[0]] = r
		}
		if r := found["Booked"]; len(r) < 3 || r[1] != "70" || r[2] != "6" {
			t.Errorf("%v", r)
		}
		if r := found["Time on the waitlist, median"]; r[1] != "" {
			t.Errorf("what is not known has a value: %v", r)
		}
		p := w.Do(t, "GET", "/reports/environment-kpi?month=2026-10&format=pdf", nil)
		if p.Status != 200 || p.Header.Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(p.Body, []byte("%PDF-")) || bytes.Count(p.Body, []byte("/Type /Page\n")) != 2 {
			t.Fatalf("%d %v, %d pages", p.Status, p.Header, bytes.Count(p.Body, []byte("/Type /Page\n")))
		}
		if again := w.Do(t, "GET", "/reports/environment-kpi?month=2026-10&format=pdf", nil); !bytes.Equal(again.Body, p.Body) {
			t.Error("the same report made another file")
		}
	})
}

func TestTextsCannotRunAsFormulas(t *testing.T) {
	r := ReportView{Unit: &NamedView{Name: "=HYPERLINK(\"x\")"}, Trend: []TrendView{{}}}
	r.ByUsage = []DemandView{{Name: "@SUM(1)"}}
	raw, err := r.workbook()
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	unit, _ := f.GetCellValue("Figures", "B2")
	usage, _ := f.GetCellValue("Demand by usage", "A2")
	if unit != "'=HYPERLINK(\"x\")" || usage != "'@SUM(1)" {
		t.Fatal(unit, usage)
	}
	if pages, err := r.pdf(); err != nil || len(pages) < 1000 {
		t.Fatal("an empty report has no pages", err)
	}
}

func TestQuestionsThatCannotBeAnswered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		drawHistory(t, w)
		for _, c := range []struct {
			query string
			code  string
		}{
			{"month=2026-13", "question_malformed"}, {"month=later", "question_malformed"}, {"zone=Local", "question_malformed"}, {"month=1999-12", "question_malformed"},
			{"month=2026-10&from=2026-10-01&to=2026-10-02", "question_malformed"}, {"from=2026-10-02", "question_malformed"}, {"from=2026-10-02&to=2026-10-02", "question_malformed"},
			{"from=2001-10-02&to=2026-10-02", "question_malformed"}, {"from=yesterday&to=today", "question_malformed"}, {"unit=nowhere", "not_found"},
		} {
			for _, route := range []string{"environment-kpi", "environment-utilisation", "environment-advice"} {
				if a := w.Do(t, "GET", "/reports/"+route+"?"+c.query, nil); a.Code() != c.code {
					t.Errorf("%s %s: %d %s", route, c.query, a.Status, a.Body)
				}
			}
		}
		if a := w.Do(t, "GET", "/reports/environment-utilisation?environment="+url.QueryEscape("no such"), nil); a.Status != 404 {
			t.Errorf("%d", a.Status)
		}
		viewer := peopletest.Principal(w.Root, PermViewReport)
		if a := w.As(viewer).Do(t, "GET", "/reports/environment-kpi", nil); a.Status != 200 {
			t.Errorf("%d", a.Status)
		}
	})
}
