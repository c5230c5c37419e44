package delivery

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// adopt moves everything that refers to a repository by a provisional or superseded id to its lasting one, together
// with the commit ids made from it.
func (s *Service) adopt(ctx context.Context, tx db.Tx, from, to ref.Fact) error {
	for _, statement := range []string{
		`UPDATE repository_alias SET repository_id = ? WHERE repository_id = ?`,
		`UPDATE board SET repository_id = ? WHERE repository_id = ?`,
		`UPDATE pipeline_run SET repository_id = ? WHERE repository_id = ?`,
		`UPDATE deployment SET repository_id = ? WHERE repository_id = ?`,
		`UPDATE change_request SET head_repository_id = ? WHERE repository_id = ? AND head_repository_id = repository_id`,
	} {
		if _, err := tx.ExecContext(ctx, statement, int64(to), int64(from)); err != nil {
			return err
		}
	}
	for _, a := range []struct {
		table        string
		first, other string // primary key; other is "" when it has one column
		sha, commit  string
	}{
		{"change_request", "id", "", "head_commit_sha", "head_commit_id"},
		{"change_request", "id", "", "merge_commit_sha", "merge_commit_id"},
		{"pipeline_run_commit", "pipeline_run_id", "commit_sha", "commit_sha", "commit_id"},
		{"deployment_commit", "deployment_id", "commit_sha", "commit_sha", "commit_id"},
		{"test_run", "id", "", "commit_sha", "commit_id"},
		{"artifact", "id", "", "commit_sha", "commit_id"},
		{"repository_release", "id", "", "commit_sha", "commit_id"},
	} {
		var rows []struct {
			ID  int64
			SHA string
		}
		if err := tx.NewSelect().Table(a.table).ColumnExpr("? AS id, ? AS sha", bun.Ident(a.first), bun.Ident(a.sha)).
			Where("repository_id = ?", int64(from)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			q := tx.NewUpdate().Table(a.table).Set("? = ?", bun.Ident(a.commit), commitOf(to, r.SHA)).Where("? = ?", bun.Ident(a.first), r.ID)
			if a.other != "" {
				q = q.Where("? = ?", bun.Ident(a.other), r.SHA)
			}
			if a.commit != "head_commit_id" { // the same rows are visited once more for their merge commit
				q = q.Set("repository_id = ?", int64(to))
			}
			if _, err := q.Exec(ctx); err != nil {
				return err
			}
		}
	}
	return adoptCommits(ctx, tx, from, to)
}

type storedCommit struct {
	ID            ref.Fact
	SHA           string
	Parent1ID     *ref.Fact       `bun:"parent1_id"`
	Parent2ID     *ref.Fact       `bun:"parent2_id"`
	MoreParentIDs json.RawMessage `bun:"more_parent_ids,type:jsonb"`
}

// adoptCommits gives the commits of a repository the ids they have under another. A parent that is not known keeps no
// link: its name cannot be told from its old id.
func adoptCommits(ctx context.Context, tx db.Tx, from, to ref.Fact) error {
	var rows []storedCommit
	if err := tx.NewSelect().Table("repository_commit").Column("id", "sha", "parent1_id", "parent2_id", "more_parent_ids").
		Where("repository_id = ?", int64(from)).Scan(ctx, &rows); err != nil || len(rows) == 0 {
		return err
	}
	renamed := make(map[ref.Fact]ref.Fact, len(rows))
	for _, r := range rows {
		renamed[r.ID] = CommitID(to, r.SHA)
	}
	moved := func(id *ref.Fact) any {
		if id == nil {
			return nil
		}
		return null(renamed[*id])
	}
	for _, r := range rows {
		var more []ref.Fact
		_ = json.Unmarshal(r.MoreParentIDs, &more)
		var moreText any
		if len(more) > 0 {
			for i := range more {
				more[i] = renamed[more[i]]
			}
			moreText = jsonText(more)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO repository_commit (id, repository_id, sha, parent1_id, parent2_id, more_parent_ids, authored_at, committed_at, at,
				author_id, author_name, author_email, committer_name, committer_email, additions, deletions, message, paths, connection_id)
			SELECT ?, ?, sha, ?, ?, ?, authored_at, committed_at, at, author_id, author_name, author_email, committer_name, committer_email,
				additions, deletions, message, paths, connection_id FROM repository_commit WHERE id = ? ON CONFLICT (id) DO NOTHING`,
			int64(renamed[r.ID]), int64(to), moved(r.Parent1ID), moved(r.Parent2ID), moreText, int64(r.ID)); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM repository_commit WHERE repository_id = ?`, int64(from))
	return err
}
