package sheet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/tabular"
)

// plan goes through a sheet and decides about every row. A check and a run are the same plan; only the run writes.
type plan struct {
	s       *Service
	imp     *Import
	book    *tabular.Book
	columns map[string]int
	zone    *time.Location
	order   DateOrder
	dir     *directory
	write   bool
	sink    *sink
	counts  Counts
	notes   []Note
	// ambiguous are the rows with dates that can be read in two ways; proves counts the cells that prove an order.
	ambiguous      []int
	ambiguousCount int64
	proves         map[DateOrder]int
	steps          []step
	writes         int
	tick           func(done, total int64)
	seen, total    int64
	// labels are names of records by id; money is the currency of the installation.
	labels map[string]string
	money  string
}

// line is one row of the sheet.
type line struct {
	number int
	p      *plan
	cells  []tabular.Cell
	out    outcome
}

// CellError is what is wrong with one cell, or with the row where Field is empty.
type CellError struct {
	Field   string `json:"field,omitempty"`
	Column  string `json:"column,omitempty" doc:"The letter of the column."`
	Code    string `json:"code"`
	Message string `json:"message"`
	Value   string `json:"value,omitempty"`
}

// rowError ends a run at a row.
type rowError struct {
	row int
	err error
}

func (e *rowError) Error() string { return fmt.Sprintf("row %d: %v", e.row, e.err) }

func (e *rowError) Unwrap() error { return e.err }

// newPlan prepares the way through a sheet.
func (s *Service) newPlan(i *Import, book *tabular.Book, write bool) (*plan, error) {
	p := &plan{s: s, imp: i, book: book, write: write, columns: map[string]int{}, proves: map[DateOrder]int{}, order: i.Choices.DateOrder, tick: func(int64, int64) {}}
	var err error
	if p.zone, err = interval.Zone(i.Choices.Zone); err != nil {
		return nil, err
	}
	if !slices.Contains(Kinds, i.Kind) {
		return nil, fault("body.kind", "kind_missing", "Say what the sheet holds.")
	}
	var faults problem.Fields
	used := map[int]string{}
	for key, letter := range i.Choices.Columns {
		f, known := fieldOf(i.Kind, key)
		column, ok := columnOf(letter)
		switch {
		case !known:
			faults.Add("body.columns."+key, "field_unknown", "There is no such field.")
		case !ok:
			faults.Add("body.columns."+key, "column_unknown", "A column is named by its letters: A, B … AA.")
		case used[column] != "":
			faults.Add("body.columns."+key, "column_twice", fmt.Sprintf("The column %s is chosen for %s already.", letter, used[column]))
		default:
			used[column], p.columns[key] = f.Title, column
		}
	}
	for _, f := range fields[i.Kind] {
		if _, has := p.columns[f.Key]; f.Required && !has {
			faults.Add("body.columns."+f.Key, "column_missing", fmt.Sprintf("Choose the column of %s.", f.Title))
		}
	}
	has := func(key string) bool { _, ok := p.columns[key]; return ok }
	switch i.Kind {
	case Bookings:
		if !has("environment") && !has("group") {
			faults.Add("body.columns.environment", "column_missing", "Choose the column of the environment, or of the group.")
		}
	case Components:
		if !has("name") && !has("host") && !has("application") {
			faults.Add("body.columns.name", "column_missing", "Choose the column of the component, of the application or of the host.")
		}
	}
	return p, faults.Err("columns_invalid", "The columns are not chosen so that the sheet can be read.")
}

// columnOf reads the letters of a column, counted from 0.
func columnOf(letters string) (int, bool) {
	n := 0
	for _, r := range strings.ToUpper(letters) {
		if r < 'A' || r > 'Z' || n > 1000 {
			return 0, false
		}
		n = n*26 + int(r-'A') + 1
	}
	return n - 1, n > 0
}

// has reports whether a field has a column.
func (p *plan) has(key string) bool { _, ok := p.columns[key]; return ok }

