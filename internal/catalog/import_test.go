package catalog_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"slices"
	"strings"
	"testing"

	"millrace/internal/catalog"
	"millrace/internal/catalog/catalogtest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// owners is an owner book in memory.
type owners struct{ of map[ref.App]ref.Person }

func (o *owners) Owners(_ context.Context, _ db.Tx, apps []ref.App) (map[ref.App][]catalog.Owner, error) {
	out := map[ref.App][]catalog.Owner{}
	for _, a := range apps {
		if p := o.of[a]; p != "" {
			out[a] = []catalog.Owner{{Kind: "person", ID: string(p), Name: "Somebody", Email: "somebody@example.com"}}
		}
	}
	return out, nil
}

func (o *owners) OwnedBy(column, owner string) (string, []any) {
	for app, p := range o.of {
		if string(p) == owner {
			return column + " = ?", []any{app}
		}
	}
	return "1 = 0", nil
}

func (o *owners) SetOwner(_ context.Context, _ db.Tx, a catalog.Application, p ref.Person) error {
	o.of[a.ID] = p
	return nil
}

func (o *owners) Move(context.Context, db.Tx, ref.App, ref.Unit) error { return nil }

func (o *owners) Forget(_ context.Context, _ db.Tx, a ref.App) error {
	delete(o.of, a)
	return nil
}

func importText(t *testing.T, s *httpapitest.Server, query, text string) httpapitest.Answer {
	t.Helper()
	return s.Do(t, "POST", "/applications/imports"+query, text, "Content-Type", "text/csv")
}

func report(t *testing.T, a httpapitest.Answer) (r catalog.ImportReport) {
	t.Helper()
	want(t, a, 200, "")
	a.Into(t, &r)
	return r
}

