package calendar

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxName        = 200
	maxDescription = 10_000
	maxTargets     = 1000
	// long is how long a window lasts before it is worth a second look.
	long = 366 * 24 * time.Hour
	// preview is how far ahead the consequences of a recurring window are looked for, and in how many occurrences.
	preview     = 2 * 366 * 24 * time.Hour
	previewMost = 400
)

var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	colour   = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	icon     = regexp.MustCompile(`^[a-z0-9-]{0,60}$`)
)

// checkText notes a text that is empty where it must not be, too long, or not text.
func checkText(faults *problem.Fields, place, s string, required bool, limit int) {
	switch {
	case required && s == "":
		faults.Add(place, "required", "This must not be empty.")
	case utf8.RuneCountInString(s) > limit:
		faults.Add(place, "too_long", fmt.Sprintf("This has more than %d characters.", limit))
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		faults.Add(place, "not_text", "This holds characters that are not text.")
	}
}

// line puts a text into the form in which one-line texts are kept: single spaces, nothing around it.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// tidy puts a window into the form in which it is kept.
func (w *Window) tidy() {
	w.Name, w.Description = line(w.Name), strings.TrimSpace(w.Description)
	w.NameKey = ref.NameKey(w.Name)
	w.From, w.To = w.From.UTC().Truncate(time.Microsecond), w.To.UTC().Truncate(time.Microsecond)
	if w.Zone == "" {
		w.Zone = "UTC"
	}
	w.Skip = slices.Compact(slices.Sorted(slices.Values(w.Skip)))
	if w.Skip == nil {
		w.Skip = []string{}
	}
}

// check notes what is wrong with a window, and sets when its last occurrence ends.
func (w *Window) check(faults *problem.Fields) {
	checkText(faults, "body.name", w.Name, true, maxName)
	checkText(faults, "body.description", w.Description, false, maxDescription)
	if w.Unit == "" {
		faults.Add("body.unitId", "required", "Say which unit it belongs to.")
	}
	timely := true
	fault := func(place, code, message string) {
		timely = false
		faults.Add(place, code, message)
	}
	switch {
	case w.From.Before(earliest) || w.From.After(latest):
		fault("body.from", "out_of_range", "The beginning must lie between 1970 and 2200.")
	case w.To.Before(earliest) || w.To.After(latest):
		fault("body.to", "out_of_range", "The end must lie between 1970 and 2200.")
	case w.To.Equal(w.From):
		fault("body.to", "span_empty", "It ends when it begins and would close nothing. Choose a later end.")
	case w.To.Before(w.From):
		fault("body.to", "span_reversed", "It ends before it begins.")
	}
	if _, err := interval.Zone(w.Zone); err != nil {
		fault("body.zone", problem.CodeOf(err), problem.Of(err).Message)
	}
	if w.Rule == "" && len(w.Skip) > 0 {
		fault("body.recurrence.skip", "skip_without_rule", "Only what recurs can skip occurrences.")
	}
	if !timely {
		return
	}
	if err := w.settle(); err != nil {
		faults.Add("body.recurrence.rule", problem.CodeOf(err), problem.Of(err).Message)
	}
}

// rule returns the recurrence of a window, nil when it happens once.
func (w *Window) rule() (*interval.Rule, error) {
	if w.Rule == "" {
		return nil, nil
	}
	return interval.Recurrence{Rule: w.Rule, Zone: w.Zone, Skip: w.Skip}.Parse()
}

// settle sets when the last occurrence is over.
func (w *Window) settle() error {
	rule, err := w.rule()
	if err != nil {
		return err
	}
	ends := w.To
	w.Ends = &ends
	if rule == nil {
		return nil
	}
	if err := rule.Check(w.Span()); err != nil {
		return err
	}
	if rule.Endless() {
		w.Ends = nil
		return nil
	}
	all, err := rule.Within(w.Span(), interval.Span{From: w.From, To: latest})
	if err != nil {
		return err
	}
	for s := range all {
		if s.To.After(ends) {
			ends = s.To
		}
	}
	return nil
}

// within returns the occurrences that share a moment with a stretch of time that ends.
func (w *Window) within(stretch interval.Span) []interval.Span {
	if w.Rule == "" {
		if !w.Span().Overlaps(stretch) {
			return nil
		}
		return []interval.Span{w.Span()}
	}
	if w.Ends != nil && !w.Ends.After(stretch.From) || !stretch.Endless() && !w.From.Before(stretch.To) {
		return nil
	}
	rule, err := w.rule()
	if err != nil {
		return nil
	}
	all, err := rule.Within(w.Span(), stretch)
	if err != nil {
		return nil
	}
	return slices.Collect(all)
}

