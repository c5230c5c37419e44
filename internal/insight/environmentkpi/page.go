package environmentkpi

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

// colour is red, green and blue.
type colour [3]int

var (
	ink     = colour{31, 41, 55}
	faint   = colour{107, 114, 128}
	rule    = colour{226, 229, 234}
	accent  = colour{37, 99, 235}
	warning = colour{217, 119, 6}
	danger  = colour{200, 44, 52}
	paper   = colour{246, 247, 249}
)

// sheetWidth is the width of the page between its margins, in millimetres.
const (
	margin     = 14.0
	sheetWidth = 210 - 2*margin
)

// page draws a report. The fonts are those every reader of PDF has; they know the letters of western Europe, and what
// they do not know is shown as a question mark.
type page struct {
	*fpdf.Fpdf
	text func(string) string
	y    float64
}

// pdf draws the report on two pages.
func (r *ReportView) pdf() ([]byte, error) {
	p := &page{Fpdf: fpdf.New("P", "mm", "A4", "")}
	p.text = p.UnicodeTranslatorFromDescriptor("")
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(false, 0)
	p.SetCellMargin(0)
	p.SetTitle("Environments "+r.title(), true)
	p.SetCreator("Millrace", true)
	// The same figures make the same file.
	p.SetCreationDate(r.Window.To)
	p.SetModificationDate(r.Window.To)
	p.SetCatalogSort(true)
	p.AddPage()
	p.head(r)
	p.tiles(r)
	p.trendCharts(r)
	p.week(r)
	p.AddPage()
	p.y = margin
	p.second(r)
	var out bytes.Buffer
	err := p.Output(&out)
	return out.Bytes(), err
}

func (p *page) ink(c colour)  { p.SetTextColor(c[0], c[1], c[2]) }
func (p *page) fill(c colour) { p.SetFillColor(c[0], c[1], c[2]) }
func (p *page) line(c colour) { p.SetDrawColor(c[0], c[1], c[2]) }

// write puts text at a place, cut to a width.
func (p *page) write(x, y, width, size float64, style, align string, c colour, s string) {
	p.SetFont("Helvetica", style, size)
	p.ink(c)
	s = p.text(printable(s))
	if p.GetStringWidth(s) > width {
		for len(s) > 0 && p.GetStringWidth(s+"...") > width {
			s = s[:len(s)-1]
		}
		s += "..."
	}
	p.SetXY(x, y)
	p.CellFormat(width, size*0.5, s, "", 0, align, false, 0, "")
}

func (p *page) head(r *ReportView) {
	p.write(margin, margin, sheetWidth, 18, "B", "L", ink, "Test environments, "+r.title())
	sub := r.scopeName() + "  ·  " + r.Window.Zone
	if r.Window.Partial {
		sub += "  ·  not over yet"
	}
	p.write(margin, margin+9, sheetWidth, 10, "", "L", faint, sub)
	p.y = margin + 18
}

func percent(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(math.Round(*v*1000)/10, 'f', -1, 64) + " %"
}

func plainHours(v *float64) string {
	if v == nil {
		return "-"
	}
	if math.Abs(*v) >= 100 {
		return thousands(int64(math.Round(*v))) + " h"
	}
	return strconv.FormatFloat(math.Round(*v*10)/10, 'f', -1, 64) + " h"
}

func amount(v *int64, currency string) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%s.%02d %s", thousands(*v/100), *v%100, currency)
}

// thousands writes a whole number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (p *page) tiles(r *ReportView) {
	u, b, o := &r.Utilisation, &r.Bookings, &r.Outages
	list := [][3]string{
		{"Booked", percent(u.BookedShare.Value), plainHours(u.Booked.Value) + " of " + plainHours(u.Capacity.Value)},
		{"Used", percent(u.UsedShare.Value), plainHours(u.Used.Value)},
		{"Idle", plainHours(u.Idle.Value), fmt.Sprintf("%d environments", u.Environments.N)},
		{"Rejected", percent(b.Rejection.Value), fmt.Sprintf("of %d decided", b.Rejection.N)},
		{"Contested", percent(b.Contested.Value), fmt.Sprintf("of %d bookings", b.Contested.N)},
		{"No-shows", percent(b.NoShow.Value), fmt.Sprintf("of %d that are over", b.NoShow.N)},
		{"Unplanned out", plainHours(o.Unplanned.Value), fmt.Sprintf("%d outages, planned %s", o.Unplanned.N, plainHours(o.Planned.Value))},
		{"Restored in", plainHours(o.Restore.Mean), fmt.Sprintf("mean of %d, detected in %s", o.Restore.N, plainHours(o.Detect.Mean))},
	}
	const across, gap, high = 4, 3.0, 21.0
	wide := (sheetWidth - gap*(across-1)) / across
	for i, t := range list {
		x, y := margin+float64(i%across)*(wide+gap), p.y+float64(i/across)*(high+gap)
		p.fill(paper)
		p.RoundedRect(x, y, wide, high, 1.5, "1234", "F")
		p.write(x+3, y+2.5, wide-6, 8, "", "L", faint, t[0])
		p.write(x+3, y+8, wide-6, 15, "B", "L", ink, t[1])
		p.write(x+3, y+16, wide-6, 7, "", "L", faint, t[2])
	}
	p.y += 2*(high+gap) + 4
}

