package delivery

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

type (
	// IncidentDetails is an incident with the deployments around it.
	IncidentDetails struct {
		IncidentView
		CausedByDeployment *DeploymentView `json:"causedByDeployment,omitempty"`
		// Fixes are the deployments whose source says that they answer the incident.
		Fixes []DeploymentView `json:"fixes" nullable:"false"`
	}
	// ReviewView is a review or comment on a change request.
	ReviewView struct {
		ID         string     `bun:"id" json:"id"`
		AccountID  string     `bun:"account_id" json:"accountId,omitempty"`
		Account    string     `bun:"account" json:"account,omitempty"`
		PersonID   ref.Person `bun:"person_id" json:"personId,omitempty"`
		Type       string     `bun:"type" json:"type"`
		Status     string     `bun:"status" json:"status,omitempty"`
		CommitSHA  string     `bun:"commit_sha" json:"commitSha,omitempty"`
		Body       string     `bun:"body" json:"body,omitempty"`
		CreatedAt  *time.Time `bun:"created_at" json:"createdAt,omitempty"`
		IsByAuthor bool       `bun:"-" json:"isByAuthor"`
	}
	// ChangeRequestDetails is a change request with its reviews, commits, work items and deployments.
	ChangeRequestDetails struct {
		ChangeRequestView
		Description string           `json:"description,omitempty"`
		Labels      []string         `json:"labels" nullable:"false"`
		Reviews     []ReviewView     `json:"reviews" nullable:"false"`
		Commits     []CommitLink     `json:"commits" nullable:"false" doc:"As proposed, before a squash."`
		WorkItems   []WorkItemView   `json:"workItems" nullable:"false"`
		Deployments []DeploymentView `json:"deployments" nullable:"false" doc:"Those that name the merge commit."`
	}
	// FieldChange is one change of one field of a work item.
	FieldChange struct {
		ID         string     `bun:"id" json:"id"`
		Field      string     `bun:"field_name" json:"field"`
		From       string     `bun:"from_value" json:"from"`
		FromRaw    string     `bun:"from_value_raw" json:"fromRaw,omitempty"`
		To         string     `bun:"to_value" json:"to"`
		ToRaw      string     `bun:"to_value_raw" json:"toRaw,omitempty"`
		AuthorName string     `bun:"author_name" json:"authorName,omitempty"`
		CreatedAt  *time.Time `bun:"created_at" json:"createdAt,omitempty"`
	}
	// WorkItemDetails is a work item with its history.
	WorkItemDetails struct {
		WorkItemView
		Description    string              `json:"description,omitempty"`
		Labels         []string            `json:"labels" nullable:"false"`
		Assignees      []string            `json:"assignees" nullable:"false"`
		Boards         []string            `json:"boards" nullable:"false"`
		History        []FieldChange       `json:"history" nullable:"false"`
		ChangeRequests []ChangeRequestView `json:"changeRequests" nullable:"false"`
	}
	// CommitDetails is a commit with what refers to it.
	CommitDetails struct {
		CommitView
		ParentIDs      []string            `json:"parentIds" nullable:"false"`
		ChangeRequests []ChangeRequestView `json:"changeRequests" nullable:"false"`
		Deployments    []DeploymentView    `json:"deployments" nullable:"false"`
	}
	// JobView is one job of a pipeline run.
	JobView struct {
		ID          string     `bun:"id" json:"id"`
		Name        string     `bun:"name" json:"name"`
		URL         string     `bun:"url" json:"url,omitempty"`
		Type        string     `bun:"type" json:"type,omitempty"`
		Environment string     `bun:"environment" json:"environment,omitempty"`
		Result      string     `bun:"result" json:"result"`
		Status      string     `bun:"status" json:"status"`
		StartedAt   *time.Time `bun:"started_at" json:"startedAt,omitempty"`
		FinishedAt  *time.Time `bun:"finished_at" json:"finishedAt,omitempty"`
		DurationSec *float64   `bun:"duration_sec" json:"durationSec,omitempty"`
	}
	// PipelineRunDetails is a pipeline run with its jobs and commits.
	PipelineRunDetails struct {
		PipelineRunView
		Jobs    []JobView    `json:"jobs" nullable:"false"`
		Commits []CommitLink `json:"commits" nullable:"false"`
	}
)

