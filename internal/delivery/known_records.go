package delivery

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Known is a record of a tool, as far as one needs to ask the tool whether it is still there.
type Known struct {
	ExternalID string    `bun:"external_id"`
	CreatedAt  time.Time `bun:"created_at"`
	// Number is what the tool counts it by: of a change request or a work item; "" elsewhere.
	Number string `bun:"number"`
	// Commit is what a deployment brought; "" elsewhere.
	Commit string `bun:"commit_sha"`
}

// knownFrom finds the records of a kind that lie in a repository of a connection.
var knownFrom = map[RecordKind]string{
	KindChangeRequest: `SELECT f.external_id, f.created_at, CAST(f.number AS TEXT) AS number, '' AS commit_sha FROM change_request AS f
		JOIN repository_alias AS a ON a.repository_id = f.repository_id WHERE a.connection_id = ?0 AND a.external_id = ?1 AND f.connection_id = ?0`,
	KindDeployment: `SELECT f.external_id, f.created_at, '' AS number, f.name AS commit_sha FROM deployment AS f
		JOIN repository_alias AS a ON a.repository_id = f.repository_id WHERE a.connection_id = ?0 AND a.external_id = ?1 AND f.connection_id = ?0`,
	KindWorkItem: `SELECT f.external_id, f.created_at, f.key AS number, '' AS commit_sha FROM board AS a
		JOIN board_work_item AS b ON b.board_id = a.id JOIN work_item AS f ON f.id = b.work_item_id WHERE a.connection_id = ?0 AND a.external_id = ?1 AND f.connection_id = ?0`,
}

// KnownRecords returns the change requests, deployments or work items that a connection brought from a repository, by the
// external id the connection knows it by, the latest first. Records without a time of creation are left out. Of more than
// limit, the latest are returned.
func (s *Service) KnownRecords(ctx context.Context, connection ref.Connection, kind RecordKind, repository string, until time.Time, limit int) ([]Known, error) {
	from, ok := knownFrom[kind]
	if !ok {
		return nil, problem.Newf(problem.Internal, "kind_unknown", "Records of the kind %q do not lie in a repository.", kind)
	}
	var out []Known
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		out = out[:0]
		return tx.NewRaw(from+` AND f.created_at <= ?2 ORDER BY f.created_at DESC, f.external_id LIMIT ?3`, connection, repository, until.UTC(), limit).Scan(ctx, &out)
	})
	for i := range out {
		out[i].CreatedAt = out[i].CreatedAt.UTC()
	}
	return out, err
}