func (p *page) heading(s string) {
	p.write(margin, p.y, sheetWidth, 11, "B", "L", ink, s)
	p.y += 8
}

// series is a row of values of a chart.
type series struct {
	name string
	c    colour
	v    []*float64
}

func (p *page) trendCharts(r *ReportView) {
	months := make([]string, len(r.Trend))
	booked, contested := series{"Booked", accent, nil}, series{"Contested", warning, nil}
	unplanned, planned := series{"Unplanned", danger, nil}, series{"Planned", faint, nil}
	for i, t := range r.Trend {
		months[i] = t.Month
		booked.v, contested.v = append(booked.v, t.Booked.Value), append(contested.v, t.Contested.Value)
		unplanned.v, planned.v = append(unplanned.v, t.Unplanned.Value), append(planned.v, t.Planned.Value)
	}
	half := (sheetWidth - 8) / 2
	p.heading("Thirteen months")
	p.chart(margin, half, "Share of capacity and of bookings", months, []series{booked, contested}, false, percent)
	p.chart(margin+half+8, half, "Hours out", months, []series{unplanned, planned}, true, plainHours)
	p.y += 66
}

// chart draws lines, or bars one on the other. What is not known leaves a gap.
func (p *page) chart(x, width float64, title string, labels []string, list []series, bars bool, show func(*float64) string) {
	const high, low = 42.0, 12.0
	top := 0.0
	for i := range labels {
		sum := 0.0
		for _, s := range list {
			if s.v[i] == nil {
				continue
			}
			if bars {
				sum += *s.v[i]
			} else {
				sum = max(sum, *s.v[i])
			}
		}
		top = max(top, sum)
	}
	if top == 0 {
		top = 1
	}
	p.write(x, p.y, width, 8, "", "L", faint, title)
	left := x
	for _, s := range list {
		p.fill(s.c)
		p.Rect(left, p.y+6, 2.5, 2.5, "F")
		p.write(left+3.5, p.y+5.2, 30, 7, "", "L", faint, s.name)
		left += 28
	}
	y0, base := p.y+low, p.y+low+high
	p.line(rule)
	p.SetLineWidth(0.2)
	for _, share := range []float64{0, 0.5, 1} {
		y := base - share*high
		p.Line(x, y, x+width, y)
		if share == 0 {
			continue // the line itself
		}
		v := share * top
		p.write(x, y-3.4, 24, 6, "", "L", faint, show(&v))
	}
	step := width / float64(len(labels))
	at := func(i int) float64 { return x + step*(float64(i)+0.5) }
	for i, l := range labels {
		if i%3 == 0 || i == len(labels)-1 && i%3 == 0 {
			p.write(at(i)-8, base+1, 16, 6, "", "C", faint, l)
		}
		below := base
		for _, s := range list {
			if v := s.v[i]; bars && v != nil && *v > 0 {
				h := *v / top * high
				p.fill(s.c)
				p.Rect(at(i)-step*0.32, below-h, step*0.64, h, "F")
				below -= h
			}
		}
	}
	if bars {
		return
	}
	for _, s := range list {
		p.line(s.c)
		p.fill(s.c)
		p.SetLineWidth(0.5)
		for i, v := range s.v {
			if v == nil {
				continue
			}
			y := y0 + high - *v/top*high
			if i > 0 && s.v[i-1] != nil {
				p.Line(at(i-1), y0+high-*s.v[i-1]/top*high, at(i), y)
			}
			p.Circle(at(i), y, 0.7, "F")
		}
	}
}

