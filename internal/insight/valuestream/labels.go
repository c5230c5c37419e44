package valuestream

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// DeploymentLabel is what a screen shows of a deployment.
type DeploymentLabel struct {
	ID          int64
	App         ref.App
	AppKey      string
	AppName     string
	Unit        ref.Unit
	Name        string
	URL         string
	Environment string
	Class       string
	Result      string
	Version     string
	At          int64
	SHAs        []string
}

// ChangeLabel is what a screen shows of a change request or commit.
type ChangeLabel struct {
	ID         int64
	Number     int64
	Title      string
	URL        string
	Author     string
	SHA        string // the merge commit, or the commit itself
	FirstSHA   string
	FirstAt    int64
	MergedAt   int64
	Repository string
}

// IncidentLabel is what a screen shows of an incident.
type IncidentLabel struct {
	ID         int64
	Key        string
	Title      string
	URL        string
	Severity   string
	StartedAt  int64
	ResolvedAt int64
	Deployment int64
	Confidence float64
	Source     Source
	Reason     Reason
	Evidence   []Evidence
}

func clean(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return slices.DeleteFunc(ids, func(id int64) bool { return id == 0 })
}

func readDeploymentLabels(ctx context.Context, tx db.Tx, ids []int64) (map[int64]DeploymentLabel, error) {
	out := map[int64]DeploymentLabel{}
	e := tx.Engine()
	for _, part := range db.Chunks(clean(ids), 500) {
		err := scanRows(ctx, tx, 14, func(v []any) error {
			l := DeploymentLabel{ID: number(v[0]), App: ref.App(text(v[1])), AppKey: text(v[2]), AppName: text(v[3]), Unit: ref.Unit(text(v[4])),
				Name: text(v[5]), URL: text(v[7]), Environment: text(v[8]), Class: text(v[9]), Result: text(v[10]), Version: text(v[11]), At: micros(v[12])}
			for _, other := range []string{text(v[6]), l.Version, text(v[13])} {
				if l.Name == "" {
					l.Name = other
				}
			}
			out[l.ID] = l
			return nil
		}, `SELECT d.id, d.application_id, a.key, a.name, a.unit_id, d.display_title, d.name, d.url, d.environment, d.environment_class, d.result, d.version, `+
			instant(e, "d.finished_at")+`, d.external_id FROM deployment d LEFT JOIN v_application a ON a.id = d.application_id WHERE d.id IN (?)`, bun.List(part))
		if err != nil {
			return nil, err
		}
		err = scanRows(ctx, tx, 2, func(v []any) error {
			l := out[number(v[0])]
			l.SHAs = append(l.SHAs, text(v[1]))
			out[number(v[0])] = l
			return nil
		}, `SELECT deployment_id, commit_sha FROM deployment_commit WHERE deployment_id IN (?) ORDER BY deployment_id, commit_sha`, bun.List(part))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readRequestLabels(ctx context.Context, tx db.Tx, ids []int64) (map[int64]ChangeLabel, error) {
	out := map[int64]ChangeLabel{}
	e := tx.Engine()
	for _, part := range db.Chunks(clean(ids), 500) {
		err := scanRows(ctx, tx, 8, func(v []any) error {
			l := ChangeLabel{ID: number(v[0]), Number: number(v[1]), Title: text(v[2]), URL: text(v[3]), Author: text(v[4]), SHA: text(v[5]),
				MergedAt: micros(v[6]), Repository: text(v[7])}
			out[l.ID] = l
			return nil
		}, `SELECT c.id, c.number, c.title, c.url, c.author_name, c.merge_commit_sha, `+instant(e, "c.merged_at")+`, r.name
FROM change_request c LEFT JOIN repository r ON r.id = c.repository_id WHERE c.id IN (?)`, bun.List(part))
		if err != nil {
			return nil, err
		}
		err = scanRows(ctx, tx, 3, func(v []any) error {
			l := out[number(v[0])]
			if at := micros(v[2]); at > 0 && (l.FirstAt == 0 || at < l.FirstAt) {
				l.FirstAt, l.FirstSHA = at, text(v[1])
			}
			out[number(v[0])] = l
			return nil
		}, `SELECT change_request_id, commit_sha, `+instant(e, "authored_at")+` FROM change_request_commit WHERE change_request_id IN (?)`, bun.List(part))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readCommitLabels(ctx context.Context, tx db.Tx, ids []int64) (map[int64]ChangeLabel, error) {
	out := map[int64]ChangeLabel{}
	e := tx.Engine()
	for _, part := range db.Chunks(clean(ids), 500) {
		err := scanRows(ctx, tx, 7, func(v []any) error {
			l := ChangeLabel{ID: number(v[0]), Title: firstLine(text(v[1])), Author: text(v[2]), SHA: text(v[3]), FirstAt: micros(v[4]), MergedAt: micros(v[5]), Repository: text(v[6])}
			l.FirstSHA = l.SHA
			out[l.ID] = l
			return nil
		}, `SELECT c.id, c.message, c.author_name, c.sha, `+instant(e, "c.authored_at")+`, `+instant(e, "c.committed_at")+`, r.name
FROM repository_commit c LEFT JOIN repository r ON r.id = c.repository_id WHERE c.id IN (?)`, bun.List(part))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func firstLine(s string) string {
	for i := range len(s) {
		if s[i] == '\n' {
			return s[:i]
		}
	}
	return s
}

// readIncidentLabels reads incidents by their id, or those put down to deployments.
func readIncidentLabels(ctx context.Context, tx db.Tx, column string, ids []int64) ([]IncidentLabel, error) {
	var out []IncidentLabel
	e := tx.Engine()
	for _, part := range db.Chunks(clean(ids), 500) {
		for _, from := range []struct{ table, started string }{{"incident", "i.started_at"}, {"work_item", "i.created_at"}} {
			err := scanRows(ctx, tx, 11, func(v []any) error {
				out = append(out, IncidentLabel{ID: number(v[0]), Key: text(v[1]), Title: text(v[2]), URL: text(v[3]), Severity: text(v[4]),
					StartedAt: micros(v[5]), ResolvedAt: micros(v[6]), Deployment: number(v[7]), Confidence: real(v[8]),
					Source: Source(number(v[9])), Reason: Reason(number(v[10]))})
				return nil
			}, `SELECT i.id, i.key, i.title, i.url, i.severity, `+instant(e, from.started)+`, `+instant(e, "i.resolved_at")+
				`, f.deployment_id, f.confidence, f.source, f.reason FROM dora_failure f JOIN `+from.table+` i ON i.id = f.incident_id
WHERE `+column+` IN (?) ORDER BY i.id`, bun.List(part))
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func readApplications(ctx context.Context, tx db.Tx, apps []ref.App, into map[ref.App]ApplicationView) error {
	apps = slices.Clone(apps)
	slices.Sort(apps)
	for _, part := range db.Chunks(slices.Compact(apps), 500) {
		err := scanRows(ctx, tx, 3, func(v []any) error {
			a := ApplicationView{ref.App(text(v[0])), text(v[1]), text(v[2])}
			into[a.ID] = a
			return nil
		}, `SELECT id, key, name FROM v_application WHERE id IN (?)`, bun.List(part))
		if err != nil {
			return err
		}
	}
	return nil
}
