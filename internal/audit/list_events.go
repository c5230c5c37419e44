package audit

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Filter narrows the history; empty members do not.
type Filter struct {
	Query       string   `query:"q" maxLength:"200" doc:"Words of the sentence."`
	SubjectKind string   `query:"subjectKind" doc:"The kind of record: application, person, connection."`
	SubjectID   string   `query:"subjectId" doc:"One record."`
	Unit        string   `query:"unit" doc:"A unit and everything below it."`
	Actor       string   `query:"actor" doc:"Id of the person or account that acted."`
	Kind        string   `query:"kind" doc:"A kind of event, or its beginning: catalog."`
	Action      []string `query:"action,explode" doc:"added, modified, deleted or other; several may be given, also separated by commas."`
	From        string   `query:"from" doc:"At or after this instant or day (UTC)."`
	To          string   `query:"to" doc:"Before this instant, or up to and with this day (UTC)."`
}

var actions = map[string]bool{string(events.Added): true, string(events.Modified): true, string(events.Deleted): true, string(events.Other): true}

// moment reads an instant, or a day whose begin (or end, when until) is meant.
func moment(name, s string, until bool) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, problem.New(problem.Invalid, "time_malformed", "Write times like 2026-01-31 or 2026-01-31T10:00:00Z.").
			With(problem.Field{Path: "query." + name, Code: "time_malformed", Message: "This is not a day or an instant.", Value: s})
	}
	if until {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}

// apply adds the filter and the caller's visibility: events of units they may see the history of, and events without a
// unit for those who may see the whole. The history of one record is whole for whoever sees the unit it belongs to now.
func (f Filter) apply(ctx context.Context, tx db.Tx, q *bun.SelectQuery) error {
	whole := false
	if f.SubjectID != "" {
		kinds, err := f.kindsOfSubject(ctx, tx)
		if err != nil {
			return err
		}
		// An index begins with the kind, so the kind is named even where the caller left it out.
		q.Where("e.subject_kind IN (?)", bun.In(kinds))
		if len(kinds) == 1 {
			if whole, err = seesRecord(ctx, tx, kinds[0], f.SubjectID); err != nil {
				return err
			}
		}
	}
	if cond, args := authz.Condition(ctx, PermViewHistory, "e.unit_id"); cond != "" && !whole {
		q.Where(cond, args...)
	}
	if f.Query != "" {
		for _, word := range strings.Fields(f.Query) {
			sentence, arg := tx.Contains("e.sentence", word)
			label, _ := tx.Contains("e.subject_label", word)
			q.Where("("+sentence+" OR "+label+")", arg, arg)
		}
	}
	equal := func(column, value string) {
		if value != "" {
			q.Where(column+" = ?", value)
		}
	}
	equal("e.subject_kind", f.SubjectKind)
	equal("e.subject_id", f.SubjectID)
	equal("e.actor_id", f.Actor)
	if f.Kind != "" {
		kindPrefix(tx, q, f.Kind)
	}
	if f.Unit != "" {
		var path string
		err := tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", f.Unit).Scan(ctx, &path)
		if db.IsNoRows(err) {
			return authz.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := authz.Check(ctx, PermViewHistory, path); err != nil {
			return err
		}
		lo, hi := authz.PathRange(path)
		q.Where("e.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ?)", lo, hi)
	}
	if wanted := strings.FieldsFunc(strings.Join(f.Action, ","), func(r rune) bool { return r == ',' }); len(wanted) > 0 {
		for _, a := range wanted {
			if !actions[a] {
				return problem.Newf(problem.Invalid, "action_unknown", "%q is not one of added, modified, deleted and other.", a)
			}
		}
		q.Where("e.action IN (?)", bun.In(wanted))
	}
	from, err := moment("from", f.From, false)
	if err != nil {
		return err
	}
	to, err := moment("to", f.To, true)
	if err != nil {
		return err
	}
	if !from.IsZero() {
		q.Where("e.at >= ?", from)
	}
	if !to.IsZero() {
		q.Where("e.at < ?", to)
	}
	return nil
}

type listIn struct {
	httpapi.Paging
	Filter
}

func (s *Service) listEvents(ctx context.Context, in *listIn) (*httpapi.ListOut[events.Event], error) {
	page, err := s.List(ctx, in.Filter, in.Paging)
	return &httpapi.ListOut[events.Event]{Body: page}, err
}

// List returns events, newest first.
func (s *Service) List(ctx context.Context, f Filter, p httpapi.Paging) (httpapi.Page[events.Event], error) {
	var page httpapi.Page[events.Event]
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var at time.Time
		var id string
		ok, err := httpapi.DecodeCursor(p.Cursor, &at, &id)
		if err != nil {
			return err
		}
		var after *position
		if ok {
			after = &position{at, id}
		}
		all, err := f.read(ctx, tx, after, p.Limit+1)
		page = httpapi.NewPage(all, p.Limit, func(e events.Event) []any { return []any{e.At, e.ID} })
		return err
	})
	return page, err
}

// position is where a page ended.
type position struct {
	at time.Time
	id string
}

func (f Filter) read(ctx context.Context, tx db.Tx, after *position, limit int) ([]events.Event, error) {
	var rows []events.Row
	q := tx.NewSelect().Model(&rows).OrderExpr("e.at DESC, e.id DESC").Limit(int64(limit))
	if err := f.apply(ctx, tx, q); err != nil {
		return nil, err
	}
	if after != nil {
		q.Where("(e.at, e.id) < (?, ?)", after.at, after.id)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]events.Event, len(rows))
	for i, r := range rows {
		out[i] = shown(ctx, r)
	}
	return out, nil
}

func (s *Service) getEvent(ctx context.Context, in *struct {
	ID ref.Event `path:"id"`
}) (*struct{ Body events.Event }, error) {
	out := &struct{ Body events.Event }{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var row events.Row
		err := tx.NewSelect().Model(&row).Where("e.id = ?", in.ID).Scan(ctx)
		if db.IsNoRows(err) {
			return authz.ErrNotFound
		}
		if err == nil {
			err = maySee(ctx, tx, row)
		}
		out.Body = shown(ctx, row)
		return err
	})
	return out, err
}
