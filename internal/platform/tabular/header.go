package tabular

import (
	"fmt"
	"strings"
	"unicode"

	"millrace/internal/platform/problem"
)

// Column describes a column an import understands.
type Column struct {
	// Name is what it is called in messages, templates and mappings.
	Name string
	// Synonyms are other headers under which it is recognised; case, spaces and punctuation do not count.
	Synonyms []string
	Required bool
}

// Mapping tells where the columns of an import stand in a file.
type Mapping struct {
	index map[string]int
	// Found tells under which header each column was found.
	Found map[string]string
	// Unknown are the headers nothing was found for; they are not read.
	Unknown []string
}

// Match finds the columns in a header. chosen overrules recognition: column name → header; an empty header means that
// the column is to be left out. A missing required column, a column found twice or a chosen header that does not exist
// is a problem with one field per fault.
func Match(header []string, columns []Column, chosen map[string]string) (Mapping, error) {
	m := Mapping{index: map[string]int{}, Found: map[string]string{}}
	byHeader := map[string]string{}
	for _, c := range columns {
		if _, overruled := chosen[c.Name]; overruled {
			continue
		}
		for _, word := range append([]string{c.Name}, c.Synonyms...) {
			byHeader[plain(word)] = c.Name
		}
	}
	for name, h := range chosen {
		if h != "" {
			byHeader[plain(h)] = name
		}
	}
	var faults problem.Fields
	for i, h := range header {
		name := byHeader[plain(h)]
		if name == "" {
			if h != "" {
				m.Unknown = append(m.Unknown, h)
			}
			continue
		}
		if first, twice := m.index[name]; twice {
			faults.Add("column "+name, "column_twice", fmt.Sprintf("The columns %s and %s both mean %s. Remove or rename one.", ColumnName(first), ColumnName(i), name))
			continue
		}
		m.index[name], m.Found[name] = i, h
	}
	for _, c := range columns {
		_, found := m.index[c.Name]
		h, overruled := chosen[c.Name]
		switch {
		case found:
		case overruled && h != "":
			faults.Add("column "+c.Name, "column_unknown", fmt.Sprintf("The table has no column %q.", h))
		case c.Required:
			faults.Add("column "+c.Name, "column_missing", fmt.Sprintf("The table has no column %s.", c.Name))
		}
	}
	return m, faults.Err("header_invalid", "The first row must name the columns, and it does not do so clearly.")
}

// Has reports whether the file has the column.
func (m Mapping) Has(name string) bool { _, ok := m.index[name]; return ok }

// Get returns the cell of a column without space around it, or "" when the file has no such column.
func (m Mapping) Get(cells []string, name string) string {
	i, ok := m.index[name]
	if !ok || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

// Place returns the place of a cell for a message: "row 3, column Unit".
func Place(row int, column string) string {
	if column == "" {
		return fmt.Sprintf("row %d", row)
	}
	return fmt.Sprintf("row %d, column %s", row, column)
}

// plain folds a header to the letters and digits it is made of.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// List splits a cell that holds several values, separated by semicolons or line breaks, without empty ones.
func List(cell string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '\n' || r == '\r' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
