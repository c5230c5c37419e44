package tabular

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"millrace/internal/platform/problem"
)

// lines reads a sheet whole, as "number: kind text | …".
func lines(t testing.TB, b *Book, sheet string) []string {
	t.Helper()
	g, err := b.Grid(sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	var out []string
	for {
		line, err := g.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, c := range line.Cells {
			mark := ""
			if c.Merged {
				mark = "^"
			}
			if c.Formula {
				mark += "="
			}
			cells = append(cells, mark+c.Text)
		}
		out = append(out, fmt.Sprintf("%d: %s", line.Number, strings.Join(cells, "|")))
	}
}

func TestAGridKnowsWhatCellsHold(t *testing.T) {
	raw := workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"Environment", "From", "At", "Clock", "Sum", "Lost", "Yes", "Half"}))
		day := time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)
		for cell, format := range map[string]int{"B2": 14, "C2": 22, "D2": 20} {
			style, err := f.NewStyle(&excelize.Style{NumFmt: format})
			must(t, err)
			must(t, f.SetCellValue("Sheet1", cell, map[string]any{"B2": day, "C2": day.Add(90 * time.Minute), "D2": 0.75}[cell]))
			must(t, f.SetCellStyle("Sheet1", cell, cell, style))
		}
		must(t, f.SetCellValue("Sheet1", "A2", "SIT1"))
		must(t, f.SetCellValue("Sheet1", "E2", 42))
		must(t, f.SetCellFormula("Sheet1", "E2", "40+2"))
		must(t, f.SetCellFormula("Sheet1", "F2", "Other!A1"))
		must(t, f.SetCellValue("Sheet1", "G2", true))
		must(t, f.SetCellValue("Sheet1", "H2", 0.5))
		must(t, f.SetCellValue("Sheet1", "H3", "below"))
		must(t, f.SetCellValue("Sheet1", "H5", "gap"))
		must(t, f.MergeCell("Sheet1", "A2", "A5"))
		_, err := f.NewSheet("Secret")
		must(t, err)
		must(t, f.SetCellValue("Secret", "C3", "x"))
		must(t, f.SetSheetVisible("Secret", false))
	})
	b, err := OpenBook(raw, Options{})
	must(t, err)
	if len(b.Sheets) != 2 || b.Sheets[0].Hidden || !b.Sheets[1].Hidden || b.Sheets[1].Name != "Secret" {
		t.Fatalf("%+v", b.Sheets)
	}
	got := lines(t, b, "Sheet1")
	want := []string{
		"1: Environment|From|At|Clock|Sum|Lost|Yes|Half",
		"2: SIT1|2025-03-04|2025-03-04 01:30|18:00|=42|=|TRUE|0.5",
		"3: ^SIT1|||||||below",
		"5: ^SIT1|||||||gap",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
	if got := lines(t, b, "Secret"); got[0] != "3: ||x" {
		t.Fatal(got)
	}
	if _, err := b.Grid("Third"); problem.CodeOf(err) != "sheet_unknown" {
		t.Fatal(err)
	}
}

func TestFormatsThatShowDates(t *testing.T) {
	for code, want := range map[string]dateFormat{
		"General": {}, "0.00": {}, `0.0 "days"`: {}, "0.00E+00": {}, "[Red]0": {}, "@": {}, `#,##0\ "h"`: {},
		"yyyy-mm-dd": {true, false}, "dd.mm.yy": {true, false}, "[$-407]d. mmmm yyyy": {true, false}, "yyyy-mm-dd hh:mm": {true, true}, "[h]:mm": {true, true},
		`dd/mm/yyyy;@`: {true, false}, "mmm-yy": {true, false},
	} {
		if got := formatOf(code); got != want {
			t.Errorf("%q: %+v", code, got)
		}
	}
}

func TestSerialNumbersOfDates(t *testing.T) {
	for _, c := range []struct {
		n    float64
		old  bool
		want string
	}{
		{1, false, "1900-01-01T00:00:00Z"}, {59, false, "1900-02-28T00:00:00Z"}, {61, false, "1900-03-01T00:00:00Z"}, {45720, false, "2025-03-04T00:00:00Z"},
		{45720.5, false, "2025-03-04T12:00:00Z"}, {44258, true, "2025-03-04T00:00:00Z"}, {45720.999988426, false, "2025-03-04T23:59:59Z"},
	} {
		got, ok := SerialTime(c.n, c.old)
		if !ok || got.Format(time.RFC3339) != c.want {
			t.Errorf("%v: %v %v, want %s", c.n, got, ok, c.want)
		}
	}
	for _, n := range []float64{-1, 3e6} {
		if _, ok := SerialTime(n, false); ok {
			t.Errorf("%v is a date", n)
		}
	}
}

