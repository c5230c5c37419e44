package environmentkpi

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
)

// adviceMonths is how many months are replayed.
const adviceMonths = 3

// Advice answers which environments could go, by replaying the bookings of the three months that end with the one asked
// for. With an environment in the scope it tells what would have become of each of its bookings.
func (s *Service) Advice(ctx context.Context, q Question) (AdviceReportView, error) {
	a, err := q.understand(s.clock.Now())
	if err != nil {
		return AdviceReportView{}, err
	}
	if a.month != "" {
		t := time.UnixMicro(a.window.From).In(a.zone)
		a.window.From = monthSpan(t.Year(), t.Month()-adviceMonths+1, a.zone).From
		a.month = ""
	}
	out := AdviceReportView{Window: a.view(s.clock.Now().UnixMicro()), Items: []AdviceView{}}
	l := links{w: a.window}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		out.Items = []AdviceView{}
		// Bookings are moved into environments of the whole scope, also when one is asked about.
		scope, only := Scope{Unit: a.Unit}, ""
		if a.Environment != "" {
			if only, err = findEnvironment(ctx, tx, a.Environment); err != nil {
				return err
			}
		}
		within := Span{a.window.From - reach, a.window.To + farthestShift + reach}
		f, err := s.gather(ctx, tx, scope, wanted{Within: within, Lively: a.window})
		if err != nil {
			return err
		}
		if out.Currency, err = currencyOf(ctx, tx); err != nil {
			return err
		}
		for _, advice := range f.advise(a.window, only) {
			v := f.adviceView(advice, l)
			if only != "" {
				if v.Replay, err = f.replayViews(ctx, tx, advice.Env, a.window); err != nil {
					return err
				}
			}
			out.Items = append(out.Items, v)
		}
		out.Looked = 0
		for i := range f.Envs {
			if f.Envs[i].Active && (only == "" || only == string(f.Envs[i].ID)) {
				out.Looked++
			}
		}
		return nil
	})
	return out, err
}

func (f *Facts) adviceView(a Advice, l links) AdviceView {
	e := &f.Envs[a.Env]
	v := AdviceView{
		Environment: NamedView{string(e.ID), e.Key, e.Name}, Application: e.AppName, Usage: e.UsageName, Verdict: a.Verdict,
		BookedShare: part(a.Use.Booked, a.Use.Capacity), IdleHours: hours(a.Use.Capacity - a.Use.Booked), Bookings: a.Bookings, AsIs: a.AsIs, Shifted: a.Shifted, NoPlace: a.NoPlace,
		ShiftHours: spreadView(a.Shift, ""), Items: l.bookings("environment", string(e.ID), "status", heldStatuses),
	}
	if a.Priced {
		v.Saves = &a.Saves
	}
	if a.Verdict == Repurpose {
		v.For = &NamedView{ID: a.UsageID, Name: a.UsageName}
	}
	v.Message = a.message()
	return v
}

func (a *Advice) message() string {
	place := "Nobody booked it."
	switch {
	case a.Busy:
		return "It is booked for a fifth of its capacity or more."
	case a.Lively:
		return "Nobody booked it, but something was installed in it."
	case a.Bookings > 0 && a.NoPlace > 0:
		return fmt.Sprintf("Rarely booked, but %s would have found no other place.", count(a.NoPlace, "booking"))
	case a.Bookings > 0 && a.Shifted == 0:
		place = "Every booking would have found an equivalent environment at its time."
	case a.Bookings > 0:
		place = fmt.Sprintf("Every booking would have found an equivalent environment; %s later than asked.", count(a.Shifted, "booking"))
	}
	if a.Verdict == Repurpose {
		return place + " " + a.UsageName + " of the same application is short of environments."
	}
	return place
}

func count(n int, noun string) string {
	if n == 1 {
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (f *Facts) replayViews(ctx context.Context, tx db.Tx, env int, w Span) ([]ReplayView, error) {
	out := []ReplayView{}
	list := f.replay(env, w)
	at, ids := map[string]int{}, make([]string, len(list))
	for i, r := range list {
		v := ReplayView{ID: f.Bookings[r.Use.Booking].ID, From: moment(r.Use.From), To: moment(r.Use.To), Outcome: r.Outcome, ShiftHours: hours(r.Shift)}
		if r.Outcome != NoPlace {
			o := &f.Envs[r.To]
			v.Environment = &NamedView{string(o.ID), o.Key, o.Name}
		}
		at[v.ID], ids[i] = i, v.ID
		out = append(out, v)
	}
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []struct {
			ID     string `bun:"id"`
			Number int64  `bun:"number"`
			Title  string `bun:"title"`
		}
		if err := tx.NewRaw(`SELECT id, number, title FROM booking WHERE id IN (?)`, bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[at[r.ID]].Reference, out[at[r.ID]].Title = "BK-"+strconv.FormatInt(r.Number, 10), r.Title
		}
	}
	return out, nil
}