func TestImportPreviewsThenApplies(t *testing.T) {
	book := &owners{of: map[ref.App]ref.Person{}}
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		clear(book.of)
		retail := w.AddUnit("Retail", "")
		w.AddUnit("Web", retail.ID)
		w.AddUnit("Web", w.AddUnit("Wholesale", "").ID)
		ada := w.AddPerson("Ada", retail.ID)
		w.Add(catalog.NewApplication{Key: "old", Name: "Old", Unit: retail.ID, Vendor: "Acme", Aliases: []string{"ancient"}, Repositories: []catalog.RepositoryPath{{URL: "github.com/acme/old"}}})
		w.AddApplication("same", retail.ID)
		text := "System ID;System;Department;Criticality;Alias;Repo;Owner;Depends on;Colour\n" +
			"new;New shop;Retail / Web;mission critical;store;https://github.com/acme/mono#web;" + strings.ToUpper(ada.Email) + ";old, same;red\n" +
			"OLD;;;high;antique;github.com/acme/older;;new:DATA;\n" +
			"same;;;;;;;;\n"
		dry := report(t, importText(t, s, "?dryRun=true", text))
		if dry.Applied || !dry.DryRun || dry.Rows != 3 || dry.Created != 1 || dry.Updated != 1 || dry.Unchanged != 1 || dry.Invalid != 0 || !slices.Equal(dry.UnknownColumns, []string{"Colour"}) || dry.Columns["Key"] != "System ID" {
			t.Fatalf("%+v", dry)
		}
		if dry.Preview[0].Action != "create" || dry.Preview[0].Unit != "Organisation / Retail / Web" && !strings.HasSuffix(dry.Preview[0].Unit, " / Retail / Web") || dry.Preview[1].Changes["criticality"][1] != "HIGH" {
			t.Fatalf("%+v", dry.Preview)
		}
		want(t, s.Do(t, "GET", "/applications/new", nil), 404, "not_found")
		done := report(t, importText(t, s, "", text))
		if !done.Applied || done.Created != 1 || done.Updated != 1 {
			t.Fatalf("%+v", done)
		}
		v := get[catalog.View](t, s, "/applications/new")
		if v.Name != "New shop" || v.UnitName != "Web" || v.Criticality != catalog.MissionCritical || v.Aliases[0] != "store" || v.Repositories[0].PathPrefix != "web" || v.Owners[0].ID != string(ada.ID) || v.Counts.Upstream != 2 || v.Counts.Downstream != 1 {
			t.Fatalf("%+v", v)
		}
		v = get[catalog.View](t, s, "/applications/old")
		if v.Name != "Old" || v.Vendor != "Acme" || v.Version != 2 || !slices.Equal(v.Aliases, []string{"ancient", "antique"}) || len(v.Repositories) != 2 {
			t.Fatalf("%+v", v)
		}
		if got := get[page](t, s, "/applications?owner="+string(ada.ID)); keys(got.Items) != "new" {
			t.Fatalf("%s", keys(got.Items))
		}
		again := report(t, importText(t, s, "", text))
		if again.Applied || again.Unchanged != 3 {
			t.Fatalf("%+v", again)
		}
		// What is exported can be imported again and changes nothing.
		for _, format := range []string{"csv", "xlsx"} {
			file := s.Do(t, "GET", "/applications/export?sort=key&format="+format, nil)
			if file.Status != 200 || !strings.Contains(file.Header.Get("Content-Disposition"), "applications."+format) {
				t.Fatalf("%d %v", file.Status, file.Header)
			}
			r := report(t, importText(t, s, "?dryRun=true", string(file.Body)))
			// The book in memory gives every owner the same address.
			if r.Rows != 3 || r.Created+r.Updated != 0 || r.ErrorsTotal != 1 || r.Errors[0].Code != "person_unknown" {
				t.Fatalf("%s: %+v", format, r)
			}
		}
		table, err := tabular.Read(bytes.NewReader(s.Do(t, "GET", "/applications/export?q=new&sort=key", nil).Body), tabular.Options{})
		if err != nil || len(table.Rows) != 1 || table.Rows[0][10] != "old; same" || table.Rows[0][8] != "https://github.com/acme/mono#web" {
			t.Fatalf("%+v %v", table, err)
		}
		if got := get[page](t, s, "/applications/export?format=json&criticality=HIGH"); keys(got.Items) != "old" {
			t.Fatalf("%s", keys(got.Items))
		}
		want(t, s.Do(t, "GET", "/applications/export?criticality=HUGE", nil), 422, "validation_failed")
		want(t, s.Do(t, "GET", "/applications/export?format=pdf", nil), 400, "format_unknown")
		want(t, s.Do(t, "GET", "/applications/export?sort=colour", nil), 400, "sort_unknown")
		template := s.Do(t, "GET", "/applications/imports/template", nil)
		if template.Status != 200 || !strings.Contains(string(template.Body), "Key,Name,Unit") {
			t.Fatalf("%d %s", template.Status, template.Body)
		}
	}, func(d *catalog.Deps) { d.Owners = book })
}

