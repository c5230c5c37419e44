package environment

import "millrace/internal/platform/interval"

// Place is where the environment is, for what closes places: freezes, outages and bookings.
func (b Bookable) Place() interval.Place {
	return interval.Place{Environment: b.ID, Groups: b.Groups, Application: b.Application, Unit: b.Unit, UnitPath: b.UnitPath}
}

// Places are where environments are, in their order.
func Places(list []Bookable) []interval.Place {
	out := make([]interval.Place, len(list))
	for i, b := range list {
		out[i] = b.Place()
	}
	return out
}
