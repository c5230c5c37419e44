package sheet

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/tabular"
)

// words are what people write for the fixed values of a field, folded.
var words = map[string]map[string]string{
	"kind": {
		"physical": "physical", "onpremise": "physical", "onprem": "physical", "baremetal": "physical", "hardware": "physical", "virtual": "virtual", "vm": "virtual", "vmware": "virtual",
		"cloud": "cloud", "aws": "cloud", "azure": "cloud", "gcp": "cloud", "ephemeral": "ephemeral", "temporary": "ephemeral", "ondemand": "ephemeral",
	},
	"dataClass": {
		"synthetic": "synthetic", "generated": "synthetic", "artificial": "synthetic", "masked": "masked", "anonymised": "masked", "anonymized": "masked", "pseudonymised": "masked",
		"productioncopy": "production_copy", "production": "production_copy", "prod": "production_copy", "copyofproduction": "production_copy", "prodcopy": "production_copy", "clone": "production_copy",
	},
	"intent": {
		"touch": "touch", "read": "touch", "readonly": "touch", "test": "touch", "testing": "touch", "use": "touch", "changecode": "change_code", "code": "change_code", "deploy": "change_code",
		"deployment": "change_code", "deployments": "change_code", "codechange": "change_code", "changeconfiguration": "change_configuration", "configuration": "change_configuration",
		"config": "change_configuration", "configchange": "change_configuration", "configurationchange": "change_configuration",
	},
	"status": {
		"requested": "requested", "request": "requested", "tentative": "requested", "provisional": "requested", "pending": "requested", "planned": "requested", "open": "requested", "offen": "requested", "angefragt": "requested", "vorläufig": "requested", "geplant": "requested",
		"approved": "approved", "confirmed": "approved", "booked": "approved", "agreed": "approved", "yes": "approved", "ok": "approved", "fixed": "approved", "bestätigt": "approved", "genehmigt": "approved",
		"cancelled": "cancelled", "canceled": "cancelled", "rejected": "cancelled", "declined": "cancelled", "withdrawn": "cancelled", "no": "cancelled", "storniert": "cancelled", "abgelehnt": "cancelled",
		"waiting": "waiting", "waitlist": "waiting", "queued": "waiting",
	},
}

// oneOf reads a cell that holds one of the fixed values of a field.
func oneOf(field, text string) (string, bool) {
	v, ok := words[field][plain(text)]
	return v, ok
}

// knownWords are the values a field takes, for messages.
func knownWords(field string) string {
	out := []string{}
	for _, v := range words[field] {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return strings.ReplaceAll(strings.Join(out, ", "), "_", " ")
}

// readBool reads yes and no in the spellings of spreadsheets.
func readBool(c tabular.Cell) (v, ok bool) {
	switch plain(c.Text) {
	case "true", "yes", "y", "x", "1", "on", "ja", "j", "wahr", "oui", "si":
		return true, true
	case "false", "no", "n", "0", "off", "nein", "falsch", "non":
		return false, true
	}
	return c.Text == "✓" || c.Text == "✔", c.Text == "✓" || c.Text == "✔" || c.Text == "-" || c.Text == "–"
}

// readWhole reads a whole number.
func readWhole(c tabular.Cell) (int64, bool) {
	if c.Kind == tabular.Number {
		return int64(c.Number), c.Number == math.Trunc(c.Number) && math.Abs(c.Number) < 1e15
	}
	n, err := strconv.ParseInt(strings.TrimSpace(c.Text), 10, 64)
	return n, err == nil
}

// currencyDigits is how many decimals a currency has where that is not two.
var currencyDigits = map[string]int{"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "UGX": 0, "XAF": 0, "XOF": 0, "HUF": 2, "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3, "TND": 3}

// readMoney reads an amount such as 12.50, 12,50 €, 1,250.00 into the smallest unit of a currency.
func readMoney(c tabular.Cell, currency string) (int64, bool) {
	digits, known := currencyDigits[currency]
	if !known {
		digits = 2
	}
	scale := math.Pow10(digits)
	if c.Kind == tabular.Number {
		return int64(math.Round(c.Number * scale)), c.Number >= 0 && c.Number < 1e12
	}
	s := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' || r == ',' || r == '-' {
			return r
		}
		return -1
	}, c.Text)
	if rest := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || strings.ContainsRune(".,' \u00a0-€$£¥", r) {
			return -1
		}
		return r
	}, c.Text); len(rest) > 4 {
		return 0, false
	}
	comma, dot := strings.LastIndexByte(s, ','), strings.LastIndexByte(s, '.')
	switch {
	case comma >= 0 && dot >= 0 && comma > dot:
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	case comma >= 0 && dot >= 0:
		s = strings.ReplaceAll(s, ",", "")
	case comma >= 0 && len(s)-comma-1 == 3 && strings.Count(s, ",") >= 1:
		s = strings.ReplaceAll(s, ",", "")
	case comma >= 0:
		s = strings.ReplaceAll(s, ",", ".")
	}
	f, err := strconv.ParseFloat(s, 64)
	return int64(math.Round(f * scale)), err == nil && f >= 0 && f < 1e12
}

// readList splits a cell that holds several values: at semicolons and line breaks, and at commas where there is neither.
func readList(text string) []string {
	if !strings.ContainsAny(text, ";\n\r") {
		text = strings.ReplaceAll(text, ",", ";")
	}
	return tabular.List(text)
}

