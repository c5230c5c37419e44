package valuestream

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// readIncidents reads the incidents that match a condition on the table incident (alias i), or all: those reported as
// such, and the work items of type INCIDENT that no reported one stands for.
func readIncidents(ctx context.Context, tx db.Tx, narrow string, args ...any) ([]IncidentFact, error) {
	e := tx.Engine()
	var out []IncidentFact
	read := func(v []any) error {
		f := IncidentFact{ID: number(v[0]), Application: ref.App(text(v[1])), Environment: text(v[2]), StartedAt: micros(v[4]),
			ResolvedAt: micros(v[7]), CausedBy: number(v[8])}
		f.Class, _ = ParseClass(text(v[3]))
		for _, later := range []any{v[5], v[6]} { // noticed, at last listed
			if f.StartedAt == 0 {
				f.StartedAt = micros(later)
			}
		}
		out = append(out, f)
		return nil
	}
	err := scanRows(ctx, tx, 9, read, `SELECT i.id, i.application_id, i.environment, i.environment_class, `+instant(e, "i.started_at")+`, `+
		instant(e, "i.detected_at")+`, `+instant(e, "i.at")+`, `+instant(e, "i.resolved_at")+`, i.caused_by_deployment_id
FROM incident i WHERE i.application_id IS NOT NULL`+narrow, args...)
	if err != nil {
		return nil, err
	}
	err = scanRows(ctx, tx, 9, read, `SELECT i.id, i.application_id, '', '', `+instant(e, "i.created_at")+`, NULL, `+instant(e, "i.at")+`, `+
		instant(e, "i.resolved_at")+`, NULL FROM work_item i WHERE i.type = 'INCIDENT' AND i.application_id IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM incident n WHERE n.work_item_id = i.id)`+strings.ReplaceAll(narrow, "i.started_at", "i.created_at"), args...)
	slices.SortFunc(out, func(a, b IncidentFact) int {
		return cmp.Or(cmp.Compare(a.Application, b.Application), cmp.Compare(a.ID, b.ID))
	})
	return out, err
}

// readDependencies returns what each application depends on and what depends on it.
func readDependencies(ctx context.Context, tx db.Tx) (dependsOn, dependents map[ref.App][]ref.App, err error) {
	dependsOn, dependents = map[ref.App][]ref.App{}, map[ref.App][]ref.App{}
	err = scanRows(ctx, tx, 2, func(v []any) error {
		from, to := ref.App(text(v[0])), ref.App(text(v[1]))
		dependsOn[from] = append(dependsOn[from], to)
		dependents[to] = append(dependents[to], from)
		return nil
	}, `SELECT DISTINCT from_id, to_id FROM v_dependency WHERE type <> 'BUILD' ORDER BY from_id, to_id`)
	return dependsOn, dependents, err
}

// readOverrides returns what people decided about the given incidents, or about all when ids is nil.
func readOverrides(ctx context.Context, tx db.Tx, ids []int64) (map[int64]Override, error) {
	out := map[int64]Override{}
	read := func(v []any) error {
		out[number(v[0])] = Override{Deployment: number(v[1]), Application: ref.App(text(v[2]))}
		return nil
	}
	const query = `SELECT incident_id, deployment_id, application_id FROM attribution_override`
	if ids == nil {
		return out, scanRows(ctx, tx, 3, read, query)
	}
	for _, part := range db.Chunks(ids, 1000) {
		if err := scanRows(ctx, tx, 3, read, query+` WHERE incident_id IN (?)`, bun.List(part)); err != nil {
			return nil, err
		}
	}
	return out, nil
}
