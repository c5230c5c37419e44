package environment

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxKey         = 100
	maxName        = 200
	maxDescription = 10_000
	maxAlert       = 1_000
	maxURL         = 2_000
	maxList        = 100
	maxCapacity    = 10_000
	maxCost        = 1_000_000_000_000
)

var (
	keyShape    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	colourShape = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	kinds       = []Kind{Physical, Virtual, Cloud, Ephemeral}
	dataClasses = []DataClass{"", Synthetic, Masked, ProductionCopy}
	// reservedKeys are words that stand in the place of a key in the API's addresses.
	reservedKeys = []string{"bulk", "bulk-edit", "compare", "export"}
)

// checkKey notes what is wrong with a key. Keys stand in addresses and in pipelines, so they are kept plain.
func checkKey(faults *problem.Fields, place, key string) {
	switch {
	case key == "":
		faults.Add(place, "required", "A key is needed.")
	case len(key) > maxKey:
		faults.Add(place, "too_long", fmt.Sprintf("A key has at most %d characters.", maxKey))
	case !keyShape.MatchString(key):
		faults.Add(place, "key_invalid", "A key begins with a letter or digit and holds only letters, digits, dots, dashes and underscores.")
	case ref.Valid(ref.Environment(key)):
		faults.Add(place, "key_invalid", "A key must not look like an id.")
	case slices.Contains(reservedKeys, strings.ToLower(key)):
		faults.Add(place, "key_reserved", "This word is part of the API's addresses. Choose another key.")
	}
}

// checkText notes a text that is empty where it must not be, too long, or not text.
func checkText(faults *problem.Fields, place, s string, required bool, limit int) {
	switch {
	case required && s == "":
		faults.Add(place, "required", "This must not be empty.")
	case utf8.RuneCountInString(s) > limit:
		faults.Add(place, "too_long", fmt.Sprintf("This has more than %d characters.", limit))
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		faults.Add(place, "not_text", "This holds characters that are not text.")
	}
}

func checkColour(faults *problem.Fields, place, s string) {
	if s != "" && !colourShape.MatchString(s) {
		faults.Add(place, "colour_invalid", "A colour is written as #rrggbb.")
	}
}

// line puts a text into the form in which one-line texts are kept: single spaces, nothing around it.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// tidy brings the texts into the form in which they are kept and fills what was left out.
func (e *Environment) tidy() {
	e.Key, e.Name, e.Vendor = strings.TrimSpace(e.Key), line(e.Name), line(e.Vendor)
	e.Description, e.Alert, e.URL = strings.TrimSpace(e.Description), strings.TrimSpace(e.Alert), strings.TrimSpace(e.URL)
	e.Colour = strings.ToLower(strings.TrimSpace(e.Colour))
	if e.Kind == "" {
		e.Kind = Virtual
	}
	if e.Name == "" {
		e.Name = e.Key
	}
	e.Techs = tidyList(e.Techs)
	e.KeyFolded, e.NameFolded = ref.NameKey(e.Key), ref.NameKey(e.Name)
	for _, t := range []**time.Time{&e.ExpiresAt, &e.DataRefreshedAt} {
		if *t != nil {
			u := (*t).UTC().Truncate(time.Microsecond)
			*t = &u
		}
	}
}

// tidyList returns the texts without empty ones and repetitions, in their order.
func tidyList(list []string) []string {
	out, seen := []string{}, map[string]bool{}
	for _, s := range list {
		if s = line(s); s != "" && !seen[ref.NameKey(s)] {
			seen[ref.NameKey(s)] = true
			out = append(out, s)
		}
	}
	return out
}

