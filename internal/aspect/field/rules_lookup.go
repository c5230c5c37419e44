package field

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxName   = 200
	maxValues = 5000
)

var (
	keyShape    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)
	memberShape = regexp.MustCompile(`^[a-z][a-zA-Z0-9]{0,59}$`)
	colourShape = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	iconShape   = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)
)

// checkList says what is wrong with a list as an owner registers it.
func checkList(l List) error {
	if !keyShape.MatchString(l.Key) || l.Title == "" || l.Tag == "" {
		return fmt.Errorf("the list %q lacks a key such as environment_usage, a title or a tag", l.Key)
	}
	seen := map[string]bool{}
	for _, a := range l.Attributes {
		if !memberShape.MatchString(a.Key) || a.Title == "" || !slices.Contains([]AttributeType{BooleanAttribute, TextAttribute, NumberAttribute}, a.Type) || seen[a.Key] {
			return fmt.Errorf("the list %s has the attribute %q twice or incompletely", l.Key, a.Key)
		}
		seen[a.Key] = true
	}
	names, defaults := map[string]bool{}, 0
	for _, v := range l.Defaults {
		var faults problem.Fields
		checkValue(&faults, "body", &v, l.Attributes)
		if names[v.NameKey] {
			return fmt.Errorf("the list %s has the value %q twice", l.Key, v.Name)
		}
		names[v.NameKey] = true
		if v.Default {
			defaults++
		}
		if err := faults.Err("lookup_invalid", "a default value of "+l.Key); err != nil {
			return err
		}
	}
	if defaults > 1 {
		return errors.New("the list " + l.Key + " has two defaults")
	}
	return nil
}

// checkValue tidies a value and notes what is wrong with it.
func checkValue(faults *problem.Fields, place string, v *Value, attributes []Attribute) {
	v.Name = line(v.Name)
	v.NameKey = ref.NameKey(v.Name)
	checkName(faults, place+".name", v.Name)
	if v.Colour = strings.ToLower(strings.TrimSpace(v.Colour)); v.Colour != "" && !colourShape.MatchString(v.Colour) {
		faults.Add(place+".colour", "colour_unreadable", "A colour is written #rrggbb, such as #1f77b4.")
	}
	if v.Icon != "" && !iconShape.MatchString(v.Icon) {
		faults.Add(place+".icon", "icon_unreadable", "An icon is named by small letters, digits and hyphens.")
	}
	if v.Attributes == nil {
		v.Attributes = Attributes{}
	}
	for key, value := range v.Attributes {
		at := slices.IndexFunc(attributes, func(a Attribute) bool { return a.Key == key })
		switch {
		case at < 0:
			faults.Add(place+".attributes."+shorten(key), "attribute_unknown", "Values of this list have no such attribute.")
		case !attributes[at].fits(value):
			faults.Add(place+".attributes."+key, "attribute_type", fmt.Sprintf("The attribute %s is a %s.", key, attributes[at].Type))
		}
	}
}

func (a Attribute) fits(v any) bool {
	ok := false
	switch a.Type {
	case BooleanAttribute:
		_, ok = v.(bool)
	case TextAttribute:
		var s string
		s, ok = v.(string)
		ok = ok && readable(s) && utf8.RuneCountInString(s) <= maxName
	case NumberAttribute:
		_, ok = v.(float64)
	}
	return ok
}

func checkName(faults *problem.Fields, place, name string) {
	switch {
	case name == "":
		faults.Add(place, "required", "The name is missing.")
	case utf8.RuneCountInString(name) > maxName:
		faults.Add(place, "too_long", "A name has at most 200 characters.")
	case !readable(name):
		faults.Add(place, "unreadable", "The name holds characters that cannot be shown.")
	}
}

// line is a text on one line with single spaces.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// readable reports whether a text can be stored and shown on both engines.
func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r'
	})
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		return string([]rune(s)[:60]) + "…"
	}
	return s
}

// keyOf makes a key from a title: "Cost centre" becomes "cost_centre".
func keyOf(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(title) {
		if r >= 'a' && r <= 'z' || b.Len() > 0 && r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			b.WriteRune(r)
			gap = false
		} else {
			gap = true
		}
		if b.Len() >= 50 {
			break
		}
	}
	return b.String()
}

// ordered checks that ids name each active value of a list exactly once.
func ordered(values []Value, ids []ref.Lookup) bool {
	if len(ids) != len(values) {
		return false
	}
	seen := map[ref.Lookup]bool{}
	for _, id := range ids {
		if seen[id] || !slices.ContainsFunc(values, func(v Value) bool { return v.ID == id }) {
			return false
		}
		seen[id] = true
	}
	return true
}
