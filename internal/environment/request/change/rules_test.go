package change

import (
	"math/rand/v2"
	"testing"

	"millrace/internal/platform/problem"
)

// TestCardsFollowEachOther walks paths at random and holds what is allowed against the sentence of the rule.
func TestCardsFollowEachOther(t *testing.T) {
	all := []CardStatus{CardPlanned, CardInProgress, CardDone, CardFailed, CardSkipped}
	random := rand.New(rand.NewPCG(3, 4))
	steps := 0
	for range 2000 {
		cards := []CardStatus{CardPlanned, CardPlanned, CardPlanned, CardPlanned}
		inOrder := random.IntN(2) == 0
		for range 20 {
			at, to := random.IntN(len(cards)), all[random.IntN(len(all))]
			err := checkCardStep(cards, at, to, inOrder)
			open := true
			for _, before := range cards[:at] {
				open = open && (before == CardDone || before == CardSkipped)
			}
			switch {
			case cards[at] == to:
				if problem.CodeOf(err) != "card_state" {
					t.Fatalf("%v at %d to %s: %v", cards, at, to, err)
				}
			case err == nil && inOrder && !open && (to == CardInProgress || to == CardDone):
				t.Fatalf("%v at %d to %s went out of order", cards, at, to)
			case problem.CodeOf(err) == "card_out_of_order" && (!inOrder || open):
				t.Fatalf("%v at %d to %s was held back", cards, at, to)
			}
			if err == nil {
				cards[at] = to
				steps++
			}
		}
	}
	if steps < 2000 {
		t.Fatalf("only %d steps were taken; the test proves little", steps)
	}
}
