package github

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"millrace/internal/connector"
	"millrace/internal/platform/problem"
)

// object is a JSON object whose keys are folded: lower case, without "_". GitHub's REST answers say html_url, GraphQL
// says htmlUrl, exported structs say HtmlUrl; folded they are one name, so one mapping reads all of them.
type object map[string]any

// decode reads JSON into objects with folded keys and strings without U+0000, which no database column takes.
func decode(raw []byte) (any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	if err := connector.CheckDepth(raw, connector.MaxPageDepth); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, problem.Newf(problem.Invalid, "bad_json", "The JSON cannot be read: %s.", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, problem.New(problem.Invalid, "bad_json", "The JSON is followed by something else.")
	}
	return foldKeys(v), nil
}

func foldKeys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(object, len(v))
		for k, e := range v {
			folded := fold(k)
			if _, twice := out[folded]; !twice {
				out[folded] = foldKeys(e)
			}
		}
		if len(out) < len(v) {
			foldCollisions(v, out)
		}
		return out
	case []any:
		for i := range v {
			v[i] = foldKeys(v[i])
		}
		return v
	case string:
		return strings.ReplaceAll(v, "\x00", "")
	}
	return v
}

// foldCollisions makes the outcome independent of map order when two keys fold to one name: the key that sorts last,
// which is the lower-case one, wins.
func foldCollisions(v map[string]any, out object) {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		out[fold(k)] = foldKeys(v[k])
	}
}

func fold(key string) string {
	return strings.ToLower(strings.ReplaceAll(key, "_", ""))
}

// text returns the first of the keys that holds a non-empty scalar.
func (o object) text(keys ...string) string {
	for _, k := range keys {
		switch v := o[k].(type) {
		case string:
			if v != "" {
				return v
			}
		case json.Number:
			return v.String()
		case bool:
			return strconv.FormatBool(v)
		}
	}
	return ""
}

// id returns the first of the keys that holds a positive whole number, written as a number or as a string.
func (o object) id(keys ...string) int64 {
	for _, k := range keys {
		if n, ok := whole(o[k]); ok && n > 0 {
			return n
		}
	}
	return 0
}

// count returns the number of the first key that holds one, or nil.
func (o object) count(keys ...string) *int64 {
	for _, k := range keys {
		if n, ok := whole(o[k]); ok {
			return &n
		}
	}
	return nil
}

func (o object) flag(keys ...string) bool {
	for _, k := range keys {
		switch v := o[k].(type) {
		case bool:
			return v
		case string:
			return strings.EqualFold(v, "true")
		}
	}
	return false
}

func (o object) has(keys ...string) bool {
	for _, k := range keys {
		if o[k] != nil {
			return true
		}
	}
	return false
}

// object returns the first of the keys that holds an object; nil reads as an empty one.
func (o object) object(keys ...string) object {
	for _, k := range keys {
		if v, ok := o[k].(object); ok {
			return v
		}
	}
	return nil
}

// list returns the objects of the first key that holds a list, in any of the shapes the APIs use: an array, nodes,
// edges with a node each, or an object that holds one array.
func (o object) list(keys ...string) []object {
	for _, k := range keys {
		if items, ok := listOf(o[k]); ok {
			return items
		}
	}
	return nil
}

func listOf(v any) ([]object, bool) {
	switch v := v.(type) {
	case []any:
		items := make([]object, 0, len(v))
		for _, e := range v {
			if item, ok := e.(object); ok {
				items = append(items, item)
			}
		}
		return items, true
	case object:
		if items, ok := v["nodes"].([]any); ok {
			return listOf(items)
		}
		if edges, ok := v["edges"].([]any); ok {
			items, _ := listOf(edges)
			for i, e := range items {
				items[i] = e.object("node")
			}
			return items, true
		}
		if len(v) == 1 {
			for _, only := range v {
				if items, ok := only.([]any); ok {
					return listOf(items)
				}
			}
		}
	}
	return nil, false
}

func whole(v any) (int64, bool) {
	var s string
	switch v := v.(type) {
	case json.Number:
		s = v.String()
	case string:
		s = v
	default:
		return 0, false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	if _, isText := v.(string); isText {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05 MST",
	"2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}

// parseTime reads a time as GitHub writes them and normalises it to UTC. A null, an empty string and the zero time
// are no time. A time without an offset is UTC; a number is seconds since 1970.
func parseTime(v any) (*time.Time, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case json.Number:
		n, ok := whole(v)
		if !ok || n < 0 || n > 1<<36 {
			return nil, false
		}
		return clean(time.Unix(n, 0))
	case string:
		if v == "" {
			return nil, true
		}
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, v); err == nil {
				return clean(t)
			}
		}
	}
	return nil, false
}

func clean(t time.Time) (*time.Time, bool) {
	t = t.UTC()
	if t.Year() <= 1 {
		return nil, true
	}
	if t.Year() > 9999 {
		return nil, false
	}
	return &t, true
}
