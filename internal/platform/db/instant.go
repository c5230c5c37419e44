package db

import "time"

// Micros turns an instant as a driver gives it into microseconds since 1970; absent and unreadable values are 0.
func Micros(v any) int64 {
	switch x := v.(type) {
	case time.Time:
		return x.UnixMicro()
	case string:
		return parseMicros(x)
	case []byte:
		return parseMicros(string(x))
	}
	return 0
}

// parseMicros reads "2006-01-02 15:04:05[.ffffff][+00:00|Z]" without allocating; other zones take the slow way.
func parseMicros(s string) int64 {
	if len(s) < 19 {
		return 0
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	rest, fraction := s[19:], int64(0)
	if len(rest) > 0 && rest[0] == '.' {
		rest = rest[1:]
		scale := int64(100_000)
		for len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9' {
			fraction += int64(rest[0]-'0') * scale
			scale /= 10
			rest = rest[1:]
		}
	}
	switch rest {
	case "", "Z", "+00:00", "+00", " +0000 UTC":
	default:
		for _, layout := range []string{"2006-01-02 15:04:05.999999999-07:00", time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07"} {
			if t, err := time.Parse(layout, s); err == nil {
				return t.UnixMicro()
			}
		}
		return 0
	}
	y, m, d := two(0)*100+two(2), two(5), two(8)
	seconds := daysFromCivil(y, m, d)*86400 + int64(two(11))*3600 + int64(two(14))*60 + int64(two(17))
	return seconds*1_000_000 + fraction
}

// daysFromCivil counts the days from 1970-01-01 to a date of the Gregorian calendar.
func daysFromCivil(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + d - 1
	return int64(era*146097+yoe*365+yoe/4-yoe/100+doy) - 719468
}
