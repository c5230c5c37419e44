package app_test

import (
	"net/http"
	"strings"
	"testing"

	"millrace/internal/app/apptest"
)

// junk are bodies that no route may choke on.
func junk() map[string]string {
	return map[string]string{
		"empty":             "",
		"cut off":           `{"name": "x`,
		"not JSON":          "<xml/>",
		"null":              "null",
		"number":            "1e400",
		"string":            `"x"`,
		"empty list":        "[]",
		"empty object":      "{}",
		"list of nulls":     "[null,null]",
		"unknown member":    `{"thisMemberDoesNotExist": 1}`,
		"deep list":         strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000),
		"deep object":       strings.Repeat(`{"name":`, 50_000) + "1" + strings.Repeat("}", 50_000),
		"wrong encoding":    "{\"name\": \"\xff\xfe\xc3\x28\", \"key\": \"\x80\"}",
		"UTF-16":            "\xff\xfe{\x00}\x00",
		"byte order mark":   "\xef\xbb\xbf{}",
		"zero byte":         `{"name": "a\u0000b", "key": "a\u0000b", "title": "a\u0000b", "application": "a\u0000b", "email": "a\u0000b@example.test", "pattern": "\u0000", "kind": "\u0000"}`,
		"lone surrogate":    `{"name": "\ud800", "key": "\ud800", "alias": "\ud800", "unitId": "\ud800"}`,
		"everything wrong":  `{"name": {"a": 1}, "key": [], "unitId": 7, "parentId": false, "email": 1.5, "validUntil": "yesterday", "permissions": "all", "set": null}`,
		"number too large":  `{"intervalMinutes": 1e300, "priority": 99999999999999999999999, "version": -1}`,
		"two documents":     `{} {}`,
		"bulk of everybody": `[{"name":"a\u0000"},{"name":null},{},[],"x",1]`,
	}
}

// TestNoBodyBreaksARoute sends every route that takes one a body it cannot use: the answer is a problem with a code and
// is our caller's fault, never ours.
func TestNoBodyBreaksARoute(t *testing.T) {
	large := `{"name": "` + strings.Repeat("x", 65<<20) + `"}`
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		sent := 0
		for _, o := range operations(t) {
			switch o.Method {
			case http.MethodPost, http.MethodPut, http.MethodPatch:
			default:
				continue
			}
			if o.ID == "sign-out" {
				continue // it takes no body and always signs out
			}
			what := o.Method + " " + o.Path
			for name, body := range junk() {
				a := w.Do(t, w.Admin, o.Method, o.address(), body, "If-Match", `"1"`)
				sent++
				if a.Status >= 500 {
					t.Errorf("%s with %q: %d %.300s", what, name, a.Status, a.Body)
				}
				if a.Status >= 400 && a.Code() == "" {
					t.Errorf("%s with %q: %d without a code: %.300s", what, name, a.Status, a.Body)
				}
				if o.JSON && a.Status < 300 && strings.Contains("cut off,not JSON,deep list,deep object,UTF-16,wrong encoding,everything wrong,string,number", name) {
					t.Errorf("%s took %q: %d %.300s", what, name, a.Status, a.Body)
				}
			}
			if o.JSON {
				a := w.Do(t, w.Admin, o.Method, o.address(), `<a/>`, "Content-Type", "application/xml", "If-Match", `"1"`)
				if a.Status < 400 || a.Status >= 500 || a.Code() == "" {
					t.Errorf("%s as XML: %d %.300s", what, a.Status, a.Body)
				}
			}
			if o.JSON && (o.ID == "create-unit" || o.ID == "create-units" || o.ID == "report-deployments") {
				a, err := w.Try(http.DefaultClient, w.Admin, o.Method, o.address(), large)
				if err == nil { // the server may hang up on who sends on regardless
					isProblem(t, what+" too large", a, http.StatusRequestEntityTooLarge)
				}
			}
		}
		if sent < 1000 {
			t.Fatalf("only %d bodies were sent", sent)
		}
	})
}

// TestNoParameterBreaksARoute does the same with what stands in the address.
func TestNoParameterBreaksARoute(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		for _, o := range operations(t) {
			if o.ID == "follow-events" {
				continue
			}
			for _, id := range []string{"%00", "%FF%FE", "'", strings.Repeat("9", 400), "%25", "-1", "..%2F.."} {
				path := pathParameter.ReplaceAllString(o.Path, id)
				if o.Method == http.MethodGet {
					for _, q := range []string{
						"limit=0&cursor=%00", "cursor=AAAA", "cursor=bnVsbA", "limit=-5", "limit=99999999999999999999", "sort=%27", "unit=" + id + "&application=" + id + "&q=" + id,
						"q=%25%5C_%27&state=nonsense&kind=" + id, "from=yesterday&to=%00", "from=9999-12-31T23:59:59Z&to=0001-01-01T00:00:00Z",
					} {
						answered(t, o, w.Do(t, w.Admin, o.Method, path+"?"+q, nil), path+"?"+q)
					}
					continue
				}
				if path != o.Path {
					answered(t, o, w.Do(t, w.Admin, o.Method, path, "{}", "If-Match", "junk"), path)
				}
			}
		}
	})
}

func answered(t *testing.T, o operation, a apptest.Answer, address string) {
	t.Helper()
	if a.Status >= 500 || (a.Status >= 400 && a.Code() == "") {
		t.Errorf("%s %.120s: %d %.300s", o.Method, address, a.Status, a.Body)
	}
}
