package delivery

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Found is a fact a search found.
type Found struct {
	ID    string
	Title string
	// Note tells it from others of the same title.
	Note string
	// Names are the other texts it is known by.
	Names []string
}

// noteWords writes down the words incidents are found by.
func noteWords(ctx context.Context, tx db.Tx, ids []int64) error {
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []struct {
			ID         int64
			Title      string
			Key        string
			ExternalID string
			At         time.Time
		}
		if err := tx.NewSelect().Table("incident").Column("id", "title", "key", "external_id", "at").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Table("incident_word").Where("incident_id IN (?)", bun.In(chunk)).Exec(ctx); err != nil {
			return err
		}
		var words [][]any
		for _, r := range rows {
			for _, w := range searchWords(r.ExternalID, r.Key, r.Title) {
				words = append(words, []any{r.ID, w, r.At})
			}
		}
		if err := tx.BulkInsert(ctx, "incident_word", []string{"incident_id", "word", "at"}, words); err != nil {
			return err
		}
	}
	return nil
}

// SearchIncidents returns incidents the caller may see that hold a word beginning with each word of the text in their
// title, key or external id; those with the very word first, then the newest.
func SearchIncidents(ctx context.Context, tx db.Tx, text string, limit int) ([]Found, error) {
	q, err := incidentQuery(ctx, tx, text, limit)
	if q == nil || err != nil {
		return nil, err
	}
	ids, err := distinct(ctx, q, limit)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []IncidentView
	if err := columnsOf[IncidentView](tx.NewSelect().TableExpr("incident AS f").Where("f.id IN (?)", bun.In(ids))).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	byID := byID(rows, func(v IncidentView) string { return v.ID })
	out := make([]Found, 0, len(ids))
	for _, id := range ids {
		if v, ok := byID[id]; ok {
			out = append(out, Found{ID: v.ID, Title: v.Title, Note: note(v.Key, v.ApplicationName, v.At), Names: []string{v.Key, v.ExternalID}})
		}
	}
	return out, nil
}

// lookedAt is how many of the rows that begin with a text are looked at, so that the beginning of a very common word
// costs no more than any other. Those with the very word come first, and of them the newest; who adds a letter or a word
// comes to the others.
const lookedAt = 5000

// incidentQuery selects the ids of incidents a text finds; nil where the text is too short.
func incidentQuery(ctx context.Context, tx db.Tx, text string, limit int) (*bun.SelectQuery, error) {
	asked := askedWords(text)
	if len(asked) == 0 || len([]rune(asked[0])) < searchLetters {
		return nil, nil
	}
	rarest, fewest := 0, int64(lookedAt)
	for i, word := range asked {
		if len(asked) == 1 {
			break
		}
		from, to := beginning(word)
		n, err := tx.NewSelect().TableExpr("(SELECT 1 FROM incident_word WHERE word >= ? AND word < ? LIMIT ?) AS n", from, to, lookedAt).Count(ctx)
		if err != nil {
			return nil, err
		}
		if n < fewest {
			rarest, fewest = i, n
		}
	}
	from, to := beginning(asked[rarest])
	begun := tx.NewSelect().Table("incident_word").Column("incident_id", "word", "at").Where("word >= ? AND word < ?", from, to).
		OrderExpr("word, at DESC").Limit(lookedAt)
	q := tx.NewSelect().TableExpr("(?) AS w", begun).ColumnExpr("w.incident_id AS id").Apply(incidents.visibleThrough(ctx, "w.incident_id")).
		OrderExpr("w.word, w.at DESC").Limit(candidates(limit))
	for i, word := range asked {
		if from, to := beginning(word); i != rarest {
			q = q.Where("EXISTS (SELECT 1 FROM incident_word AS o WHERE o.incident_id = w.incident_id AND o.word >= ? AND o.word < ?)", from, to)
		}
	}
	return q, nil
}

