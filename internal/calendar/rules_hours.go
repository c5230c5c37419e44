package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
)

// Stretch is a part of a working day, as people write times of day.
type Stretch struct {
	From string `json:"from" example:"09:00"`
	To   string `json:"to" doc:"At most 24:00." example:"17:00"`
}

// Week is the working time of each weekday; a day without stretches is free.
type Week struct {
	Monday    []Stretch `json:"monday" nullable:"false" maxItems:"20"`
	Tuesday   []Stretch `json:"tuesday" nullable:"false" maxItems:"20"`
	Wednesday []Stretch `json:"wednesday" nullable:"false" maxItems:"20"`
	Thursday  []Stretch `json:"thursday" nullable:"false" maxItems:"20"`
	Friday    []Stretch `json:"friday" nullable:"false" maxItems:"20"`
	Saturday  []Stretch `json:"saturday" nullable:"false" maxItems:"20"`
	Sunday    []Stretch `json:"sunday" nullable:"false" maxItems:"20"`
}

// days returns the stretches of each day, Sunday first, with the days' names.
func (w *Week) days() ([7]*[]Stretch, [7]string) {
	return [7]*[]Stretch{&w.Sunday, &w.Monday, &w.Tuesday, &w.Wednesday, &w.Thursday, &w.Friday, &w.Saturday},
		[7]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
}

// standardWeek is what holds where no unit says otherwise: Monday to Friday, nine to five.
func standardWeek() Week {
	day := []Stretch{{"09:00", "17:00"}}
	return Week{Monday: day, Tuesday: day, Wednesday: day, Thursday: day, Friday: day, Saturday: []Stretch{}, Sunday: []Stretch{}}
}

// check notes what is wrong with a week, and puts each day in order.
func (w *Week) check(faults *problem.Fields) {
	lists, names := w.days()
	working := false
	for i, list := range lists {
		place := "body.days." + names[i]
		if *list == nil {
			*list = []Stretch{}
		}
		slices.SortFunc(*list, func(a, b Stretch) int { return strings.Compare(a.From, b.From) })
		last := 0
		for _, s := range *list {
			from, okFrom := minutes(s.From)
			to, okTo := minutes(s.To)
			switch {
			case !okFrom || !okTo:
				faults.Add(place, "time_invalid", "A time of day is written as 09:00; the last is 24:00.")
			case from >= to:
				faults.Add(place, "span_reversed", fmt.Sprintf("%s is not before %s.", s.From, s.To))
			case from < last:
				faults.Add(place, "stretches_overlap", "Two stretches of a day overlap.")
			}
			last, working = max(last, to), true
		}
	}
	if !working {
		faults.Add("body.days", "required", "Somebody must work at some time of the week.")
	}
}

// hours returns the week as the engine of intervals takes it.
func (w *Week) hours(zone string) (interval.Hours, error) {
	loc, err := interval.Zone(zone)
	h := interval.Hours{Zone: loc}
	lists, _ := w.days()
	for i, list := range lists {
		for _, s := range *list {
			from, _ := minutes(s.From)
			to, _ := minutes(s.To)
			h.Days[i] = append(h.Days[i], interval.TimeOfDay{From: from, To: to})
		}
	}
	return h, err
}

// minutes reads "09:30" as minutes since midnight.
func minutes(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	h, errH := strconv.Atoi(s[:2])
	m, errM := strconv.Atoi(s[3:])
	total := h*60 + m
	return total, errH == nil && errM == nil && h >= 0 && m >= 0 && m < 60 && total <= 24*60
}
