package delivery

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// links are the free references between deployments and incidents of a batch: an incident names the deployment that
// caused it, a deployment the incident it answers, by id, external id, key or address, and either may arrive first.
type links struct {
	// names holds, per table, the hashes of everything a record may be called by.
	names map[*table]map[int64]ref.Fact
	// open holds the references of the batch: record → text.
	open map[*table]map[int64]string
	conn ref.Connection
}

// reference describes one direction.
type reference struct {
	from, to *table
	id, key  string // columns of from
	kind     RecordKind
}

var references = []reference{
	{tIncident, tDeployment, "caused_by_deployment_id", "caused_by_key", KindDeployment},
	{tDeployment, tIncident, "fixes_incident_id", "fixes_key", KindIncident},
}

func collectLinks(conn ref.Connection, rows []row) *links {
	l := &links{conn: conn, names: map[*table]map[int64]ref.Fact{tDeployment: {}, tIncident: {}}, open: map[*table]map[int64]string{tDeployment: {}, tIncident: {}}}
	column := func(r row, name string) string {
		for i, c := range r.table.columns {
			if c == name {
				s, _ := r.values[i].(string)
				return s
			}
		}
		return ""
	}
	for _, r := range rows {
		text := ""
		switch r.table {
		case tDeployment:
			text = column(r, "fixes_incident")
		case tIncident:
			text = column(r, "caused_by")
		default:
			continue
		}
		id := ref.Fact(r.key.a)
		if text != "" {
			l.open[r.table][r.key.a] = text
		}
		for _, name := range []string{id.String(), column(r, "external_id"), column(r, "url"), column(r, "key")} {
			if name != "" {
				l.names[r.table][referenceKey(name).(int64)] = id
			}
		}
	}
	return l
}

// resolve links what the batch refers to and what waited for a record of the batch.
func (l *links) resolve(ctx context.Context, tx db.Tx, t *touches) error {
	for _, r := range references {
		if err := l.fill(ctx, tx, r); err != nil {
			return err
		}
		if err := l.wake(ctx, tx, r, t); err != nil {
			return err
		}
	}
	return nil
}

// fill finds the records that the batch refers to.
func (l *links) fill(ctx context.Context, tx db.Tx, r reference) error {
	var ids []int64
	for id := range l.open[r.from] {
		ids = append(ids, id)
	}
	for _, chunk := range db.Chunks(ids, 200) {
		found, err := l.find(ctx, tx, r, chunk)
		if err != nil {
			return err
		}
		for id, target := range found {
			if _, err := tx.NewUpdate().Table(r.from.name).Set("? = ?", bun.Ident(r.id), int64(target)).
				Where("id = ? AND ? = ?", id, bun.Ident(r.key), referenceKey(l.open[r.from][id])).Exec(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// find returns for each record with a reference the record it names: by id, by external id of the same connection, by
// external id of the API, by address, by key.
func (l *links) find(ctx context.Context, tx db.Tx, r reference, ids []int64) (map[int64]ref.Fact, error) {
	var candidates, addresses []int64
	var texts []string
	for _, id := range ids {
		text := l.open[r.from][id]
		for _, c := range l.candidates(r, text) {
			candidates = append(candidates, int64(c))
		}
		addresses = append(addresses, referenceKey(text).(int64))
		texts = append(texts, text)
	}
	exists := map[ref.Fact]bool{}
	byAddress := map[int64]ref.Fact{}
	byKey := map[string]ref.Fact{}
	var rows []struct {
		ID     ref.Fact
		URLKey *int64
		Key    string
	}
	q := tx.NewSelect().Table(r.to.name).Column("id", "url_key").Where("id IN (?) OR url_key IN (?)", bun.In(candidates), bun.In(addresses)).OrderExpr("id")
	if r.to == tIncident {
		q = q.Column("key").WhereOr("(key <> '' AND key IN (?))", bun.In(texts))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	for _, row := range rows {
		exists[row.ID] = true
		if row.URLKey != nil {
			byAddress[*row.URLKey] = row.ID
		}
		if row.Key != "" {
			byKey[row.Key] = row.ID
		}
	}
	out := map[int64]ref.Fact{}
	for _, id := range ids {
		text := l.open[r.from][id]
		for _, c := range l.candidates(r, text) {
			if exists[c] && out[id] == 0 {
				out[id] = c
			}
		}
		if target := byAddress[referenceKey(text).(int64)]; target != 0 && out[id] == 0 {
			out[id] = target
		}
		if target := byKey[text]; target != 0 && out[id] == 0 {
			out[id] = target
		}
	}
	return out, nil
}

func (l *links) candidates(r reference, text string) []ref.Fact {
	var out []ref.Fact
	if id, err := ref.ParseFact(text); err == nil {
		out = append(out, id)
	}
	out = append(out, FactID(l.conn, r.kind, text))
	if l.conn != "" {
		out = append(out, FactID("", r.kind, text))
	}
	return out
}

// wake links earlier records that wait for one of the batch.
func (l *links) wake(ctx context.Context, tx db.Tx, r reference, t *touches) error {
	if len(l.names[r.to]) == 0 {
		return nil
	}
	waiting, err := tx.NewSelect().Table(r.from.name).Where("? IS NOT NULL AND ? IS NULL", bun.Ident(r.key), bun.Ident(r.id)).Limit(1).Exists(ctx)
	if err != nil || !waiting {
		return err
	}
	var keys []int64
	for k := range l.names[r.to] {
		keys = append(keys, k)
	}
	for _, chunk := range db.Chunks(keys, 1000) {
		var rows []struct {
			ID            int64
			Key           int64
			ApplicationID ref.App
		}
		if err := tx.NewSelect().Table(r.from.name).Column("id", "application_id").ColumnExpr("? AS key", bun.Ident(r.key)).
			Where("? IN (?) AND ? IS NULL", bun.Ident(r.key), bun.In(chunk), bun.Ident(r.id)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := tx.NewUpdate().Table(r.from.name).Set("? = ?", bun.Ident(r.id), int64(l.names[r.to][row.Key])).
				Where("id = ?", row.ID).Exec(ctx); err != nil {
				return err
			}
			t.app(row.ApplicationID, time.Time{})
		}
	}
	return nil
}
