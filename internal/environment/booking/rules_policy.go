package booking

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
)

// Mode says what becomes of a booking that overlaps an approved one.
type Mode string

// The modes: it is refused, or it waits.
const (
	Strict Mode = "strict"
	Queue  Mode = "queue"
)

// PriorityClass is a class of bookings; the first of a list is the most important.
type PriorityClass struct {
	Name string `json:"name" minLength:"1" maxLength:"60"`
	// LatenessCost is what an hour of delay costs, in points; settlements weigh it.
	LatenessCost int64 `json:"latenessCost" minimum:"0" maximum:"1000000"`
	Default      bool  `json:"default,omitempty" doc:"Whether bookings that name no class are of this one."`
}

// Policy are the rules of a unit. The nearest unit above an environment that has one decides, whole.
type Policy struct {
	Mode                   Mode            `json:"mode" enum:"strict,queue" doc:"Whether a booking that overlaps an approved one is refused or waits."`
	MinimumNoticeMinutes   int64           `json:"minimumNoticeMinutes" minimum:"0" maximum:"5256000" doc:"How long before its beginning a booking must be made."`
	MaximumHoldMinutes     int64           `json:"maximumHoldMinutes" minimum:"0" maximum:"5256000" doc:"How long a booking may last; 0 is without a limit."`
	NoPastDates            bool            `json:"noPastDates" doc:"Whether bookings must not begin in the past."`
	Compatible             Matrix          `json:"compatible" nullable:"false" maxItems:"6" doc:"The pairs of intents that may share an environment of a capacity above one."`
	PriorityClasses        []PriorityClass `json:"priorityClasses" nullable:"false" maxItems:"20" doc:"The most important first."`
	WarnUnusedAfterMinutes int64           `json:"warnUnusedAfterMinutes" minimum:"0" doc:"After how long without a sign of life the holder is warned; 0 is never."`
	FreeUnusedAfterMinutes int64           `json:"freeUnusedAfterMinutes" minimum:"0" doc:"After how long without a sign of life the booking ends; 0 is never."`
	ApproveOwn             bool            `json:"approveOwn" doc:"Whether approvers may approve what they asked for themselves."`
	AutoApproveIntents     []Intent        `json:"autoApproveIntents" nullable:"false" maxItems:"3" doc:"Intents that need no approval."`
	DeployOnlyBooked       bool            `json:"deployOnlyBooked" doc:"Whether a deployment needs a booking."`
}

// DefaultPolicy is in force where no unit has one.
func DefaultPolicy() Policy {
	return Policy{
		Mode: Strict, Compatible: slices.Clone(DefaultMatrix), AutoApproveIntents: []Intent{},
		PriorityClasses: []PriorityClass{{Name: "critical", LatenessCost: 8}, {Name: "high", LatenessCost: 4}, {Name: "normal", LatenessCost: 2, Default: true}, {Name: "low", LatenessCost: 1}},
	}
}

// rank returns the place of a priority class, its weight and its lateness cost; a class that is not known counts as the
// default one.
func (p Policy) rank(name string) (rank int, weight, late int64) {
	n := len(p.PriorityClasses)
	if n == 0 {
		return 0, 1, 0
	}
	i := slices.IndexFunc(p.PriorityClasses, func(c PriorityClass) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		i = max(0, slices.IndexFunc(p.PriorityClasses, func(c PriorityClass) bool { return c.Default }))
	}
	return i, int64(n - i), p.PriorityClasses[i].LatenessCost
}

func (p Policy) use() UseRule {
	return UseRule{WarnAfter: time.Duration(p.WarnUnusedAfterMinutes) * time.Minute, FreeAfter: time.Duration(p.FreeUnusedAfterMinutes) * time.Minute}
}

// check finds what is wrong with a policy.
func (p *Policy) check() error {
	var faults problem.Fields
	if p.Mode != Strict && p.Mode != Queue {
		faults.Add("body.mode", "unknown", "The mode is strict or queue.")
	}
	for i, pair := range p.Compatible {
		if !slices.Contains(Intents, pair[0]) || !slices.Contains(Intents, pair[1]) {
			faults.Add(fmt.Sprintf("body.compatible[%d]", i), "unknown", "A pair names two intents: change_code, change_configuration, touch.")
		}
	}
	seen := map[string]bool{}
	for i, c := range p.PriorityClasses {
		key := strings.ToLower(strings.TrimSpace(c.Name))
		if key == "" || seen[key] {
			faults.Add(fmt.Sprintf("body.priorityClasses[%d].name", i), "invalid", "Every priority class has a name of its own.")
		}
		seen[key] = true
	}
	if p.FreeUnusedAfterMinutes > 0 && p.WarnUnusedAfterMinutes > p.FreeUnusedAfterMinutes {
		faults.Add("body.freeUnusedAfterMinutes", "invalid", "A booking is freed after it was warned of, not before.")
	}
	return faults.Err("policy_invalid", "The policy cannot be saved like this.")
}

// The years in which bookings may lie, and how long one may last at most.
var (
	earliest    = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest      = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	longestHold = 5 * 366 * 24 * time.Hour
)

// checkSpan finds what is wrong with the times themselves.
func checkSpan(faults *problem.Fields, s interval.Span) {
	switch {
	case s.From.IsZero():
		faults.Add("body.from", "required", "Say when the booking begins.")
	case s.To.IsZero():
		faults.Add("body.to", "required", "Say when the booking ends.")
	case !s.From.Before(s.To):
		faults.Add("body.to", "before_start", "The booking must end after it begins.")
	case s.From.Before(earliest) || s.To.After(latest):
		faults.Add("body.from", "out_of_range", "Bookings lie between the years 2000 and 2200.")
	case s.Length() > longestHold:
		faults.Add("body.to", "too_long", "A booking lasts five years at most.")
	}
}

// checkPolicy finds what a policy forbids about times. begun tells that the booking runs already and keeps its beginning.
func checkPolicy(faults *problem.Fields, p Policy, s interval.Span, now time.Time, begun bool) {
	notice := time.Duration(p.MinimumNoticeMinutes) * time.Minute
	hold := time.Duration(p.MaximumHoldMinutes) * time.Minute
	switch {
	case begun:
	case p.NoPastDates && s.From.Before(now):
		faults.Add("body.from", "in_the_past", "Bookings must not begin in the past here.")
	case notice > 0 && s.From.Before(now.Add(notice)):
		faults.Add("body.from", "notice_too_short", fmt.Sprintf("Bookings must be made at least %s ahead here.", lengthWords(notice)))
	}
	if hold > 0 && s.Length() > hold {
		faults.Add("body.to", "hold_too_long", fmt.Sprintf("Bookings last at most %s here.", lengthWords(hold)))
	}
}

// shiftDays moves a moment by days on the clocks of a zone, which keep their time of day.
func shiftDays(t time.Time, days int, zone *time.Location) time.Time {
	if days == 0 {
		return t
	}
	return interval.Instant(interval.Wall(t, zone).AddDate(0, 0, days), zone)
}

func zoneOf(name string) (*time.Location, error) { return interval.Zone(name) }
