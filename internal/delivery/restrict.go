package delivery

import (
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// restricted reports whether the caller may report for some units only. Parts of the system that collect act for the
// whole organisation.
func restricted(ctx context.Context) bool {
	p := authz.From(ctx)
	return p != nil && p.Kind != authz.SystemPrincipal && !p.Trusted && !p.Everywhere(PermReport)
}

// restrict rejects rows that belong, or whose stored version belongs, to an application the caller may not report for.
// What belongs to nobody yet may be sent by everybody who may report at all.
func (r *ingestion) restrict(ctx context.Context, records []Record, rows []row) ([]row, error) {
	if r.batch.authorised || !restricted(ctx) {
		return rows, nil
	}
	items := make([]reported, 0, len(rows))
	for _, one := range rows {
		items = append(items, reported{records: []Record{records[one.index]}})
	}
	g := &gate{k: r.maker.known, units: map[ref.App]string{}}
	if err := r.service.db.Read(ctx, func(ctx context.Context, tx db.Tx) error { return g.load(ctx, tx, items, r.batch.Connection) }); err != nil {
		return nil, err
	}
	allowed := func(app ref.App) bool { return authz.Check(ctx, PermReport, g.units[app]) == nil }
	return slices.DeleteFunc(rows, func(one row) bool {
		ok := true
		if i, has := appColumn[one.table]; has {
			if app, _ := one.values[i].(string); app != "" {
				ok = allowed(ref.App(app))
			}
			if owner := g.owner[ref.Fact(one.key.a)]; owner != "" {
				ok = ok && allowed(owner)
			}
		}
		if i := slices.Index(one.table.columns, "repository_id"); i >= 0 && ok {
			id, _ := one.values[i].(int64)
			if apps := g.k.applicationsOf(ref.Fact(id)); len(apps) > 0 {
				ok = slices.ContainsFunc(apps, func(a repositoryApp) bool { return allowed(a.application) })
			}
		}
		if !ok {
			r.result.Rejected = append(r.result.Rejected, Rejection{one.index, records[one.index].RecordHead(), problem.New(problem.Forbidden, "application_forbidden",
				"The record belongs to an application of a unit you may not report for.")})
		}
		return !ok
	}), nil
}
