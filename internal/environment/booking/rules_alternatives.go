package booking

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// AlternativeKind says what sort of way out of a clash it is.
type AlternativeKind string

// The ways out.
const (
	NextSlot   AlternativeKind = "next_slot"
	Equivalent AlternativeKind = "equivalent"
	Share      AlternativeKind = "share"
	Shorten    AlternativeKind = "shorten"
	Wait       AlternativeKind = "wait"
	AskHolder  AlternativeKind = "ask_holder"
)

// EnvironmentRef names an environment inside another record.
type EnvironmentRef struct {
	ID   ref.Environment `json:"id"`
	Key  string          `json:"key"`
	Name string          `json:"name"`
}

// Alternative is one way out of a clash.
type Alternative struct {
	Kind  AlternativeKind `json:"kind" enum:"next_slot,equivalent,share,shorten,wait,ask_holder"`
	Score int             `json:"score" doc:"From 100, as good as what was wanted, down to 0."`
	// Message says it in a sentence.
	Message     string          `json:"message"`
	Environment *EnvironmentRef `json:"environment,omitempty" doc:"Another environment than the wanted one."`
	From        *time.Time      `json:"from,omitempty"`
	To          *time.Time      `json:"to,omitempty"`
	Intent      Intent          `json:"intent,omitempty" enum:"change_code,change_configuration,touch"`
	Booking     ref.Booking     `json:"bookingId,omitempty" doc:"The booking whose holder to ask."`
	Holder      ref.Person      `json:"holderId,omitempty"`
	HolderName  string          `json:"holderName,omitempty"`
}

// InTheWay is a clash with the names a sentence needs.
type InTheWay struct {
	Clash
	Title, HolderName string
	Holder            ref.Person
}

// EquivalentSlot is the next slot of another environment that would do.
type EquivalentSlot struct {
	Environment EnvironmentRef
	// Rank is 0 for the best match.
	Rank int
	Slot interval.Span
}

// Ways is what is known when ways out are looked for.
type Ways struct {
	Now    time.Time
	Wanted interval.Span
	Intent Intent
	// Clashes are the approved bookings in the way.
	Clashes []InTheWay
	// Next are slots in which everything wanted is free; Equivalents those of other environments.
	Next        []interval.Span
	Equivalents []EquivalentSlot
	// Milder are the intents that would go through at the wanted time.
	Milder []Intent
	// Free are the parts of the wanted time in which everything is free.
	Free []interval.Span
	// CanWait says that the booking may join the waitlist, behind Ahead others.
	CanWait bool
	Ahead   int
}

// Alternatives ranks the ways out, the best first.
func Alternatives(w Ways) []Alternative {
	out := []Alternative{}
	for _, e := range w.Equivalents {
		out = append(out, viaEquivalent(w, e))
	}
	for _, s := range w.Next {
		out = append(out, Alternative{
			Kind: NextSlot, Score: scoreOfShift(w.Wanted, s), From: &s.From, To: &s.To,
			Message: fmt.Sprintf("It is free for the same length from %s, %s.", moment(s.From), shiftWords(s.From.Sub(w.Wanted.From))),
		})
	}
	for i, intent := range w.Milder {
		out = append(out, Alternative{Kind: Share, Score: 84 - 4*i, Intent: intent,
			Message: fmt.Sprintf("Share it at the same time: with the intent %q it goes together with what is booked.", intent)})
	}
	if s, ok := longest(w.Free); ok && s.Length() < w.Wanted.Length() {
		part := float64(s.Length()) / float64(w.Wanted.Length())
		out = append(out, Alternative{Kind: Shorten, Score: int(80 * part), From: &s.From, To: &s.To,
			Message: fmt.Sprintf("Take the part that is free: %s to %s, %d %% of what you wanted.", moment(s.From), moment(s.To), int(100*part))})
	}
	out = append(out, askHolders(w)...)
	if w.CanWait {
		out = append(out, Alternative{Kind: Wait, Score: max(5, 40-5*w.Ahead), Message: waitWords(w.Ahead)})
	}
	slices.SortStableFunc(out, func(a, b Alternative) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

func viaEquivalent(w Ways, e EquivalentSlot) Alternative {
	env := e.Environment
	a := Alternative{Kind: Equivalent, Environment: &env, From: &e.Slot.From, To: &e.Slot.To}
	if e.Slot.From.Equal(w.Wanted.From) {
		a.Score = max(70, 96-2*e.Rank)
		a.Message = fmt.Sprintf("%s does the same work and is free at the wanted time.", env.Name)
		return a
	}
	a.Score = max(1, scoreOfShift(w.Wanted, e.Slot)-5-e.Rank)
	a.Message = fmt.Sprintf("%s does the same work and is free from %s, %s.", env.Name, moment(e.Slot.From), shiftWords(e.Slot.From.Sub(w.Wanted.From)))
	return a
}

// askHolders offers to talk to who is in the way, when those are few.
func askHolders(w Ways) []Alternative {
	seen := map[ref.Booking]bool{}
	var out []Alternative
	for _, c := range w.Clashes {
		if c.Other.Booking == "" || seen[c.Other.Booking] {
			continue
		}
		seen[c.Other.Booking] = true
		score := 50
		if c.Other.Contains(w.Now) {
			score -= 10
		}
		name := c.HolderName
		if name == "" {
			name = "whoever holds it"
		}
		out = append(out, Alternative{Kind: AskHolder, Score: score, Booking: c.Other.Booking, Holder: c.Holder, HolderName: c.HolderName,
			Message: fmt.Sprintf("Ask %s whether %q can make room.", name, c.Title)})
	}
	for i := range out {
		out[i].Score = max(1, out[i].Score-10*(len(out)-1))
	}
	return out
}

// scoreOfShift falls with the delay, measured by the length of the booking and at least a day.
func scoreOfShift(wanted, slot interval.Span) int {
	delay := slot.From.Sub(wanted.From).Abs()
	yard := max(wanted.Length(), 24*time.Hour)
	return 88 - int(48*float64(delay)/float64(delay+yard))
}

func longest(spans []interval.Span) (interval.Span, bool) {
	best, ok := interval.Span{}, false
	for _, s := range spans {
		if s.Length() > best.Length() {
			best, ok = s, true
		}
	}
	return best, ok
}

func waitWords(ahead int) string {
	switch ahead {
	case 0:
		return "Join the waitlist; you would be the first to get it when it is freed."
	case 1:
		return "Join the waitlist; one booking would be served before yours."
	}
	return fmt.Sprintf("Join the waitlist; %d bookings would be served before yours.", ahead)
}

func moment(t time.Time) string { return t.UTC().Format("Mon 2 Jan 2006 15:04 MST") }

func shiftWords(d time.Duration) string {
	word := "later"
	if d < 0 {
		d, word = -d, "earlier"
	}
	return lengthWords(d) + " " + word
}

// lengthWords says a length of time in its two largest units.
func lengthWords(d time.Duration) string {
	days, hours, minutes := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case days > 0 && hours > 0:
		return fmt.Sprintf("%s and %s", count(days, "day"), count(hours, "hour"))
	case days > 0:
		return count(days, "day")
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%s and %s", count(hours, "hour"), count(minutes, "minute"))
	case hours > 0:
		return count(hours, "hour")
	}
	return count(minutes, "minute")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