// SearchDeployments returns deployments the caller may see whose version, external id, service or one of whose commits
// begins with the text, the newest of each first.
func SearchDeployments(ctx context.Context, tx db.Tx, text string, limit int) ([]Found, error) {
	var ids []ref.Fact
	for _, q := range deploymentQueries(ctx, tx, text, limit) {
		found, err := distinct(ctx, q, limit)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []DeploymentView
	q := columnsOf[DeploymentView](tx.NewSelect().TableExpr("deployment AS f").Where("f.id IN (?)", bun.In(ids)))
	if err := q.OrderExpr("f.at DESC, f.id DESC").Scan(ctx, &rows); err != nil {
		return nil, err
	}
	if err := addCommits(ctx, tx, rows); err != nil {
		return nil, err
	}
	out := make([]Found, 0, len(rows))
	for _, v := range rows {
		f := Found{ID: v.ID, Title: deploymentTitle(v), Note: note(v.Environment, v.ApplicationName, v.At), Names: []string{v.Version, v.ExternalID, v.Service}}
		for _, c := range v.Commits {
			f.Names = append(f.Names, c.SHA)
		}
		out = append(out, f)
	}
	return out, nil
}

// deploymentQueries select the ids of deployments a text finds, one query for each thing it may be the beginning of.
func deploymentQueries(ctx context.Context, tx db.Tx, text string, limit int) (queries []*bun.SelectQuery) {
	cleaned, _ := clean(strings.TrimSpace(text), maxName)
	if len([]rune(cleaned)) < searchLetters {
		return nil
	}
	bytewise, fold := "", asciiLower
	if tx.Engine() == db.Postgres {
		bytewise, fold = ` COLLATE "C"`, strings.ToLower
	}
	from, to := beginning(fold(cleaned))
	for _, column := range []string{"version", "external_id", "service"} {
		by := "lower(" + column + ")" + bytewise
		begun := tx.NewSelect().Table("deployment").Column("id", "application_id", "at").ColumnExpr(by+" AS found").
			Where(by+" >= ? AND "+by+" < ?", from, to).OrderExpr(by + ", at DESC").Limit(lookedAt)
		if column != "external_id" {
			begun = begun.Where("? <> ''", bun.Ident(column))
		}
		queries = append(queries, tx.NewSelect().TableExpr("(?) AS f", begun).ColumnExpr("f.id").Apply(deployments.visible(ctx)).
			OrderExpr("f.found, f.at DESC").Limit(int64(limit)))
	}
	if sha := strings.ToLower(cleaned); len(sha) >= 4 {
		from, to := beginning(sha)
		by := "commit_sha" + bytewise
		begun := tx.NewSelect().Table("deployment_commit").Column("deployment_id").ColumnExpr(by+" AS found").
			Where(by+" >= ? AND "+by+" < ?", from, to).OrderExpr(by).Limit(lookedAt)
		queries = append(queries, tx.NewSelect().TableExpr("(?) AS c", begun).ColumnExpr("c.deployment_id AS id").
			Apply(deployments.visibleThrough(ctx, "c.deployment_id")).OrderExpr("c.found").Limit(candidates(limit)))
	}
	return queries
}

// visibleThrough narrows a query over a table that names facts of the list to those the caller may see. Who sees
// everything needs no look at the facts.
func (l list) visibleThrough(ctx context.Context, id string) func(*bun.SelectQuery) *bun.SelectQuery {
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		if condition, _ := authz.Condition(ctx, PermView, "a.unit_id"); condition == "" {
			return q
		}
		return q.Join("JOIN " + l.table.name + " AS f ON f.id = " + id).Apply(l.visible(ctx))
	}
}

func deploymentTitle(v DeploymentView) string {
	title := v.ApplicationName
	if title == "" {
		title = v.Service
	}
	if title == "" {
		title = v.Name
	}
	switch {
	case v.Version != "":
		title += " " + v.Version
	case v.Commit != "":
		title += " " + v.Commit[:min(8, len(v.Commit))]
	}
	if title = strings.TrimSpace(title); title == "" {
		title = v.ExternalID
	}
	return title
}

// note joins what tells facts of one title apart.
func note(first, second string, at time.Time) string {
	out := make([]string, 0, 3)
	for _, s := range []string{first, second, at.UTC().Format(time.DateOnly)} {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " · ")
}

// candidates is how many rows are looked at for a limit of facts: a fact may be in several.
func candidates(limit int) int64 { return int64(limit) * 8 }

// distinct reads ids in order, each once, and at most limit.
func distinct(ctx context.Context, q *bun.SelectQuery, limit int) ([]ref.Fact, error) {
	var ids []int64
	if err := q.Scan(ctx, &ids); err != nil {
		return nil, err
	}
	seen := make(map[int64]bool, len(ids))
	out := make([]ref.Fact, 0, limit)
	for _, id := range ids {
		if !seen[id] && len(out) < limit {
			seen[id] = true
			out = append(out, ref.Fact(id))
		}
	}
	return out, nil
}

// asciiLower folds as SQLite's lower does.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
