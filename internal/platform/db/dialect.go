package db

import "strings"

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
