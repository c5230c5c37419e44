package sheet

import (
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// The sheets of these tests are as messy as those that people keep. They are made here, so that it can be read what is in
// them.

// book makes a workbook.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// messyEnvironments has a title above the header, a merged application, a formula with and one without a value, an empty row, a
// note at the end of a row, a duplicate, an unknown usage and a parent that comes later.
func messyEnvironments(t testing.TB) []byte {
	return book(t, func(f *excelize.File) {
		must(t, f.SetSheetName("Sheet1", "Overview"))
		must(t, f.SetCellValue("Overview", "B2", "See the other sheets"))
		_, err := f.NewSheet("Environments")
		must(t, err)
		_, err = f.NewSheet("Lookup")
		must(t, err)
		must(t, f.SetSheetVisible("Lookup", false))
		must(t, f.SetSheetRow("Lookup", "A1", &[]any{"Key", "Name", "Application", "Usage", "Status"}))
		s := "Environments"
		must(t, f.SetCellValue(s, "A1", "Test environments 2025"))
		must(t, f.MergeCell(s, "A1", "H1"))
		must(t, f.SetSheetRow(s, "A3", &[]any{"Env", "Environment name", "App", "Type", "Capacity", "Cost/h", "Belongs to", "Groups", "Owner e-mail", "Expiry date", "Auto approve"}))
		must(t, f.SetSheetRow(s, "A4", &[]any{"SIT-1", "System test 1", "shop", "SIT", 1, 12.5, "SIT-ALL", "lane-1; lane-2", "ada@example.com", nil, "no"}))
		must(t, f.SetSheetRow(s, "A5", &[]any{"SIT-2", "System test 2", nil, "SIT", nil, "1.250,00 €", "SIT-ALL", "lane-1", "Lovelace, Ada", nil, "x"}))
		must(t, f.SetSheetRow(s, "A6", &[]any{"SIT-ALL", "All of SIT", nil, "SIT"}))
		must(t, f.MergeCell(s, "C4", "C6"))
		must(t, f.SetSheetRow(s, "A8", &[]any{"UAT-1", "Acceptance", "shop", "Acceptanse", 3}))
		must(t, f.SetCellFormula(s, "E8", "1+2"))
		must(t, f.SetSheetRow(s, "A9", &[]any{"UAT-1", "Twice", "shop", "UAT"}))
		must(t, f.SetSheetRow(s, "A10", &[]any{"UAT-2", "Lost formula", "shop", "UAT"}))
		must(t, f.SetCellFormula(s, "E10", "Lookup!Z1"))
		must(t, f.SetSheetRow(s, "A11", &[]any{"bad key!", "Not allowed", "shop", "UAT", "many"}))
		must(t, f.SetSheetRow(s, "A12", &[]any{"LOOP-A", nil, nil, nil, nil, nil, "LOOP-B"}))
		must(t, f.SetSheetRow(s, "A13", &[]any{"LOOP-B", nil, nil, nil, nil, nil, "LOOP-A"}))
	})
}

// cleanEnvironments is what is left of messyEnvironments when its faults are corrected.
func cleanEnvironments(t testing.TB) []byte {
	return book(t, func(f *excelize.File) {
		s := "Sheet1"
		must(t, f.SetSheetRow(s, "A1", &[]any{"Key", "Name", "Application", "Usage", "Capacity", "Cost", "Parent", "Groups", "Owner", "Expires", "Reference"}))
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		must(t, err)
		must(t, f.SetSheetRow(s, "A2", &[]any{"SIT-1", "System test 1", "shop", "SIT", 1, 12.5, "SIT-ALL", "lane-1; lane-2", "ada@example.com", time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC), "R1"}))
		must(t, f.SetCellStyle(s, "J2", "J2", style))
		must(t, f.SetSheetRow(s, "A3", &[]any{"SIT-2", "System test 2", "shop", "SIT", 4, "1.250,00 €", "SIT-ALL", "lane-1", "Lovelace, Ada", nil, "R2"}))
		must(t, f.SetSheetRow(s, "A4", &[]any{"SIT-ALL", "All of SIT", "shop", "SIT", nil, nil, nil, nil, nil, nil, "R3"}))
	})
}

// bookingsCSV is a plan as a German spreadsheet saves it: semicolons, Windows-1252, dates with dots.
const bookingsCSV = "Umgebung;Von;Bis;Titel;Gebucht von;Status\r\n" +
	"SIT1;04.03.2025 09:00;04.03.2025 17:00;Pr\xfcfung A;ada@example.com;best\xe4tigt\r\n" +
	"SIT1;04.03.2025 16:00;05.03.2025 12:00;\xdcberlappt;;\r\n" +
	";;;;;\r\n" +
	"SIT2;06.03.2025;07.03.2025;Ganze Tage;ada@example.com;\r\n" +
	"SIT2;07.03.2025;;Ein Tag;;vorl\xe4ufig\r\n"

// ambiguousCSV can be read in two ways.
const ambiguousCSV = "Environment,Start,End,Title\n" +
	"SIT1,03/04/2025 09:00,03/04/2025 17:00,Ambiguous\n" +
	"SIT1,03/05/2025 09:00,03/05/2025 17:00,Ambiguous too\n"
