package httpapi

import (
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// ParseInstant reads an instant of a query: RFC 3339, or a date, which is its midnight in UTC. Typed routes read their
// time.Time members of the query in the same way; raw ones call it.
func ParseInstant(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UTC(), err
}

// instants returns the names of the members of an input that are instants in the query.
func instants(t reflect.Type) map[string]bool {
	out := map[string]bool{}
	if t.Kind() != reflect.Struct {
		return out
	}
	for i := range t.NumField() {
		f := t.Field(i)
		of := f.Type
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		name, _, _ := strings.Cut(f.Tag.Get("query"), ",")
		switch {
		case name != "" && of == reflect.TypeFor[time.Time]() && f.Tag.Get("timeFormat") == "":
			out[name] = true
		case f.Anonymous:
			for inner := range instants(of) {
				out[inner] = true
			}
		}
	}
	return out
}

// router is huma's context under a name that does not hide its method Context.
type router = huma.Context

// dayContext turns dates into instants where the route wants those.
type dayContext struct {
	router
	instants map[string]bool
}

// Unwrap returns the context of the router.
func (c dayContext) Unwrap() huma.Context { return c.router }

// Query returns a value of the query.
func (c dayContext) Query(name string) string {
	value := c.router.Query(name)
	if c.instants[name] && len(value) == len(time.DateOnly) {
		if t, err := ParseInstant(value); err == nil {
			return t.Format(time.RFC3339)
		}
	}
	return value
}
