// Package tabular reads and writes the tables people exchange: CSV in the spellings spreadsheets produce (comma,
// semicolon or tab; UTF-8, UTF-16 or Windows-1252) and XLSX. Reading is bounded in rows, columns, cell length, bytes
// and, for XLSX, in what the archive may unfold to. Every complaint names the row and column as a spreadsheet shows
// them.
package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"millrace/internal/platform/problem"
)

// Options bound what is read; the zero value is right for an import by a person.
type Options struct {
	// Sheet names the sheet of an XLSX file; empty means the first.
	Sheet string
	// MaxBytes bounds the file, 0 means 64 MiB. MaxUnzipped bounds what an XLSX archive unfolds to, 0 means 512 MiB.
	MaxBytes, MaxUnzipped int64
	// MaxRows bounds the rows below the header, 0 means 250,000; MaxColumns the columns, 0 means 256; MaxCell the
	// characters of a cell, 0 means 32,767, which is what spreadsheets hold.
	MaxRows, MaxColumns, MaxCell int
}

func (o Options) filled() Options {
	fill(&o.MaxBytes, 64<<20)
	fill(&o.MaxUnzipped, 512<<20)
	fill(&o.MaxRows, 250_000)
	fill(&o.MaxColumns, 256)
	fill(&o.MaxCell, 32_767)
	return o
}

func fill[T int | int64](v *T, standard T) {
	if *v <= 0 {
		*v = standard
	}
}

// Row is one row below the header.
type Row struct {
	// Number is the row's number in the file as a spreadsheet counts: the header is usually row 1.
	Number int
	// Cells holds one cell per header column; missing ones are empty.
	Cells []string
	// Surplus counts the filled cells to the right of the header.
	Surplus int
}

// Table is a file read whole.
type Table struct {
	// Sheet is the sheet that was read and Sheets all there are; both are empty for CSV.
	Sheet  string
	Sheets []string
	Header []string
	// Rows holds the cells, Numbers the row numbers in the file, Surplus what [Row.Surplus] says, by index.
	Rows    [][]string
	Numbers []int
	Surplus []int
}

// Reader reads a file row by row.
type Reader struct {
	// Sheet is the sheet that is read and Sheets all there are; both are empty for CSV.
	Sheet  string
	Sheets []string
	// Header holds the names of the columns, without space around them.
	Header []string

	options Options
	source  source
	rows    int
}

// source yields raw rows with their number; cells is valid until the next call. It ends with io.EOF.
type source interface {
	next() (number int, cells []string, err error)
	close() error
}

var zipMagic, compoundMagic = []byte("PK\x03\x04"), []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")

// Open begins to read a file and tells CSV from XLSX by its first bytes. The first row that holds anything is the
// header. Close the reader when done.
func Open(r io.Reader, o Options) (*Reader, error) {
	o = o.filled()
	b := bufio.NewReader(&capped{r: r, left: o.MaxBytes, limit: o.MaxBytes})
	start, err := b.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(err)
	}
	out := &Reader{options: o}
	switch {
	case bytes.HasPrefix(start, zipMagic):
		err = out.openXLSX(b)
	case bytes.HasPrefix(start, compoundMagic):
		err = problem.New(problem.Invalid, "workbook_unreadable",
			"This is an old .xls file or a workbook with a password. Save it as .xlsx without a password, or as CSV.")
	default:
		err = out.openCSV(b)
	}
	if err != nil {
		return nil, err
	}
	if err := out.readHeader(); err != nil {
		_ = out.Close()
		return nil, err
	}
	return out, nil
}

// Read reads a whole file.
func Read(r io.Reader, o Options) (*Table, error) {
	in, err := Open(r, o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	t := &Table{Sheet: in.Sheet, Sheets: in.Sheets, Header: in.Header}
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, row.Cells)
		t.Numbers = append(t.Numbers, row.Number)
		t.Surplus = append(t.Surplus, row.Surplus)
	}
}

// Next returns the next row that holds anything, or io.EOF.
func (r *Reader) Next() (Row, error) {
	for {
		number, cells, err := r.source.next()
		if err != nil {
			return Row{}, err
		}
		cells = trimRight(cells)
		if len(cells) == 0 {
			continue
		}
		if r.rows++; r.rows > r.options.MaxRows {
			return Row{}, problem.Newf(problem.TooLarge, "table_too_long",
				"The table has more than %d rows. Split it and send the parts one after the other.", r.options.MaxRows)
		}
		if err := r.checkWidth(number, len(cells)); err != nil {
			return Row{}, err
		}
		row := Row{Number: number, Cells: make([]string, len(r.Header))}
		copy(row.Cells, cells)
		for _, c := range cells[min(len(cells), len(r.Header)):] {
			if strings.TrimSpace(c) != "" {
				row.Surplus++
			}
		}
		return row, nil
	}
}

// Close frees what reading holds.
func (r *Reader) Close() error { return r.source.close() }

func (r *Reader) readHeader() error {
	for {
		number, cells, err := r.source.next()
		if errors.Is(err, io.EOF) {
			return problem.New(problem.Invalid, "table_empty", "The file holds no row. The first row must name the columns.")
		}
		if err != nil {
			return err
		}
		if cells = trimRight(cells); len(cells) == 0 {
			continue
		}
		if err := r.checkWidth(number, len(cells)); err != nil {
			return err
		}
		r.Header = make([]string, len(cells))
		for i, c := range cells {
			r.Header[i] = strings.Join(strings.Fields(c), " ")
		}
		return nil
	}
}

func (r *Reader) checkWidth(number, width int) error {
	if width <= r.options.MaxColumns {
		return nil
	}
	return problem.Newf(problem.TooLarge, "table_too_wide", "Row %d has %d columns; at most %d are read.", number, width, r.options.MaxColumns)
}

func trimRight(cells []string) []string {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// at returns the place of a cell as a person finds it: "row 3, column B".
func at(row, column int) string { return fmt.Sprintf("row %d, column %s", row, ColumnName(column)) }

// ColumnName returns the letters of a column counted from 0: A, B, …, Z, AA.
func ColumnName(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}

func cellTooLong(row, column, limit int) error {
	return problem.Newf(problem.Invalid, "cell_too_long", "The cell at %s has more than %d characters. Is a quote missing?", at(row, column), limit).
		With(problem.Field{Path: at(row, column), Code: "cell_too_long", Message: "The cell is too long."})
}

func unreadable(err error) error {
	if problem.Of(err) != nil {
		return err
	}
	return problem.New(problem.BadRequest, "table_unreadable", "The file could not be read to its end. Send it again.").Because(err)
}

// capped is a reader that complains, rather than ends, when the limit is passed.
type capped struct {
	r           io.Reader
	left, limit int64
}

// Read reads within the limit.
func (c *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, problem.Newf(problem.TooLarge, "table_too_large", "The file is larger than the %d MiB that are read at once.", c.limit>>20)
	}
	return n, err
}
