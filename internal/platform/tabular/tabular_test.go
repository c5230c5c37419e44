package tabular

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"millrace/internal/platform/problem"
)

func utf16Bytes(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func TestReadCSVInEverySpelling(t *testing.T) {
	want := [][]string{{"SHOP", "Größe €, \"web\"", "a\nb"}, {"PAY", "", ""}}
	comma := "Key, Name ,Note\r\nSHOP,\"Größe €, \"\"web\"\"\",\"a\nb\"\r\n\r\nPAY\r\n"
	other := func(sep string) string {
		return "Key" + sep + " Name " + sep + "Note\nSHOP" + sep + "\"Größe €, \"\"web\"\"\"" + sep + "\"a\nb\"\n" + sep + sep + "\nPAY" + sep + sep + sep
	}
	cp1252 := []byte(strings.NewReplacer("ö", "\xf6", "ß", "\xdf", "€", "\x80").Replace(comma))
	for name, raw := range map[string][]byte{
		"comma":        []byte(comma),
		"semicolon":    []byte(other(";")),
		"tab":          []byte(other("\t")),
		"sep line":     []byte("sep=;\r\n" + other(";")),
		"BOM":          []byte("\ufeff" + comma),
		"UTF-16 LE":    utf16Bytes(comma, binary.LittleEndian),
		"UTF-16 BE":    utf16Bytes(other("\t"), binary.BigEndian),
		"Windows-1252": cp1252,
		"old Mac":      []byte(strings.ReplaceAll(strings.ReplaceAll(comma, "\"a\nb\"", "\"a\vb\""), "\r\n", "\r")),
		"NUL":          []byte(strings.ReplaceAll(comma, "SHOP", "SH\x00OP")),
	} {
		got, err := Read(bytes.NewReader(raw), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got.Header, []string{"Key", "Name", "Note"}) {
			t.Errorf("%s: header %q", name, got.Header)
		}
		got.Rows[0][2] = strings.ReplaceAll(got.Rows[0][2], "\v", "\n")
		if !reflect.DeepEqual(got.Rows, want) {
			t.Errorf("%s: rows %q", name, got.Rows)
		}
		if name != "sep line" && !reflect.DeepEqual(got.Numbers, []int{2, 4}) {
			t.Errorf("%s: numbers %v", name, got.Numbers)
		}
	}
}

func TestCSVComplaintsNameThePlace(t *testing.T) {
	for _, c := range []struct {
		in    string
		o     Options
		code  string
		place string
	}{
		{"", Options{}, "table_empty", ""},
		{"\n \n,,\n", Options{}, "table_empty", ""},
		{"a,b\n1,\"2\n3,4\n", Options{}, "quote_not_closed", "row 2, column B"},
		{"a,b\n1,2\n\"3\"x,4\n", Options{}, "quote_not_doubled", "row 3, column A"},
		{"a,b\n1,12345\n", Options{MaxCell: 4}, "cell_too_long", "row 2, column B"},
		{"a,b\n1,\"12345\"\n", Options{MaxCell: 4}, "cell_too_long", "row 2, column B"},
		{"a,b\n1,2\n3,4\n", Options{MaxRows: 1}, "table_too_long", ""},
		{"a,b,c\n1,2,3\n", Options{MaxColumns: 2}, "table_too_wide", ""},
		{"a,b\n1,2\n", Options{MaxBytes: 4}, "table_too_large", ""},
		{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old excel", Options{}, "workbook_unreadable", ""},
		{"PK\x03\x04 not a zip", Options{}, "workbook_unreadable", ""},
	} {
		_, err := Read(strings.NewReader(c.in), c.o)
		if problem.CodeOf(err) != c.code {
			t.Errorf("%q: %v, want %s", c.in, err, c.code)
			continue
		}
		if c.place != "" && !strings.Contains(err.Error(), c.place) {
			t.Errorf("%q: %v does not name %s", c.in, err, c.place)
		}
	}
	if _, err := Read(io.MultiReader(strings.NewReader("a,b\n1,"), broken{}), Options{}); problem.CodeOf(err) != "table_unreadable" {
		t.Errorf("a broken upload: %v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("gone") }

func TestRaggedRowsAreFilledAndSurplusCounted(t *testing.T) {
	got, err := Read(strings.NewReader("a,b\n1\n1,2,3, ,4\n1,2,,\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Rows, [][]string{{"1", ""}, {"1", "2"}, {"1", "2"}}) || !reflect.DeepEqual(got.Surplus, []int{0, 2, 0}) {
		t.Fatalf("%q %v", got.Rows, got.Surplus)
	}
}

func TestBareQuotesAreKept(t *testing.T) {
	got, err := Read(strings.NewReader("size\tname\n5\" disk\tx\n"), Options{})
	if err != nil || got.Rows[0][0] != `5" disk` {
		t.Fatalf("%v %v", got, err)
	}
}

func TestSniffPrefersTheEvenSeparator(t *testing.T) {
	got, err := Read(strings.NewReader("Key;Name, short;Note\nA;x, y;1\nB;z;2, 3\n"), Options{})
	if err != nil || len(got.Header) != 3 || got.Rows[1][2] != "2, 3" {
		t.Fatalf("%+v %v", got, err)
	}
}

// TestATitleAboveTheHeaderDoesNotHideTheSeparator reads plans whose first line is a heading, and lists of one column whose
// cells hold separators now and then.
func TestATitleAboveTheHeaderDoesNotHideTheSeparator(t *testing.T) {
	for text, width := range map[string]int{
		"Plan of the areas\n\nKey;Name, short;Note\nA;x, y;1\nB;z;2, 3\n": 3,
		"Bookings, all areas\nKey;From;To\nA;1;2\nB;3;4\n":                3,
		"Plan\nof 2025\nKey\tFrom\tTo\nA\t1\t2\n":                         3,
		"Key\nA; B\nC\nD\nE; F\nG\n":                                      1,
		"Key\nA\nB; C\n":                                                  1,
	} {
		comma, _ := sniff([]byte(text))
		s := &csvSource{text: []byte(text), comma: comma, maxCell: 1000}
		for widest := 0; ; {
			_, cells, err := s.next()
			if err != nil {
				if widest != width {
					t.Errorf("%q is cut at %q into %d columns, want %d", text, comma, widest, width)
				}
				break
			}
			widest = max(widest, len(cells))
		}
	}
}

func TestMatchFindsSynonymsAndExplains(t *testing.T) {
	columns := []Column{{Name: "Key", Required: true, Synonyms: []string{"Application ID"}}, {Name: "Unit", Synonyms: []string{"Department", "Portfolio"}}}
	m, err := Match([]string{"application-id", "", "Colour", "DEPARTMENT"}, columns, nil)
	if err != nil {
		t.Fatal(err)
	}
	cells := []string{" A ", "", "red", "Ops"}
	if m.Get(cells, "Key") != "A" || m.Get(cells, "Unit") != "Ops" || m.Has("Name") || m.Get(nil, "Unit") != "" || !reflect.DeepEqual(m.Unknown, []string{"Colour"}) {
		t.Fatalf("%+v", m)
	}
	_, err = Match([]string{"Unit", "Portfolio"}, columns, nil)
	p := problem.Of(err)
	if p == nil || len(p.Fields) != 2 || p.Fields[0].Code != "column_twice" || p.Fields[1].Code != "column_missing" {
		t.Fatalf("%v", err)
	}
	m, err = Match([]string{"Code", "Unit"}, columns, map[string]string{"Key": "code", "Unit": ""})
	if err != nil || m.Get([]string{"K", "U"}, "Key") != "K" || m.Has("Unit") {
		t.Fatalf("%+v %v", m, err)
	}
	if _, err := Match([]string{"Key"}, columns, map[string]string{"Unit": "Where"}); problem.Of(err) == nil || problem.Of(err).Fields[0].Code != "column_unknown" {
		t.Fatalf("%v", err)
	}
}

func TestCSVWriterGuardsFormulasAndReadsBack(t *testing.T) {
	rows := [][]string{
		{"Key", "Value"},
		{"=1+1", "@SUM(A1)"}, {"+cmd", "-2+3"}, {"-5", "+1.5"}, {"'=x", "''@y"}, {"\tx", "a,b;c\td"}, {"say \"hi\"", "two\nlines"}, {" pad ", "-"},
	}
	var b bytes.Buffer
	w := NewCSVWriter(&b)
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, line := range []string{"'=1+1,'@SUM(A1)", "'+cmd,'-2+3", "-5,+1.5", "\"'\tx\""} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is missing in %q", line, text)
		}
	}
	got, err := Read(&b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(append([][]string{got.Header}, got.Rows...), rows) {
		t.Fatalf("came back as %q", got.Rows)
	}
}

func TestColumnNames(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := ColumnName(i); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
}

func TestList(t *testing.T) {
	if got := List(" a ; b;;\nc\r\n"); !reflect.DeepEqual(got, []string{"a", "b", "c"}) {
		t.Fatalf("%q", got)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "sep=;\na;b", "\xff\xfea\x00,\x00b\x00", "\ufeff\"a\"\"b\",c\r\n", "a\tb\r1\t\"", "a|b\n'=1|'@", "\x80\x81,\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o := Options{MaxRows: 100, MaxColumns: 20, MaxCell: 200, MaxBytes: 1 << 16}
		if bytes.HasPrefix(raw, zipMagic) {
			return
		}
		got, err := Read(bytes.NewReader(raw), o)
		if err != nil {
			if problem.CodeOf(err) == "" {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		var b bytes.Buffer
		w := NewCSVWriter(&b)
		for i, r := range append([][]string{got.Header}, got.Rows...) {
			if len(r) != len(got.Header) {
				t.Fatalf("row %d has %d cells, the header %d", i, len(r), len(got.Header))
			}
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if len(got.Header) < 2 {
			return // one column leaves nothing to tell the separator by
		}
		source := &csvSource{text: decodeText(b.Bytes()), comma: ',', maxCell: 1 << 20}
		for i, r := range append([][]string{got.Header}, got.Rows...) {
			_, cells, err := source.next()
			if err != nil || fmt.Sprintf("%q", cells) != fmt.Sprintf("%q", r) {
				t.Fatalf("row %d: wrote %q, read %q, %v", i, r, cells, err)
			}
		}
	})
}