// check notes what is wrong with an environment; prefix is where it stands in the input.
func (e *Environment) check(faults *problem.Fields, prefix string) {
	checkKey(faults, prefix+"key", e.Key)
	checkText(faults, prefix+"name", e.Name, true, maxName)
	checkText(faults, prefix+"description", e.Description, false, maxDescription)
	checkText(faults, prefix+"vendor", e.Vendor, false, maxName)
	checkText(faults, prefix+"alert", e.Alert, false, maxAlert)
	checkText(faults, prefix+"url", e.URL, false, maxURL)
	checkColour(faults, prefix+"colour", e.Colour)
	if e.URL != "" {
		u, err := url.Parse(e.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			faults.Add(prefix+"url", "url_invalid", "An address begins with http:// or https://.")
		} else if u.User != nil {
			faults.Add(prefix+"url", "url_invalid", "The address must hold neither a user nor a password.")
		}
	}
	if e.Unit == "" {
		faults.Add(prefix+"unitId", "required", "Say which unit the environment belongs to, or name its application.")
	}
	if !slices.Contains(kinds, e.Kind) {
		faults.Add(prefix+"kind", "kind_unknown", "A kind is physical, virtual, cloud or ephemeral.")
	}
	if e.Kind == Ephemeral && e.ExpiresAt == nil {
		faults.Add(prefix+"expiresAt", "required", "Say when the ephemeral environment expires.")
	}
	if e.Capacity < 1 || e.Capacity > maxCapacity {
		faults.Add(prefix+"capacity", "capacity_invalid", fmt.Sprintf("The capacity is between 1 (exclusive) and %d.", maxCapacity))
	}
	if !slices.Contains(dataClasses, e.DataClass) {
		faults.Add(prefix+"dataClass", "data_class_unknown", "A data class is synthetic, masked or production_copy.")
	}
	if e.CostPerHour < 0 || e.CostPerHour > maxCost {
		faults.Add(prefix+"costPerHour", "cost_invalid", "The cost per hour is not negative and counted in the smallest unit of the currency.")
	}
	if len(e.Techs) > maxList {
		faults.Add(prefix+"techs", "too_many", fmt.Sprintf("There are at most %d techs.", maxList))
	}
	for i, s := range e.Techs {
		checkText(faults, fmt.Sprintf("%stechs[%d]", prefix, i), s, true, maxName)
	}
	for _, t := range []struct {
		at    *time.Time
		place string
	}{{e.ExpiresAt, "expiresAt"}, {e.DataRefreshedAt, "dataRefreshedAt"}} {
		if t.at != nil && (t.at.Year() < 1970 || t.at.Year() > 9999) {
			faults.Add(prefix+t.place, "time_invalid", "The year is between 1970 and 9999.")
		}
	}
}

func (g *Group) tidy() {
	g.Key, g.Name, g.Vendor = strings.TrimSpace(g.Key), line(g.Name), line(g.Vendor)
	g.Description, g.Alert, g.Colour = strings.TrimSpace(g.Description), strings.TrimSpace(g.Alert), strings.ToLower(strings.TrimSpace(g.Colour))
	if g.Name == "" {
		g.Name = g.Key
	}
	g.KeyFolded, g.NameFolded = ref.NameKey(g.Key), ref.NameKey(g.Name)
}

func (g *Group) check(faults *problem.Fields) {
	checkKey(faults, "body.key", g.Key)
	checkText(faults, "body.name", g.Name, true, maxName)
	checkText(faults, "body.description", g.Description, false, maxDescription)
	checkText(faults, "body.vendor", g.Vendor, false, maxName)
	checkText(faults, "body.alert", g.Alert, false, maxAlert)
	checkColour(faults, "body.colour", g.Colour)
	if g.Unit == "" {
		faults.Add("body.unitId", "required", "Say which unit the group belongs to.")
	}
}

// whyNotBookable says why an environment takes no bookings now, or "".
func whyNotBookable(e Environment, status string, notBookable bool, now time.Time) string {
	switch {
	case e.State == Deleted:
		return fmt.Sprintf("%s was deleted.", e.Name)
	case e.ExpiresAt != nil && !e.ExpiresAt.After(now):
		return fmt.Sprintf("%s expired on %s.", e.Name, clock.Tell(e.ExpiresAt.UTC()))
	case notBookable:
		return fmt.Sprintf("%s has the status %q, which takes no bookings.", e.Name, status)
	}
	return ""
}

// cycle reports whether giving env the parent would make it its own ancestor; above holds the ancestors of the parent,
// itself included.
func cycle(env ref.Environment, above []ref.Environment) bool { return slices.Contains(above, env) }

// blocks reports whether any consequence keeps the change from happening.
func blocks(list []Consequence) bool {
	return slices.ContainsFunc(list, func(c Consequence) bool { return c.Blocking })
}

// quantity is a number with its noun.
func quantity(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