// week draws how much of each hour of the week is booked.
func (p *page) week(r *ReportView) {
	p.heading("Booked by hour and weekday (" + r.Window.Zone + ")")
	const left, high = 12.0, 5.6
	wide := (sheetWidth - left) / 24
	for _, h := range r.Heat {
		x, y := margin+left+float64(h.Hour)*wide, p.y+float64(h.Weekday-1)*high
		c := paper
		if h.Booked != nil {
			t := math.Min(1, *h.Booked)
			for i := range c {
				c[i] = int(math.Round(float64(paper[i]) + t*float64(accent[i]-paper[i])))
			}
		}
		p.fill(c)
		p.Rect(x, y, wide-0.4, high-0.4, "F")
		if h.Hour == 0 {
			p.write(margin, y+0.9, left, 7, "", "L", faint, weekdays[h.Weekday-1][:3])
		}
		if h.Weekday == 7 && h.Hour%3 == 0 {
			p.write(x-4, y+high+0.6, wide+8, 6, "", "C", faint, strconv.Itoa(h.Hour))
		}
	}
	p.y += 7*high + 8
	v := 1.0
	p.write(margin, p.y, sheetWidth, 7, "", "L", faint, "From light, nothing booked, to full colour, "+percent(&v)+" booked.")
}

// shownRows is how many rows of a table a page shows; the workbook holds them all.
const shownRows = 6

func (p *page) second(r *ReportView) {
	demand := func(list []DemandView) (rows [][]string, shares []*float64) {
		for _, d := range list {
			rows = append(rows, []string{orNone(d.Name), plainHours(&d.Demanded), plainHours(&d.Capacity), percent(d.Share)})
			shares = append(shares, d.Share)
		}
		return rows, shares
	}
	head := []string{"", "Demanded", "Capacity", "Share"}
	rows, shares := demand(r.ByUsage)
	p.rows("Demand against capacity by usage", head, rows, shares)
	rows, shares = demand(r.ByApplication)
	p.rows("Demand against capacity by application", head, rows, shares)
	charge := func(title string, list []ChargeView) {
		var rows [][]string
		for _, c := range list {
			rows = append(rows, []string{orNone(c.Name), plainHours(&c.Hours), amount(c.Amount, r.Cost.Currency), strconv.Itoa(c.N)})
		}
		p.rows(title, []string{"", "Booked", "Cost", "Bookings"}, rows, nil)
	}
	charge("Cost by unit of the booking", r.Cost.Unit)
	charge("Cost by application", r.Cost.Application)
	if len(r.Cost.Release) > 1 || len(r.Cost.Release) == 1 && r.Cost.Release[0].ID != "" {
		charge("Cost by release", r.Cost.Release)
	}
}

// rows draws the first rows of a table, with a bar where shares are given.
func (p *page) rows(title string, head []string, rows [][]string, shares []*float64) {
	const high = 4.6
	if need := 18 + high*float64(min(len(rows), shownRows)); p.y+need > 297-margin {
		p.AddPage()
		p.y = margin
	}
	p.heading(title)
	widths := []float64{70, 30, 34, 24}
	x := margin
	for i, h := range head {
		p.write(x, p.y, widths[i]-2, 7, "", align(i), faint, h)
		x += widths[i]
	}
	p.y += high
	if len(rows) == 0 {
		p.write(margin, p.y, sheetWidth, 8, "", "L", faint, "Nothing in this time.")
		p.y += high
	}
	for i, row := range rows {
		if i == shownRows {
			p.write(margin, p.y, sheetWidth, 7, "", "L", faint, fmt.Sprintf("and %d more in the workbook", len(rows)-shownRows))
			p.y += high
			break
		}
		x := margin
		for j, c := range row {
			p.write(x, p.y, widths[j]-2, 8, "", align(j), ink, c)
			x += widths[j]
		}
		if shares != nil && shares[i] != nil {
			c := accent
			if *shares[i] > 1 {
				c = danger
			}
			p.fill(c)
			p.Rect(x+2, p.y+0.6, math.Max(0.2, math.Min(1, *shares[i])*(sheetWidth+margin-x-4)), 2.8, "F")
		}
		p.y += high
	}
	p.y += 5
}

func align(column int) string {
	if column == 0 {
		return "L"
	}
	return "R"
}
