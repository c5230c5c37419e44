package events

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"millrace/internal/platform/clock"
)

func render(template string, e Event) string {
	pairs := []string{"{actor}", e.ActorName, "{subject}", e.SubjectLabel}
	for k, v := range e.Data {
		pairs = append(pairs, "{"+k+"}", told(v))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// told writes a value for people. Instants are data for machines, as time.Time or in RFC 3339, until they are told.
func told(v any) string {
	switch v := v.(type) {
	case time.Time:
		return clock.Tell(v.UTC())
	case string:
		if len(v) > len(time.DateOnly) && v[len(time.DateOnly)] == 'T' {
			if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
				return clock.Tell(t.UTC())
			}
		}
		return v
	}
	return fmt.Sprint(v)
}

func hideSensitive(changes map[string]Change, sensitive []string) map[string]Change {
	if len(changes) == 0 || len(sensitive) == 0 {
		return changes
	}
	out := make(map[string]Change, len(changes))
	for k, c := range changes {
		for _, s := range sensitive {
			if k == s {
				c = Change{hidden(c[0]), hidden(c[1])}
			}
		}
		out[k] = c
	}
	return out
}

func hidden(v any) any {
	if v == nil {
		return nil
	}
	return "(hidden)"
}

// Diff compares two values by their JSON members and returns the fields that differ, leaving out the given names. A
// nil before means the record is new, a nil after that it is gone.
func Diff(before, after any, leaveOut ...string) map[string]Change {
	a, b := members(before), members(after)
	out := map[string]Change{}
	for k, v := range a {
		if !reflect.DeepEqual(v, b[k]) {
			out[k] = Change{v, b[k]}
		}
	}
	for k, v := range b {
		if _, seen := a[k]; !seen && v != nil {
			out[k] = Change{nil, v}
		}
	}
	for _, k := range append(leaveOut, "version", "updatedAt", "createdAt", "id") {
		delete(out, k)
	}
	return out
}

func members(v any) map[string]any {
	if v == nil || (reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil()) {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}
