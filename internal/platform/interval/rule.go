package interval

import (
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"millrace/internal/platform/problem"
)

// Rule is a recurrence: the part of RFC 5545 that repeats on days, in a time zone. The time of day comes from the span that
// is repeated, and what clocks show there stays the same when they are set forward or back.
type Rule struct {
	text   string
	zone   *time.Location
	option rrule.ROption
	// until is the last wall time an occurrence may begin at; zero when the rule names none.
	until time.Time
	// skip holds the excepted occurrences: wall times, and whole days.
	skip map[time.Time]bool
	days map[string]bool
}

const maxRuleLength = 2000

func ruleInvalid(format string, args ...any) error {
	return problem.Newf(problem.Invalid, "recurrence_invalid", format, args...)
}

// ParseRule reads an RRULE ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10"), with or without its name in front, and EXDATE lines below
// it if there are any. Times without an offset are those of the zone.
func ParseRule(text, zone string) (*Rule, error) {
	loc, err := Zone(zone)
	if err != nil {
		return nil, err
	}
	if len(text) > maxRuleLength {
		return nil, ruleInvalid("The recurrence rule is longer than %d characters.", maxRuleLength)
	}
	r := &Rule{zone: loc, skip: map[time.Time]bool{}, days: map[string]bool{}}
	seen := false
	for line := range strings.Lines(strings.ToUpper(strings.ReplaceAll(text, "\r", ""))) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(line, "EXDATE"):
			err = r.readSkips(line)
		case seen:
			err = ruleInvalid("One recurrence has one rule; this line is not an EXDATE: %q.", short(line))
		default:
			seen = true
			err = r.readParts(strings.TrimPrefix(line, "RRULE:"))
		}
		if err != nil {
			return nil, err
		}
	}
	if !seen {
		return nil, ruleInvalid("The recurrence rule is empty; an example is FREQ=WEEKLY;BYDAY=MO.")
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// Zone returns the zone the rule counts in.
func (r *Rule) Zone() *time.Location { return r.zone }

// String returns the RRULE in a tidy form, without the excepted days.
func (r *Rule) String() string { return r.text }

// Endless reports whether the rule names neither a count nor an end.
func (r *Rule) Endless() bool { return r.option.Count == 0 && r.until.IsZero() }

// Skip excepts occurrences: each is a day ("2026-12-24"), on which none begins, or the instant at which one would begin.
func (r *Rule) Skip(skips ...string) error {
	for _, s := range skips {
		if day, err := time.Parse(time.DateOnly, s); err == nil {
			r.days[day.Format(time.DateOnly)] = true
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return ruleInvalid("%q is neither a day such as 2026-12-24 nor a time such as 2026-12-24T08:00:00Z.", short(s))
		}
		r.skip[Wall(at, r.zone)] = true
	}
	return nil
}

var frequencies = map[string]rrule.Frequency{"YEARLY": rrule.YEARLY, "MONTHLY": rrule.MONTHLY, "WEEKLY": rrule.WEEKLY, "DAILY": rrule.DAILY}

func (r *Rule) readParts(text string) error {
	known := map[string]bool{}
	for part := range strings.SplitSeq(strings.TrimSuffix(text, ";"), ";") {
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || value == "" {
			return ruleInvalid("%q is not a part of a recurrence rule; parts look like FREQ=WEEKLY.", short(part))
		}
		if known[key] {
			return ruleInvalid("The recurrence rule says %s twice.", short(key))
		}
		known[key] = true
		if err := r.readPart(key, value); err != nil {
			return err
		}
	}
	if !known["FREQ"] {
		return ruleInvalid("The recurrence rule does not say how often; it needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")
	}
	r.text = strings.ReplaceAll(strings.TrimSuffix(text, ";"), " ", "")
	return nil
}

func (r *Rule) readPart(key, value string) (err error) {
	o := &r.option
	switch key {
	case "FREQ":
		freq, ok := frequencies[value]
		if !ok {
			return tooOften(value)
		}
		o.Freq = freq
	case "INTERVAL":
		o.Interval, err = number(key, value, 1, 1000)
	case "COUNT":
		o.Count, err = number(key, value, 1, 100_000)
	case "UNTIL":
		r.until, err = r.readUntil(value)
	case "WKST":
		o.Wkst, err = weekday(value, 0)
	case "BYDAY":
		for v := range strings.SplitSeq(value, ",") {
			d, err := weekday(v, 53)
			if err != nil {
				return err
			}
			o.Byweekday = append(o.Byweekday, d)
		}
	case "BYMONTH":
		o.Bymonth, err = numbers(key, value, 12, false)
	case "BYMONTHDAY":
		o.Bymonthday, err = numbers(key, value, 31, true)
	case "BYYEARDAY":
		o.Byyearday, err = numbers(key, value, 366, true)
	case "BYWEEKNO":
		// The engine below counts the last days of week 52 and 53 wrongly; months say the same without doubt.
		return ruleInvalid("BYWEEKNO is not taken, because weeks at the turn of a year are counted in several ways; use BYMONTH and BYDAY.")
	case "BYSETPOS":
		o.Bysetpos, err = numbers(key, value, 366, true)
	case "BYHOUR", "BYMINUTE", "BYSECOND":
		return problem.Newf(problem.Invalid, "recurrence_sub_daily",
			"%s is not taken: the time of day is that of the first occurrence, and nothing repeats more than once a day. Make one entry for each time of day.", key)
	default:
		return ruleInvalid("%q is not a part of a recurrence rule that is known here.", short(key))
	}
	return err
}

func tooOften(freq string) error {
	switch freq {
	case "HOURLY", "MINUTELY", "SECONDLY":
		return problem.Newf(problem.Invalid, "recurrence_sub_daily",
			"FREQ=%s repeats more than once a day, which would fill the schedule with more than anybody can read. Use DAILY or less often, with one entry for each time of day.", freq)
	}
	return ruleInvalid("FREQ=%s is not known; use DAILY, WEEKLY, MONTHLY or YEARLY.", short(freq))
}

// check refuses combinations that RFC 5545 forbids; the engine below would read past its tables on some of them.
func (r *Rule) check() error {
	o := &r.option
	if o.Count != 0 && !r.until.IsZero() {
		return ruleInvalid("A recurrence rule ends by COUNT or by UNTIL, not by both.")
	}
	for _, d := range o.Byweekday {
		switch n := max(d.N(), -d.N()); {
		case n == 0:
		case o.Freq > rrule.MONTHLY:
			return ruleInvalid("BYDAY=%v counts weekdays of a month or year; it needs FREQ=MONTHLY or YEARLY.", d)
		case n > 5 && (o.Freq == rrule.MONTHLY || len(o.Bymonth) > 0):
			return ruleInvalid("BYDAY=%v: no month has more than five of a weekday.", d)
		}
	}
	switch {
	case len(o.Byyearday) > 0 && o.Freq != rrule.YEARLY:
		return ruleInvalid("BYYEARDAY needs FREQ=YEARLY.")
	case len(o.Bymonthday) > 0 && o.Freq == rrule.WEEKLY:
		return ruleInvalid("BYMONTHDAY does not go with FREQ=WEEKLY.")
	case len(o.Bysetpos) > 0 && len(o.Byweekday)+len(o.Bymonthday)+len(o.Byyearday)+len(o.Bymonth) == 0:
		return ruleInvalid("BYSETPOS picks from days that another part names, such as BYDAY.")
	}
	return nil
}

// readUntil reads a date, which counts to the end of that day, a time of the zone, or an instant.
func (r *Rule) readUntil(value string) (time.Time, error) {
	if t, err := time.Parse("20060102", value); err == nil {
		return t.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	t, err := r.readTime(value)
	if err != nil {
		return t, ruleInvalid("UNTIL=%s is not a date such as 20261231 or a time such as 20261231T235959Z.", short(value))
	}
	return t, nil
}

// readTime reads "20261231T080000" as a wall time of the zone and "20261231T080000Z" as an instant.
func (r *Rule) readTime(value string) (time.Time, error) {
	if t, err := time.Parse("20060102T150405", value); err == nil {
		return t, nil
	}
	t, err := time.Parse("20060102T150405Z", value)
	return Wall(t, r.zone), err
}

func (r *Rule) readSkips(line string) error {
	head, list, ok := strings.Cut(line, ":")
	if !ok {
		return ruleInvalid("An EXDATE line looks like EXDATE:20261224T080000.")
	}
	for param := range strings.SplitSeq(strings.TrimPrefix(head, "EXDATE"), ";") {
		if zone, is := strings.CutPrefix(param, "TZID="); is && !strings.EqualFold(zone, r.zone.String()) {
			return ruleInvalid("The times to skip are given in another zone than the rule's %s.", r.zone)
		}
	}
	for value := range strings.SplitSeq(list, ",") {
		if day, err := time.Parse("20060102", value); err == nil {
			r.days[day.Format(time.DateOnly)] = true
			continue
		}
		t, err := r.readTime(value)
		if err != nil {
			return ruleInvalid("EXDATE %q is not a date such as 20261224 or a time such as 20261224T080000.", short(value))
		}
		r.skip[t] = true
	}
	return nil
}

var weekdays = map[string]rrule.Weekday{"MO": rrule.MO, "TU": rrule.TU, "WE": rrule.WE, "TH": rrule.TH, "FR": rrule.FR, "SA": rrule.SA, "SU": rrule.SU}

// weekday reads "MO", and "2MO" or "-1FR" where most is not 0.
func weekday(s string, most int) (rrule.Weekday, error) {
	bad := ruleInvalid("%q is not a weekday; they are MO, TU, WE, TH, FR, SA and SU.", short(s))
	if len(s) < 2 {
		return rrule.Weekday{}, bad
	}
	d, ok := weekdays[s[len(s)-2:]]
	if !ok {
		return d, bad
	}
	if len(s) == 2 {
		return d, nil
	}
	n, err := strconv.Atoi(s[:len(s)-2])
	if err != nil || n == 0 || n > most || n < -most {
		return d, bad
	}
	return d.Nth(n), nil
}

func number(key, value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, ruleInvalid("%s=%s: a number from %d to %d is expected.", key, short(value), least, most)
	}
	return n, nil
}

func numbers(key, value string, most int, negative bool) ([]int, error) {
	var out []int
	for v := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(v)
		if err != nil || n == 0 || n > most || n < -most || n < 0 && !negative {
			return nil, ruleInvalid("%s=%s: numbers from 1 to %d are expected.", key, short(value), most)
		}
		out = append(out, n)
	}
	return out, nil
}
