package delivery

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Filter narrows a list of facts; empty members do not.
type Filter struct {
	// Application is an id, key, alias or name.
	Application string
	// Unit keeps a unit and everything below it.
	Unit             ref.Unit
	Environment      string
	EnvironmentClass string
	Result           string
	Status           string
	Repository       string
	Text             string
	From, To         time.Time
	// Unmapped keeps what belongs to no application.
	Unmapped bool
	// Open keeps what has not ended.
	Open bool
}

// list describes how facts of one kind are listed.
type list struct {
	table *table
	// byRepository says that a fact belongs to the applications of its repository, beside or instead of its own.
	byRepository bool
	byBoard      bool
	text         []string // columns a text is sought in
	open         string   // condition of what has not ended
}

var (
	deployments    = list{table: tDeployment, text: []string{"name", "display_title", "environment", "version", "url", "external_id", "service", "application_raw"}, open: "f.result = ''"}
	incidents      = list{table: tIncident, text: []string{"title", "key", "url", "external_id", "service", "application_raw"}, open: "f.resolved_at IS NULL"}
	changeRequests = list{table: tChangeRequest, byRepository: true, text: []string{"title", "url", "external_id", "author_name", "head_ref"}, open: "f.status = 'OPEN'"}
	commits        = list{table: tCommit, byRepository: true, text: []string{"message", "sha", "author_name"}}
	workItems      = list{table: tWorkItem, byBoard: true, text: []string{"title", "key", "url", "external_id", "assignee_name"}, open: "f.resolved_at IS NULL"}
	pipelineRuns   = list{table: tPipelineRun, byRepository: true, text: []string{"name", "display_title", "url", "external_id"}, open: "f.finished_at IS NULL"}
	testRuns       = list{table: tTestRun, text: []string{"name", "url", "external_id"}, open: "f.finished_at IS NULL"}
	artifacts      = list{table: tArtifact, text: []string{"name", "version", "purl", "digest", "external_id"}}
)

func (l list) has(column string) bool {
	for _, c := range l.table.columns {
		if c == column {
			return true
		}
	}
	return false
}

// in returns the condition that a fact belongs to one of the applications a subquery over v_application AS a selects.
func (l list) in(condition string, args []any) (string, []any) {
	own := "SELECT a.id FROM v_application AS a WHERE " + condition
	var parts []string
	var all []any
	if l.has("application_id") {
		parts, all = append(parts, "f.application_id IN ("+own+")"), append(all, args...)
	}
	if l.byRepository {
		part := "f.repository_id IN (SELECT ra.repository_id FROM repository_application AS ra WHERE ra.application_id IN (" + own + "))"
		if l.has("application_id") {
			part = "(f.application_id IS NULL AND " + part + ")"
		}
		parts, all = append(parts, part), append(all, args...)
	}
	if l.byBoard {
		parts = append(parts, "EXISTS (SELECT 1 FROM board_work_item AS bw JOIN board AS b ON b.id = bw.board_id WHERE bw.work_item_id = f.id AND b.application_id IN ("+own+"))")
		all = append(all, args...)
	}
	return "(" + strings.Join(parts, " OR ") + ")", all
}

// visible narrows a query over the list's table AS f to what the caller may see. What belongs to no application is seen
// by those who see everything.
func (l list) visible(ctx context.Context) func(*bun.SelectQuery) *bun.SelectQuery {
	condition, args := authz.Condition(ctx, PermView, "a.unit_id")
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		if condition == "" {
			return q
		}
		cond, all := l.in(condition, args)
		return q.Where(cond, all...)
	}
}

// query starts a query over the facts a filter keeps and the caller may see.
func (s *Service) query(ctx context.Context, tx db.Tx, l list, f Filter) (*bun.SelectQuery, error) {
	q := tx.NewSelect().TableExpr(l.table.name + " AS f").Apply(l.visible(ctx))
	if f.Application != "" {
		app, err := findApplication(ctx, tx, f.Application)
		if err != nil {
			return nil, err
		}
		cond, args := l.in("a.id = ?", []any{app})
		q = q.Where(cond, args...)
	}
	if f.Unit != "" {
		var path string
		if err := tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", f.Unit).Scan(ctx, &path); db.IsNoRows(err) {
			return nil, authz.ErrNotFound
		} else if err != nil {
			return nil, err
		}
		lo, hi := authz.PathRange(path)
		cond, args := l.in("a.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ?)", []any{lo, hi})
		q = q.Where(cond, args...)
	}
	for column, value := range map[string]string{"environment": f.Environment, "environment_class": f.EnvironmentClass, "result": f.Result, "status": f.Status} {
		if value == "" {
			continue
		}
		if !l.has(column) {
			return nil, problem.Newf(problem.BadRequest, "filter_unsupported", "This list cannot be narrowed by %s.", column)
		}
		q = q.Where("? = ?", bun.Ident("f."+column), value)
	}
	if f.Repository != "" {
		id, err := findRepository(ctx, tx, f.Repository)
		if err != nil {
			return nil, err
		}
		if l.table == tDeployment {
			q = q.Where("(f.repository_id = ? OR f.id IN (SELECT deployment_id FROM deployment_commit WHERE repository_id = ?))", int64(id), int64(id))
		} else if l.has("repository_id") {
			q = q.Where("f.repository_id = ?", int64(id))
		} else {
			q = q.Where("1 = 0")
		}
	}
	if text, _ := clean(strings.TrimSpace(f.Text), 200); text != "" {
		q = q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			for _, c := range l.text {
				cond, arg := tx.Contains("f."+c, text)
				q = q.WhereOr(cond, arg)
			}
			return q
		})
	}
	if !f.From.IsZero() {
		q = q.Where("f.at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		q = q.Where("f.at < ?", f.To.UTC())
	}
	if f.Unmapped {
		q = q.Where("f.application_id IS NULL")
	}
	if f.Open && l.open != "" {
		q = q.Where(l.open)
	}
	return q, nil
}

