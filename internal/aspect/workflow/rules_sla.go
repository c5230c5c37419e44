package workflow

import "time"

// Shift is when people work on a day, in minutes after midnight; equal ends mean not at all.
type Shift struct {
	From, To int
}

// Hours is when people work.
type Hours struct {
	// Zone is where they work; nil means UTC.
	Zone *time.Location
	// Week holds a shift per weekday, Sunday first.
	Week [7]Shift
	// Holidays are days without work, as "2025-12-25" in the zone.
	Holidays map[string]bool
}

// OfficeHours are Monday to Friday, 9 to 17 o'clock UTC.
func OfficeHours() Hours {
	h := Hours{Zone: time.UTC}
	for day := time.Monday; day <= time.Friday; day++ {
		h.Week[day] = Shift{From: 9 * 60, To: 17 * 60}
	}
	return h
}

// lookAhead bounds the search for working time; hours that never come count as time without shifts.
const lookAhead = 20 * 366

// due returns the instant at which a record that came at entered has stayed too long. Working time counts only shifts;
// where there are none at all, every hour counts. Shifts are read off the wall clock, so that a day of 23 or 25 hours has
// the shift it says.
func due(entered time.Time, after time.Duration, working bool, h Hours) time.Time {
	if !working || after <= 0 {
		return entered.Add(after)
	}
	zone := h.Zone
	if zone == nil {
		zone = time.UTC
	}
	local := entered.In(zone)
	left := after
	for i := range lookAhead {
		open, shut, works := h.shift(local.Year(), local.Month(), local.Day()+i, zone)
		if !works || !shut.After(entered) {
			continue
		}
		if open.Before(entered) {
			open = entered
		}
		if span := shut.Sub(open); span >= left {
			return open.Add(left).UTC()
		} else {
			left -= span
		}
	}
	return entered.Add(after)
}

// shift returns the working time of one day.
func (h Hours) shift(year int, month time.Month, day int, zone *time.Location) (open, shut time.Time, works bool) {
	noon := time.Date(year, month, day, 12, 0, 0, 0, zone)
	s := h.Week[noon.Weekday()]
	if s.To <= s.From || h.Holidays[noon.Format(time.DateOnly)] {
		return open, shut, false
	}
	y, m, d := noon.Date()
	return time.Date(y, m, d, 0, s.From, 0, 0, zone), time.Date(y, m, d, 0, s.To, 0, 0, zone), true
}
