package delivery

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// DeploymentDetails is a deployment with what it brought.
type DeploymentDetails struct {
	DeploymentView
	// ChangeRequests are those whose commits the deployment names: the merge commit or a proposed one.
	ChangeRequests []ChangeRequestView `json:"changeRequests" nullable:"false"`
	// Incidents are those whose source blames this deployment.
	Incidents []IncidentView `json:"incidents" nullable:"false"`
}

// GetDeployment returns a deployment with its commits, the change requests they belong to and the incidents it is blamed
// for.
func (s *Service) GetDeployment(ctx context.Context, id ref.Fact) (DeploymentDetails, error) {
	var out DeploymentDetails
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		one, err := getFact[DeploymentView](ctx, s, tx, deployments, id)
		if err != nil {
			return err
		}
		rows := []DeploymentView{one}
		if err := addCommits(ctx, tx, rows); err != nil {
			return err
		}
		out = DeploymentDetails{DeploymentView: rows[0], ChangeRequests: []ChangeRequestView{}, Incidents: []IncidentView{}}
		q := tx.NewSelect().TableExpr("change_request AS f").Apply(changeRequests.visible(ctx)).
			Where(`(f.merge_commit_id IN (SELECT commit_id FROM deployment_commit WHERE deployment_id = ?0)
				OR f.id IN (SELECT c.change_request_id FROM change_request_commit AS c JOIN deployment_commit AS d ON d.commit_sha = c.commit_sha WHERE d.deployment_id = ?0))`, int64(id))
		if err := columnsOf[ChangeRequestView](q).OrderExpr("f.at DESC, f.id DESC").Scan(ctx, &out.ChangeRequests); err != nil {
			return err
		}
		q = tx.NewSelect().TableExpr("incident AS f").Apply(incidents.visible(ctx)).Where("f.caused_by_deployment_id = ?", int64(id)).
			Where("f.caused_by_key IS NOT NULL")
		return columnsOf[IncidentView](q).OrderExpr("f.at DESC, f.id DESC").Scan(ctx, &out.Incidents)
	})
	return out, err
}

// deploymentViews reads deployments by id for whoever just reported them.
func (s *Service) deploymentViews(ctx context.Context, tx db.Tx, ids []ref.Fact) (map[ref.Fact]DeploymentView, error) {
	rows := []DeploymentView{}
	q := tx.NewSelect().TableExpr("deployment AS f").Where("f.id IN (?)", bun.In(ids))
	if err := columnsOf[DeploymentView](q).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	if err := addCommits(ctx, tx, rows); err != nil {
		return nil, err
	}
	return byID(rows, func(v DeploymentView) string { return v.ID }), nil
}

// incidentViews reads incidents by id for whoever just reported them.
func (s *Service) incidentViews(ctx context.Context, tx db.Tx, ids []ref.Fact) (map[ref.Fact]IncidentView, error) {
	rows := []IncidentView{}
	q := tx.NewSelect().TableExpr("incident AS f").Where("f.id IN (?)", bun.In(ids))
	if err := columnsOf[IncidentView](q).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	return byID(rows, func(v IncidentView) string { return v.ID }), nil
}

func byID[V any](rows []V, id func(V) string) map[ref.Fact]V {
	out := make(map[ref.Fact]V, len(rows))
	for _, r := range rows {
		if f, err := ref.ParseFact(id(r)); err == nil {
			out[f] = r
		}
	}
	return out
}

// addCommits fills in the commits of deployments.
func addCommits(ctx context.Context, tx db.Tx, rows []DeploymentView) error {
	at := make(map[ref.Fact]*DeploymentView, len(rows))
	ids := make([]ref.Fact, 0, len(rows))
	for i := range rows {
		rows[i].Commits = []CommitLink{}
		if id, err := ref.ParseFact(rows[i].ID); err == nil {
			at[id] = &rows[i]
			ids = append(ids, id)
		}
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		var links []CommitLink
		if err := tx.NewSelect().TableExpr("deployment_commit AS dc").
			Join("LEFT JOIN repository_commit AS c ON c.id = dc.commit_id").Join("LEFT JOIN repository AS r ON r.id = dc.repository_id").
			ColumnExpr("dc.deployment_id AS owner_id, dc.commit_id AS id, dc.commit_sha AS sha, dc.repository_id, r.repository_key AS repository").
			ColumnExpr("COALESCE(c.message, dc.message) AS message, c.author_name, c.authored_at").
			Where("dc.deployment_id IN (?)", bun.In(chunk)).OrderExpr("dc.deployment_id, dc.commit_sha").Scan(ctx, &links); err != nil {
			return err
		}
		for _, l := range links {
			d := at[l.OwnerID]
			if d.Commit == "" {
				d.Commit = l.SHA
			}
			d.Commits = append(d.Commits, l)
		}
	}
	return nil
}
