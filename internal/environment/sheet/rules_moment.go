package sheet

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/tabular"
)

// DateOrder says how dates such as 03/04/2025 are meant.
type DateOrder string

// The orders: the day first, or the month.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

// moment is what a cell says about a time: a wall clock reading, or an instant where the cell names its offset.
type moment struct {
	wall time.Time
	// whole says that only a day was named, clock that only a time of day was.
	whole, clock bool
	instant      bool
}

// reading is what came of a cell that should hold a time.
type reading struct {
	moment
	// ambiguous says that day and month can be told apart only by an order that nobody chose; decides is the order that
	// the cell itself proves.
	ambiguous bool
	decides   DateOrder
	// fault is why it cannot be read.
	fault string
}

var (
	isoDay    = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$`)
	plainDay  = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	threePart = regexp.MustCompile(`^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})\.?$`)
	wordDay   = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)?[-. ]+(\p{L}{3,12})\.?[-, ]+(\d{4}|\d{2})$`)
	wordMonth = regexp.MustCompile(`^(\p{L}{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$`)
	clockTime = regexp.MustCompile(`^(\d{1,2})(?:[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?)? ?(am|pm|a\.m\.|p\.m\.|uhr|h)?$`)
	weekday   = regexp.MustCompile(`^(?i)(mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-zäöü]*\.?,? `)
	offset    = regexp.MustCompile(`(?i)(z|[+-]\d{2}:?\d{2})$`)
)

var months = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}

func monthOf(word string) (time.Month, bool) {
	word = strings.ToLower(word)
	r := []rune(word)
	if len(r) < 3 {
		return 0, false
	}
	m, ok := months[string(r[:3])]
	return m, ok
}

// readMoment reads a cell: dates of the spreadsheet, their serial numbers, and text in the spellings people use.
func readMoment(c tabular.Cell, order DateOrder) reading {
	switch c.Kind {
	case tabular.Date:
		if c.Time.Year() < 1900 {
			return reading{moment: moment{wall: c.Time, clock: true}}
		}
		return reading{moment: moment{wall: c.Time, whole: c.Whole}}
	case tabular.Number:
		return readSerial(c.Number)
	case tabular.Text:
		return readText(c.Text, order)
	}
	return reading{fault: "This is not a date or time."}
}

// readSerial takes a number for the day count of a spreadsheet where it lies between 1954 and 2173, and below 1 for a time
// of day.
func readSerial(n float64) reading {
	if n >= 19_000_101 && n <= 22_001_231 && n == float64(int64(n)) {
		return readText(strconv.FormatInt(int64(n), 10), "")
	}
	t, ok := tabular.SerialTime(n, false)
	switch {
	case !ok || n >= 1 && n < 20_000 || n > 100_000:
		return reading{fault: "This number is not a date."}
	case n < 1:
		return reading{moment: moment{wall: t, clock: true}}
	}
	return reading{moment: moment{wall: t, whole: n == float64(int64(n))}}
}

func readText(s string, order DateOrder) reading {
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return reading{fault: "This is not a date. Write it as 2025-03-31."}
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && len(s) >= 5 && !plainDay.MatchString(s) {
		return readSerial(n)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02T15:04:05-0700"} {
		if offset.MatchString(s) {
			if t, err := time.Parse(layout, s); err == nil {
				return reading{moment: moment{wall: t.UTC(), instant: true}}
			}
		}
	}
	s = weekday.ReplaceAllString(s, "")
	day, clock := s, ""
	if i := strings.IndexByte(s, 'T'); i == 10 && isoDay.MatchString(s[:i]) {
		day, clock = s[:i], s[i+1:]
	} else if i := splitClock(s); i >= 0 {
		day, clock = strings.TrimRight(s[:i], ", "), s[i+1:]
	}
	if h, ok := readClock(clock); clock != "" && !ok {
		return reading{fault: "The time of day cannot be read. Write it as 14:30."}
	} else if day == "" {
		return reading{moment: moment{wall: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(h), clock: true}}
	} else {
		r := readDay(day, order)
		if r.fault != "" {
			if h, ok := readClock(day); ok && clock == "" && strings.ContainsAny(day, ":hHpPaA") {
				return reading{moment: moment{wall: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(h), clock: true}}
			}
			return r
		}
		r.wall, r.whole = r.wall.Add(h), clock == ""
		return r
	}
}

// splitClock returns the place of the space before a time of day, or -1.
func splitClock(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' && strings.ContainsAny(s[i+1:], ":") {
			if _, ok := readClock(s[i+1:]); ok {
				return i
			}
		}
	}
	for i := len(s) - 1; i > 0; i-- {
		if s[i] == ' ' {
			rest := strings.ToLower(s[i+1:])
			if strings.HasSuffix(rest, "am") || strings.HasSuffix(rest, "pm") || strings.HasSuffix(rest, "h") || strings.HasSuffix(rest, "uhr") {
				if _, ok := readClock(s[i+1:]); ok && len(rest) > 2 {
					return i
				}
			}
		}
	}
	return -1
}

