package people

import (
	"fmt"
	"strings"
	"time"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// The columns an import of persons understands.
const (
	colName         = "Name"
	colFirstName    = "First name"
	colLastName     = "Last name"
	colEmail        = "Email"
	colNotification = "Notification email"
	colPhone        = "Phone"
	colLocation     = "Location"
	colUnit         = "Unit"
	colTeams        = "Teams"
	colRole         = "Role"
	colValidUntil   = "Valid until"
	colTimeZone     = "Time zone"
)

// ImportColumns describes the columns for templates and for the recognition of headers.
var ImportColumns = []tabular.Column{
	{Name: colName, Synonyms: []string{"Full name", "Display name", "Person", "User"}},
	{Name: colFirstName, Synonyms: []string{"Given name", "Forename"}},
	{Name: colLastName, Synonyms: []string{"Surname", "Family name"}},
	{Name: colEmail, Synonyms: []string{"E-mail address", "Email address", "Mail", "Login", "User name", "User principal name"}, Required: true},
	{Name: colNotification, Synonyms: []string{"Notification address", "Notify"}},
	{Name: colPhone, Synonyms: []string{"Telephone", "Phone number", "Mobile"}},
	{Name: colLocation, Synonyms: []string{"Office", "Site", "City"}},
	{Name: colUnit, Synonyms: []string{"Organisation", "Organization", "Department", "Organisational unit", "Portfolio", "Portfolio association"}},
	{Name: colTeams, Synonyms: []string{"Team", "Groups", "Group", "User groups"}},
	{Name: colRole, Synonyms: []string{"Roles"}},
	{Name: colValidUntil, Synonyms: []string{"Valid to", "Expires", "Expiry date", "End date"}},
	{Name: colTimeZone, Synonyms: []string{"Timezone", "TZ"}},
}

// importRow is one row as it was read: the person it describes and the names it refers to.
type importRow struct {
	number int
	// person holds what the row says; empty fields say nothing.
	person Person
	unit   string
	teams  []string
	role   string
	faults problem.Fields
}

// readRows turns a table into rows. It is pure: what a row refers to is looked up later, all rows at once.
func readRows(t *tabular.Table, m tabular.Mapping, now time.Time) []importRow {
	rows := make([]importRow, len(t.Rows))
	firstWith := make(map[string]int, len(t.Rows))
	for i, cells := range t.Rows {
		r := readRow(t.Numbers[i], cells, m, now)
		if r.person.EmailKey != "" {
			if first, twice := firstWith[r.person.EmailKey]; twice {
				r.fault(colEmail, "email_twice", fmt.Sprintf("The same address stands in row %d.", first), r.person.Email)
			} else {
				firstWith[r.person.EmailKey] = r.number
			}
		}
		if len(t.Surplus) > i && t.Surplus[i] > 0 {
			r.fault("", "surplus_cells", "The row has more cells than the header names. Is a separator inside a text not quoted?", "")
		}
		rows[i] = r
	}
	return rows
}

func readRow(number int, cells []string, m tabular.Mapping, now time.Time) importRow {
	r := importRow{number: number, unit: m.Get(cells, colUnit), teams: tabular.List(m.Get(cells, colTeams)), role: m.Get(cells, colRole)}
	p := &r.person
	p.Name = m.Get(cells, colName)
	if p.Name == "" {
		p.Name = strings.TrimSpace(m.Get(cells, colFirstName) + " " + m.Get(cells, colLastName))
	}
	p.Email, p.NotificationEmail = m.Get(cells, colEmail), m.Get(cells, colNotification)
	p.Phone, p.Location, p.TimeZone = m.Get(cells, colPhone), m.Get(cells, colLocation), m.Get(cells, colTimeZone)
	if text := m.Get(cells, colValidUntil); text != "" {
		until, err := parseDay(text)
		if err != nil {
			r.fault(colValidUntil, "date_malformed", "A date is written like 2026-12-31.", text)
		} else {
			p.ValidUntil = &until
		}
	}
	var faults problem.Fields
	checkPerson(&faults, "", p, now)
	for _, f := range faults {
		column, value := importColumn[f.Path], ""
		switch f.Path {
		case "email":
			value = p.Email
		case "notificationEmail":
			value = p.NotificationEmail
		case "timeZone":
			value = p.TimeZone
		}
		r.fault(column, f.Code, f.Message, value)
	}
	return r
}

// importColumn leads from the field of a person to the column it comes from.
var importColumn = map[string]string{
	"name": colName, "email": colEmail, "notificationEmail": colNotification, "phone": colPhone, "location": colLocation,
	"timeZone": colTimeZone, "validUntil": colValidUntil,
}

func (r *importRow) fault(column, code, message, value string) {
	if len(value) > 100 {
		value = strings.ToValidUTF8(value[:100], "") + "…"
	}
	r.faults = append(r.faults, problem.Field{Path: tabular.Place(r.number, column), Code: code, Message: message, Value: value})
}

// parseDay reads a date, on whose last second something ends, or an exact instant.
func parseDay(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02", "02.01.2006", "2006/01/02"} {
		if day, err := time.Parse(layout, text); err == nil {
			return day.Add(24*time.Hour - time.Second), nil
		}
	}
	return time.Parse(time.RFC3339, text)
}

// unitIndex finds units by what people write: a name, or the end of the way down to it, "Retail / Payments".
type unitIndex struct {
	units []Unit
	byEnd map[string][]int
}

// indexUnits takes units ordered depth first, as lists give them.
func indexUnits(units []Unit) *unitIndex {
	x := &unitIndex{units: units, byEnd: map[string][]int{}}
	way := map[ref.Unit][]string{}
	for i, u := range units {
		var names []string
		if u.Parent != nil {
			names = append(names, way[*u.Parent]...)
		}
		names = append(names, u.NameKey)
		way[u.ID] = names
		for from := range names {
			end := strings.Join(names[from:], "/")
			x.byEnd[end] = append(x.byEnd[end], i)
		}
		// The whole way from the top is always clear, also where it ends like a longer one.
		x.byEnd["/"+strings.Join(names, "/")] = []int{i}
		if len(names) > 1 {
			x.byEnd["//"+strings.Join(names[1:], "/")] = []int{i}
		}
	}
	return x
}

// find returns the unit a cell means, or the code and sentence of why it means none.
func (x *unitIndex) find(cell string) (u Unit, code, message string) {
	parts := strings.Split(cell, "/")
	for i := range parts {
		_, parts[i] = cleanName(parts[i])
	}
	key := strings.Trim(strings.Join(parts, "/"), "/")
	found := x.byEnd[key]
	if len(found) > 1 {
		for _, whole := range []string{"/" + key, "//" + key} {
			if one := x.byEnd[whole]; len(one) == 1 {
				return x.units[one[0]], "", ""
			}
		}
	}
	switch len(found) {
	case 0:
		return u, "unit_unknown", "There is no such unit, or you may not see it."
	case 1:
		return x.units[found[0]], "", ""
	}
	return u, "unit_ambiguous", fmt.Sprintf("%d units are called this. Write the way down to it, as in \"Division / Unit\".", len(found))
}