// GetIncident returns an incident with the deployments around it.
func (s *Service) GetIncident(ctx context.Context, id ref.Fact) (out IncidentDetails, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		v, err := getFact[IncidentView](ctx, s, tx, incidents, id)
		if err != nil {
			return err
		}
		out = IncidentDetails{IncidentView: v}
		if cause, err := ref.ParseFact(v.CausedByDeploymentID); err == nil {
			var rows []DeploymentView
			if rows, err = related[DeploymentView](ctx, tx, deployments, "f.id = ?", int64(cause)); err != nil {
				return err
			}
			if len(rows) == 1 {
				out.CausedByDeployment = &rows[0]
			}
		}
		out.Fixes, err = related[DeploymentView](ctx, tx, deployments, "f.fixes_key IS NOT NULL AND f.fixes_incident_id = ?", int64(id))
		return err
	})
	return out, err
}

// related reads facts that a condition ties to another and that the caller may see, newest first.
func related[V any](ctx context.Context, tx db.Tx, l list, condition string, args ...any) ([]V, error) {
	rows := []V{}
	q := tx.NewSelect().TableExpr(l.table.name+" AS f").Apply(l.visible(ctx)).Where(condition, args...)
	if err := columnsOf[V](q).OrderExpr("f.at DESC, f.id DESC").Scan(ctx, &rows); err != nil {
		return nil, err
	}
	if d, ok := any(rows).([]DeploymentView); ok {
		return rows, addCommits(ctx, tx, d)
	}
	return rows, nil
}

// GetChangeRequest returns a change request with its reviews, commits, work items and deployments.
func (s *Service) GetChangeRequest(ctx context.Context, id ref.Fact) (out ChangeRequestDetails, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		v, err := getFact[ChangeRequestView](ctx, s, tx, changeRequests, id)
		if err != nil {
			return err
		}
		out = ChangeRequestDetails{ChangeRequestView: v, Labels: []string{}, Reviews: []ReviewView{}, Commits: []CommitLink{}}
		if err := tx.NewSelect().Table("change_request").Column("description").Where("id = ?", int64(id)).Scan(ctx, &out.Description); err != nil {
			return err
		}
		if err := tx.NewSelect().Table("change_request_label").Column("label_name").Where("change_request_id = ?", int64(id)).OrderExpr("label_name").Scan(ctx, &out.Labels); err != nil {
			return err
		}
		if err := tx.NewSelect().TableExpr("review_comment AS r").Join("LEFT JOIN tool_account AS a ON a.id = r.account_id").
			ColumnExpr("r.id, r.account_id, a.user_name AS account, a.person_id, r.type, r.status, r.commit_sha, r.body, r.created_at").
			Where("r.change_request_id = ?", int64(id)).OrderExpr("r.created_at, r.id").Scan(ctx, &out.Reviews); err != nil {
			return err
		}
		for i := range out.Reviews {
			out.Reviews[i].IsByAuthor = v.AuthorID != "" && out.Reviews[i].AccountID == v.AuthorID
		}
		if err := tx.NewSelect().TableExpr("change_request_commit AS c").ColumnExpr("c.commit_sha AS sha, c.author_name, c.authored_at").
			Where("c.change_request_id = ?", int64(id)).OrderExpr("c.authored_at, c.commit_sha").Scan(ctx, &out.Commits); err != nil {
			return err
		}
		if out.WorkItems, err = related[WorkItemView](ctx, tx, workItems, "f.id IN (SELECT work_item_id FROM change_request_work_item WHERE change_request_id = ?)", int64(id)); err != nil {
			return err
		}
		out.Deployments, err = related[DeploymentView](ctx, tx, deployments,
			"f.id IN (SELECT dc.deployment_id FROM deployment_commit AS dc JOIN change_request AS c ON c.merge_commit_id = dc.commit_id WHERE c.id = ?)", int64(id))
		return err
	})
	return out, err
}

