package calendar

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Filter narrows a list of windows; members that are empty do not narrow.
type Filter struct {
	Text string
	// During keeps windows with an occurrence in a stretch of time; it is ignored when its beginning is zero.
	During interval.Span
	Type   string
	// Unit keeps what is meant for a unit or anything below it.
	Unit   ref.Unit
	Scope  ScopeKind
	Target string
	State  []State
	IDs    []string
}

// Year returns the stretch of a calendar year in a zone.
func Year(year int, zone string) (interval.Span, error) {
	loc, err := interval.Zone(zone)
	if err != nil {
		return interval.Span{}, err
	}
	return interval.Span{From: time.Date(year, 1, 1, 0, 0, 0, 0, loc).UTC(), To: time.Date(year+1, 1, 1, 0, 0, 0, 0, loc).UTC()}, nil
}

func (f Filter) apply(ctx context.Context, tx db.Tx, q *bun.SelectQuery) (*bun.SelectQuery, error) {
	q = q.Apply(visible(ctx))
	if text := ref.NameKey(f.Text); text != "" {
		like := "%" + db.EscapeLike(text) + "%"
		cond, arg := tx.Contains("w.description", f.Text)
		q = q.Where(`(w.name_key LIKE ? ESCAPE '\' OR `+cond+`)`, like, arg)
	}
	if !f.During.From.IsZero() {
		q = q.Where("(w.ends_at IS NULL OR w.ends_at > ?)", f.During.From)
		if !f.During.Endless() {
			q = q.Where("w.from_at < ?", f.During.To)
		}
	}
	if f.Type != "" {
		q = q.Where("w.type_id IN (SELECT t.id FROM freeze_type AS t WHERE t.id = ? OR t.name_key = ?)", f.Type, ref.NameKey(f.Type))
	}
	if f.Unit != "" {
		units, err := unitsOf(ctx, tx, []ref.Unit{f.Unit})
		if err != nil {
			return q, err
		}
		u, ok := units[f.Unit]
		if !ok {
			q = q.Where("1 = 0")
		}
		lo, hi := authz.PathRange(u.Path)
		q = q.Where("w.id IN (SELECT s.window_id FROM calendar_window_scope AS s JOIN v_unit AS u ON u.id = s.unit_id WHERE u.path >= ? AND u.path < ?)", lo, hi)
	}
	if f.Target != "" {
		q = q.Where("w.id IN (SELECT s.window_id FROM calendar_window_scope AS s WHERE s.kind = ? AND s.target_id = ?)", f.Scope, f.Target)
	}
	if len(f.State) > 0 {
		q = q.Where("w.state IN (?)", bun.In(f.State))
	}
	if len(f.IDs) > 0 {
		q = q.Where("w.id IN (?)", bun.In(f.IDs))
	}
	return q, nil
}

var orders = map[string]string{"from": "w.from_at", "name": "w.name_key"}

// ListWindows returns a page of the windows of a kind that the caller may see. sort is from or name, with a dash in front for
// descending.
func (s *Service) ListWindows(ctx context.Context, kind Kind, f Filter, sort, cursor string, limit int) (httpapi.Page[Details], error) {
	var page httpapi.Page[Details]
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		list, err := s.readPage(ctx, tx, kind, f, sort, cursor, limit+1)
		if err != nil {
			return err
		}
		cut := httpapi.NewPage(list, limit, func(w Window) []any {
			if strings.TrimPrefix(sort, "-") == "name" {
				return []any{sort, w.NameKey, w.ID}
			}
			return []any{sort, w.From.Format(time.RFC3339Nano), w.ID}
		})
		page.Next = cut.Next
		page.Items, err = s.details(ctx, tx, cut.Items)
		return err
	})
	return page, err
}

