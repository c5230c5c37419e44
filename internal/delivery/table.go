package delivery

import (
	"context"
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
	// suffix is what happens on conflict, partialSuffix the same for partial records.
	suffix, partialSuffix string

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
//	">" is always overwritten;
//	"=" is only set while nothing ties the account to a person.
//
// Everything else belongs to the version with the greater revision.
func newTable(name string, keys int, spec string) *table {
	t := &table{name: name, keys: keys, queries: map[string]string{}}
	t.suffix = t.onConflict(spec, false)
	columns := t.columns
	t.columns = nil
	t.partialSuffix = t.onConflict(spec, true)
	t.columns = columns
	return t
}

// onConflict returns what a statement does with a row that is there already; partial is for records whose empty members
// are unknown rather than empty.
func (t *table) onConflict(spec string, partial bool) string {
	var set, same, missing []string
	revision := strings.Contains(spec+" ", " revision ")
	fills := strings.ContainsAny(spec, "?~") || partial
	newer := "excluded.revision >= " + t.name + ".revision"
	if !revision {
		newer = "1 = 1"
	}
	attempts := strings.Contains(spec, " attempt ")
	for i, c := range strings.Fields(spec) {
		mode := c[len(c)-1]
		if strings.IndexByte("!?~+=@>", mode) >= 0 {
			c = c[:len(c)-1]
		} else if mode = 0; partial {
			mode = partialMode(c)
		}
		t.columns = append(t.columns, c)
		if i < t.keys {
			continue
		}
		e := expression{table: t.name, column: c, old: t.name + "." + c, now: "excluded." + c, newer: newer}
		switch {
		case mode == '!':
			same = append(same, e.old+" <> "+e.now)
			set = append(set, e.set("CASE WHEN %[1]s = %[2]s THEN %[1]s END"))
		case mode == '>':
			set = append(set, c+" = "+e.now)
		case mode == '@':
			set = append(set, c+" = "+fmt.Sprintf("CASE WHEN %s AND excluded.%s <> '' THEN %s ELSE COALESCE(%s, %s) END", newer, linkText[c], e.now, e.old, e.now))
		case mode == '=':
			set = append(set, c+" = "+fmt.Sprintf("CASE WHEN %s.person_by <> '' THEN %s ELSE %s END", t.name, e.old, e.now))
		case mode == '+' && isText(c):
			set = append(set, e.set("CASE WHEN %[1]s = '' THEN %[2]s ELSE %[1]s END"))
			missing = append(missing, fmt.Sprintf("(%s = '' AND %s <> '')", e.old, e.now))
		case mode == '+':
			set = append(set, e.set("COALESCE(%[1]s, %[2]s)"))
			missing = append(missing, fmt.Sprintf("(%s IS NULL AND %s IS NOT NULL)", e.old, e.now))
		case c == "at" && strings.Contains(spec, "+"):
			set = append(set, fmt.Sprintf("at = CASE WHEN %[1]s.committed_at IS NULL AND %[1]s.authored_at IS NULL THEN excluded.at ELSE %[1]s.at END", t.name))
		case mode == '?' && attempts && strings.HasSuffix(c, "_at"):
			// The times of one attempt say nothing about another.
			set = append(set, e.set("CASE WHEN excluded.attempt > %[4]s.attempt THEN %[2]s WHEN excluded.attempt < %[4]s.attempt THEN %[1]s "+
				"WHEN %[3]s THEN COALESCE(%[2]s, %[1]s) ELSE COALESCE(%[1]s, %[2]s) END"))
		case mode == '?':
			set = append(set, e.set("CASE WHEN %[3]s THEN COALESCE(%[2]s, %[1]s) ELSE COALESCE(%[1]s, %[2]s) END"))
		case mode == '~':
			set = append(set, e.set("CASE WHEN (%[3]s AND %[2]s <> '') OR %[1]s = '' THEN %[2]s ELSE %[1]s END"))
		case mode == '#':
			set = append(set, e.set("CASE WHEN (%[3]s AND %[2]s <> 0) OR %[1]s = 0 THEN %[2]s ELSE %[1]s END"))
		case mode == '|':
			set = append(set, e.set("%[1]s OR %[2]s"))
		case mode == '^':
			set = append(set, e.set("CASE WHEN %[3]s AND "+anyTime(spec)+" THEN %[2]s ELSE %[1]s END"))
		case fills && revision:
			set = append(set, e.set("CASE WHEN %[3]s THEN %[2]s ELSE %[1]s END"))
		default:
			set = append(set, c+" = "+e.now)
		}
	}
	suffix := " ON CONFLICT (" + strings.Join(t.columns[:t.keys], ", ") + ") DO "
	switch {
	case len(set) == 0:
		return suffix + "NOTHING"
	case len(missing) > 0:
		return suffix + "UPDATE SET " + strings.Join(set, ", ") + " WHERE " + strings.Join(missing, " OR ")
	case revision && !fills:
		return suffix + "UPDATE SET " + strings.Join(set, ", ") + " WHERE " + strings.Join(append([]string{newer}, same...), " OR ")
	}
	return suffix + "UPDATE SET " + strings.Join(set, ", ")
}

type expression struct{ table, column, old, now, newer string }

// set fills a pattern: 1 is the stored value, 2 the arriving one, 3 the condition that the arriving version is newer, 4
// the table.
func (e expression) set(pattern string) string {
	out := e.column + " = " + pattern
	for i, v := range []string{e.old, e.now, e.newer, e.table} {
		out = strings.ReplaceAll(out, fmt.Sprintf("%%[%d]s", i+1), v)
	}
	return out
}

// anyTime is the condition that the arriving row tells a time.
func anyTime(spec string) string {
	var times []string
	for _, c := range strings.Fields(spec) {
		switch c = strings.TrimRight(c, "!?~+=@>"); {
		case c == "updated_at" || c == "due_at" || c == "queued_at" || c == "seen_at":
			// These say nothing about when the thing happened.
		case strings.HasSuffix(c, "_at"):
			times = append(times, "excluded."+c+" IS NOT NULL")
		}
	}
	if times == nil {
		return "1 = 1"
	}
	return "(" + strings.Join(times, " OR ") + ")"
}

// partialMode is how a column that belongs to the newest version is kept when that version may not know it.
func partialMode(c string) byte {
	switch {
	case c == "at":
		return '^'
	case c == "revision":
		return 0
	case c == "attempt" || c == "number":
		return '#'
	case strings.HasPrefix(c, "is_"):
		return '|'
	case isText(c):
		return '~'
	}
	return '?'
}

// isText reports whether a column holds text that is empty rather than NULL when it is not known.
func isText(c string) bool {
	switch c {
	case "review_id", "scope_id", "field_id", "owner_id":
		return true
	case "additions", "deletions", "story_point", "duration_sec", "queued_duration_sec", "passed", "failed", "skipped", "rework", "paths",
		"more_parent_ids", "fixes_key", "url_key", "caused_by_key":
		return false
	}
	return !strings.HasSuffix(c, "_at") && !strings.HasSuffix(c, "_id") && !strings.HasSuffix(c, "_minutes") && !strings.HasPrefix(c, "is_")
}

// perStatement is how many rows one statement holds: few enough that SQLite prepares it quickly, many enough that
// PostgreSQL is not asked row by row.
func (t *table) perStatement(e db.Engine) int {
	if e == db.Postgres {
		return max(1, min(500, 30_000/len(t.columns)))
	}
	return 1
}

func (t *table) query(e db.Engine, n int, partial bool) string {
	key := fmt.Sprint(e, n, partial)
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
	if partial {
		b.WriteString(t.partialSuffix)
	} else {
		b.WriteString(t.suffix)
	}
	if len(t.queries) > 600 {
		clear(t.queries)
	}
	t.queries[key] = b.String()
	return t.queries[key]
}

// upsert writes rows no two of which share a primary key.
func (t *table) upsert(ctx context.Context, tx db.Tx, rows [][]any, partial bool) error {
	if len(rows) == 0 {
		return nil
	}
	per := t.perStatement(tx.Engine())
	if per == 1 {
		if err := tx.ExecRows(ctx, t.query(tx.Engine(), 1, partial), rows); err != nil {
			return fmt.Errorf("write %s: %w", t.name, err)
		}
		return nil
	}
	for _, part := range db.Chunks(rows, per) {
		args := make([]any, 0, len(part)*len(t.columns))
		for _, r := range part {
			args = append(args, r...)
		}
		if _, err := tx.Tx.Tx.ExecContext(ctx, t.query(tx.Engine(), len(part), partial), args...); err != nil {
			return fmt.Errorf("write %s: %w", t.name, err)
		}
	}
	return nil
}

var linkText = map[string]string{"caused_by_deployment_id": "caused_by", "fixes_incident_id": "fixes_incident"}