// readSpan makes the time of a booking of its cells. place names the cell a fault lies in.
func readSpan(from, fromTime, to, toTime tabular.Cell, length tabular.Cell, order DateOrder, zone *time.Location) (s interval.Span, ambiguous bool, place, fault string) {
	start := readMoment(from, order)
	if start.fault != "" || start.clock {
		return s, false, "from", or(start.fault, "This is a time of day without a day.")
	}
	ambiguous = start.ambiguous
	if fromTime.Kind != tabular.Blank {
		h := readMoment(fromTime, order)
		if h.fault != "" || !h.clock && !h.whole {
			return s, ambiguous, "fromTime", or(h.fault, "This is not a time of day.")
		}
		start.moment = start.at(h.wall)
	}
	s.From = start.in(zone)
	if fault = start.skipped(zone); fault != "" {
		return s, ambiguous, "from", fault
	}
	if to.Kind == tabular.Blank {
		switch {
		case length.Kind != tabular.Blank:
			d, days, ok := readLength(length)
			if !ok {
				return s, ambiguous, "duration", "This is not a duration. Write it as 8h, 3 days or 2 weeks."
			}
			if days > 0 {
				end := start.moment
				end.wall = end.wall.AddDate(0, 0, days)
				s.To = end.in(zone)
			} else {
				s.To = s.From.Add(d)
			}
		case toTime.Kind != tabular.Blank:
			to = tabular.Cell{Kind: tabular.Date, Time: day(start.wall), Whole: true}
		case start.whole:
			to = tabular.Cell{Kind: tabular.Date, Time: start.wall, Whole: true}
		default:
			return s, ambiguous, "to", "Say when it ends, or how long it lasts."
		}
		if to.Kind == tabular.Blank {
			return s, ambiguous, "", ""
		}
	}
	end := readMoment(to, order)
	if end.fault != "" {
		return s, ambiguous, "to", end.fault
	}
	ambiguous = ambiguous || end.ambiguous
	switch {
	case end.clock: // a time alone is of the day it begins
		end.moment = moment{wall: day(start.wall)}.at(end.wall)
		if !end.wall.After(start.wall) {
			end.wall = end.wall.AddDate(0, 0, 1)
		}
	case toTime.Kind != tabular.Blank:
		h := readMoment(toTime, order)
		if h.fault != "" || !h.clock && !h.whole {
			return s, ambiguous, "toTime", or(h.fault, "This is not a time of day.")
		}
		end.moment = end.at(h.wall)
	case end.whole:
		end.wall = end.wall.AddDate(0, 0, 1) // a day alone counts whole
	}
	s.To = end.in(zone)
	if fault = end.skipped(zone); fault != "" {
		return s, ambiguous, "to", fault
	}
	if !s.From.Before(s.To) {
		return s, ambiguous, "to", "It ends before it begins."
	}
	return s, ambiguous, "", ""
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func day(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }

// at is the day of a moment at a time of day.
func (m moment) at(clock time.Time) moment {
	h, n, s := clock.Clock()
	m.wall = day(m.wall).Add(time.Duration(h)*time.Hour + time.Duration(n)*time.Minute + time.Duration(s)*time.Second)
	m.whole, m.clock, m.instant = false, false, false
	return m
}

// in is the instant of a moment on the clocks of a zone.
func (m moment) in(zone *time.Location) time.Time {
	if m.instant {
		return m.wall
	}
	return interval.Instant(m.wall, zone)
}

// skipped says that the clocks of a zone never show the moment, because they are set forward over it.
func (m moment) skipped(zone *time.Location) string {
	if m.instant || m.whole || interval.Wall(interval.Instant(m.wall, zone), zone).Equal(m.wall) {
		return ""
	}
	return "The clocks are set forward over this time; it does not exist on this day."
}

// cycles returns the keys whose parents, followed upward, come back to them. parent maps keys to the keys of their parents.
func cycles(parent map[string]string) map[string]bool {
	const seen, open = 1, 2
	state, out := map[string]int{}, map[string]bool{}
	for start := range parent {
		var path []string
		at := start
		for at != "" && state[at] == 0 {
			state[at] = open
			path = append(path, at)
			at = parent[at]
		}
		if at != "" && state[at] == open {
			for i := len(path) - 1; i >= 0; i-- {
				out[path[i]] = true
				if path[i] == at {
					break
				}
			}
		}
		for _, k := range path {
			state[k] = seen
		}
	}
	return out
}

// similarity is how much two texts have in common, from 0 to 1: the share of their pairs of letters.
func similarity(a, b string) float64 {
	a, b = plain(a), plain(b)
	if a == b {
		return 1
	}
	pairs := func(s string) map[string]int {
		out := map[string]int{}
		r := []rune(s)
		for i := 0; i+1 < len(r); i++ {
			out[string(r[i:i+2])]++
		}
		return out
	}
	pa, pb := pairs(a), pairs(b)
	shared, all := 0, 0
	for p, n := range pa {
		shared += min(n, pb[p])
		all += n
	}
	for _, n := range pb {
		all += n
	}
	if all == 0 {
		return 0
	}
	score := 2 * float64(shared) / float64(all)
	if len(a) > 2 && len(b) > 2 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
		score = max(score, 0.7)
	}
	return score
}

// keyOf returns the key of an environment or group that a cell gives: the text itself where it can be one, otherwise what
// [plainKey] makes of it. A text nothing can be made of stays, and is found faulty.
func keyOf(text string) string {
	text = strings.TrimSpace(text)
	if len((environment.NewEnvironment{Key: text, Unit: "unit", Capacity: 1}).Faults()) > 0 {
		if key := plainKey(text); key != "" {
			return key
		}
	}
	return text
}

// plainKey makes a key of a name as sheets write it: "Lane A / north" becomes "Lane-A-north".
func plainKey(name string) string {
	var out strings.Builder
	gap := false
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			if gap && out.Len() > 0 {
				out.WriteByte('-')
			}
			gap = false
			out.WriteRune(r)
		default:
			gap = true
		}
	}
	return strings.TrimLeft(out.String(), "._-")
}
