package environmentkpi

import (
	"bytes"
	"fmt"

	"github.com/xuri/excelize/v2"

	"millrace/internal/platform/tabular"
)

// table is a part of the report as rows: texts, numbers, and nil for what is not known.
type table struct {
	name   string
	header []string
	rows   [][]any
}

func (t *table) add(cells ...any) { t.rows = append(t.rows, cells) }

// cellOf turns an optional number into a cell.
func cellOf[T float64 | int64](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// amountCell turns minor units into a number with two places.
func amountCell(v *int64) any {
	if v == nil {
		return nil
	}
	return float64(*v) / 100
}

// tables lays out a report.
func (r *ReportView) tables() []table {
	figures := table{name: "Figures", header: []string{"Figure", "Value", "Rests on", "Unit"}}
	figures.add("Unit", r.scopeName(), nil, "")
	figures.add("From", r.Window.From.Format("2006-01-02 15:04"), nil, "UTC")
	figures.add("To", r.Window.To.Format("2006-01-02 15:04"), nil, "UTC")
	figures.add("Time zone", r.Window.Zone, nil, "")
	measure := func(name string, m MeasureView, unit string) { figures.add(name, cellOf(m.Value), m.N, unit) }
	spread := func(name string, s SpreadView) {
		figures.add(name+", median", cellOf(s.Median), s.N, "hours")
		figures.add(name+", 90th percentile", cellOf(s.P90), s.N, "hours")
	}
	u, b, o := &r.Utilisation, &r.Bookings, &r.Outages
	measure("Environments", u.Environments, "")
	measure("Capacity", u.Capacity, "hours")
	measure("Booked", u.Booked, "hours")
	measure("Used", u.Used, "hours")
	measure("Booked without a sign of life", u.Unused, "hours")
	measure("Idle", u.Idle, "hours")
	measure("Booked in capacity", u.BookedShare, "share")
	measure("Used in capacity", u.UsedShare, "share")
	measure("Bookings", b.Total, "")
	measure("Rejection rate", b.Rejection, "share")
	measure("Contested rate", b.Contested, "share")
	measure("No-show rate", b.NoShow, "share")
	measure("Freed unused", b.Freed, "")
	spread("Time to decide", b.Decision)
	spread("Time on the waitlist", b.Waited)
	measure("Waiting now", b.Waiting, "")
	for _, q := range r.Requests {
		name := map[string]string{"booking_request": "Booking requests", "environment_change_request": "Environment change requests"}[q.Kind]
		spread(name, q.Hours)
		measure(name+", breach of the agreed time", q.Breaches, "share")
	}
	measure("Unplanned outages", o.Unplanned, "hours")
	measure("Planned outages", o.Planned, "hours")
	for _, s := range []struct {
		name string
		v    SpreadView
	}{{"Mean time to detect", o.Detect}, {"Mean time to find", o.Find}, {"Mean time to restore", o.Restore}} {
		figures.add(s.name, cellOf(s.v.Mean), s.v.N, "hours")
	}
	figures.add("Cost of capacity", amountCell(r.Cost.Capacity), r.Cost.N, r.Cost.Currency)
	figures.add("Cost of booked hours", amountCell(r.Cost.Booked), r.Cost.N, r.Cost.Currency)
	figures.add("Cost of idle hours", amountCell(r.Cost.Idle), r.Cost.N, r.Cost.Currency)

	statuses := table{name: "Bookings", header: []string{"Status", "Bookings"}}
	for _, s := range b.ByStatus {
		statuses.add(s.Status, s.N)
	}
	trend := table{name: "Trend", header: []string{"Month", "Booked share", "Rejection rate", "Contested rate", "Unplanned hours", "Planned hours", "Hours to detect", "Hours to find", "Hours to restore"}}
	for _, t := range r.Trend {
		trend.add(t.Month, cellOf(t.Booked.Value), cellOf(t.Rejection.Value), cellOf(t.Contested.Value), cellOf(t.Unplanned.Value), cellOf(t.Planned.Value),
			cellOf(t.Detect.Value), cellOf(t.Find.Value), cellOf(t.Restore.Value))
	}
	y := &r.YearOnYear
	trend.add("Change from "+y.Before, cellOf(y.Booked), cellOf(y.Rejection), cellOf(y.Contested), cellOf(y.Unplanned), cellOf(y.Planned), nil, nil, cellOf(y.Restore))
	week := table{name: "Week", header: []string{"Weekday", "Hour", "Capacity hours", "Booked share", "Used share"}}
	for _, h := range r.Heat {
		week.add(weekdays[h.Weekday-1], h.Hour, h.Capacity, cellOf(h.Booked), cellOf(h.Used))
	}
	demand := func(name string, list []DemandView) table {
		t := table{name: name, header: []string{"Name", "Demanded hours", "Capacity hours", "Demand in capacity", "Bookings"}}
		for _, d := range list {
			t.add(orNone(d.Name), d.Demanded, d.Capacity, cellOf(d.Share), d.N)
		}
		return t
	}
	charge := func(name string, list []ChargeView) table {
		t := table{name: name, header: []string{"Name", "Hours", r.Cost.Currency, "Bookings"}}
		for _, c := range list {
			t.add(orNone(c.Name), c.Hours, amountCell(c.Amount), c.N)
		}
		return t
	}
	return []table{figures, statuses, trend, week, demand("Demand by usage", r.ByUsage), demand("Demand by application", r.ByApplication),
		charge("Cost by unit", r.Cost.Unit), charge("Cost by application", r.Cost.Application), charge("Cost by release", r.Cost.Release)}
}

var weekdays = [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

func orNone(name string) string {
	if name == "" {
		return "(none)"
	}
	return name
}

func (r *ReportView) scopeName() string {
	if r.Unit == nil {
		return "All units"
	}
	return r.Unit.Name
}

// title names the time of a report.
func (r *ReportView) title() string {
	if r.Window.Month != "" {
		return r.Window.Month
	}
	return r.Window.From.Format("2006-01-02") + " to " + r.Window.To.Format("2006-01-02")
}

// fileName is a name without anything a file system or a header minds.
func (r *ReportView) fileName(format string) string {
	name := r.Window.Month
	if name == "" {
		name = r.Window.From.Format("2006-01-02") + "_" + r.Window.To.Format("2006-01-02")
	}
	return "environments-" + name + "." + format
}

// file makes the report in a format.
func (r *ReportView) file(format string) ([]byte, error) {
	if format == "pdf" {
		return r.pdf()
	}
	return r.workbook()
}

// workbook makes a spreadsheet with a sheet per part. Texts cannot run as formulas.
func (r *ReportView) workbook() ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	for i, t := range r.tables() {
		if i == 0 {
			err = f.SetSheetName("Sheet1", t.name)
		} else {
			_, err = f.NewSheet(t.name)
		}
		if err != nil {
			return nil, err
		}
		if err := writeSheet(f, t, bold); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", t.name, err)
		}
	}
	var out bytes.Buffer
	err = f.Write(&out)
	return out.Bytes(), err
}