func TestAGridOfTextIsOneSheet(t *testing.T) {
	b, err := OpenBook([]byte("Umgebung;Titel\r\nSIT1;Gr\xf6\xdfe\r\n;;;\r\nSIT2;x;;;y"), Options{})
	must(t, err)
	if got := strings.Join(lines(t, b, ""), "\n"); got != "1: Umgebung|Titel\n2: SIT1|Größe\n4: SIT2|x|||y" {
		t.Fatal(got)
	}
	b, err = OpenBook([]byte("a,b\n"+strings.Repeat("x", 100)+",1\n"), Options{MaxCell: 10})
	must(t, err)
	g, err := b.Grid("")
	must(t, err)
	_, _ = g.Next()
	if _, err := g.Next(); problem.CodeOf(err) != "cell_too_long" {
		t.Fatal(err)
	}
}

func TestAHugeCellIsCutAndMarked(t *testing.T) {
	raw := workbook(t, func(f *excelize.File) {
		must(t, f.SetCellValue("Sheet1", "A1", strings.Repeat("ä", 5000)))
	})
	b, err := OpenBook(raw, Options{MaxCell: 100})
	must(t, err)
	g, err := b.Grid("Sheet1")
	must(t, err)
	line, err := g.Next()
	if err != nil || line.Cells[0].Kind != TooLong || line.Cells[0].Text != strings.Repeat("ä", 100) {
		t.Fatalf("%+v %v", line, err)
	}
}

// huge writes a sheet of many rows.
func huge(t testing.TB, rows int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewXLSXWriter(&out, "Rows")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := w.Write([]string{fmt.Sprintf("E%06d", i), "2025-03-04 10:00", "2025-03-05", "Regression of the release", "touch", "approved", "ada@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestManyRowsTakeLittleMemory(t *testing.T) {
	const rows = 200_000
	raw := huge(t, rows)
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	b, err := OpenBook(raw, Options{})
	must(t, err)
	g, err := b.Grid("Rows")
	must(t, err)
	n, peak := 0, uint64(0)
	for {
		_, err := g.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		if n++; n%50_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	if n != rows {
		t.Fatalf("%d rows", n)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("reading held %d MiB", grown>>20)
	}
	t.Logf("%d rows, %d KiB, in %v", n, len(raw)>>10, time.Since(start))
	if _, err := b.Grid("Rows"); err != nil {
		t.Fatal(err)
	}
}

// FuzzGrid feeds rubbish to the readers: they answer with rows or a problem, and end.
func FuzzGrid(f *testing.F) {
	raw := workbook2(f)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add([]byte("a;b\n1;2\n\"x"))
	f.Add([]byte("\xff\xfea\x00;\x00b\x00"))
	f.Add(sheetOf(f, `<worksheet><sheetData><row r="1"><c r="XFD1" t="s"><v>99999999</v></c><c><f/></c></row></sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, in := range [][]byte{raw, sheetOf(t, string(raw))} {
			b, err := OpenBook(in, Options{MaxUnzipped: 4 << 20, MaxRows: 1000, MaxColumns: 20, MaxCell: 50})
			if err != nil {
				if problem.Of(err) == nil {
					t.Fatalf("not a problem: %v", err)
				}
				continue
			}
			for _, s := range b.Sheets {
				g, err := b.Grid(s.Name)
				for err == nil {
					var line Line
					line, err = g.Next()
					if len(line.Cells) > 20 {
						t.Fatalf("%d cells", len(line.Cells))
					}
				}
				if !errors.Is(err, io.EOF) && problem.Of(err) == nil {
					t.Fatalf("not a problem: %v", err)
				}
			}
		}
	})
}

func workbook2(f *testing.F) []byte {
	x := excelize.NewFile()
	defer func() { _ = x.Close() }()
	_ = x.SetSheetRow("Sheet1", "A1", &[]any{"Key", "From", 1.5, true})
	_ = x.MergeCell("Sheet1", "A1", "A3")
	b, err := x.WriteToBuffer()
	if err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// sheetOf packs the text of a worksheet into a workbook.
func sheetOf(t testing.TB, sheet string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="x"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheet,
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(content))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