// scan hands every row below the header to fn.
func (p *plan) scan(ctx context.Context, fn func(l *line) error) error {
	g, err := p.book.Grid(p.imp.Choices.Sheet)
	if err != nil {
		return err
	}
	defer func() { _ = g.Close() }()
	for n := 0; ; n++ {
		if n%256 == 0 {
			p.tick(p.seen, p.total)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		row, err := g.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if row.Number <= p.imp.Choices.HeaderRow {
			continue
		}
		p.seen++
		l := &line{number: row.Number, p: p, cells: row.Cells}
		if !l.any() {
			continue // nothing in a column that is read
		}
		l.out.number = row.Number
		if err := fn(l); err != nil {
			return err
		}
	}
}

// any reports whether the row holds anything of its own in a column that is read.
func (l *line) any() bool {
	for _, column := range l.p.columns {
		if column < len(l.cells) && l.cells[column].Kind != tabular.Blank && !l.cells[column].Merged {
			return true
		}
	}
	return false
}

// cell returns the cell of a field, blank where there is none.
func (l *line) cell(key string) tabular.Cell {
	column, ok := l.p.columns[key]
	if !ok || column >= len(l.cells) {
		return tabular.Cell{}
	}
	c := l.cells[column]
	switch c.Text {
	case "-", "–", "—", "n/a", "N/A", "#N/A":
		if c.Kind == tabular.Text || c.Kind == tabular.Fault {
			return tabular.Cell{}
		}
	}
	return c
}

// text returns what a cell says, and notes what keeps it from saying anything.
func (l *line) text(key string) string {
	c := l.cell(key)
	switch c.Kind {
	case tabular.Fault:
		l.fault(key, "formula_failed", "The formula in this cell failed.", c.Text)
	case tabular.Unvalued:
		l.fault(key, "formula_unvalued", "The value of this formula is not in the file. Open it in a spreadsheet, let it calculate, and save it again.", "")
	case tabular.TooLong:
		l.fault(key, "cell_too_long", "This cell holds more text than is read.", c.Text)
	default:
		return c.Text
	}
	return ""
}

// bad reports a cell that holds no value although it is not blank, noting why.
func (l *line) bad(key string) bool {
	n := len(l.out.errors)
	l.text(key)
	return len(l.out.errors) > n
}

// fault notes what is wrong with a cell.
func (l *line) fault(key, code, message, value string) {
	e := CellError{Field: key, Code: code, Message: message, Value: shorten(value, 120)}
	if column, ok := l.p.columns[key]; ok {
		e.Column = tabular.ColumnName(column)
	}
	l.out.errors = append(l.out.errors, e)
}

// faults notes the fields of a problem at the cells they belong to; places are the members of a body.
func (l *line) faults(err error, places map[string]string) {
	p := problem.Of(err)
	if p == nil {
		return
	}
	for _, f := range p.Fields {
		key := strings.TrimPrefix(f.Path, "body.")
		key, _, _ = strings.Cut(key, "[")
		if mapped, ok := places[key]; ok {
			key = mapped
		}
		if _, known := fieldOf(l.p.imp.Kind, key); !known {
			key = ""
		}
		l.fault(key, f.Code, f.Message, f.Value)
	}
	if len(p.Fields) == 0 {
		l.fault("", p.Code, p.Message, "")
	}
}

func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// moment reads a date or time; ok is false where there is none or it cannot be read, which is noted.
func (l *line) moment(key string) (moment, bool) {
	c := l.cell(key)
	if c.Kind == tabular.Blank || l.bad(key) {
		return moment{}, false
	}
	r := readMoment(c, l.p.order)
	switch {
	case r.fault != "" || r.clock:
		l.fault(key, "date_invalid", or(r.fault, "This is a time of day without a day."), c.Text)
		return moment{}, false
	case r.ambiguous:
		l.fault(key, "date_ambiguous", "Day and month cannot be told apart here. Say in which order the sheet writes them.", c.Text)
		return moment{}, false
	}
	return r.moment, true
}

// evidence notes what the dates of a row prove about their order.
func (p *plan) evidence(l *line, keys ...string) {
	for _, key := range keys {
		c := l.cell(key)
		if c.Kind != tabular.Text {
			continue
		}
		switch r := readMoment(c, p.imp.Choices.DateOrder); {
		case r.decides != "":
			p.proves[r.decides]++
		case r.ambiguous:
			if p.ambiguousCount++; len(p.ambiguous) < 5 {
				p.ambiguous = append(p.ambiguous, l.number)
			}
		}
	}
}

// settleOrder takes the order that the dates prove, where nobody chose one.
func (p *plan) settleOrder() {
	if p.order != "" || p.ambiguousCount == 0 {
		return
	}
	switch {
	case p.proves[DayFirst] > 0 && p.proves[MonthFirst] == 0:
		p.order = DayFirst
		p.note("day_first", int64(p.proves[DayFirst]), "Dates are read with the day first, because some of them can be read in no other way.")
	case p.proves[MonthFirst] > 0 && p.proves[DayFirst] == 0:
		p.order = MonthFirst
		p.note("month_first", int64(p.proves[MonthFirst]), "Dates are read with the month first, because some of them can be read in no other way.")
	}
}

func (p *plan) note(code string, count int64, message string) {
	for i := range p.notes {
		if p.notes[i].Code == code {
			p.notes[i].Count += count
			return
		}
	}
	p.notes = append(p.notes, Note{Code: code, Count: count, Message: message})
}

// observe counts what a reader should be told about the cells of a row.
func (p *plan) observe(l *line) {
	merged, formulas := false, false
	for _, column := range p.columns {
		if column < len(l.cells) {
			merged, formulas = merged || l.cells[column].Merged, formulas || l.cells[column].Formula && l.cells[column].Kind != tabular.Unvalued
		}
	}
	if merged {
		p.note("merged", 1, "Merged cells: what stands in the first counts for every row of the block.")
	}
	if formulas {
		p.note("formulas", 1, "Formulas: the values they had when the file was saved are taken.")
	}
}

// conclude gives a row its act and hands it to the sink. In a run an invalid row ends everything, unless bad rows are to be
// left out.
func (p *plan) conclude(ctx context.Context, l *line) error {
	o := &l.out
	p.counts.Rows++
	if len(o.errors) > 0 {
		o.act = "invalid"
	}
	switch o.act {
	case "new":
		p.counts.New++
	case "changed":
		p.counts.Changed++
	case "unchanged":
		p.counts.Unchanged++
	case "skipped":
		p.counts.Skipped++
	default:
		o.act = "invalid"
		p.counts.Invalid++
		if p.write && !p.imp.Choices.SkipInvalid {
			message := "The row cannot be imported."
			if len(o.errors) > 0 {
				message = o.errors[0].Message
			}
			return &rowError{o.number, problem.New(problem.Conflict, "row_invalid", message)}
		}
	}
	if o.act == "new" || o.act == "changed" {
		if p.writes++; p.writes > p.s.MostWrites {
			return problem.Newf(problem.TooLarge, "import_too_large",
				"The sheet would write more than %d records at once, which would keep everybody waiting. Split it and import the parts one after the other; rows that are there already do not count.", p.s.MostWrites)
		}
	}
	if o.clashing {
		p.counts.Clashing++
	}
	return p.sink.put(ctx, *o)
}

// try runs a use case. Where bad rows are to be left out, what a failing one did is undone alone.
func (p *plan) try(ctx context.Context, tx db.Tx, l *line, places map[string]string, fn func() error) error {
	save := p.imp.Choices.SkipInvalid
	if save {
		if _, err := tx.ExecContext(ctx, "SAVEPOINT sheet_row"); err != nil {
			return err
		}
	}
	err := fn()
	if err == nil {
		if save {
			_, err = tx.ExecContext(ctx, "RELEASE SAVEPOINT sheet_row")
		}
		return err
	}
	if problem.Of(err) == nil {
		return err
	}
	if !save {
		return &rowError{l.number, err}
	}
	if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT sheet_row"); err != nil {
		return err
	}
	l.faults(err, places)
	return nil
}
