package delivery

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// touches collects what a transaction changes.
type touches struct {
	applications map[ref.App]time.Time
	changes      map[int64]bool // change requests whose repository must be looked up
	items        map[int64]bool // work items whose boards must be looked up
	written      map[int64]bool // deployments of this batch
	orphans      map[int64]bool // deployments of others that may have got their repository
	incidents    map[int64]bool // incidents whose words must be noted
}

func newTouches() *touches {
	return &touches{applications: map[ref.App]time.Time{}, changes: map[int64]bool{}, items: map[int64]bool{},
		orphans: map[int64]bool{}, incidents: map[int64]bool{}}
}

func (t *touches) app(app ref.App, at time.Time) {
	if app != "" {
		t.applications[app] = earliest(t.applications[app], at)
	}
}

// before notes the applications that rows about to be overwritten belong to.
func (t *touches) before(ctx context.Context, tx db.Tx, rows []row) error {
	ids := map[*table][]int64{}
	for _, r := range rows {
		if _, ok := appColumn[r.table]; ok {
			ids[r.table] = append(ids[r.table], r.key.a)
		}
	}
	for table, list := range ids {
		var old []struct {
			ApplicationID ref.App
			At            time.Time
		}
		if err := tx.NewSelect().Table(table.name).Column("application_id", "at").
			Where("id IN (?) AND application_id IS NOT NULL", bun.In(list)).Scan(ctx, &old); err != nil {
			return err
		}
		for _, o := range old {
			t.app(o.ApplicationID, o.At)
		}
	}
	return nil
}

// appColumn is where the rows of a table hold their application, atColumn where their time.
var (
	appColumn = map[*table]int{}
	atColumn  = map[*table]int{}
)

func init() {
	for t := range tableOrder {
		if i := slices.Index(t.columns, "application_id"); i >= 0 && t != tBoard {
			appColumn[t] = i
		}
		if i := slices.Index(t.columns, "at"); i >= 0 {
			atColumn[t] = i
		}
	}
}

func (r row) at() time.Time {
	if i, ok := atColumn[r.table]; ok {
		t, _ := r.values[i].(time.Time)
		return t
	}
	return time.Time{}
}

// after notes what rows that were written belong to.
func (t *touches) after(k *known, rows []row) {
	ofRepository := func(v any, at time.Time) {
		id, _ := v.(int64)
		for _, c := range k.applicationsOf(ref.Fact(id)) {
			t.app(c.application, at)
		}
	}
	for _, r := range rows {
		switch r.table {
		case tChangeRequest:
			ofRepository(r.values[3], r.at())
			delete(t.changes, r.key.a)
		case tCommit:
			ofRepository(r.values[1], r.at())
		case tChangeRequestCommit, tReviewComment, tReviewer, tChangeRequestItem:
			change := r.key.a
			if r.table == tReviewComment {
				change, _ = r.values[3].(int64)
			}
			t.changes[change] = true
		case tIncident:
			t.incidents[r.key.a] = true
		case tWorkItem:
			t.items[r.key.a] = true
		case tBoardWorkItem:
			t.items[r.key.b] = true
		case tBoard:
			app, _ := r.values[slices.Index(tBoard.columns, "application_id")].(string)
			t.app(ref.App(app), time.Time{})
		case tDeploymentCommit:
			if !t.written[r.key.a] {
				t.orphans[r.key.a] = true
			}
		}
		if i, ok := appColumn[r.table]; ok {
			app, _ := r.values[i].(string)
			t.app(ref.App(app), r.at())
		}
	}
}

// follow looks up what rows without an application of their own belong to, and gives deployments whose commits came
// after them their repository and application; incidents get the words they are found by.
func (s *Service) follow(ctx context.Context, tx db.Tx, k *known, t *touches) error {
	if err := noteWords(ctx, tx, keysOf(t.incidents)); err != nil {
		return err
	}
	type owned struct {
		ApplicationID ref.App
		At            time.Time
	}
	if len(t.changes) > 0 {
		var rows []owned
		if err := tx.NewSelect().TableExpr("change_request AS c").Join("JOIN repository_application AS ra ON ra.repository_id = c.repository_id").
			ColumnExpr("ra.application_id, c.at").Where("c.id IN (?)", bun.In(keysOf(t.changes))).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			t.app(r.ApplicationID, r.At)
		}
	}
	if len(t.items) > 0 {
		var rows []owned
		if err := tx.NewSelect().TableExpr("board_work_item AS bw").Join("JOIN board AS b ON b.id = bw.board_id").Join("JOIN work_item AS w ON w.id = bw.work_item_id").
			ColumnExpr("b.application_id, w.at").Where("bw.work_item_id IN (?) AND b.application_id IS NOT NULL", bun.In(keysOf(t.items))).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			t.app(r.ApplicationID, r.At)
		}
	}
	if len(t.orphans) == 0 {
		return nil
	}
	if err := s.completeDeployments(ctx, tx, k.rules, keysOf(t.orphans)); err != nil {
		return err
	}
	var rows []owned
	if err := tx.NewSelect().TableExpr("deployment AS d").ColumnExpr("d.application_id, d.at").
		Where("d.id IN (?) AND d.application_id IS NOT NULL", bun.In(keysOf(t.orphans))).Scan(ctx, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		t.app(r.ApplicationID, r.At)
	}
	return nil
}

func keysOf(set map[int64]bool) []int64 {
	out := make([]int64, 0, len(set))
	for id := range set {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
