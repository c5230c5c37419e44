package environment

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// maxBulkEdit bounds how many environments one edit may change.
const maxBulkEdit = 10_000

// errDryRun rolls a transaction back that did all its work only to tell what it would do.
var errDryRun = errors.New("dry run")

// BulkChange says what to change of many environments; members that were not sent stay as they are.
type BulkChange struct {
	Unit        httpapi.Optional[ref.Unit]  `json:"unitId,omitzero" doc:"Moves the environments."`
	Usage       httpapi.Optional[string]    `json:"usage,omitzero"`
	Status      httpapi.Optional[string]    `json:"status,omitzero"`
	Application httpapi.Optional[string]    `json:"application,omitzero"`
	Capacity    httpapi.Optional[int]       `json:"capacity,omitzero"`
	AutoApprove httpapi.Optional[bool]      `json:"autoApprove,omitzero"`
	DataClass   httpapi.Optional[DataClass] `json:"dataClass,omitzero"`
	Vendor      httpapi.Optional[string]    `json:"vendor,omitzero"`
	Colour      httpapi.Optional[string]    `json:"colour,omitzero"`
	CostPerHour httpapi.Optional[int64]     `json:"costPerHour,omitzero"`
	Alert       httpapi.Optional[string]    `json:"alert,omitzero"`
	Parent      httpapi.Optional[string]    `json:"parent,omitzero"`
}

func (c BulkChange) change() EnvironmentChange {
	return EnvironmentChange{
		Unit: c.Unit, Usage: c.Usage, Status: c.Status, Application: c.Application, Capacity: c.Capacity, AutoApprove: c.AutoApprove, DataClass: c.DataClass,
		Vendor: c.Vendor, Colour: c.Colour, CostPerHour: c.CostPerHour, Alert: c.Alert, Parent: c.Parent,
	}
}

func (c BulkChange) empty() bool {
	return !(c.Unit.Set || c.Usage.Set || c.Status.Set || c.Application.Set || c.Capacity.Set || c.AutoApprove.Set || c.DataClass.Set || c.Vendor.Set ||
		c.Colour.Set || c.CostPerHour.Set || c.Alert.Set || c.Parent.Set)
}

// BulkResult tells what became of a bulk edit.
type BulkResult struct {
	DryRun    bool         `json:"dryRun"`
	Matched   int          `json:"matched" doc:"How many environments were chosen."`
	Changed   int          `json:"changed"`
	Unchanged int          `json:"unchanged" doc:"How many already were as wanted."`
	Items     []BulkEdited `json:"items" nullable:"false" doc:"What changes, or changed, of each; and what was skipped and why."`
}

// BulkEdited is one environment of a bulk edit.
type BulkEdited struct {
	ID      ref.Environment          `json:"id"`
	Key     string                   `json:"key,omitempty"`
	Name    string                   `json:"name,omitempty"`
	Changes map[string]events.Change `json:"changes,omitempty" doc:"Field → [old, new]."`
	Code    string                   `json:"code,omitempty" doc:"Why it was skipped."`
	Message string                   `json:"message,omitempty"`
}

// BulkEdit changes many environments at once: those named by id, or those a filter keeps. What the caller may not manage
// is skipped and said so. Each gets its own line of history. With dry set everything is done and rolled back.
func (s *Service) BulkEdit(ctx context.Context, ids []ref.Environment, filter *Filter, change BulkChange, dry bool) (BulkResult, error) {
	var out BulkResult
	if (len(ids) == 0) == (filter == nil) {
		return out, problem.New(problem.Invalid, "selection_unclear", "Name the environments by ids or by a filter, one of the two.")
	}
	if change.empty() {
		return out, problem.New(problem.Invalid, "change_empty", "Say what to change.")
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		out = BulkResult{DryRun: dry, Items: []BulkEdited{}}
		list, err := s.selectBulk(ctx, tx, ids, filter)
		if err != nil {
			return err
		}
		out.Matched = len(list)
		seen := make(map[ref.Environment]bool, len(list))
		for _, e := range list {
			seen[e.ID] = true
			if err := s.editOne(ctx, tx, &out, e, change.change()); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				out.Items = append(out.Items, BulkEdited{ID: id, Code: "not_found", Message: "There is no such environment, or you may not see it."})
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

func (s *Service) editOne(ctx context.Context, tx db.Tx, out *BulkResult, e Environment, change EnvironmentChange) error {
	may, err := allowed(ctx, tx, PermManage, e.Unit)
	if err != nil {
		return err
	}
	if !may {
		out.Items = append(out.Items, BulkEdited{ID: e.ID, Key: e.Key, Name: e.Name, Code: "permission_missing", Message: "You may see this environment but not change it."})
		return nil
	}
	diff, err := s.change(ctx, tx, e, change)
	if err != nil {
		return err
	}
	if len(diff) == 0 {
		out.Unchanged++
		return nil
	}
	out.Changed++
	out.Items = append(out.Items, BulkEdited{ID: e.ID, Key: e.Key, Name: e.Name, Changes: diff})
	return nil
}

// selectBulk reads the chosen environments, sorted by id so that their locks are taken in one order.
func (s *Service) selectBulk(ctx context.Context, tx db.Tx, ids []ref.Environment, filter *Filter) ([]Environment, error) {
	f := Filter{}
	if filter != nil {
		f = *filter
	}
	var out []Environment
	chunks := db.Chunks(ids, 1000)
	if len(ids) == 0 {
		chunks = [][]ref.Environment{nil}
	}
	for _, chunk := range chunks {
		var rows []Environment
		q, err := s.apply(ctx, tx, tx.NewSelect().Model(&rows).Where("e.state = ?", Active), f, PermView)
		if err != nil {
			return nil, err
		}
		if len(chunk) > 0 {
			q = q.Where("e.id IN (?)", bun.In(chunk))
		}
		if err := q.OrderExpr("e.id").Limit(maxBulkEdit + 1).Scan(ctx); err != nil {
			return nil, err
		}
		for _, e := range rows {
			out = append(out, e.utc())
		}
	}
	if len(out) > maxBulkEdit {
		return nil, problem.Newf(problem.TooLarge, "selection_too_large", "More than %d environments were chosen. Narrow the filter and change them in parts.", maxBulkEdit)
	}
	return out, nil
}
