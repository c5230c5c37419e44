package valuestream

import (
	"context"
	"strconv"
	"time"

	"millrace/internal/platform/db"
)

// Scans read every value as the driver gives it: no reflection, no parsing of times into locations. Those of all facts
// and rows go through db's Stream.

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
func micros(v any) int64 { return db.Micros(v) }

// moment turns microseconds into an instant to compare a time column with.
func moment(us int64) time.Time { return time.UnixMicro(us).UTC() }