func readClock(s string) (time.Duration, bool) {
	m := clockTime.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil {
		return 0, false
	}
	h, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	second, _ := strconv.Atoi(m[3])
	switch strings.ReplaceAll(m[4], ".", "") {
	case "am":
		if h == 12 {
			h = 0
		}
	case "pm":
		if h < 12 {
			h += 12
		}
	}
	if h > 24 || minute > 59 || second > 59 || h == 24 && minute+second > 0 {
		return 0, false
	}
	return time.Duration(h)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second, true
}

func readDay(s string, order DateOrder) reading {
	if m := firstMatch(s, isoDay, plainDay); m != nil {
		return dayOf(atoi(m[1]), time.Month(atoi(m[2])), atoi(m[3]))
	}
	if m := wordDay.FindStringSubmatch(s); m != nil {
		if month, ok := monthOf(m[2]); ok {
			return dayOf(fullYear(m[3]), month, atoi(m[1]))
		}
	}
	if m := wordMonth.FindStringSubmatch(s); m != nil {
		if month, ok := monthOf(m[1]); ok {
			return dayOf(atoi(m[3]), month, atoi(m[2]))
		}
	}
	m := threePart.FindStringSubmatch(s)
	if m == nil {
		return reading{fault: "This is not a date. Write it as 2025-03-31."}
	}
	a, b, year := atoi(m[1]), atoi(m[3]), fullYear(m[4])
	switch {
	case m[2] == ".": // with dots the day always comes first
		return dayOf(year, time.Month(b), a)
	case a > 12:
		r := dayOf(year, time.Month(b), a)
		r.decides = DayFirst
		return r
	case b > 12:
		r := dayOf(year, time.Month(a), b)
		r.decides = MonthFirst
		return r
	case order == MonthFirst:
		return dayOf(year, time.Month(a), b)
	}
	r := dayOf(year, time.Month(b), a)
	r.ambiguous = order == "" && a != b
	return r
}

func firstMatch(s string, patterns ...*regexp.Regexp) []string {
	for _, p := range patterns {
		if m := p.FindStringSubmatch(s); m != nil {
			return m
		}
	}
	return nil
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// fullYear takes two digits for a year between 1970 and 2069.
func fullYear(s string) int {
	n := atoi(s)
	switch {
	case len(s) > 2:
		return n
	case n < 70:
		return 2000 + n
	}
	return 1900 + n
}

func dayOf(year int, month time.Month, day int) reading {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || t.Month() != month || t.Day() != day {
		return reading{fault: "There is no such day."}
	}
	return reading{moment: moment{wall: t, whole: true}}
}

var lengthOf = regexp.MustCompile(`(?i)^(\d+(?:[.,]\d+)?) ?(minutes?|mins?|m|hours?|hrs?|h|stunden?|std|working days?|days?|d|tage?|weeks?|wks?|w|wochen?)?\.?`)

// readLength reads a duration: "8h", "3 days", "1 week 2 days", "4:30"; a bare number is days. days is how many whole days it
// names, when it names nothing else.
func readLength(c tabular.Cell) (d time.Duration, days int, ok bool) {
	if c.Kind == tabular.Date {
		h := c.Time.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC))
		return h, 0, h > 0 && h < 10_000*time.Hour
	}
	s := strings.ToLower(strings.Join(strings.Fields(c.Text), " "))
	if h, isClock := readClock(s); isClock && strings.Contains(s, ":") {
		return h, 0, h > 0
	}
	whole := 0.0
	for s != "" {
		m := lengthOf.FindStringSubmatch(s)
		if m == nil {
			return 0, 0, false
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", "."), 64)
		if err != nil || n > 1_000_000 {
			return 0, 0, false
		}
		switch unit := m[2]; {
		case unit == "" || strings.HasPrefix(unit, "d") || strings.HasPrefix(unit, "t"):
			whole += n
		case strings.HasPrefix(unit, "working"):
			return 0, 0, false
		case unit == "w" || strings.HasPrefix(unit, "we") || strings.HasPrefix(unit, "wk") || strings.HasPrefix(unit, "wo"):
			whole += 7 * n
		case strings.HasPrefix(unit, "h") || strings.HasPrefix(unit, "st"):
			d += time.Duration(n * float64(time.Hour))
		default:
			d += time.Duration(n * float64(time.Minute))
		}
		s = strings.TrimLeft(s[len(m[0]):], " ,+")
	}
	if whole == float64(int(whole)) && d == 0 {
		return 0, int(whole), whole > 0
	}
	d += time.Duration(whole * float64(24*time.Hour))
	return d, 0, d > 0
}
