package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	createTable = regexp.MustCompile(`(?i)\bCREATE TABLE (?:IF NOT EXISTS )?([a-z_]+)`)
	writesTable = regexp.MustCompile(`(?i)\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)\b`)
	bulkWrite   = map[string]bool{"BulkInsert": true, "BulkUpsert": true}
	bunModel    = regexp.MustCompile(`bun:"table:([a-z_]+)`)
)

// owners reads every migration and returns table → package folder.
func owners(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(filepath.Dir(path)) != "migrations" || !strings.HasSuffix(path, ".sql") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		owner := filepath.ToSlash(filepath.Dir(filepath.Dir(path)))
		for _, m := range createTable.FindAllStringSubmatch(string(raw), -1) {
			if first, twice := out[m[1]]; twice && first != owner {
				t.Errorf("table %s is created by %s and by %s", m[1], first, owner)
			}
			out[m[1]] = owner
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOnlyTheOwnerWritesATable reads every string and bun model of the tree: a table may be written only by the
// package whose migrations create it.
func TestOnlyTheOwnerWritesATable(t *testing.T) {
	owner := owners(t)
	if len(owner) < 10 {
		t.Fatalf("only %d tables were found; the test proves nothing", len(owner))
	}
	writes := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		pkg := filepath.ToSlash(filepath.Dir(path))
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(pkg, "test") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		check := func(table, how string) {
			own, known := owner[table]
			if !known {
				return
			}
			writes++
			if own != pkg && !strings.HasPrefix(pkg, own+"/") {
				t.Errorf("%s %s table %s, which belongs to %s", path, how, table, own)
			}
		}
		models := map[string]string{}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				for _, m := range writesTable.FindAllStringSubmatch(n.Value, -1) {
					check(strings.ToLower(m[1]), "writes")
				}
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && bulkWrite[sel.Sel.Name] && len(n.Args) > 1 {
					if lit, ok := n.Args[1].(*ast.BasicLit); ok {
						check(strings.Trim(lit.Value, `"`), "bulk-writes")
					}
				}
			case *ast.TypeSpec:
				st, ok := n.Type.(*ast.StructType)
				if !ok {
					return true
				}
				for _, field := range st.Fields.List {
					if field.Tag == nil {
						continue
					}
					if m := bunModel.FindStringSubmatch(field.Tag.Value); m != nil {
						models[n.Name.Name] = m[1]
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if writes < 10 {
		t.Fatalf("only %d writes were found; the test proves nothing", writes)
	}
}
