package field

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/problem"
)

const (
	maxText      = 1000
	maxMultiline = 50_000
	maxSome      = 200
	maxFields    = 500
	maxWhole     = 1 << 53
)

var dataTypes = []DataType{Text, Multiline, Number, Decimal, Currency, Date, Time, DateTime, OneOf, SomeOf, Person, URL, Boolean}

var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

func (d DataType) drawsOnList() bool { return d == OneOf || d == SomeOf }

// checkField tidies a definition and notes what is wrong with it. Whether its list and parties exist, and whether its
// default fits, is found out elsewhere.
func checkField(faults *problem.Fields, f *CustomField) {
	f.Name, f.Group, f.Measure, f.Description = line(f.Name), line(f.Group), line(f.Measure), strings.TrimSpace(f.Description)
	checkName(faults, "body.name", f.Name)
	if len(*faults) == 0 && !keyShape.MatchString(f.Key) {
		faults.Add("body.key", "key_unreadable", "A key is made of small letters, digits and underscores and begins with a letter, such as cost_centre.")
	}
	for place, text := range map[string]string{"body.group": f.Group, "body.measure": f.Measure, "body.description": f.Description, "body.fromStatus": f.FromStatus} {
		if utf8.RuneCountInString(text) > maxText || !readable(text) {
			faults.Add(place, "unreadable", "A text here has at most 1000 characters that can be shown.")
		}
	}
	if !slices.Contains(dataTypes, f.DataType) {
		faults.Add("body.dataType", "data_type_unknown", "There is no such data type.")
	}
	if f.DataType.drawsOnList() != (f.List != "") {
		faults.Add("body.list", "list_needed", "A list or multi_list names the list it draws on; other types do not.")
	}
	if f.Mandatory == "" {
		f.Mandatory = Never
	}
	if f.FromStatus = line(f.FromStatus); !slices.Contains([]Mandatory{Never, Always, FromStatus}, f.Mandatory) || (f.Mandatory == FromStatus) != (f.FromStatus != "") {
		faults.Add("body.mandatory", "mandatory_unclear", "A field is mandatory never, always, or from_status with the name of the status in fromStatus.")
	}
	if f.Access == "" {
		f.Access = Edit
	}
	if rank(f.Access) < 0 {
		faults.Add("body.access", "access_unknown", "Access is edit, view or hide.")
	}
	for i, r := range f.Rules {
		if rank(r.Access) < 0 {
			faults.Add(fmt.Sprintf("body.accessRules[%d].access", i), "access_unknown", "Access is edit, view or hide.")
		}
	}
	if f.Rules == nil {
		f.Rules = []AccessRule{}
	}
}

func rank(a Access) int { return slices.Index([]Access{Hide, View, Edit}, a) }

// access is what somebody may do with a field on a record of the unit with the given path: the highest of the rules that
// apply to them, or else what everybody may.
func (f CustomField) access(who standing.Standing, path string) Access {
	if who.Everything(path) {
		return Edit
	}
	best := Access("")
	for _, r := range f.Rules {
		if who.Is(r.Party, path) && rank(r.Access) > rank(best) {
			best = r.Access
		}
	}
	if best == "" {
		return f.Access
	}
	return best
}

// forType reports whether records of a type carry the field.
func (f CustomField) forType(typ string) bool { return f.Type == "" || f.Type == typ }

// cell is one stored value in the column of its type.
type cell struct {
	Field   string     `bun:"field_id"`
	Subject string     `bun:"subject_id"`
	Ordinal int64      `bun:"ordinal"`
	Text    *string    `bun:"text_value"`
	Number  *float64   `bun:"number_value"`
	Time    *time.Time `bun:"time_value"`
	Boolean *bool      `bun:"boolean_value"`
	Ref     *string    `bun:"ref_value"`
}

// money is a value of the type currency.
type money struct {
	Amount   *float64 `json:"amount"`
	Currency string   `json:"currency"`
}

