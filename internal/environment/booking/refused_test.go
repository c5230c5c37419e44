package booking

import (
	"testing"

	"millrace/internal/environment"
	"millrace/internal/platform/interval"
)

func TestWhatIsClosedIsNotShared(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		env := w.AddEnvironment("PERF", auto, func(e *environment.Environment) { e.Capacity = 3 })
		ctx := w.as(w.AddPerson("Ada", ""))
		w.book(ctx, "PERF", w.hours(10, 20), func(n *NewBooking) { n.Intent = Touch })
		kinds := func() (out map[AlternativeKind]Alternative) {
			t.Helper()
			out = map[AlternativeKind]Alternative{}
			span := w.hours(8, 20)
			a, err := w.Available(ctx, AvailabilityQuestion{Targets: Targets{Environment: "PERF"}, From: span.From, To: span.To, Intent: ChangeCode})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range a.Alternatives {
				out[x.Kind] = x
			}
			return out
		}
		if got := kinds(); got[Share].Kind == "" || got[Wait].Kind == "" || got[AskHolder].Kind == "" || !got[Shorten].To.Equal(w.hours(8, 10).To) {
			t.Fatalf("%+v", got)
		}
		w.closed = append(w.closed, closing{env.ID, interval.Closure{Span: w.hours(9, 40), Kind: "freeze", Name: "Freeze", Refuses: []interval.Use{interval.ForBooking}}})
		got := kinds()
		for _, kind := range []AlternativeKind{Share, Wait, AskHolder} {
			if _, offered := got[kind]; offered {
				t.Errorf("%s is offered inside a freeze", kind)
			}
		}
		if !got[Shorten].To.Equal(w.hours(8, 9).To) || got[NextSlot].From.Before(w.hours(9, 40).To) {
			t.Errorf("%+v", got)
		}
		w.closed[0].Refuses = []interval.Use{interval.ForDeployment}
		if got := kinds(); got[Share].Kind == "" {
			t.Errorf("a freeze of deployments keeps bookings from sharing: %+v", got)
		}
	})
}
