package tabular

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"millrace/internal/platform/problem"
)

// Writer writes a table row by row. Nothing is complete before Close.
type Writer interface {
	Write(cells []string) error
	Close() error
}

// CSVWriter writes UTF-8 with a byte order mark, commas and CRLF, which every spreadsheet opens rightly. A cell that a
// spreadsheet would run as a formula gets an apostrophe in front; reading takes it off again.
type CSVWriter struct {
	out *bufio.Writer
	err error
}

// NewCSVWriter begins a file.
func NewCSVWriter(w io.Writer) *CSVWriter {
	c := &CSVWriter{out: bufio.NewWriterSize(w, 32<<10)}
	_, c.err = c.out.WriteString("\ufeff")
	return c
}

// Write adds one row.
func (c *CSVWriter) Write(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			c.put(",")
		}
		if cell = strings.ReplaceAll(cell, "\x00", ""); risky(cell) {
			cell = "'" + cell
		}
		if cell == "" && len(cells) == 1 || strings.ContainsAny(cell, "\",;\t|\r\n") || strings.TrimSpace(cell) != cell {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		c.put(cell)
	}
	c.put("\r\n")
	return c.err
}

func (c *CSVWriter) put(s string) {
	if c.err == nil {
		_, c.err = c.out.WriteString(s)
	}
}

// Close writes what is left; it does not close the underlying writer.
func (c *CSVWriter) Close() error {
	if c.err == nil {
		c.err = c.out.Flush()
	}
	return c.err
}

// risky reports whether a spreadsheet would run the cell as a formula, or would if one more apostrophe were taken off.
// Plain numbers are not risky.
func risky(cell string) bool {
	if cell = strings.TrimLeft(cell, "'"); cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return false
	}
	if cell[0] == '+' || cell[0] == '-' {
		return strings.Trim(cell[1:], "0123456789.,") != "" || len(cell) == 1
	}
	return true
}

const maxSheetRows = 1_048_576

// XLSXWriter writes one sheet with a frozen, bold header; all cells are text, so nothing runs as a formula.
type XLSXWriter struct {
	out    io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	bold   int
	row    int
}

// NewXLSXWriter begins a workbook with one sheet. The first row written is the header.
func NewXLSXWriter(w io.Writer, sheet string) (*XLSXWriter, error) {
	f := excelize.NewFile()
	if sheet == "" {
		sheet = "Sheet1"
	}
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	s, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	return &XLSXWriter{out: w, file: f, stream: s, bold: bold}, nil
}

// Write adds one row.
func (x *XLSXWriter) Write(cells []string) error {
	if x.row++; x.row > maxSheetRows {
		return problem.Newf(problem.TooLarge, "table_too_long", "A sheet holds at most %d rows. Narrow the filter or take CSV.", maxSheetRows)
	}
	style := 0
	if x.row == 1 {
		style = x.bold
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = excelize.Cell{Value: xmlText(c), StyleID: style}
	}
	first, err := excelize.CoordinatesToCellName(1, x.row)
	if err != nil {
		return err
	}
	return x.stream.SetRow(first, values)
}

// Close writes the workbook; it does not close the underlying writer.
func (x *XLSXWriter) Close() error {
	defer func() { _ = x.file.Close() }()
	if err := x.stream.Flush(); err != nil {
		return err
	}
	return x.file.Write(x.out)
}

// xmlText drops what XML cannot hold and cuts at the length of a spreadsheet's cell.
func xmlText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > excelize.TotalCellChars {
		s = string([]rune(s)[:excelize.TotalCellChars])
	}
	return s
}

// Harmless puts an apostrophe before text that a spreadsheet would take for a formula. It is for exports that stream
// through a CSV writer of their own and, unlike the writers here, know that no cell is meant as a number.
func Harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
