package internal_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"millrace/internal/app"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

// TestEnginesHaveOneShape migrates both engines from empty and compares tables and views, columns, nullability, primary
// keys, and indexes with what they cover and whether they are unique.
func TestEnginesHaveOneShape(t *testing.T) {
	lite, pg := dbtest.SQLite(t, app.Migrations()...), dbtest.Postgres(t, app.Migrations()...)
	a, b := sqliteShape(t, lite), postgresShape(t, pg)
	if len(a) < 300 {
		t.Fatalf("only %d facts about the shape were found; the test proves nothing", len(a))
	}
	for _, fact := range slices.Sorted(maps.Keys(a)) {
		if !b[fact] {
			t.Errorf("only on SQLite: %s", fact)
		}
	}
	for _, fact := range slices.Sorted(maps.Keys(b)) {
		if !a[fact] {
			t.Errorf("only on PostgreSQL: %s", fact)
		}
	}
}

// engineOwn are the tables of libraries (the job engine, the migrations), which differ by engine as their makers decided, and those of an engine itself.
var engineOwn = regexp.MustCompile(`^(sqlite_|goose_|river_|pg_|migration_)`)

func query(t *testing.T, d *db.DB, q string, args ...any) [][]string {
	t.Helper()
	rows, err := d.SQL().QueryContext(context.Background(), q, args...)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = v.String
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func sqliteShape(t *testing.T, d *db.DB) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, r := range query(t, d, `SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')`) {
		table := r[0]
		if engineOwn.MatchString(table) {
			continue
		}
		out[r[1]+" "+table] = true
		key := map[string]string{}
		for _, c := range query(t, d, `SELECT name, type, "notnull", pk FROM pragma_table_info('`+table+`')`) {
			null := "nullable"
			if c[2] == "1" || c[3] != "0" {
				null = "not null"
			}
			if r[1] == "view" {
				out[fmt.Sprintf("view %s column %s", table, c[0])] = true
				continue
			}
			out[fmt.Sprintf("column %s.%s %s %s", table, c[0], family(c[1]), null)] = true
			if c[3] != "0" {
				key[c[3]] = c[0]
			}
		}
		if len(key) > 0 {
			var columns []string
			for _, k := range slices.Sorted(maps.Keys(key)) {
				columns = append(columns, key[k])
			}
			out[fmt.Sprintf("primary key %s(%s)", table, strings.Join(columns, ","))] = true
		}
		for _, f := range query(t, d, `SELECT "from", "table" FROM pragma_foreign_key_list('`+table+`')`) {
			out[fmt.Sprintf("reference %s.%s to %s", table, f[0], f[1])] = true
		}
		for _, i := range query(t, d, `SELECT name, "unique", origin, partial FROM pragma_index_list('`+table+`')`) {
			if i[2] == "pk" {
				continue
			}
			var columns []string
			for _, c := range query(t, d, `SELECT coalesce(name, '(expression)') FROM pragma_index_info('`+i[0]+`') ORDER BY seqno`) {
				columns = append(columns, c[0])
			}
			out[indexFact(table, i[0], i[2] == "u", i[1] == "1", i[3] == "1", columns)] = true
		}
	}
	return out
}

func postgresShape(t *testing.T, d *db.DB) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, r := range query(t, d, `SELECT c.relname, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v', 'p')`) {
		table := r[0]
		if engineOwn.MatchString(table) {
			continue
		}
		out[r[1]+" "+table] = true
		for _, c := range query(t, d, `SELECT a.attname, format_type(a.atttypid, NULL), a.attnotnull FROM pg_attribute a
			WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`, `"`+table+`"`) {
			null := "nullable"
			if c[2] == "true" {
				null = "not null"
			}
			if r[1] == "view" {
				out[fmt.Sprintf("view %s column %s", table, c[0])] = true
				continue
			}
			out[fmt.Sprintf("column %s.%s %s %s", table, c[0], family(c[1]), null)] = true
		}
		for _, f := range query(t, d, `SELECT a.attname, f.relname FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) WHERE k.contype = 'f' AND k.conrelid = $1::regclass`, `"`+table+`"`) {
			out[fmt.Sprintf("reference %s.%s to %s", table, f[0], f[1])] = true
		}
		for _, i := range query(t, d, `SELECT i.relname, x.indisunique, x.indisprimary, x.indpred IS NOT NULL,
			(SELECT string_agg(coalesce(a.attname, '(expression)'), ',' ORDER BY k.at)
				FROM unnest(x.indkey) WITH ORDINALITY AS k(num, at) LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.num AND k.num > 0
				WHERE k.at <= x.indnkeyatts),
			EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype = 'u')
			FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = $1::regclass`, `"`+table+`"`) {
			columns := strings.Split(i[4], ",")
			if i[2] == "true" {
				out[fmt.Sprintf("primary key %s(%s)", table, strings.Join(columns, ","))] = true
				continue
			}
			out[indexFact(table, i[0], i[5] == "true", i[1] == "true", i[3] == "true", columns)] = true
		}
	}
	return out
}

// indexFact leaves the name out of indexes that a UNIQUE in the table made: the engine chose it.
func indexFact(table, name string, unnamed, unique, partial bool, columns []string) string {
	if unnamed {
		name = "(constraint)"
	}
	return fmt.Sprintf("index %s on %s(%s) unique=%v partial=%v", name, table, strings.Join(columns, ","), unique, partial)
}

// family folds the names the engines have for one type.
func family(typ string) string {
	typ, _, _ = strings.Cut(strings.ToLower(typ), "(")
	switch typ {
	case "bigint", "integer", "int", "smallint":
		return "integer"
	case "double precision", "real", "numeric":
		return "number"
	case "timestamp", "timestamp without time zone", "timestamptz", "timestamp with time zone", "datetime":
		return "timestamp"
	case "json", "jsonb":
		return "json"
	case "blob", "bytea":
		return "bytes"
	case "varchar", "character varying":
		return "text"
	}
	return typ
}