func writeSheet(f *excelize.File, t table, bold int) error {
	w, err := f.NewStreamWriter(t.name)
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, 1, 34); err != nil {
		return err
	}
	if err := w.SetColWidth(2, 9, 18); err != nil {
		return err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	header := make([]any, len(t.header))
	for i, h := range t.header {
		header[i] = excelize.Cell{Value: h, StyleID: bold}
	}
	if err := w.SetRow("A1", header); err != nil {
		return err
	}
	for i, row := range t.rows {
		cells := make([]any, len(row))
		for j, c := range row {
			if text, ok := c.(string); ok {
				c = tabular.Harmless(printable(text))
			}
			cells[j] = c
		}
		at, err := excelize.CoordinatesToCellName(1, i+2)
		if err != nil {
			return err
		}
		if err := w.SetRow(at, cells); err != nil {
			return err
		}
	}
	return w.Flush()
}

// printable drops what neither XML nor a page can hold and cuts at the length of a spreadsheet's cell.
func printable(s string) string {
	kept, n := make([]rune, 0, len(s)), 0
	for _, r := range s {
		if r < ' ' || r == 0xFFFD || r == 0xFFFE || r == 0xFFFF {
			continue
		}
		if n++; n > excelize.TotalCellChars {
			break
		}
		kept = append(kept, r)
	}
	return string(kept)
}
