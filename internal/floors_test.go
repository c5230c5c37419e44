// Package internal_test guards the shape of the house: who may import whom, and who may write what.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors lists, per package prefix, which prefixes of the module it may import. The longest matching prefix decides.
// Test files of a slice may also import the floors below and the migrations, builders and types of other slices.
var floors = map[string][]string{
	"platform/ref":        {},
	"platform/problem":    {},
	"platform/clock":      {},
	"platform":            {"platform"},
	"aspect":              {"platform", "aspect"},
	"people":              {"platform", "aspect"},
	"identity":            {"platform", "aspect"},
	"catalog":             {"platform", "aspect"},
	"calendar":            {"platform", "aspect"},
	"delivery":            {"platform", "aspect"},
	"environment":         {"platform", "aspect", "environment/version"},
	"environment/version": {"platform"},
	"environment/stack":   {"platform", "aspect", "environment"},
	"environment/booking": {"platform", "aspect", "environment"},
	"environment/health":  {"platform", "aspect", "environment"},
	"environment/request": {"platform", "aspect", "environment"},
	"environment/sheet":   {"platform", "aspect", "environment"},
	"audit":               {"platform", "aspect"},
	"search":              {"platform", "aspect"},
	"notify":              {"platform", "aspect"},
	"insight":             {"platform", "aspect", "insight", "delivery"},
	"connector":           {"platform", "aspect", "delivery"},
	"connector/github":    {"platform", "delivery", "connector"},
	"connector/git":       {"platform", "delivery", "connector"},
	"connector/cdevents":  {"platform", "delivery", "connector"},
	"cli":                 {},
	"demo":                {"platform", "aspect", "delivery", "people", "catalog", "environment", "calendar", "connector"},
	"app": {"platform", "aspect", "people", "identity", "catalog", "delivery", "environment", "calendar", "audit", "search", "notify", "insight",
		"connector", "demo"},
}

const module = "millrace/internal/"

func TestImportsOnlyPointDown(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		if pkg == "." || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(pkg, "test") || strings.Contains(pkg, "dbtest/") {
			return nil
		}
		floor, allowed := floorOf(pkg)
		if floor == "" {
			t.Errorf("%s stands on no floor; add it to the table", pkg)
			return nil
		}
		seen[floor] = true
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			target, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module)
			if !ours || target == pkg {
				continue
			}
			if !slices.ContainsFunc(allowed, func(p string) bool { return target == p || strings.HasPrefix(target, p+"/") }) {
				t.Errorf("%s (floor %s) may not import %s", path, floor, target)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for floor := range floors {
		if !seen[floor] && floor != "platform" {
			t.Errorf("floor %s has no package; remove it from the table", floor)
		}
	}
}

func floorOf(pkg string) (string, []string) {
	best := ""
	for prefix := range floors {
		if (pkg == prefix || strings.HasPrefix(pkg, prefix+"/")) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return best, floors[best]
}

// TestRulesAreFreeOfIO holds the files named rules*.go and lifecycle.go to what they promise: no database, no transport.
func TestRulesAreFreeOfIO(t *testing.T) {
	forbidden := []string{"millrace/internal/platform/db", "millrace/internal/platform/httpapi", "database/sql", "net/http", "github.com/uptrace/bun"}
	n := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || (!strings.HasPrefix(name, "rules") && name != "lifecycle.go") || !strings.HasSuffix(name, ".go") {
			return err
		}
		n++
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			if slices.Contains(forbidden, strings.Trim(i.Path.Value, `"`)) {
				t.Errorf("%s imports %s", path, i.Path.Value)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatal("no rules file was found; the test proves nothing")
	}
}
