package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"millrace/internal/app"
	"millrace/internal/people"
)

var (
	nameForm    = regexp.MustCompile(`^[a-z]+\.[a-z]+(_[a-z]+)*$`)
	placeholder = regexp.MustCompile(`\{([^}]*)\}`)
)

// sources reads every Go file of the product that is no test and calls fn with its text.
func sources(t *testing.T, fn func(path string, f *ast.File)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		fn(path, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryKindIsWellFormed looks at kinds and sentences: each placeholder must be a member that some source file writes.
func TestEveryKindIsWellFormed(t *testing.T) {
	written := map[string]bool{"actor": true, "subject": true}
	sources(t, func(_ string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				written[strings.Trim(l.Value, "`\"")] = true
			}
			return true
		})
	})
	seen := 0
	for _, list := range app.EventKinds() {
		for _, d := range list {
			seen++
			if !nameForm.MatchString(string(d.Kind)) {
				t.Errorf("kind %q is not slice.what_happened", d.Kind)
			}
			if !strings.Contains(d.Sentence, "{actor}") && !strings.Contains(d.Sentence, "{subject}") {
				t.Errorf("%s: the sentence names nobody and nothing: %q", d.Kind, d.Sentence)
			}
			for _, m := range placeholder.FindAllStringSubmatch(d.Sentence, -1) {
				if !written[m[1]] {
					t.Errorf("%s: nothing writes {%s} of %q", d.Kind, m[1], d.Sentence)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d kinds", seen)
	}
}

// TestEveryPermissionIsDeclared checks the declarations, and that what the routes ask for is among them.
func TestEveryPermissionIsDeclared(t *testing.T) {
	roles := people.BuiltInPermissions(nil)
	asked := map[string]bool{}
	for _, o := range operations(t) {
		asked[o.Permission] = true
	}
	known := map[string]bool{"public": true, "signed_in": true}
	for _, d := range app.Permissions() {
		if known[string(d.Permission)] {
			t.Errorf("%s is declared twice", d.Permission)
		}
		known[string(d.Permission)] = true
		if !nameForm.MatchString(string(d.Permission)) || len(d.Title) < 8 || strings.HasSuffix(d.Title, ".") {
			t.Errorf("%q with the title %q is not well-formed", d.Permission, d.Title)
		}
		for _, r := range d.Roles {
			if _, ok := roles[r]; !ok {
				t.Errorf("%s names the unknown role %q", d.Permission, r)
			}
		}
		if d.View && len(d.Roles) != len(roles)-1 {
			t.Errorf("%s only shows, yet not every built-in role holds it: %v", d.Permission, d.Roles)
		}
	}
	for p := range asked {
		if !known[p] {
			t.Errorf("a route asks for %q, which nobody declares", p)
		}
	}
}

// TestTheListsNameEverySlice finds the packages that export Permissions, Events or Migrations and looks for them in the
// lists of the app.
func TestTheListsNameEverySlice(t *testing.T) {
	listed := map[string]string{}
	sources(t, func(path string, f *ast.File) {
		if filepath.Dir(path) != "../app" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					listed[x.Name+"."+s.Sel.Name] = path
				}
			}
			return true
		})
	})
	found := 0
	sources(t, func(path string, f *ast.File) {
		if strings.HasSuffix(f.Name.Name, "test") {
			return
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					switch name.Name {
					case "Permissions", "Events", "Migrations":
						found++
						if what := f.Name.Name + "." + name.Name; listed[what] == "" {
							t.Errorf("%s of %s is in no list of the app", what, path)
						}
					}
				}
			}
		}
	})
	if found < 20 {
		t.Errorf("only %d lists were found", found)
	}
}