func TestImportShowsEachErrorByRowAndColumn(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		retail := w.AddUnit("Retail", "")
		w.AddUnit("Web", retail.ID)
		w.AddUnit("Web", w.AddUnit("Franchise", retail.ID).ID)
		ops := w.AddUnit("Ops", "")
		w.Add(catalog.NewApplication{Key: "known", Name: "Known", Unit: retail.ID, Aliases: []string{"famous"}, Repositories: []catalog.RepositoryPath{{URL: "github.com/acme/known"}}})
		w.AddApplication("secret", ops.ID)
		text := "Key,Name,Unit,Criticality,Status,Aliases,Repositories,Owner email,Depends on\n" +
			"good,Good,Retail,,,,,,\n" + // 2
			",No key,Retail,,,,,,\n" + // 3
			"bad key,x,Retail,,,,,,\n" + // 4
			"a,x,,,,,,,\n" + // 5
			"b,x,Web,,,,,,\n" + // 6
			"c,x,Nowhere,,,,,,\n" + // 7
			"d,x,Retail,huge,maybe,,,,\n" + // 8
			"good,x,Retail,,,,,,\n" + // 9
			"e,x,Retail,,,famous,,,\n" + // 10
			"f,famous,Retail,,,,,,\n" + // 11
			"g,x,Retail,,,good,,,\n" + // 12
			"h,x,Retail,,,,github.com/acme/known,,\n" + // 13
			"i,x,Retail,,,,https://,,\n" + // 14
			"j,x,Retail,,,,,who@example.com,\n" + // 15
			"k,x,Retail,,,,,,nothing\n" + // 16
			"l,x,Retail,,,,,,l;good:MAGIC\n" + // 17
			"m,x,Retail,,,,,,c\n" + // 18
			"n,x,Retail,,,,,,m\n" + // 19
			"secret,x,Retail,,,,,,\n" + // 20
			"o,x,Ops,,,,,,\n" + // 21
			"p,x,Retail,,,,,,,,surplus\n" + // 22
			"q,x,Retail / Web,,,,github.com/a/b,,good\n" + // 23
			"r,x,Retail,,,,git@github.com:a/b.git,,\n" // 24
		wanted := []string{
			"3 Key required", "4 Key key_invalid", "5 Unit required", "6 Unit unit_ambiguous", "7 Unit unit_unknown", "8 Criticality criticality_unknown",
			"8 Status status_unknown", "9 Key key_twice", "10 Aliases application_alias_taken", "11 Name application_name_taken", "12 Aliases application_alias_taken",
			"13 Repositories repository_taken", "14 Repositories repository_unreadable", "15 Owner email person_unknown", "16 Depends on application_unknown",
			"17 Depends on dependency_on_itself", "17 Depends on type_unknown", "18 Depends on dependency_invalid", "19 Depends on dependency_invalid",
			"20 Key application_key_taken", "21 Unit unit_unknown", "22  cells_surplus", "24 Repositories repository_taken",
		}
		s.As(catalogtest.Manager(retail))
		r := report(t, importText(t, s, "?dryRun=true", text))
		var got []string
		for _, e := range r.Errors {
			got = append(got, fmt.Sprintf("%d %s %s", e.Row, e.Column, e.Code))
		}
		if !slices.Equal(got, wanted) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
		}
		a := importText(t, s, "", text)
		want(t, a, 422, "import_invalid")
		if !strings.Contains(string(a.Body), "row 6, column Unit") {
			t.Fatalf("%s", a.Body)
		}
		want(t, s.Do(t, "GET", "/applications/good", nil), 404, "not_found")
		r = report(t, importText(t, s, "?skipInvalid=true", text))
		if !r.Applied || r.Created != 2 || r.Invalid != r.Rows-2 {
			t.Fatalf("%+v", r)
		}
		if v := get[catalog.View](t, s, "/applications/q"); v.Counts.Upstream != 1 {
			t.Fatalf("%+v", v)
		}
		want(t, importText(t, s, "?unitId="+string(ops.ID), "Key\nz\n"), 422, "unit_unknown")
		if r := report(t, importText(t, s, "?unitId="+string(retail.ID), "Key\nz\n")); r.Created != 1 {
			t.Fatalf("%+v", r)
		}
	})
}

func TestImportUploads(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		want(t, importText(t, s, "", ""), 422, "table_empty")
		want(t, importText(t, s, "", "Colour\nred\n"), 422, "header_invalid")
		want(t, importText(t, s, "", "Key\n\"a\n"), 422, "quote_not_closed")
		want(t, importText(t, s, "", "PK\x03\x04 rubbish"), 422, "workbook_unreadable")
		want(t, importText(t, s, "?mapping=x", "Key\na\n"), 400, "mapping_malformed")
		want(t, importText(t, s, "?mapping=%7B%22Colour%22:%22x%22%7D", "Key\na\n"), 400, "mapping_malformed")
		if r := report(t, importText(t, s, "?dryRun=true&unitId="+string(w.Root.ID)+"&mapping=%7B%22Key%22:%22Kürzel%22%7D", "Kürzel\nx1\n")); r.Created != 1 {
			t.Fatalf("%+v", r)
		}
		form := func(fields ...string) httpapitest.Answer {
			var b bytes.Buffer
			m := multipart.NewWriter(&b)
			for i := 0; i < len(fields); i += 2 {
				if fields[i] == "file" {
					f, err := m.CreateFormFile("file", "a.csv")
					if err != nil {
						t.Fatal(err)
					}
					_, _ = f.Write([]byte(fields[i+1]))
				} else if err := m.WriteField(fields[i], fields[i+1]); err != nil {
					t.Fatal(err)
				}
			}
			_ = m.Close()
			return s.Do(t, "POST", "/applications/imports", b.String(), "Content-Type", m.FormDataContentType())
		}
		if r := report(t, form("dryRun", "true", "file", "Key\na\n", "unitId", string(w.Root.ID))); r.Created != 1 || r.Applied {
			t.Fatalf("%+v", r)
		}
		if r := report(t, form("text", "Key\tName\na\tA\n", "unitId", string(w.Root.ID))); r.Created != 1 || !r.Applied {
			t.Fatalf("%+v", r)
		}
		want(t, form("dryRun", "true"), 400, "file_missing")
		want(t, s.Do(t, "POST", "/applications/imports", "--x\r\nbroken", "Content-Type", "multipart/form-data; boundary=x"), 400, "upload_unreadable")
		s.As(catalogtest.Viewer(w.Root))
		want(t, importText(t, s, "", "Key\nb\n"), 403, "permission_missing")
		s.As(nil)
		want(t, importText(t, s, "", "Key\nb\n"), 401, "sign_in_required")
	})
}