// read turns a value as it was sent into cells. Values of lists and persons come back as the texts that name them. No
// cells mean that the value is empty; fault says in a sentence what is wrong.
func read(d DataType, raw json.RawMessage) (cells []cell, fault string) {
	if text := strings.TrimSpace(string(raw)); text == "" || text == "null" || text == `""` || text == "[]" {
		return nil, ""
	}
	switch d {
	case Number, Decimal:
		var n float64
		if json.Unmarshal(raw, &n) != nil || d == Number && (n != math.Trunc(n) || math.Abs(n) > maxWhole) {
			return nil, map[DataType]string{Number: "This is a whole number.", Decimal: "This is a number."}[d]
		}
		return []cell{{Number: &n}}, ""
	case Currency:
		var m money
		if json.Unmarshal(raw, &m) != nil || m.Amount == nil || !currencyShape.MatchString(m.Currency) {
			return nil, `This is an amount with the code of its currency: {"amount": 12.5, "currency": "EUR"}.`
		}
		return []cell{{Number: m.Amount, Text: &m.Currency}}, ""
	case Boolean:
		var b bool
		if json.Unmarshal(raw, &b) != nil {
			return nil, "This is true or false."
		}
		return []cell{{Boolean: &b}}, ""
	case SomeOf:
		var texts []string
		if json.Unmarshal(raw, &texts) != nil || len(texts) > maxSome {
			return nil, "This is a list of at most 200 values, each by its id or name."
		}
		for i := range texts {
			cells = append(cells, cell{Ordinal: int64(i), Ref: &texts[i]})
		}
		return cells, ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil || !readable(s) {
		return nil, "This is a text of characters that can be shown."
	}
	return readText(d, s)
}

// readText is read for the types that are sent as text.
func readText(d DataType, s string) ([]cell, string) {
	most := maxText
	if d == Multiline {
		most = maxMultiline
	} else {
		s = strings.TrimSpace(s)
	}
	switch {
	case utf8.RuneCountInString(s) > most:
		return nil, fmt.Sprintf("This has at most %d characters.", most)
	case strings.TrimSpace(s) == "":
		return nil, ""
	}
	switch d {
	case Text:
		s = line(s)
	case Date:
		if t, err := time.Parse(time.DateOnly, s); err != nil || t.Year() < 1 {
			return nil, "This is a date such as 2025-03-31."
		}
	case Time:
		if _, err := time.Parse("15:04", s); err != nil || len(s) != 5 {
			return nil, "This is a time of day such as 09:30."
		}
	case DateTime:
		t, err := time.Parse(time.RFC3339, s)
		if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
			return nil, "This is an instant such as 2025-03-31T09:30:00Z."
		}
		t = clock.Normalise(t)
		return []cell{{Time: &t}}, ""
	case URL:
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, "This is a web address that begins with https:// or http://."
		}
	case OneOf, Person:
		return []cell{{Ref: &s}}, ""
	}
	return []cell{{Text: &s}}, ""
}

// Named is a value of a list or a person as a record shows it.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Colour is a list value's.
	Colour string `json:"colour,omitempty"`
	// Gone marks what was deleted since.
	Gone bool `json:"gone,omitempty"`
}

// show turns cells into the value as the API shows it; nil means empty. names hold what references are called.
func show(d DataType, cells []cell, names map[string]Named) any {
	if len(cells) == 0 {
		return nil
	}
	named := func(c cell) Named {
		if n, ok := names[*c.Ref]; ok {
			return n
		}
		return Named{ID: *c.Ref, Name: "(deleted)", Gone: true}
	}
	c := cells[0]
	switch d {
	case Number, Decimal:
		return *c.Number
	case Currency:
		return money{Amount: c.Number, Currency: *c.Text}
	case Boolean:
		return *c.Boolean
	case DateTime:
		return c.Time.UTC()
	case OneOf, Person:
		return named(c)
	case SomeOf:
		out := make([]Named, len(cells))
		for i, c := range cells {
			out[i] = named(c)
		}
		return out
	}
	return *c.Text
}

// told is a value in words, for the history.
func told(v any) any {
	switch v := v.(type) {
	case Named:
		return v.Name
	case []Named:
		names := make([]string, len(v))
		for i, n := range v {
			names[i] = n.Name
		}
		return names
	case money:
		return fmt.Sprintf("%v %s", *v.Amount, v.Currency)
	}
	return v
}
