package db

import (
	"strconv"
	"strings"
)

// Contains returns a case-insensitive "column contains text" condition for both engines and its argument. ASCII
// letters are folded on SQLite, all letters on PostgreSQL.
func (t Tx) Contains(column, text string) (cond string, arg any) {
	op := "LIKE"
	if t.engine == Postgres {
		op = "ILIKE"
	}
	return column + " " + op + " ? ESCAPE '\\'", "%" + EscapeLike(text) + "%"
}

// EscapeLike escapes the characters that LIKE treats specially, for use with ESCAPE '\'.
func EscapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// Prominence returns an expression that orders rows by how prominently one of the columns holds a text, and its
// arguments: it is the text, begins with it, holds a word that begins with it, or holds it somewhere. A search orders by
// it, so that its limit never cuts an exact match in favour of rows that hold the text somewhere. Letters are folded as
// [Tx.Contains] folds them.
func (t Tx) Prominence(text string, columns ...string) (expr string, args []any) {
	like := "LIKE"
	if t.engine == Postgres {
		like = "ILIKE"
	}
	escaped := EscapeLike(text)
	var b strings.Builder
	b.WriteString("CASE")
	for rank, patterns := range [][]string{{escaped}, {escaped + "%"}, {"% " + escaped + "%", "%-" + escaped + "%", "%." + escaped + "%"}} {
		var any []string
		for _, c := range columns {
			for _, p := range patterns {
				any = append(any, c+" "+like+` ? ESCAPE '\'`)
				args = append(args, p)
			}
		}
		b.WriteString(" WHEN " + strings.Join(any, " OR ") + " THEN " + strconv.Itoa(rank))
	}
	b.WriteString(" ELSE 3 END")
	return b.String(), args
}

// SkipLocked returns the row-lock suffix of a claiming SELECT: nothing on SQLite, where the transaction holds the
// file.
func (t Tx) SkipLocked() string {
	if t.engine == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// Chunks cuts ids into pieces that stay far below both engines' limits on bound parameters.
func Chunks[T any](ids []T, size int) [][]T {
	if size <= 0 {
		size = 1000
	}
	var out [][]T
	for len(ids) > size {
		out = append(out, ids[:size:size])
		ids = ids[size:]
	}
	if len(ids) > 0 {
		out = append(out, ids)
	}
	return out
}
