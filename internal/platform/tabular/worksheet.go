package tabular

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sheetSource streams the rows of a worksheet.
type sheetSource struct {
	book   *xlsxBook
	in     io.ReadCloser
	xml    *xml.Decoder
	row    int
	cells  []Cell
	merges []merge
	active []*merge
	ahead  int
}

// merge is a block of merged cells; value is that of its top-left cell once it was read.
type merge struct {
	top, left, bottom, right int
	value                    Cell
}

// maxMerges bounds the merged blocks that are heeded.
const maxMerges = 200_000

func (w *xlsxBook) open(s *worksheet) (*sheetSource, error) {
	merges, err := w.merges(s.part)
	if err != nil {
		return nil, badWorkbook(err)
	}
	in, err := w.files[s.part].Open()
	if err != nil {
		return nil, errBadWorkbook.Because(err)
	}
	d := xml.NewDecoder(bufio.NewReaderSize(io.LimitReader(in, w.options.MaxUnzipped), 64<<10))
	return &sheetSource{book: w, in: in, xml: d, merges: merges}, nil
}

func (s *sheetSource) close() error { return s.in.Close() }

var sheetDataEnd = regexp.MustCompile(`</(\w+:)?sheetData>`)

// merges reads the merged blocks of a sheet. They stand behind its rows, so that the rows are skipped without being read.
func (w *xlsxBook) merges(part string) ([]merge, error) {
	in, err := w.files[part].Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	const keep = 64
	buffer := make([]byte, 0, 256<<10)
	rest := io.Reader(nil)
	for rest == nil {
		kept := copy(buffer[:cap(buffer)], buffer[max(0, len(buffer)-keep):])
		n, err := io.ReadFull(in, buffer[kept:cap(buffer)])
		buffer = buffer[:kept+n]
		if at := sheetDataEnd.FindIndex(buffer); at != nil {
			rest = io.MultiReader(bytes.NewReader(buffer[at[1]:]), in)
		} else if err != nil {
			return nil, nil
		}
	}
	var out []merge
	d := xml.NewDecoder(io.LimitReader(rest, w.options.MaxUnzipped))
	for len(out) < maxMerges {
		token, err := d.RawToken()
		if err != nil {
			break // the rows are what matters; reading them finds what is broken
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "mergeCell" {
				continue
			}
			from, to, _ := strings.Cut(attr(t, "ref"), ":")
			left, top, ok1 := coordinates(from)
			right, bottom, ok2 := coordinates(to)
			if ok1 && ok2 && top <= bottom && left <= right && left < w.options.MaxColumns {
				out = append(out, merge{top: top, left: left, bottom: bottom, right: min(right, w.options.MaxColumns-1)})
			}
		case xml.EndElement:
			if t.Name.Local == "mergeCells" {
				slices.SortFunc(out, func(a, b merge) int { return a.top - b.top })
				return out, nil
			}
		}
	}
	slices.SortFunc(out, func(a, b merge) int { return a.top - b.top })
	return out, nil
}