// findApplication returns the id behind a key, alias, name or id; what does not exist is not found.
func findApplication(ctx context.Context, tx db.Tx, name string) (ref.App, error) {
	k := newKnown(nil)
	cleaned, _ := clean(name, maxName)
	if err := k.loadNames(ctx, tx, map[string]bool{ref.NameKey(cleaned): true}); err != nil {
		return "", err
	}
	found, ok := k.names[ref.NameKey(cleaned)]
	if !ok || found.ambiguous {
		return "", authz.ErrNotFound
	}
	return found.application, nil
}

// findRepository returns the id behind an id or any address of a repository; 0 when it is not known.
func findRepository(ctx context.Context, tx db.Tx, name string) (ref.Fact, error) {
	if id, err := ref.ParseFact(name); err == nil {
		return id, nil
	}
	id := RepositoryID(name)
	k := newKnown(nil)
	err := k.loadAliases(ctx, tx, []ref.Fact{id})
	return k.aliases[id], err
}

// columnsOf returns the columns of the list's table that a view shows.
func columnsOf[V any](q *bun.SelectQuery) *bun.SelectQuery {
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for i := range t.NumField() {
			field := t.Field(i)
			if field.Anonymous {
				walk(field.Type)
				continue
			}
			switch tag := field.Tag.Get("bun"); tag {
			case "-", "":
			case "application_key":
				q = q.ColumnExpr("app.key AS application_key")
			case "application_name":
				q = q.ColumnExpr("app.name AS application_name")
			case "unit_id":
				q = q.ColumnExpr("app.unit_id AS unit_id").Join("LEFT JOIN v_application AS app ON app.id = f.application_id")
			case "repository":
				q = q.ColumnExpr("r.repository_key AS repository").Join("LEFT JOIN repository AS r ON r.id = f.repository_id")
			default:
				q = q.ColumnExpr("?", bun.Ident("f."+tag))
			}
		}
	}
	walk(reflect.TypeFor[V]())
	return q
}

// listFacts returns one page, newest first.
func listFacts[V any](ctx context.Context, s *Service, l list, f Filter, p httpapi.Paging, key func(V) (time.Time, string), more func(context.Context, db.Tx, []V) error) (httpapi.Page[V], error) {
	var page httpapi.Page[V]
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q, err := s.query(ctx, tx, l, f)
		if err != nil {
			return err
		}
		var at time.Time
		var id int64
		if resume, err := httpapi.DecodeCursor(p.Cursor, &at, &id); err != nil {
			return err
		} else if resume {
			q = q.Where("(f.at, f.id) < (?, ?)", at.UTC(), id)
		}
		rows := []V{}
		if err := columnsOf[V](q).OrderExpr("f.at DESC, f.id DESC").Limit(int64(p.Limit)+1).Scan(ctx, &rows); err != nil {
			return err
		}
		page = httpapi.NewPage(rows, p.Limit, func(v V) []any {
			at, id := key(v)
			n, _ := ref.ParseFact(id)
			return []any{at, int64(n)}
		})
		if more != nil {
			return more(ctx, tx, page.Items)
		}
		return nil
	})
	return page, err
}

// getFact returns one fact the caller may see.
func getFact[V any](ctx context.Context, s *Service, tx db.Tx, l list, id ref.Fact) (V, error) {
	var rows []V
	q := tx.NewSelect().TableExpr(l.table.name+" AS f").Where("f.id = ?", int64(id)).Apply(l.visible(ctx))
	if err := columnsOf[V](q).Scan(ctx, &rows); err != nil {
		var none V
		return none, err
	}
	if len(rows) == 0 {
		var none V
		return none, authz.ErrNotFound
	}
	return rows[0], nil
}
