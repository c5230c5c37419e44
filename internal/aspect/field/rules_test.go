package field

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"millrace/internal/platform/ref"
)

// TestValuesSurviveStorage writes random values of every type down, reads them, shows them and reads what was shown: it
// stays the same.
func TestValuesSurviveStorage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	some := map[DataType]func() any{
		Text:      func() any { return fmt.Sprint("text ", r.IntN(1000), " ä😀") },
		Multiline: func() any { return fmt.Sprint("a\n b", r.IntN(1000)) },
		Number:    func() any { return r.Int64N(1<<53) - 1<<52 },
		Decimal:   func() any { return r.NormFloat64() * 1e6 },
		Currency:  func() any { return map[string]any{"amount": r.Float64(), "currency": "CHF"} },
		Date:      func() any { return time.Unix(r.Int64N(4e9), 0).UTC().Format(time.DateOnly) },
		Time:      func() any { return fmt.Sprintf("%02d:%02d", r.IntN(24), r.IntN(60)) },
		DateTime:  func() any { return time.Unix(r.Int64N(4e9), 0).UTC().Format(time.RFC3339) },
		OneOf:     func() any { return ref.New[string]() },
		SomeOf:    func() any { return []string{ref.New[string](), ref.New[string]()} },
		Person:    func() any { return ref.New[string]() },
		URL:       func() any { return fmt.Sprint("https://example.com/", r.IntN(1000)) },
		Boolean:   func() any { return r.IntN(2) == 0 },
	}
	if len(some) != len(dataTypes) {
		t.Fatal("a data type is not tested")
	}
	for _, d := range dataTypes {
		for range 200 {
			raw, err := json.Marshal(some[d]())
			if err != nil {
				t.Fatal(err)
			}
			cells, fault := read(d, raw)
			if fault != "" || len(cells) == 0 {
				t.Fatalf("%s refuses %s: %s", d, raw, fault)
			}
			shown, err := json.Marshal(show(d, cells, map[string]Named{}))
			if err != nil {
				t.Fatal(err)
			}
			switch d {
			case OneOf, Person, SomeOf: // are shown with their names and sent by their ids
				continue
			}
			again, fault := read(d, shown)
			if fault != "" || !reflect.DeepEqual(again, cells) {
				t.Fatalf("%s: %s became %s (%s)", d, raw, shown, fault)
			}
		}
	}
}

// TestNoTextBreaksAValue gives every type what it cannot use: it is refused or taken for nothing, and nothing breaks.
func TestNoTextBreaksAValue(t *testing.T) {
	t.Parallel()
	for _, d := range dataTypes {
		for _, raw := range []string{"", "null", `""`, "[]", "{}", "[null]", `[["a"]]`, "1e400", `"\u0000"`, `{"amount":null,"currency":"EUR"}`, `{"amount":1,"currency":"\u0000"}`, "tru", "-", `"0000-00-00"`, `"99999-01-01T00:00:00Z"`} {
			cells, fault := read(d, json.RawMessage(raw))
			if fault != "" && len(cells) > 0 {
				t.Errorf("%s takes and refuses %s", d, raw)
			}
			if raw == `"\u0000"` && fault == "" {
				t.Errorf("%s takes a zero byte", d)
			}
		}
	}
}

func TestKeysFromNames(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"Cost centre (EU)": "cost_centre_eu", "  7 Days ": "days", "Größe": "gr_e", "…": "", "A1": "a1", "CPU / RAM": "cpu_ram"} {
		if got := keyOf(name); got != key {
			t.Errorf("%q: %q, want %q", name, got, key)
		}
	}
	r := rand.New(rand.NewPCG(9, 9))
	for range 2000 {
		var name []rune
		for range r.IntN(80) {
			name = append(name, rune(32+r.IntN(300)))
		}
		if key := keyOf(string(name)); key != "" && !keyShape.MatchString(key) {
			t.Fatalf("%q became %q", string(name), key)
		}
	}
}

func TestOrderNamesEachOnce(t *testing.T) {
	t.Parallel()
	values := []Value{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	for _, c := range []struct {
		ids  []ref.Lookup
		want bool
	}{{[]ref.Lookup{"c", "a", "b"}, true}, {[]ref.Lookup{"a", "b"}, false}, {[]ref.Lookup{"a", "a", "b"}, false}, {[]ref.Lookup{"a", "b", "d"}, false}, {nil, false}} {
		if ordered(values, c.ids) != c.want {
			t.Errorf("%v", c.ids)
		}
	}
}

func TestAListWithAFaultIsRefused(t *testing.T) {
	t.Parallel()
	good := List{Key: "colour", Title: "Colour", Tag: "thing", Defaults: []Value{{Name: "Red"}, {Name: "Blue", Default: true}}, Attributes: []Attribute{{Key: "warm", Title: "Warm", Type: BooleanAttribute}}}
	if err := checkList(good); err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(*List){
		"key": func(l *List) { l.Key = "Colour" }, "title": func(l *List) { l.Title = "" }, "tag": func(l *List) { l.Tag = "" },
		"twice":    func(l *List) { l.Defaults = append([]Value{{Name: "blue"}}, l.Defaults...) },
		"defaults": func(l *List) { l.Defaults = []Value{{Name: "A", Default: true}, {Name: "B", Default: true}} },
		"attribute": func(l *List) {
			l.Attributes = append([]Attribute{{Key: "warm", Title: "x", Type: TextAttribute}}, l.Attributes...)
		},
		"value": func(l *List) { l.Defaults = []Value{{Name: "A", Attributes: Attributes{"cold": true}}} },
	} {
		l := good
		spoil(&l)
		if checkList(l) == nil {
			t.Errorf("%s was taken", what)
		}
	}
}
