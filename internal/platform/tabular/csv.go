package tabular

import (
	"bytes"
	"io"
	"unicode/utf8"

	"millrace/internal/platform/problem"
)

func (r *Reader) openCSV(in io.Reader) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return unreadable(err)
	}
	text := decodeText(raw)
	comma, skip := sniff(text)
	r.source = &csvSource{text: text, pos: skip, comma: comma, maxCell: r.options.MaxCell}
	return nil
}

// csvSource cuts text into records. Unlike encoding/csv it counts rows as a spreadsheet does, takes quotes inside an
// unquoted cell as they are, and tells an unclosed quote from text behind a closed one.
type csvSource struct {
	text    []byte
	pos     int
	comma   byte
	row     int
	maxCell int
	cells   []string
	buffer  []byte
}

func (c *csvSource) close() error { return nil }

func (c *csvSource) next() (int, []string, error) {
	if c.pos >= len(c.text) {
		return 0, nil, io.EOF
	}
	c.row++
	c.cells = c.cells[:0]
	for {
		cell, last, err := c.cell()
		if err != nil {
			return 0, nil, err
		}
		if len(cell) > c.maxCell && utf8.RuneCount(cell) > c.maxCell {
			return 0, nil, cellTooLong(c.row, len(c.cells), c.maxCell)
		}
		if len(c.cells) < 1<<15 {
			c.cells = append(c.cells, unguard(cell))
		}
		if last {
			return c.row, c.cells, nil
		}
	}
}

// cell reads one cell and what ends it; last says that it was the end of the row.
func (c *csvSource) cell() (cell []byte, last bool, err error) {
	if c.pos < len(c.text) && c.text[c.pos] == '"' {
		return c.quoted()
	}
	start := c.pos
	for c.pos < len(c.text) {
		if b := c.text[c.pos]; b == c.comma || b == '\n' || b == '\r' {
			break
		}
		c.pos++
	}
	cell = c.text[start:c.pos]
	return cell, c.end(), nil
}

// end steps over the separator at the position and says whether it ended the row.
func (c *csvSource) end() bool {
	if c.pos >= len(c.text) {
		return true
	}
	b := c.text[c.pos]
	c.pos++
	if b == '\r' && c.pos < len(c.text) && c.text[c.pos] == '\n' {
		c.pos++
	}
	return b != c.comma
}

func (c *csvSource) quoted() ([]byte, bool, error) {
	c.pos++
	c.buffer = c.buffer[:0]
	for {
		i := bytes.IndexByte(c.text[c.pos:], '"')
		if i < 0 {
			return nil, false, quoteProblem("quote_not_closed", c.row, len(c.cells), "A quote is opened at %s and never closed.")
		}
		c.buffer = append(c.buffer, c.text[c.pos:c.pos+i]...)
		c.pos += i + 1
		if len(c.buffer) > 4*c.maxCell+4 {
			return nil, false, cellTooLong(c.row, len(c.cells), c.maxCell)
		}
		if c.pos < len(c.text) && c.text[c.pos] == '"' {
			c.buffer = append(c.buffer, '"')
			c.pos++
			continue
		}
		if c.pos < len(c.text) {
			if b := c.text[c.pos]; b != c.comma && b != '\n' && b != '\r' {
				return nil, false, quoteProblem("quote_not_doubled", c.row, len(c.cells), "At %s text follows a closing quote. Write a quote inside a cell twice.")
			}
		}
		return c.buffer, c.end(), nil
	}
}

func quoteProblem(code string, row, column int, format string) error {
	p := problem.Newf(problem.Invalid, code, format, at(row, column))
	return p.With(problem.Field{Path: at(row, column), Code: code, Message: p.Message})
}

// unguard takes off the apostrophe that [CSVWriter] puts before a cell a spreadsheet would run as a formula.
func unguard(cell []byte) string {
	if len(cell) > 1 && cell[0] == '\'' && risky(string(cell)) {
		cell = cell[1:]
	}
	return string(cell)
}

// sniff finds the separator: the one that cuts the first rows into the most columns most evenly. A first line "sep=;"
// decides at once and is skipped.
func sniff(text []byte) (comma byte, skip int) {
	if len(text) >= 5 && bytes.EqualFold(text[:4], []byte("sep=")) {
		if end := bytes.IndexAny(text, "\r\n"); end == 5 {
			for skip = end; skip < len(text) && (text[skip] == '\r' || text[skip] == '\n'); skip++ {
			}
			return text[4], skip
		}
	}
	best := 0
	comma = ','
	for _, candidate := range []byte{',', ';', '\t', '|'} {
		if score := evenness(text, candidate); score > best {
			best, comma = score, candidate
		}
	}
	return comma, 0
}

// evenness scores a separator by the columns it makes of the header and by the rows that agree with it. A title that
// stands in one cell above the header does not count where most of what is below it agrees.
func evenness(text []byte, comma byte) int {
	const look = 20
	s := &csvSource{text: text[:min(len(text), 64<<10)], comma: comma, maxCell: 64 << 10}
	width, agree, rows, titles := 0, 0, 0, 0
	for rows+titles < look {
		_, cells, err := s.next()
		if err != nil {
			break
		}
		switch n := len(trimRight(cells)); {
		case n == 0:
			continue
		case width == 0 && n == 1 && len(cells) == 1:
			titles++
			continue
		}
		if rows++; rows == 1 {
			width = len(cells)
		} else if len(cells) == width {
			agree++
		}
	}
	if width < 2 || titles > 0 && (agree == 0 || 2*(agree+1) <= rows) {
		return 0
	}
	return width*1000 + agree*1000*width/max(1, rows-1)
}