// readPage reads up to limit windows after the cursor. What the database cannot tell, whether a recurrence has an occurrence
// in the wanted time, is decided here, so it reads on until the page is full.
func (s *Service) readPage(ctx context.Context, tx db.Tx, kind Kind, f Filter, sort, cursor string, limit int) ([]Window, error) {
	name, descending := strings.CutPrefix(sort, "-")
	column, ok := orders[name]
	if !ok {
		return nil, problem.Newf(problem.BadRequest, "sort_unknown", "There is no order %q.", sort)
	}
	direction, than := "ASC", ">"
	if descending {
		direction, than = "DESC", "<"
	}
	var made, at, id string
	more, err := httpapi.DecodeCursor(cursor, &made, &at, &id)
	if err != nil {
		return nil, err
	}
	var value any = at
	if more && name == "from" {
		value, err = time.Parse(time.RFC3339Nano, at)
	}
	if more && made != sort || err != nil {
		return nil, problem.New(problem.BadRequest, "bad_cursor", "The cursor belongs to another order. Start again without it.")
	}
	out := []Window{}
	for {
		var rows []Window
		q, err := f.apply(ctx, tx, tx.NewSelect().Model(&rows).Where("w.kind = ?", kind))
		if err != nil {
			return nil, err
		}
		if more {
			q = q.Where("("+column+", w.id) "+than+" (?, ?)", value, id)
		}
		if err := q.OrderExpr(column + " " + direction + ", w.id " + direction).Limit(int64(limit)).Scan(ctx); err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i].utc()
			if f.During.From.IsZero() || rows[i].Rule == "" || len(rows[i].within(f.During)) > 0 {
				out = append(out, rows[i])
			}
		}
		if len(rows) < limit || len(out) >= limit {
			break
		}
		last := rows[len(rows)-1]
		if more, id, value = true, last.ID, any(last.NameKey); name == "from" {
			value = last.From
		}
	}
	out = out[:min(len(out), limit)]
	pointers := make([]*Window, len(out))
	for i := range out {
		pointers[i] = &out[i]
	}
	return out, loadScopes(ctx, tx, pointers)
}

// GetWindow returns a window the caller may see.
func (s *Service) GetWindow(ctx context.Context, kind Kind, id string) (Details, error) {
	var out Details
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		w, err := findWindow(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		list, err := s.details(ctx, tx, []Window{w})
		if err == nil {
			out = list[0]
		}
		return err
	})
	return out, err
}

// ExportWindows hands every window that a listing with the filter would show to write, page by page.
func (s *Service) ExportWindows(ctx context.Context, kind Kind, f Filter, write func([]Details) error) error {
	const size = 500
	for cursor := ""; ; {
		page, err := s.ListWindows(ctx, kind, f, "from", cursor, size)
		if err != nil {
			return err
		}
		if err := write(page.Items); err != nil || page.Next == "" {
			return err
		}
		cursor = page.Next
	}
}

// Occurrence is one time a window is in force.
type Occurrence struct {
	interval.Span
	Window   string `json:"id" doc:"The freeze, holiday or maintenance window."`
	Kind     Kind   `json:"kind" enum:"freeze,holiday,maintenance"`
	Name     string `json:"name"`
	Type     string `json:"type,omitempty"`
	Colour   string `json:"colour,omitempty"`
	UnitName string `json:"unitName"`
}

// maxStretch is the longest time whose occurrences are listed at once.
const maxStretch = 5 * 366 * 24 * time.Hour

// Occurrences lists when the windows that the caller may see are in force, in order, for a calendar. Nothing is left out; the
// stretch of time is bounded instead. kinds and schedule narrow it.
func (s *Service) Occurrences(ctx context.Context, kinds []Kind, f Filter, schedule bool) ([]Occurrence, error) {
	if f.During.Empty() || f.During.Endless() || f.During.Length() > maxStretch {
		return nil, problem.New(problem.Invalid, "stretch_invalid", "Ask for a stretch of time that ends after it begins and lasts at most five years.")
	}
	out := []Occurrence{}
	f.State = []State{Active}
	for _, kind := range kinds {
		err := s.ExportWindows(ctx, kind, f, func(list []Details) error {
			for _, d := range list {
				if schedule && !d.OnSchedule {
					continue
				}
				for _, span := range d.within(f.During) {
					o := Occurrence{Span: span, Window: d.ID, Kind: kind, Name: d.Name, UnitName: d.UnitName}
					if d.Freeze != nil {
						o.Type, o.Colour = d.Freeze.Name, d.Freeze.Colour
					}
					out = append(out, o)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	sortOccurrences(out)
	return out, nil
}
