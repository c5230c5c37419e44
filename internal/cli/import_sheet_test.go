package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportOfASheetWaitsForTheServer walks through an import: upload, choose, check, rows, run.
func TestImportOfASheetWaitsForTheServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.csv")
	if err := os.WriteFile(file, []byte("Environment,From\nSIT1,2025-03-04\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	counts := `"counts":{"rows":3,"new":2,"invalid":1}`
	c, seen, out := serve(t,
		answer(201, `{"id":"i1","state":"uploaded","version":1}`), answer(200, `{"id":"i1","state":"uploaded","version":2}`), answer(202, `{"id":"i1","state":"checking","version":3}`),
		answer(200, `{"id":"i1","state":"checking","version":3}`), answer(200, `{"id":"i1","state":"checked","version":4,`+counts+`}`),
		answer(200, `{"items":[{"number":3,"errors":[{"column":"B","message":"This is not a date."}]}]}`),
		answer(202, `{"id":"i1","state":"done","version":6}`))
	cmd := ImportBookingsCmd{sheetOptions{File: file, Mapping: "Plan", SkipInvalid: true, Clashes: "wait"}}
	if err := cmd.Run(c); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range *seen {
		paths = append(paths, r.method+" "+strings.TrimPrefix(r.path, "/api/v1/environment-imports"))
	}
	want := "POST ?fileName=plan.csv&kind=bookings&mapping=Plan|PATCH /i1|POST /i1/check|GET /i1|GET /i1|GET /i1/rows?act=invalid&limit=500|POST /i1/run"
	if got := strings.Join(paths, "|"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if (*seen)[1].body["clashes"] != "wait" || (*seen)[1].body["skipInvalid"] != true {
		t.Errorf("%v", (*seen)[1].body)
	}
	if !strings.Contains(out.String(), "row 3, column B: This is not a date.") || !strings.Contains(out.String(), "3 rows: 2 new") {
		t.Errorf("%s", out)
	}
}

func TestADryRunOfASheetLeavesNothingBehind(t *testing.T) {
	c, seen, _ := serve(t,
		answer(201, `{"id":"i1","version":1}`), answer(200, `{"id":"i1","version":2}`), answer(202, `{"id":"i1","state":"checked","version":3,"questions":[{"kind":"usage","value":"SITT","count":2}]}`),
		answer(200, `{"items":[]}`), answer(204, ``))
	c.In = strings.NewReader("Key\nA\n")
	err := (&ImportEnvironmentsCmd{sheetOptions{File: "-", DryRun: true}}).Run(c)
	if ExitCode(err) != ExitRejected {
		t.Fatal(err)
	}
	if last := (*seen)[len(*seen)-1]; last.method != "DELETE" || last.path != "/api/v1/environment-imports/i1" {
		t.Errorf("%+v", last)
	}
}

func TestAFailedRunOfASheetSaysTheRow(t *testing.T) {
	c, _, _ := serve(t, answer(201, `{"id":"i1","version":1}`), answer(200, `{"id":"i1","version":2}`), answer(202, `{"id":"i1","state":"checked","version":3}`), answer(200, `{"items":[]}`),
		answer(202, `{"id":"i1","state":"failed","version":5,"errorCode":"row_invalid","errorMessage":"No.","errorRow":7}`))
	c.In = strings.NewReader("Key\nA\n")
	err := (&ImportGroupsCmd{sheetOptions{File: "-"}}).Run(c)
	if ExitCode(err) != ExitRejected || !strings.Contains(err.Error(), "row 7: No.") {
		t.Fatal(err)
	}
}
