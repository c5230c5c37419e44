package tabular

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"millrace/internal/platform/problem"
)

// CellKind says what a cell holds.
type CellKind uint8

// The kinds of cells.
const (
	Blank CellKind = iota
	Text
	Number
	// Date is a moment on the wall: a spreadsheet knows no zones.
	Date
	Boolean
	// Fault is a formula that failed: #REF!, #N/A.
	Fault
	// Unvalued is a formula whose value was not kept in the file.
	Unvalued
	// TooLong is a text that was cut at the limit.
	TooLong
)

// Cell is one cell as a spreadsheet means it.
type Cell struct {
	Kind CellKind
	// Text is the cell as people read it: 2025-03-04, 42, TRUE, #REF!.
	Text   string
	Number float64
	// Time is the moment of a Date in UTC; of a bare time of day the date is 1899-12-30.
	Time time.Time
	// Whole says that a Date is a day without a time.
	Whole bool
	// Formula says that a formula made the value, Merged that the cell shows the value of the merged cell it is part of.
	Formula, Merged bool
}

// Sheet is one worksheet of a book.
type Sheet struct {
	Name string
	// Hidden says that people do not see it unless they ask for it.
	Hidden bool
}

// Book is a file opened for reading cell by cell: a workbook, or a text file as a book of one sheet without a name.
type Book struct {
	Sheets  []Sheet
	options Options
	text    []byte
	xlsx    *xlsxBook
}

// Line is one row of a sheet.
type Line struct {
	// Number is the row's number as a spreadsheet shows it.
	Number int
	Cells  []Cell
	// Dropped counts cells beyond the widest column that is read.
	Dropped int
}

// Grid reads the rows of one sheet in order.
type Grid struct {
	options Options
	rows    int
	source  gridSource
}

// gridSource yields rows that hold anything of their own; cells are valid until the next call.
type gridSource interface {
	next() (Line, error)
	close() error
}

// OpenBook opens a file that is in memory and tells a workbook from text by its first bytes.
func OpenBook(raw []byte, o Options) (*Book, error) {
	b := &Book{options: o.filled()}
	switch {
	case int64(len(raw)) > b.options.MaxBytes:
		return nil, problem.Newf(problem.TooLarge, "table_too_large", "The file is larger than the %d MiB that are read at once.", b.options.MaxBytes>>20)
	case bytes.HasPrefix(raw, zipMagic):
		w, err := openWorkbook(raw, b.options)
		if err != nil {
			return nil, err
		}
		b.xlsx = w
		for _, s := range w.sheets {
			b.Sheets = append(b.Sheets, Sheet{Name: s.name, Hidden: s.hidden})
		}
	case bytes.HasPrefix(raw, compoundMagic):
		return nil, problem.New(problem.Invalid, "workbook_unreadable",
			"This is an old .xls file or a workbook with a password. Save it as .xlsx without a password, or as CSV.")
	default:
		b.text, b.Sheets = decodeText(raw), []Sheet{{}}
	}
	return b, nil
}

// Grid begins to read a sheet by its name. Close the grid when done.
func (b *Book) Grid(name string) (*Grid, error) {
	g := &Grid{options: b.options}
	if b.xlsx == nil {
		comma, skip := sniff(b.text)
		g.source = &textGrid{csv: csvSource{text: b.text, pos: skip, comma: comma, maxCell: b.options.MaxCell}, options: b.options}
		return g, nil
	}
	for i := range b.xlsx.sheets {
		if s := &b.xlsx.sheets[i]; s.name == name {
			source, err := b.xlsx.open(s)
			g.source = source
			return g, err
		}
	}
	names := make([]string, len(b.Sheets))
	for i, s := range b.Sheets {
		names[i] = s.Name
	}
	return nil, problem.Newf(problem.Invalid, "sheet_unknown", "The workbook has no sheet %q; it has %s.", name, strings.Join(names, ", ")).WithData("sheets", names)
}

// Next returns the next row that holds anything of its own, or io.EOF.
func (g *Grid) Next() (Line, error) {
	for {
		line, err := g.source.next()
		if err != nil {
			return Line{}, err
		}
		own := false
		for _, c := range line.Cells {
			own = own || c.Kind != Blank && !c.Merged
		}
		if !own {
			continue
		}
		if g.rows++; g.rows > g.options.MaxRows+50 {
			return Line{}, problem.Newf(problem.TooLarge, "table_too_long",
				"The table has more than %d rows. Split it and send the parts one after the other.", g.options.MaxRows)
		}
		return line, nil
	}
}

// Close frees what reading holds.
func (g *Grid) Close() error {
	if g.source == nil {
		return nil
	}
	return g.source.close()
}

// textGrid reads a text file as a grid of texts.
type textGrid struct {
	csv     csvSource
	options Options
	cells   []Cell
}

func (t *textGrid) close() error { return nil }

func (t *textGrid) next() (Line, error) {
	number, raw, err := t.csv.next()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = unreadable(err)
		}
		return Line{}, err
	}
	raw = trimRight(raw)
	line := Line{Number: number}
	if len(raw) > t.options.MaxColumns {
		line.Dropped, raw = len(raw)-t.options.MaxColumns, raw[:t.options.MaxColumns]
	}
	t.cells = t.cells[:0]
	for _, s := range raw {
		t.cells = append(t.cells, textCell(s, t.options.MaxCell))
	}
	line.Cells = t.cells
	return line, nil
}

// textCell is a cell of text without space around it, cut at the limit.
func textCell(s string, limit int) Cell {
	s = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD"))
	if s == "" {
		return Cell{}
	}
	if len(s) > limit {
		n := 0
		for i := range s {
			if n == limit {
				return Cell{Kind: TooLong, Text: s[:i]}
			}
			n++
		}
	}
	return Cell{Kind: Text, Text: s}
}
