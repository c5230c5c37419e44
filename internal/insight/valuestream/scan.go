package valuestream

import (
	"context"
	"strconv"
	"time"

	"millrace/internal/platform/db"
)

// Big scans read every value as the driver gives it: no reflection, no parsing of times into locations. At a million
// rows that halves the time of a derivation.

// scanRows runs a query and hands each row's values to fn; they are valid during the call only.
func scanRows(ctx context.Context, tx db.Tx, columns int, fn func(v []any) error, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]any, columns), make([]any, columns)
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// instant is how a time column is selected for [micros]: on SQLite as the text it is, so that the driver does not parse
// it.
func instant(e db.Engine, column string) string {
	if e == db.SQLite {
		return "CAST(" + column + " AS TEXT)"
	}
	return column
}

func number(v any) int64 {
	switch x := v.(type) {
	case int64:
		return x
	case int32:
		return int64(x)
	case int16:
		return int64(x)
	case float64:
		return int64(x)
	case string:
		n, _ := strconv.ParseInt(x, 10, 64)
		return n
	case []byte:
		n, _ := strconv.ParseInt(string(x), 10, 64)
		return n
	}
	return 0
}

func real(v any) float64 {
	switch x := v.(type) {
	case float64:
		return x
	case int64:
		return float64(x)
	case string:
		f, _ := strconv.ParseFloat(x, 64)
		return f
	case []byte:
		f, _ := strconv.ParseFloat(string(x), 64)
		return f
	}
	return 0
}

func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case []byte:
		return string(x)
	}
	return ""
}

func truth(v any) Tri {
	switch x := v.(type) {
	case nil:
		return Unsaid
	case bool:
		if x {
			return Yes
		}
		return No
	case int64:
		if x != 0 {
			return Yes
		}
		return No
	case string:
		if x == "t" || x == "true" || x == "1" {
			return Yes
		}
		return No
	}
	return Unsaid
}

// micros turns a stored instant into microseconds since 1970; absent and unreadable values are 0.
func micros(v any) int64 {
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
	return seconds*second + fraction
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

// moment turns microseconds into an instant to compare a time column with.
func moment(us int64) time.Time { return time.UnixMicro(us).UTC() }
