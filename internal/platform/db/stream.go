package db

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/schema"
)

// Row is one row of a [Tx.Stream] or [Tx.Ask], valid until the function it was handed to returns. Columns are counted from 0. An
// absent value reads as zero, false or empty.
type Row struct {
	fields [][]byte
	binary bool // as PostgreSQL sends it; otherwise text
	// values stand in the place of the fields where SQLite's driver gave one after the other.
	values []driver.Value
}

// Stream selects columns and hands row after row to fn, by the shortest way the driver has: no value is boxed, no time is
// parsed into a location. It is for scans of many rows; query hooks do not see it.
//
// Columns are integers, booleans, times and texts; an empty text is not told from an absent one. Only the last column may
// be a text in which anything can stand, the ones before hold no control characters. rest is the query from FROM on, with
// arguments as in every query.
func (t Tx) Stream(ctx context.Context, fn func(r *Row) error, columns []string, rest string, args ...any) error {
	rest = schema.NewQueryGen(t.Dialect()).FormatQuery(rest, args...)
	var failed error // of fn, which must not look like one of the driver
	err := t.conn.Raw(func(dc any) error {
		if c, ok := dc.(*stdlib.Conn); ok {
			failed = streamPostgres(ctx, c, fn, "SELECT "+strings.Join(columns, ", ")+" "+rest)
		} else {
			failed = streamSQLite(ctx, dc, fn, len(columns), "SELECT "+packed(columns)+" "+rest)
		}
		return nil
	})
	return errors.Join(failed, err)
}

// watchEvery is after how many rows a stream looks whether it is still wanted.
const watchEvery = 512

func streamPostgres(ctx context.Context, c *stdlib.Conn, fn func(r *Row) error, query string) error {
	rows := c.Conn().PgConn().ExecParams(ctx, query, nil, nil, nil, []int16{1})
	row := Row{binary: true}
	for rows.NextRow() {
		row.fields = rows.Values()
		if err := fn(&row); err != nil {
			_, _ = rows.Close()
			return err
		}
	}
	_, err := rows.Close()
	return err
}

// separator stands between the values of a row on SQLite.
const separator = 0x1f

// packed joins the values of a row into one text. Each value that is fetched by itself costs SQLite's driver a handful
// of calls under a lock and an allocation; put together and taken apart here they cost half.
func packed(columns []string) string {
	var b strings.Builder
	b.WriteString("concat_ws(char(31)")
	for _, c := range columns {
		b.WriteString(", COALESCE(" + c + ", '')")
	}
	b.WriteString(")")
	return b.String()
}

func streamSQLite(ctx context.Context, dc any, fn func(r *Row) error, columns int, query string) (err error) {
	rows, err := dc.(driver.QueryerContext).QueryContext(ctx, query, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]driver.Value, 1)
	row := Row{fields: make([][]byte, columns)}
	for n := 1; ; n++ {
		if err := rows.Next(values); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if n%watchEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		text, ok := values[0].(string)
		if !ok {
			return fmt.Errorf("a stream got %T", values[0])
		}
		for i := range columns - 1 {
			at := strings.IndexByte(text, separator)
			if at < 0 {
				return fmt.Errorf("a stream got %d of %d columns", i+1, columns)
			}
			row.fields[i] = bytesOf(text[:at])
			text = text[at+1:]
		}
		row.fields[columns-1] = bytesOf(text)
		if err := fn(&row); err != nil {
			return err
		}
	}
}

// bytesOf returns the bytes of a text without copying; they are only read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Null reports whether a value is absent or an empty text.
func (r *Row) Null(i int) bool {
	if r.values != nil {
		return r.values[i] == nil || r.values[i] == ""
	}
	return len(r.fields[i]) == 0
}

// Int returns an integer, or a boolean as 0 and 1.
func (r *Row) Int(i int) int64 {
	if r.values != nil {
		switch v := r.values[i].(type) {
		case int64:
			return v
		case bool:
			if v {
				return 1
			}
		}
		return 0
	}
	b := r.fields[i]
	if !r.binary {
		n, _ := strconv.ParseInt(textOf(b), 10, 64)
		return n
	}
	switch len(b) {
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 2:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case 1:
		return int64(b[0])
	}
	return 0
}

// Bool returns a boolean.
func (r *Row) Bool(i int) bool { return r.Int(i) != 0 }

// Bytes returns a text; it must be neither kept nor changed.
func (r *Row) Bytes(i int) []byte {
	if r.values != nil {
		return bytesOf(r.Text(i))
	}
	return r.fields[i]
}

// Text returns a copy of a text.
func (r *Row) Text(i int) string {
	if r.values == nil {
		return string(r.fields[i])
	}
	switch v := r.values[i].(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// postgresEpoch is 2000-01-01, from which PostgreSQL counts, in microseconds since 1970.
const postgresEpoch = 946_684_800_000_000

// Micros returns an instant in microseconds since 1970; one that is absent or infinite is 0.
func (r *Row) Micros(i int) int64 {
	if r.values != nil {
		switch v := r.values[i].(type) {
		case time.Time:
			return v.UnixMicro()
		case string:
			return parseMicros(v)
		}
		return 0
	}
	b := r.fields[i]
	if !r.binary {
		return parseMicros(textOf(b))
	}
	if len(b) != 8 {
		return 0
	}
	n := int64(binary.BigEndian.Uint64(b))
	if n == math.MaxInt64 || n == math.MinInt64 {
		return 0
	}
	return n + postgresEpoch
}

// Time returns an instant in UTC; one that is absent is the zero time.
func (r *Row) Time(i int) time.Time {
	n := r.Micros(i)
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
