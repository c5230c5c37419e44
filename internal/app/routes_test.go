package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"millrace/internal/app"
	"millrace/internal/app/apptest"
	"millrace/internal/platform/httpapi"
)

// operation is one entry of the API document.
type operation struct {
	Method, Path, ID, Permission string
	JSON                         bool
	RequiredQuery                []string
}

// operations reads the API document.
func operations(t *testing.T) []operation {
	t.Helper()
	raw, err := app.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Permission  string `json:"x-permission"`
			RequestBody struct {
				Content map[string]any `json:"content"`
			} `json:"requestBody"`
			Parameters []struct {
				Name, In string
				Required bool
			} `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	var out []operation
	for path, item := range doc.Paths {
		for method, o := range item {
			op := operation{Method: strings.ToUpper(method), Path: strings.TrimPrefix(path, httpapi.Prefix), ID: o.OperationID, Permission: o.Permission}
			_, op.JSON = o.RequestBody.Content["application/json"]
			for _, p := range o.Parameters {
				if p.In == "query" && p.Required {
					op.RequiredQuery = append(op.RequiredQuery, p.Name)
				}
			}
			out = append(out, op)
		}
	}
	if len(out) < 150 {
		t.Fatalf("only %d operations were found; the test proves nothing", len(out))
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	return out
}

var pathParameter = regexp.MustCompile(`\{[^}]+\}`)

const nobodysID = "01890000-0000-7000-8000-000000000000"

// address fills the parameters of an operation: path members with an id nobody has, required queries with a letter.
func (o operation) address() string {
	path := pathParameter.ReplaceAllString(o.Path, nobodysID)
	for i, q := range o.RequiredQuery {
		path += map[bool]string{true: "?", false: "&"}[i == 0] + q + "=ab"
	}
	return path
}

func isProblem(t *testing.T, what string, a apptest.Answer, status int) {
	t.Helper()
	switch {
	case a.Status != status:
		t.Errorf("%s: %d, want %d: %.300s", what, a.Status, status, a.Body)
	case !strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json"):
		t.Errorf("%s: content type %q: %.300s", what, a.Header.Get("Content-Type"), a.Body)
	case a.Code() == "":
		t.Errorf("%s: no code: %.300s", what, a.Body)
	}
}

// TestEveryRouteIsGuarded calls everything the document names without credentials, with junk and with a bad token.
func TestEveryRouteIsGuarded(t *testing.T) {
	known := map[string]bool{"public": true, "signed_in": true}
	for _, d := range app.Permissions() {
		known[string(d.Permission)] = true
	}
	public := []string{"finish-oidc", "start-oidc", "list-sign-in-providers", "sign-in", "sign-out", "accept-invitation", "get-setup", "set-up", "receive-webhook",
		"read-booking-decision", "decide-booking-by-link", "read-calendar-feed", "show-unsubscribe", "unsubscribe"}
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		for _, o := range operations(t) {
			what := o.Method + " " + o.Path
			if !known[o.Permission] {
				t.Errorf("%s carries x-permission %q, which nobody declares", what, o.Permission)
			}
			if (o.Permission == "public") != slices.Contains(public, o.ID) {
				t.Errorf("%s (%s) carries x-permission %q; is it meant to be public?", what, o.ID, o.Permission)
			}
			if o.Permission == "public" {
				continue
			}
			bodies := []any{nil}
			if o.Method != http.MethodGet {
				bodies = append(bodies, "{", `{"name":"x"}`, "\xff\xfe", `[1,2]`)
			}
			for _, body := range bodies {
				a := w.Do(t, "", o.Method, o.address(), body)
				isProblem(t, what+" without credentials", a, http.StatusUnauthorized)
			}
			isProblem(t, what+" with a bad token", w.Do(t, "mlr_bad", o.Method, o.address(), nil), http.StatusUnauthorized)
		}
	})
}

// TestEveryRegisteredRouteIsDocumented compares the mounted routes with the document.
func TestEveryRegisteredRouteIsDocumented(t *testing.T) {
	w := apptest.SQLite(t)
	documented := map[string]bool{}
	for _, o := range operations(t) {
		documented[o.Method+" "+o.Path] = true
	}
	for _, r := range w.App.API().Routes() {
		if !documented[r.Method+" "+r.Path] {
			t.Errorf("%s %s is served and not documented", r.Method, r.Path)
		}
		delete(documented, r.Method+" "+r.Path)
	}
	for what := range documented {
		t.Errorf("%s is documented and not served", what)
	}
	res, err := http.Get(w.URL + "/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if raw, _ := io.ReadAll(res.Body); res.StatusCode != 200 || !json.Valid(raw) {
		t.Errorf("the document itself: %d", res.StatusCode)
	}
}
