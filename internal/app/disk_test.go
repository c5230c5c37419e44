package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"millrace/internal/app/apptest"
)

// TestAFullDiskSavesNothingByHalves lets SQLite run out of pages: who writes is told so, who reads goes on, nothing of a
// refused request is there, and all is well once there is room again.
func TestAFullDiskSavesNothingByHalves(t *testing.T) {
	w := apptest.SQLite(t)
	pool := w.App.DB().SQL()
	var pages int
	if err := pool.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(fmt.Sprint("PRAGMA max_page_count = ", pages)); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 9000)
	refused, kept := "", 0
	for i := range 400 {
		key := fmt.Sprint("full-", i)
		a := w.Do(t, w.Admin, "POST", "/applications", map[string]any{"key": key, "name": "Full " + key, "unitId": w.Root, "description": long,
			"components": []any{map[string]any{"name": "part", "description": "of " + key}}}, "Idempotency-Key", key)
		if a.Status == http.StatusCreated {
			kept++
			continue
		}
		isProblem(t, "POST on a full disk", a, http.StatusServiceUnavailable)
		if a.Code() != "disk_full" {
			t.Fatalf("code %q: %s", a.Code(), a.Body)
		}
		refused = key
		break
	}
	if refused == "" {
		t.Fatal("the disk never filled up; the test proves nothing")
	}
	if list := w.Must(t, 200, w.Admin, "GET", "/applications?limit=500", nil); len(list.Items()) != kept || strings.Contains(string(list.Body), `"`+refused+`"`) {
		t.Errorf("%d applications are there, %d were acknowledged", len(list.Items()), kept)
	}
	for table, query := range map[string]string{
		"components": "SELECT count(*) FROM component WHERE description = ?",
		"events":     "SELECT count(*) FROM event WHERE subject_label LIKE '%' || ? || '%'",
	} {
		var n int
		if err := pool.QueryRow(query, map[string]string{"components": "of " + refused, "events": "Full " + refused}[table]).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s of the refused application: %d %v", table, n, err)
		}
	}
	if _, err := pool.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	w.Must(t, 201, w.Admin, "POST", "/applications", map[string]any{"key": refused, "name": "Full " + refused, "unitId": w.Root, "description": long}, "Idempotency-Key", refused+" again")
}
