package health

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Filter narrows lists of outages; empty members do not narrow. From and To keep what lies at least partly between.
type Filter struct {
	Text        string
	Environment string
	Unit        ref.Unit
	Application string
	Kind        OutageKind
	Open        *bool
	From, To    *time.Time
}

// Outage returns an outage with what its page shows.
func (s *Service) Outage(ctx context.Context, id ref.Outage) (View, error) {
	var out View
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, _, err := s.may(ctx, tx, PermView, id); err != nil {
			return err
		}
		var err error
		out, err = s.view(ctx, tx, id)
		return err
	})
	return out, err
}

func (s *Service) outages(ctx context.Context, tx db.Tx, f Filter) (*bun.SelectQuery, error) {
	if f.From != nil && f.To != nil && !f.From.Before(*f.To) {
		return nil, problem.New(problem.Invalid, "period_empty", "The period ends before it begins.")
	}
	q := tx.NewSelect().TableExpr("outage AS o").Join("JOIN v_environment AS e ON e.id = o.environment_id").Join("JOIN v_unit AS u ON u.id = e.unit_id").
		Apply(authz.Filter(ctx, PermView, "e.unit_id"))
	if text := strings.TrimSpace(f.Text); text != "" {
		title, a := tx.Contains("o.title", text)
		name, b := tx.Contains("e.name", text)
		q = q.Where("("+title+" OR "+name+")", a, b)
	}
	if f.Environment != "" {
		q = q.Where("o.environment_id IN (SELECT environment_id FROM v_environment_name WHERE name_key IN (?, ?) UNION SELECT id FROM v_environment WHERE id = ?)",
			f.Environment, ref.NameKey(f.Environment), f.Environment)
	}
	if f.Application != "" {
		q = q.Where("e.application_id IN (SELECT application_id FROM v_application_name WHERE name_key IN (?, ?))", f.Application, ref.NameKey(f.Application))
	}
	if f.Unit != "" {
		var path string
		if err := tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", f.Unit).Scan(ctx, &path); err != nil && !db.IsNoRows(err) {
			return nil, err
		}
		lo, hi := authz.PathRange(path)
		q = q.Where("u.path >= ? AND u.path < ? AND ? <> ''", lo, hi, path)
	}
	if f.Kind != "" {
		q = q.Where("o.kind = ?", f.Kind)
	}
	if f.Open != nil && *f.Open {
		q = q.Where("o.ended_at IS NULL")
	} else if f.Open != nil {
		q = q.Where("o.ended_at IS NOT NULL")
	}
	if f.From != nil {
		q = q.Where("(o.ended_at IS NULL OR o.ended_at > ?)", f.From.UTC())
	}
	if f.To != nil {
		q = q.Where("o.started_at < ?", f.To.UTC())
	}
	return q, nil
}

// ListOutages returns a page of outages, the latest first.
func (s *Service) ListOutages(ctx context.Context, f Filter, cursor string, limit int) (httpapi.Page[Item], error) {
	var out httpapi.Page[Item]
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q, err := s.outages(ctx, tx, f)
		if err != nil {
			return err
		}
		q = q.ColumnExpr("o.*, e.key AS environment_key, e.name AS environment_name, e.unit_id, u.path AS unit_path").
			OrderExpr("o.started_at DESC, o.id DESC").Limit(int64(limit) + 1)
		var at time.Time
		var id string
		more, err := httpapi.DecodeCursor(cursor, &at, &id)
		if err != nil {
			return err
		}
		if more {
			q = q.Where("(o.started_at, o.id) < (?, ?)", at.UTC(), id)
		}
		var rows []listed
		if err := q.Scan(ctx, &rows); err != nil {
			return err
		}
		page := httpapi.NewPage(rows, limit, func(l listed) []any { return []any{l.StartedAt.UTC(), l.ID} })
		out = httpapi.Page[Item]{Items: make([]Item, len(page.Items)), Next: page.Next}
		for i, l := range page.Items {
			out.Items[i] = l.item(s.clock.Now())
		}
		return nil
	})
	return out, err
}

// Summaries are what the outages of a period come to, and those of the period of the same length before.
type Summaries struct {
	From      time.Time      `json:"from"`
	To        time.Time      `json:"to"`
	Planned   Summary        `json:"planned"`
	Unplanned Summary        `json:"unplanned"`
	Previous  *PreviousState `json:"previous,omitempty"`
}

// PreviousState is the period before.
type PreviousState struct {
	Planned   Summary `json:"planned"`
	Unplanned Summary `json:"unplanned"`
}

// Summarise adds the outages of a period up.
func (s *Service) Summarise(ctx context.Context, f Filter) (Summaries, error) {
	now := s.clock.Now()
	if f.To == nil {
		f.To = &now
	}
	if f.From == nil {
		from := f.To.AddDate(0, -1, 0)
		f.From = &from
	}
	out := Summaries{From: f.From.UTC(), To: f.To.UTC()}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if out.Planned, out.Unplanned, err = s.sums(ctx, tx, f); err != nil {
			return err
		}
		before := f.From.Add(-f.To.Sub(*f.From))
		f.To, f.From = f.From, &before
		out.Previous = &PreviousState{}
		out.Previous.Planned, out.Previous.Unplanned, err = s.sums(ctx, tx, f)
		return err
	})
	return out, err
}

func (s *Service) sums(ctx context.Context, tx db.Tx, f Filter) (planned, unplanned Summary, err error) {
	q, err := s.outages(ctx, tx, f)
	if err != nil {
		return planned, unplanned, err
	}
	var rows []Outage
	if err := q.ColumnExpr("o.*").Scan(ctx, &rows); err != nil {
		return planned, unplanned, err
	}
	by := map[OutageKind][]Outage{}
	for _, o := range rows {
		by[o.Kind] = append(by[o.Kind], o.utc())
	}
	now := s.clock.Now()
	return summarise(by[Planned], *f.From, *f.To, now), summarise(by[Unplanned], *f.From, *f.To, now), nil
}
