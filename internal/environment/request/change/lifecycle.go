package change

import (
	"slices"

	"millrace/internal/platform/problem"
)

// CardStatus is where a card of a progression path stands.
type CardStatus string

// The statuses of cards.
const (
	CardPlanned    CardStatus = "planned"
	CardInProgress CardStatus = "in_progress"
	CardDone       CardStatus = "done"
	CardFailed     CardStatus = "failed"
	CardSkipped    CardStatus = "skipped"
)

// cardSteps lists where a card may go from each status.
var cardSteps = map[CardStatus][]CardStatus{
	CardPlanned:    {CardInProgress, CardDone, CardFailed, CardSkipped},
	CardInProgress: {CardDone, CardFailed, CardPlanned},
	CardFailed:     {CardInProgress, CardPlanned, CardSkipped},
	CardSkipped:    {CardPlanned},
	CardDone:       {CardInProgress},
}

// passed reports whether the way beyond a card is open.
func (c CardStatus) passed() bool { return c == CardDone || c == CardSkipped }

// checkCardStep decides whether the card at an index may go to a status. Where the order is kept, every card before must
// be done or skipped before one is begun.
func checkCardStep(cards []CardStatus, at int, to CardStatus, inOrder bool) error {
	from := cards[at]
	if !slices.Contains(cardSteps[from], to) {
		return problem.Newf(problem.Conflict, "card_state", "The card is %s; it cannot become %s.", words(from), words(to)).
			WithData("status", from).WithData("allowed", cardSteps[from])
	}
	if inOrder && (to == CardInProgress || to == CardDone) {
		for i := range at {
			if !cards[i].passed() {
				return problem.Newf(problem.Conflict, "card_out_of_order", "Card %d comes first and is %s. The request keeps the order of its cards.", i+1, words(cards[i]))
			}
		}
	}
	return nil
}

func words(s CardStatus) string {
	if s == CardInProgress {
		return "in progress"
	}
	return string(s)
}
