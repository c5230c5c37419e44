package catalog

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// maxBulkEdit bounds how many applications one edit may change.
const maxBulkEdit = 10_000

// BulkChange says what to change of many applications; members that are nil stay as they are.
type BulkChange struct {
	Criticality *Criticality `json:"criticality,omitempty" enum:"MISSION_CRITICAL,HIGH,MEDIUM,LOW"`
	Status      *Status      `json:"status,omitempty" enum:"ACTIVE,INACTIVE"`
	Unit        *ref.Unit    `json:"unitId,omitempty" doc:"Moves the applications."`
	Vendor      *string      `json:"vendor,omitempty" maxLength:"200"`
}

// BulkResult tells what became of a bulk edit.
type BulkResult struct {
	// DryRun says that nothing was saved.
	DryRun  bool `json:"dryRun"`
	Matched int  `json:"matched" doc:"How many applications were chosen."`
	Changed int  `json:"changed"`
	// Unchanged already were as wanted.
	Unchanged int          `json:"unchanged"`
	Items     []BulkEdited `json:"items" nullable:"false" doc:"What changes, or changed, of each; and what was skipped and why."`
}

// BulkEdited is one application of a bulk edit.
type BulkEdited struct {
	ID      ref.App                  `json:"id"`
	Key     string                   `json:"key,omitempty"`
	Name    string                   `json:"name,omitempty"`
	Changes map[string]events.Change `json:"changes,omitempty" doc:"Field → [old, new]."`
	Code    string                   `json:"code,omitempty" doc:"Why it was skipped."`
	Message string                   `json:"message,omitempty"`
}

// BulkEdit changes many applications at once: those named by id, or those a filter keeps. What the caller may not manage
// is skipped and said so. Each application gets its own line of history. With dry set nothing is saved.
func (s *Service) BulkEdit(ctx context.Context, ids []ref.App, filter *Filter, change BulkChange, dry bool) (BulkResult, error) {
	var out BulkResult
	if (len(ids) == 0) == (filter == nil) {
		return out, problem.New(problem.Invalid, "selection_unclear", "Name the applications by ids or by a filter, one of the two.")
	}
	if change == (BulkChange{}) {
		return out, problem.New(problem.Invalid, "change_empty", "Say what to change: criticality, status, unitId or vendor.")
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		out = BulkResult{DryRun: dry, Items: []BulkEdited{}}
		target := ""
		if change.Unit != nil {
			if err := bodyUnit(ctx, tx, PermManage, *change.Unit, "body.set.unitId"); err != nil {
				return err
			}
			if target, err = unitName(ctx, tx, *change.Unit); err != nil {
				return err
			}
		}
		visible, err := s.selectBulk(ctx, tx, ids, filter)
		if err != nil {
			return err
		}
		manageable, err := manageable(ctx, tx, visible)
		if err != nil {
			return err
		}
		out.Matched = len(visible)
		out.missing(ids, visible)
		for _, a := range visible {
			if err := s.editOne(ctx, tx, &out, a, change, manageable[a.ID], target); err != nil {
				return err
			}
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return out, err
}

func (s *Service) editOne(ctx context.Context, tx db.Tx, out *BulkResult, a Application, change BulkChange, allowed bool, target string) error {
	if !allowed {
		out.Items = append(out.Items, BulkEdited{ID: a.ID, Key: a.Key, Name: a.Name, Code: "permission_missing", Message: "You may see this application but not change it."})
		return nil
	}
	changed := a
	assign(&changed.Criticality, change.Criticality)
	assign(&changed.Status, change.Status)
	assign(&changed.Unit, change.Unit)
	assign(&changed.Vendor, change.Vendor)
	changed.tidy()
	before, after := snapshot(a), snapshot(changed)
	diff := events.Diff(before, after)
	if len(diff) == 0 {
		out.Unchanged++
		return nil
	}
	var faults problem.Fields
	changed.check(&faults, "body.set.")
	if err := faults.Err("application_invalid", "The applications cannot be changed like this."); err != nil {
		return err
	}
	changed.UpdatedAt = s.clock.Now()
	stale, err := updateApplication(ctx, tx, &changed)
	if err != nil {
		return err
	}
	if stale {
		out.Items = append(out.Items, BulkEdited{ID: a.ID, Key: a.Key, Name: a.Name, Code: "stale", Message: "Somebody changed this application at the same moment."})
		return nil
	}
	out.Changed++
	out.Items = append(out.Items, BulkEdited{ID: a.ID, Key: a.Key, Name: a.Name, Changes: diff})
	if changed.Unit != a.Unit {
		if err := s.owners.Move(ctx, tx, a.ID, changed.Unit); err != nil {
			return err
		}
		return s.append(ctx, tx, ApplicationMoved, changed, before, after, map[string]any{"unit": target})
	}
	return s.append(ctx, tx, ApplicationChanged, changed, before, after, nil)
}

func assign[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

// missing notes the ids that name nothing in sight.
func (r *BulkResult) missing(ids []ref.App, visible []Application) {
	seen := make(map[ref.App]bool, len(visible))
	for _, a := range visible {
		seen[a.ID] = true
	}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			r.Items = append(r.Items, BulkEdited{ID: id, Code: "not_found", Message: "There is no such application, or you may not see it."})
		}
	}
}

func (s *Service) selectBulk(ctx context.Context, tx db.Tx, ids []ref.App, filter *Filter) ([]Application, error) {
	f := Filter{}
	if filter != nil {
		f = *filter
	}
	var out []Application
	read := func(chunk []ref.App) error {
		var rows []Application
		q, err := s.apply(ctx, tx, tx.NewSelect().Model(&rows), f, PermView)
		if err != nil {
			return err
		}
		if len(chunk) > 0 {
			q = q.Where("a.id IN (?)", bun.In(chunk))
		}
		err = q.OrderExpr("a.id").Limit(maxBulkEdit + 1).Scan(ctx)
		for _, a := range rows {
			out = append(out, a.utc())
		}
		return err
	}
	if len(ids) == 0 {
		if err := read(nil); err != nil {
			return nil, err
		}
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		if err := read(chunk); err != nil {
			return nil, err
		}
	}
	if len(out) > maxBulkEdit {
		return nil, problem.Newf(problem.TooLarge, "selection_too_large", "More than %d applications were chosen. Narrow the filter and change them in parts.", maxBulkEdit)
	}
	return out, nil
}

// manageable tells which of the applications the caller may manage, with one query.
func manageable(ctx context.Context, tx db.Tx, list []Application) (map[ref.App]bool, error) {
	units := map[ref.Unit]bool{}
	var ids []ref.Unit
	for _, a := range list {
		if _, known := units[a.Unit]; !known {
			units[a.Unit] = false
			ids = append(ids, a.Unit)
		}
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		var may []ref.Unit
		q := tx.NewSelect().TableExpr("v_unit AS u").Column("u.id").Where("u.id IN (?)", bun.In(chunk)).Apply(authz.Filter(ctx, PermManage, "u.id"))
		if err := q.Scan(ctx, &may); err != nil {
			return nil, err
		}
		for _, u := range may {
			units[u] = true
		}
	}
	out := make(map[ref.App]bool, len(list))
	for _, a := range list {
		out[a.ID] = units[a.Unit]
	}
	return out, nil
}
