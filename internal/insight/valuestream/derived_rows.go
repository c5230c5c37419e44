package valuestream

import (
	"context"
	"hash/fnv"
	"math/bits"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
)

var deploymentColumns = []string{"app_no", "deployment_id", "environment_class", "result", "flags", "remedy", "started_at",
	"finished_at", "new_commits", "remedy_id", "remedied_at", "fixes_incident", "environment"}

var changeColumns = []string{"app_no", "environment_class", "kind", "change_id", "reason", "flags", "deployment_id",
	"deployed_at", "first_at", "merged_at", "changes"}

var failureColumns = []string{"incident_id", "app_no", "environment_class", "started_at", "resolved_at", "deployment_id",
	"deployment_app_no", "confidence", "source", "reason", "evidence"}

func deploymentValues(app int64, d *DeploymentRow) []any {
	return []any{app, d.ID, int64(d.Class), int64(d.Result), int64(d.Flags), int64(d.Remedy), d.StartedAt, d.FinishedAt,
		int64(d.NewCommits), d.RemedyID, d.RemediedAt, d.FixesIncident, d.Environment}
}

func changeValues(app int64, c *ChangeRow) []any {
	return []any{app, int64(c.Class), int64(c.Kind), c.ID, int64(c.Reason), int64(c.Flags), c.Deployment, c.DeployedAt,
		c.FirstAt, c.MergedAt, int64(c.Count)}
}

// storedFailure is a failure with applications as numbers.
type storedFailure struct {
	app, blamed int64
	row         FailureRow
}

func failureValues(f *storedFailure) []any {
	words := make([]string, len(f.row.Decision.Evidence))
	for i, e := range f.row.Decision.Evidence {
		words[i] = string(e)
	}
	d := &f.row.Decision
	return []any{f.row.Incident, f.app, int64(f.row.Class), f.row.StartedAt, f.row.ResolvedAt, d.Deployment, f.blamed,
		d.Confidence, int64(d.Source), int64(d.Reason), strings.Join(words, " ")}
}

// same reports whether two failures would be stored alike.
func (f *storedFailure) same(o *storedFailure) bool {
	a, b := failureValues(f), failureValues(o)
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// readDeploymentRows reads derived deployments that match a condition in the order a Deriver yields them.
func readDeploymentRows(ctx context.Context, tx db.Tx, fn func(app int64, d DeploymentRow), narrow string, args ...any) error {
	return scanRows(ctx, tx, 13, func(v []any) error {
		fn(number(v[0]), DeploymentRow{ID: number(v[1]), Class: Class(number(v[2])), Result: Result(number(v[3])),
			Flags: Flag(number(v[4])), Remedy: Remedy(number(v[5])), StartedAt: number(v[6]), FinishedAt: number(v[7]),
			NewCommits: int32(number(v[8])), RemedyID: number(v[9]), RemediedAt: number(v[10]), FixesIncident: number(v[11]),
			Environment: text(v[12])})
		return nil
	}, `SELECT `+strings.Join(deploymentColumns, ", ")+` FROM dora_deployment`+narrow, args...)
}

func readChangeRows(ctx context.Context, tx db.Tx, fn func(app int64, c ChangeRow), narrow string, args ...any) error {
	return scanRows(ctx, tx, 11, func(v []any) error {
		fn(number(v[0]), ChangeRow{Class: Class(number(v[1])), Kind: ChangeKind(number(v[2])), ID: number(v[3]),
			Reason: Reason(number(v[4])), Flags: Flag(number(v[5])), Deployment: number(v[6]), DeployedAt: number(v[7]),
			FirstAt: number(v[8]), MergedAt: number(v[9]), Count: int32(number(v[10]))})
		return nil
	}, `SELECT `+strings.Join(changeColumns, ", ")+` FROM dora_change`+narrow, args...)
}

func readFailures(ctx context.Context, tx db.Tx, fn func(f storedFailure), narrow string, args ...any) error {
	return scanRows(ctx, tx, 11, func(v []any) error {
		f := storedFailure{app: number(v[1]), blamed: number(v[6]), row: FailureRow{Incident: number(v[0]), Class: Class(number(v[2])),
			StartedAt: number(v[3]), ResolvedAt: number(v[4]), Decision: Decision{Deployment: number(v[5]), Confidence: real(v[7]),
				Source: Source(number(v[8])), Reason: Reason(number(v[9]))}}}
		for w := range strings.FieldsSeq(text(v[10])) {
			f.row.Decision.Evidence = append(f.row.Decision.Evidence, Evidence(w))
		}
		fn(f)
		return nil
	}, `SELECT `+strings.Join(failureColumns, ", ")+` FROM dora_failure`+narrow, args...)
}

// digest condenses the rows of an application so that a derivation which changes nothing writes nothing.
func digest(rows *AppRows) int64 {
	h := uint64(len(rows.Deployments))*0x9e3779b97f4a7c15 ^ uint64(len(rows.Changes))
	put := func(values ...int64) {
		for _, v := range values {
			h = bits.RotateLeft64((h^uint64(v))*0xff51afd7ed558ccd, 31)
		}
	}
	environments := map[string]int64{}
	for i := range rows.Deployments {
		d := &rows.Deployments[i]
		name, known := environments[d.Environment]
		if !known {
			f := fnv.New64a()
			_, _ = f.Write([]byte(d.Environment))
			name = int64(f.Sum64())
			environments[d.Environment] = name
		}
		put(d.ID, int64(d.Class)<<40|int64(d.Result)<<32|int64(d.Flags)<<8|int64(d.Remedy), d.StartedAt, d.FinishedAt,
			int64(d.NewCommits), d.RemedyID, d.RemediedAt, d.FixesIncident, name)
	}
	for i := range rows.Changes {
		c := &rows.Changes[i]
		put(c.ID, int64(c.Class)<<40|int64(c.Kind)<<32|int64(c.Reason)<<24|int64(c.Flags), c.Deployment, c.DeployedAt,
			c.FirstAt, c.MergedAt, int64(c.Count))
	}
	return int64(h >> 1)
}

// writeFailures stores decisions and returns nothing when none is given.
func writeFailures(ctx context.Context, tx db.Tx, rows []storedFailure) error {
	values := make([][]any, len(rows))
	for i := range rows {
		values[i] = failureValues(&rows[i])
	}
	return tx.BulkUpsert(ctx, "dora_failure", failureColumns, failureColumns[:1], failureColumns[1:], "", values)
}

func deleteFailures(ctx context.Context, tx db.Tx, incidents []int64) error {
	for _, part := range db.Chunks(incidents, 1000) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM dora_failure WHERE incident_id IN (?)`, bun.List(part)); err != nil {
			return err
		}
	}
	return nil
}