// Phase says where a window stands in time.
type Phase string

// The phases. Between two occurrences a recurring window is upcoming.
const (
	Upcoming  Phase = "upcoming"
	InForce   Phase = "in_force"
	Over      Phase = "over"
	Withdrawn Phase = "cancelled"
)

// standing returns the phase at a moment, and the occurrence that is in force or comes next.
func (w *Window) standing(now time.Time) (Phase, *interval.Span) {
	var next *interval.Span
	for _, years := range []int{1, 10} {
		if list := w.within(interval.Span{From: now, To: now.AddDate(years, 0, 0)}); len(list) > 0 {
			next = &list[0]
			break
		}
	}
	if next == nil && w.From.After(now) {
		s := w.Span()
		next = &s
	}
	switch {
	case w.State == Cancelled:
		return Withdrawn, nil
	case next == nil:
		return Over, nil
	case next.Contains(now):
		return InForce, next
	}
	return Upcoming, next
}

// begun reports whether a window has ever been in force by a moment.
func (w *Window) begun(now time.Time) bool { return !w.From.After(now) && w.State == Active }

// secondLook tells what is allowed and yet often a slip.
func (w *Window) secondLook(now time.Time) []Consequence {
	out := []Consequence{}
	add := func(kind, format string, args ...any) {
		out = append(out, Consequence{Kind: kind, Count: 1, Message: fmt.Sprintf(format, args...)})
	}
	if length := w.To.Sub(w.From); length > long {
		add("window_long", "It lasts %d days without a break.", int(length.Hours()/24))
	}
	if w.Rule != "" && w.Ends == nil {
		add("window_endless", "It repeats without an end.")
	}
	if w.Ends != nil && !w.Ends.After(now) {
		add("window_past", "It lies in the past and closes nothing any more.")
	}
	if w.Kind != Holiday && !w.RefusesBooking && !w.RefusesDeployment {
		add("window_refuses_nothing", "It refuses neither booking nor deployment; it is only shown.")
	}
	if w.Rule == "" {
		return out
	}
	loc, err := interval.Zone(w.Zone)
	if err != nil {
		return out
	}
	start, moved := interval.Wall(w.From, loc), 0
	ahead := w.within(interval.Span{From: w.From, To: w.From.Add(preview)})
	for i, s := range ahead {
		if i > 0 && s.From.Before(ahead[i-1].To) {
			add("window_overlaps_itself", "Its occurrences overlap: one lasts until after the next begins.")
			break
		}
	}
	for _, s := range ahead {
		if at := interval.Wall(s.From, loc); at.Hour() != start.Hour() || at.Minute() != start.Minute() {
			moved++
		}
	}
	if moved > 0 {
		add("window_moved_by_clocks", "%d occurrences in two years fall into an hour that clocks skip in %s and begin later.", moved, w.Zone)
	}
	return out
}

// allowed lists what may be done with a window by somebody who may manage it.
func (w *Window) allowed(now time.Time) []string {
	acts := []string{"edit", "duplicate"}
	if w.State == Active {
		acts = append(acts, "cancel")
	} else {
		acts = append(acts, "reinstate")
	}
	if !w.begun(now) {
		acts = append(acts, "delete")
	}
	return acts
}

// reason tells in a sentence why a place is closed.
func reason(kind Kind, name, typ, target string, span interval.Span, zone string) string {
	loc, err := interval.Zone(zone)
	if err != nil {
		loc = time.UTC
	}
	what := map[Kind]string{Freeze: "The freeze", Holiday: "The holiday", Maintenance: "The maintenance window"}[kind]
	if typ != "" && !strings.EqualFold(typ, name) && !strings.EqualFold(typ, "freeze") {
		name += " (" + typ + ")"
	}
	return fmt.Sprintf("%s %s closes %s until %s.", what, name, target, clock.Tell(span.To.In(loc)))
}

// check notes what is wrong with a type.
func (t *FreezeType) check(faults *problem.Fields) {
	checkText(faults, "body.name", t.Name, true, maxName)
	if !colour.MatchString(t.Colour) {
		faults.Add("body.colour", "colour_invalid", "A colour is written as #rrggbb.")
	}
	if !icon.MatchString(t.Icon) {
		faults.Add("body.icon", "icon_invalid", "The name of an icon holds lower-case letters, digits and dashes.")
	}
}

func sortOccurrences(list []Occurrence) {
	slices.SortStableFunc(list, func(a, b Occurrence) int { return a.From.Compare(b.From) })
}
