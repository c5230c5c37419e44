package tabular

import (
	"archive/zip"
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"millrace/internal/platform/problem"
)

func workbook(t *testing.T, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	fill(f)
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadXLSX(t *testing.T) {
	raw := workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"Key", " Name ", "From", "At", "Own", "Sum", "Count"}))
		day := time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)
		must(t, f.SetSheetRow("Sheet1", "A3", &[]any{"SHOP", "Größe", 0, 0, 0, nil, 12345678901}))
		for cell, format := range map[string]int{"C3": 14, "D3": 22} {
			style, err := f.NewStyle(&excelize.Style{NumFmt: format})
			must(t, err)
			must(t, f.SetCellValue("Sheet1", cell, day.Add(90*time.Minute)))
			must(t, f.SetCellStyle("Sheet1", cell, cell, style))
		}
		own := "yyyy-mm-dd"
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &own})
		must(t, err)
		must(t, f.SetCellValue("Sheet1", "E3", day))
		must(t, f.SetCellStyle("Sheet1", "E3", "E3", style))
		must(t, f.SetCellValue("Sheet1", "F3", 42))
		must(t, f.SetCellFormula("Sheet1", "F3", "40+2"))
		must(t, f.SetSheetRow("Sheet1", "A6", &[]any{"PAY"}))
		_, err = f.NewSheet("Second")
		must(t, err)
		must(t, f.SetSheetRow("Second", "A1", &[]any{"Only"}))
		must(t, f.SetSheetRow("Second", "A2", &[]any{"here"}))
	})
	got, err := Read(bytes.NewReader(raw), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Header, []string{"Key", "Name", "From", "At", "Own", "Sum", "Count"}) || got.Sheet != "Sheet1" || len(got.Sheets) != 2 {
		t.Fatalf("%+v", got)
	}
	want := [][]string{{"SHOP", "Größe", "2025-03-04", "2025-03-04 01:30", "2025-03-04", "42", "12345678901"}, {"PAY", "", "", "", "", "", ""}}
	if !reflect.DeepEqual(got.Rows, want) || !reflect.DeepEqual(got.Numbers, []int{3, 6}) {
		t.Fatalf("%q at %v", got.Rows, got.Numbers)
	}
	got, err = Read(bytes.NewReader(raw), Options{Sheet: "Second"})
	if err != nil || got.Rows[0][0] != "here" {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err = Read(bytes.NewReader(raw), Options{Sheet: "Third"}); problem.CodeOf(err) != "sheet_unknown" {
		t.Fatal(err)
	}
	if _, err = Read(bytes.NewReader(raw), Options{MaxCell: 4}); problem.CodeOf(err) != "cell_too_long" {
		t.Fatal(err)
	}
}

func TestXLSXBombsAndRubbishAreRefused(t *testing.T) {
	good := workbook(t, func(f *excelize.File) { must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"a"})) })
	if _, err := Read(bytes.NewReader(good), Options{MaxUnzipped: 1000}); problem.CodeOf(err) != "workbook_too_large" {
		t.Errorf("unfolding over the limit: %v", err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	must(t, err)
	for range 64 {
		_, err = w.Write(bytes.Repeat([]byte("0"), 1<<20))
		must(t, err)
	}
	must(t, z.Close())
	if b.Len() > 1<<20 {
		t.Fatalf("the bomb is no bomb: %d bytes", b.Len())
	}
	if _, err := Read(&b, Options{MaxUnzipped: 32 << 20}); problem.CodeOf(err) != "workbook_too_large" {
		t.Errorf("bomb: %v", err)
	}
	for cut := 1; cut < 40; cut++ {
		broken := append([]byte(nil), good[:len(good)*cut/40]...)
		if len(broken) < 8 {
			continue
		}
		if _, err := Read(bytes.NewReader(broken), Options{}); problem.CodeOf(err) == "" {
			t.Fatalf("half a workbook: %v", err)
		}
	}
	for i := 30; i < len(good); i += 97 {
		changed := append([]byte(nil), good...)
		changed[i] ^= 0x5a
		if _, err := Read(bytes.NewReader(changed), Options{}); err != nil && problem.CodeOf(err) == "" {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
}

func TestXLSXWriterReadsBack(t *testing.T) {
	rows := [][]string{{"Key", "Value"}, {"=1+1", "\x01a\x00b"}, {"-5", "two\nlines"}, {"007", strings.Repeat("é", 40_000)}}
	var b bytes.Buffer
	w, err := NewXLSXWriter(&b, "Applications")
	must(t, err)
	for _, r := range rows {
		must(t, w.Write(r))
	}
	must(t, w.Close())
	got, err := Read(&b, Options{MaxCell: 40_000})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"=1+1", "ab"}, {"-5", "two\nlines"}, {"007", strings.Repeat("é", 32_767)}}
	if got.Sheet != "Applications" || !reflect.DeepEqual(got.Rows, want) {
		t.Fatalf("%.200q in %s", got.Rows, got.Sheet)
	}
}