// GetWorkItem returns a work item with its status history.
func (s *Service) GetWorkItem(ctx context.Context, id ref.Fact) (out WorkItemDetails, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		v, err := getFact[WorkItemView](ctx, s, tx, workItems, id)
		if err != nil {
			return err
		}
		out = WorkItemDetails{WorkItemView: v, Labels: []string{}, Assignees: []string{}, Boards: []string{}, History: []FieldChange{}}
		if err := tx.NewSelect().Table("work_item").Column("description").Where("id = ?", int64(id)).Scan(ctx, &out.Description); err != nil {
			return err
		}
		for _, part := range []struct {
			into  *[]string
			query *bun.SelectQuery
		}{
			{&out.Labels, tx.NewSelect().Table("work_item_label").Column("label_name").Where("work_item_id = ?", int64(id)).OrderExpr("label_name")},
			{&out.Assignees, tx.NewSelect().Table("work_item_assignee").Column("assignee_name").Where("work_item_id = ?", int64(id)).OrderExpr("assignee_name")},
			{&out.Boards, tx.NewSelect().TableExpr("board_work_item AS bw").Join("JOIN board AS b ON b.id = bw.board_id").ColumnExpr("b.name").Where("bw.work_item_id = ?", int64(id)).OrderExpr("b.name")},
		} {
			if err := part.query.Scan(ctx, part.into); err != nil {
				return err
			}
		}
		if err := tx.NewSelect().Table("work_item_change").Column("id", "field_name", "from_value", "from_value_raw", "to_value", "to_value_raw", "author_name", "created_at").
			Where("work_item_id = ?", int64(id)).OrderExpr("created_at, id").Scan(ctx, &out.History); err != nil {
			return err
		}
		out.ChangeRequests, err = related[ChangeRequestView](ctx, tx, changeRequests, "f.id IN (SELECT change_request_id FROM change_request_work_item WHERE work_item_id = ?)", int64(id))
		return err
	})
	return out, err
}

// GetCommit returns a commit with its parents, the change requests it belongs to and the deployments that name it.
func (s *Service) GetCommit(ctx context.Context, id ref.Fact) (out CommitDetails, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		v, err := getFact[CommitView](ctx, s, tx, commits, id)
		if err != nil {
			return err
		}
		out = CommitDetails{CommitView: v, ParentIDs: []string{}}
		for _, p := range []string{v.Parent1ID, v.Parent2ID} {
			if p != "" {
				out.ParentIDs = append(out.ParentIDs, p)
			}
		}
		var more *string
		if err := tx.NewSelect().Table("repository_commit").ColumnExpr("CAST(more_parent_ids AS TEXT)").Where("id = ?", int64(id)).Scan(ctx, &more); err != nil {
			return err
		}
		if more != nil {
			var ids []ref.Fact
			_ = json.Unmarshal([]byte(*more), &ids)
			for _, p := range ids {
				out.ParentIDs = append(out.ParentIDs, p.String())
			}
		}
		if out.ChangeRequests, err = related[ChangeRequestView](ctx, tx, changeRequests,
			"(f.merge_commit_id = ? OR f.id IN (SELECT change_request_id FROM change_request_commit WHERE commit_sha = ?))", int64(id), v.SHA); err != nil {
			return err
		}
		out.Deployments, err = related[DeploymentView](ctx, tx, deployments, "f.id IN (SELECT deployment_id FROM deployment_commit WHERE commit_id = ?)", int64(id))
		return err
	})
	return out, err
}

// GetPipelineRun returns a pipeline run with its jobs and commits.
func (s *Service) GetPipelineRun(ctx context.Context, id ref.Fact) (out PipelineRunDetails, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		v, err := getFact[PipelineRunView](ctx, s, tx, pipelineRuns, id)
		if err != nil {
			return err
		}
		out = PipelineRunDetails{PipelineRunView: v, Jobs: []JobView{}, Commits: []CommitLink{}}
		if err := tx.NewSelect().Table("job_run").Column("id", "name", "url", "type", "environment", "result", "status", "started_at", "finished_at", "duration_sec").
			Where("pipeline_run_id = ?", int64(id)).OrderExpr("started_at, id").Scan(ctx, &out.Jobs); err != nil {
			return err
		}
		return tx.NewSelect().TableExpr("pipeline_run_commit AS p").Join("LEFT JOIN repository AS r ON r.id = p.repository_id").
			ColumnExpr("p.commit_id AS id, p.commit_sha AS sha, p.repository_id, r.repository_key AS repository").
			Where("p.pipeline_run_id = ?", int64(id)).OrderExpr("p.commit_sha").Scan(ctx, &out.Commits)
	})
	return out, err
}

// getPlain returns the look at a fact that has nothing more than its list shows.
func getPlain[V any](s *Service, l list) func(context.Context, ref.Fact) (V, error) {
	return func(ctx context.Context, id ref.Fact) (out V, err error) {
		err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			out, err = getFact[V](ctx, s, tx, l, id)
			return err
		})
		return out, err
	}
}
