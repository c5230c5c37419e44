package booking

import (
	"slices"
	"testing"

	"millrace/internal/environment"
)

// TestNobodyIsAskedAboutTheirOwnRequest keeps what one asked for oneself off the list of decisions and its approval off the
// acts, unless the policy allows it.
func TestNobodyIsAskedAboutTheirOwnRequest(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1")
		lenient := w.AddUnit("Lenient", w.Root.ID)
		w.AddEnvironment("SIT2", func(e *environment.Environment) { e.Unit = lenient.ID })
		policy := DefaultPolicy()
		policy.ApproveOwn = true
		must(w.SetPolicy(w.Ctx, lenient.ID, 0, policy))
		ada, bob := w.AddPerson("Ada", ""), w.AddPerson("Bob", "")
		mine := w.book(w.as(ada), "SIT1", w.hours(1, 2))
		may := w.book(w.as(ada), "SIT2", w.hours(1, 2))
		other := w.book(w.as(bob), "SIT1", w.hours(3, 4))

		pending := map[string][]Act{}
		for _, l := range must(w.Pending(w.as(ada, PermApprove), ListFilter{Limit: 10})).Items {
			pending[string(l.ID)] = l.AllowedActs
		}
		if len(pending) != 2 || !slices.Contains(pending[string(may.ID)], ActApprove) || !slices.Contains(pending[string(other.ID)], ActApprove) {
			t.Errorf("Ada decides about %v", pending)
		}
		if acts := must(w.Get(w.as(ada, PermApprove), string(mine.ID))).AllowedActs; slices.Contains(acts, ActApprove) {
			t.Errorf("Ada may %v with her own", acts)
		}
		if p := must(w.Pending(w.as(bob, PermApprove), ListFilter{Limit: 10})); len(p.Items) != 2 {
			t.Errorf("Bob decides about %d", len(p.Items))
		}
	})
}
