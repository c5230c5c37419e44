package delivery

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"millrace/internal/platform/db"
)

// table says how rows of one kind are written: its columns in order, how many of the first are the primary key, and
// what an arriving row does to a stored one.
type table struct {
	name    string
	columns []string
	keys    int
	suffix  string
	mu      sync.Mutex
	queries map[string]string
}

// newTable builds a table from a list of columns. The first keys of them are the primary key. A column that ends in
//
//	"!" must never change: a row whose id is held by another record fails the statement instead of overwriting it;
//	"?" keeps what is stored when the newer version leaves it empty, and an older version fills it when it is empty;
//	"~" is the same for text, whose empty form is the empty string;
//	"+" is only ever filled;
//	"@" is a link found from a text beside it, and starts anew when a newer version has the text;
//	"=" is only set while nothing ties the account to a person.
//
// Everything else belongs to the version with the greater revision.
func newTable(name string, keys int, spec string) *table {
	t := &table{name: name, keys: keys, queries: map[string]string{}}
	var set []string
	var same, missing []string
	revision := strings.Contains(spec+" ", " revision ")
	attempts := strings.Contains(spec, " attempt ")
	fills := strings.ContainsAny(spec, "?~")
	newer := "excluded.revision >= " + name + ".revision"
	for i, c := range strings.Fields(spec) {
		mode := c[len(c)-1]
		if strings.IndexByte("!?~+=@", mode) >= 0 {
			c = c[:len(c)-1]
		} else {
			mode = 0
		}
		t.columns = append(t.columns, c)
		if i < keys {
			continue
		}
		old, now := name+"."+c, "excluded."+c
		switch {
		case mode == '!':
			set = append(set, fmt.Sprintf("%s = CASE WHEN %s = %s THEN %s END", c, old, now, old))
			same = append(same, old+" <> "+now)
		case mode == '?' && attempts && strings.HasSuffix(c, "_at"):
			// The times of one attempt say nothing about another.
			set = append(set, fmt.Sprintf("%[1]s = CASE WHEN excluded.attempt > %[2]s.attempt THEN %[3]s WHEN excluded.attempt < %[2]s.attempt THEN %[4]s WHEN %[5]s THEN COALESCE(%[3]s, %[4]s) ELSE COALESCE(%[4]s, %[3]s) END",
				c, name, now, old, newer))
		case mode == '?':
			set = append(set, fmt.Sprintf("%s = CASE WHEN %s THEN COALESCE(%s, %s) ELSE COALESCE(%s, %s) END", c, newer, now, old, old, now))
		case mode == '~':
			set = append(set, fmt.Sprintf("%s = CASE WHEN (%s AND %s <> '') OR %s = '' THEN %s ELSE %s END", c, newer, now, old, now, old))
		case mode == '@':
			text := linkText[c]
			set = append(set, fmt.Sprintf("%[1]s = CASE WHEN %[2]s AND excluded.%[3]s <> '' THEN %[4]s ELSE COALESCE(%[5]s, %[4]s) END", c, newer, text, now, old))
		case mode == '=':
			set = append(set, fmt.Sprintf("%s = CASE WHEN %s.person_by <> '' THEN %s ELSE %s END", c, name, old, now))
		case mode == '+' && (c == "message" || strings.HasSuffix(c, "_name") || strings.HasSuffix(c, "_email")):
			set = append(set, fmt.Sprintf("%s = CASE WHEN %s = '' THEN %s ELSE %s END", c, old, now, old))
			missing = append(missing, fmt.Sprintf("(%s = '' AND %s <> '')", old, now))
		case mode == '+':
			set = append(set, fmt.Sprintf("%s = COALESCE(%s, %s)", c, old, now))
			missing = append(missing, fmt.Sprintf("(%s IS NULL AND %s IS NOT NULL)", old, now))
		case c == "at" && strings.Contains(spec, "+"):
			set = append(set, fmt.Sprintf("at = CASE WHEN %[1]s.committed_at IS NULL AND %[1]s.authored_at IS NULL THEN excluded.at ELSE %[1]s.at END", name))
		case fills && revision:
			set = append(set, fmt.Sprintf("%s = CASE WHEN %s THEN %s ELSE %s END", c, newer, now, old))
		default:
			set = append(set, c+" = "+now)
		}
	}
	var b strings.Builder
	b.WriteString(" ON CONFLICT (" + strings.Join(t.columns[:keys], ", ") + ") DO ")
	if len(set) == 0 {
		b.WriteString("NOTHING")
	} else {
		b.WriteString("UPDATE SET " + strings.Join(set, ", "))
		switch {
		case len(missing) > 0:
			b.WriteString(" WHERE " + strings.Join(missing, " OR "))
		case revision && !fills:
			b.WriteString(" WHERE " + strings.Join(append([]string{newer}, same...), " OR "))
		}
	}
	t.suffix = b.String()
	return t
}

// perStatement is how many rows one statement holds: few enough that SQLite prepares it quickly, many enough that
// PostgreSQL is not asked row by row.
func (t *table) perStatement(e db.Engine) int {
	if e == db.Postgres {
		return max(1, min(500, 30_000/len(t.columns)))
	}
	return 1
}

func (t *table) query(e db.Engine, n int) string {
	key := fmt.Sprint(e, n)
	t.mu.Lock()
	defer t.mu.Unlock()
	if q := t.queries[key]; q != "" {
		return q
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	arg := 0
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range t.columns {
			if j > 0 {
				b.WriteByte(',')
			}
			if arg++; e == db.Postgres {
				fmt.Fprintf(&b, "$%d", arg)
			} else {
				b.WriteByte('?')
			}
		}
		b.WriteByte(')')
	}
	b.WriteString(t.suffix)
	if len(t.queries) > 600 {
		clear(t.queries)
	}
	t.queries[key] = b.String()
	return t.queries[key]
}

// upsert writes rows no two of which share a primary key.
func (t *table) upsert(ctx context.Context, tx db.Tx, rows [][]any) error {
	per := t.perStatement(tx.Engine())
	var full *sql.Stmt
	for len(rows) > 0 {
		n := min(per, len(rows))
		args := rows[0]
		if n > 1 {
			args = make([]any, 0, n*len(t.columns))
			for _, r := range rows[:n] {
				args = append(args, r...)
			}
		}
		var err error
		if n == per && len(rows) > per && full == nil {
			if full, err = tx.Tx.Tx.PrepareContext(ctx, t.query(tx.Engine(), n)); err != nil {
				return fmt.Errorf("write %s: %w", t.name, err)
			}
			defer full.Close()
		}
		if n == per && full != nil {
			_, err = full.ExecContext(ctx, args...)
		} else {
			_, err = tx.Tx.Tx.ExecContext(ctx, t.query(tx.Engine(), n), args...)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", t.name, err)
		}
		rows = rows[n:]
	}
	return nil
}

var linkText = map[string]string{"caused_by_deployment_id": "caused_by", "fixes_incident_id": "fixes_incident"}