// bigTable makes a table of n applications, each of which depends on the one before.
func bigTable(n int) string {
	var b strings.Builder
	b.WriteString("Key,Name,Unit,Criticality,Aliases,Repositories,Depends on\n")
	for i := range n {
		fmt.Fprintf(&b, "app-%d,Application %d,U%d,high,alias %d,https://github.com/acme/app-%d,", i, i, i%20, i, i)
		if i > 0 {
			fmt.Fprintf(&b, "app-%d", i-1)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestLargeImportWritesHistoryInBatches(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		for i := range 20 {
			w.AddUnit(fmt.Sprintf("U%d", i), "")
		}
		const n = 3000
		r := report(t, importText(t, s, "", bigTable(n)))
		if r.Created != n || !r.Applied {
			t.Fatalf("%+v", r)
		}
		var lines, single int64
		err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
			if lines, err = tx.NewSelect().Table("event").Where("kind = ?", catalog.ApplicationsImported).Count(ctx); err != nil {
				return err
			}
			single, err = tx.NewSelect().Table("event").Where("kind = ?", catalog.ApplicationCreated).Count(ctx)
			return err
		})
		if err != nil || lines != 6 || single != 0 {
			t.Fatalf("%d lines, %d single, %v", lines, single, err)
		}
		if got := get[page](t, s, "/applications?limit=1"); *got.Total != n {
			t.Fatalf("%d", *got.Total)
		}
	})
}

func BenchmarkImport200k(b *testing.B) {
	text := bigTable(200_000)
	for name, open := range map[string]func() *db.DB{
		"sqlite":   func() *db.DB { return dbtest.SQLite(b, catalogtest.Migrations...) },
		"postgres": func() *db.DB { return dbtest.Postgres(b, catalogtest.Migrations...) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				w := catalogtest.New(b, open())
				for i := range 20 {
					w.AddUnit(fmt.Sprintf("U%d", i), "")
				}
				b.StartTimer()
				r, err := w.Catalog.ImportApplications(w.Ctx, strings.NewReader(text), catalog.ImportOptions{})
				if err != nil || r.Created != 200_000 {
					b.Fatal(r.Created, err)
				}
			}
		})
	}
}

func FuzzImport(f *testing.F) {
	d := dbtest.SQLite(f, catalogtest.Migrations...)
	w := catalogtest.New(f, d)
	f.Add("Key,Unit\na,Organisation\n")
	f.Add("Key;Aliases;Repositories;Depends on\na;b;github.com/x/y#z;c:DATA\n")
	f.Fuzz(func(t *testing.T, text string) {
		ctx := authz.With(t.Context(), authz.System("test"))
		_, err := w.Catalog.ImportApplications(ctx, strings.NewReader(text), catalog.ImportOptions{DryRun: true, Unit: w.Root.ID})
		if err != nil && problem.CodeOf(err) == "" {
			t.Fatal(err)
		}
	})
}