// coordinates reads a reference such as "AB12" into a column counted from 0 and a row counted from 1.
func coordinates(s string) (column, row int, ok bool) {
	s = strings.ReplaceAll(s, "$", "")
	i := 0
	for ; i < len(s) && i < 4; i++ {
		c := s[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	row, err := strconv.Atoi(s[i:])
	return column - 1, row, i > 0 && err == nil && row > 0 && row <= 1<<21
}

func (s *sheetSource) next() (Line, error) {
	for {
		token, err := s.xml.RawToken()
		if errors.Is(err, io.EOF) {
			return Line{}, io.EOF
		}
		if err != nil {
			return Line{}, errBadWorkbook.Because(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "row" {
				line, err := s.readRow(t)
				if err != nil {
					return line, badWorkbook(err)
				}
				return line, nil
			}
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				return Line{}, io.EOF
			}
		}
	}
}

func (s *sheetSource) readRow(start xml.StartElement) (Line, error) {
	s.row++
	if n, err := strconv.Atoi(attr(start, "r")); err == nil && n > 0 && n <= 1<<21 {
		s.row = n
	}
	line := Line{Number: s.row}
	clear(s.cells)
	s.cells = s.cells[:0]
	column := -1
	for {
		token, err := s.xml.RawToken()
		if err != nil {
			return line, noEnd(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			column++
			if at, _, ok := coordinates(attr(t, "r")); ok {
				column = at
			}
			c, err := s.readCell(t)
			if err != nil {
				return line, err
			}
			switch {
			case c.Kind == Blank:
			case column >= s.book.options.MaxColumns:
				line.Dropped++
			default:
				s.put(column, c)
			}
		case xml.EndElement:
			if t.Name.Local == "row" {
				s.spread()
				line.Cells = s.cells
				return line, nil
			}
		}
	}
}

func (s *sheetSource) put(column int, c Cell) {
	for len(s.cells) <= column {
		s.cells = append(s.cells, Cell{})
	}
	s.cells[column] = c
}

// spread gives every cell of a merged block the value of its top-left one.
func (s *sheetSource) spread() {
	if len(s.merges) == 0 {
		return
	}
	s.active = slices.DeleteFunc(s.active, func(m *merge) bool { return m.bottom < s.row })
	for ; s.ahead < len(s.merges) && s.merges[s.ahead].top <= s.row; s.ahead++ {
		m := &s.merges[s.ahead]
		if m.bottom < s.row {
			continue
		}
		if m.top == s.row && m.left < len(s.cells) {
			m.value = s.cells[m.left]
		}
		if m.value.Kind != Blank {
			s.active = append(s.active, m)
		}
	}
	for _, m := range s.active {
		for column := m.left; column <= m.right; column++ {
			if m.top == s.row && column == m.left {
				continue
			}
			c := m.value
			c.Merged = true
			s.put(column, c)
		}
	}
}

func (s *sheetSource) readCell(start xml.StartElement) (Cell, error) {
	kind, style := attr(start, "t"), attr(start, "s")
	var value []byte
	var text string
	formula, inValue, hasValue := false, false, false
	limit := 4*s.book.options.MaxCell + 4
	for {
		token, err := s.xml.RawToken()
		if err != nil {
			return Cell{}, noEnd(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				inValue, hasValue = true, true
			case "f":
				formula = true
			case "is":
				if text, err = richText(s.xml, "is", limit); err != nil {
					return Cell{}, err
				}
				kind = "inlineStr"
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "v":
				inValue = false
			case "c":
				c := s.cell(kind, style, string(value), text)
				c.Formula = formula
				if formula && (!hasValue || len(value) == 0 && kind != "str") {
					c = Cell{Kind: Unvalued, Formula: true}
				}
				return c, nil
			}
		case xml.CharData:
			if inValue && len(value) <= limit {
				value = append(value, t...)
			}
		}
	}
}

// cell makes a cell of what the file says about it.
func (s *sheetSource) cell(kind, style, value, text string) Cell {
	limit := s.book.options.MaxCell
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(s.book.texts) {
			return Cell{}
		}
		return textCell(s.book.texts[i], limit)
	case "inlineStr":
		return textCell(text, limit)
	case "str":
		return textCell(value, limit)
	case "b":
		switch strings.TrimSpace(value) {
		case "1", "true":
			return Cell{Kind: Boolean, Text: "TRUE", Number: 1}
		case "0", "false":
			return Cell{Kind: Boolean, Text: "FALSE"}
		}
		return Cell{}
	case "e":
		return Cell{Kind: Fault, Text: textCell(value, 64).Text}
	case "d":
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"} {
			if t, err := time.Parse(layout, strings.TrimSpace(value)); err == nil {
				return dateCell(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC), layout == "2006-01-02")
			}
		}
		return textCell(value, limit)
	}
	value = strings.TrimSpace(value)
	if value == "" {
		return Cell{}
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return textCell(value, limit)
	}
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(s.book.dates) {
		if f := s.book.dates[i]; f.date {
			if t, ok := SerialTime(n, s.book.date1904); ok {
				c := dateCell(t, !f.clock && n == math.Trunc(n))
				c.Number = n
				return c
			}
		}
	}
	return Cell{Kind: Number, Number: n, Text: strconv.FormatFloat(n, 'f', -1, 64)}
}

func dateCell(t time.Time, whole bool) Cell {
	c := Cell{Kind: Date, Time: t, Whole: whole}
	switch {
	case t.Year() < 1900:
		c.Text = t.Format("15:04:05")
	case whole:
		c.Text = t.Format("2006-01-02")
	default:
		c.Text = t.Format("2006-01-02 15:04:05")
	}
	if !whole {
		c.Text = strings.TrimSuffix(c.Text, ":00")
	}
	return c
}

// SerialTime returns the moment a spreadsheet means by a number: days since the beginning of 1900 (counting a leap day
// that never was), or of 1904. ok is false for numbers no spreadsheet takes for a date.
func SerialTime(n float64, from1904 bool) (t time.Time, ok bool) {
	if n < 0 || n >= 2_958_466 {
		return t, false
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from1904 && n >= 1:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n >= 1 && n < 60:
		base = base.AddDate(0, 0, 1)
	}
	days := math.Floor(n)
	seconds := math.Round((n - days) * 86400)
	return base.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second), true
}
