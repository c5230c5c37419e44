package attachment

import (
	"context"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

func load(ctx context.Context, tx db.Tx, kind string, r subject.Record, id string) (Attachment, error) {
	var a Attachment
	err := tx.NewSelect().Model(&a).Where("a.id = ? AND a.subject_kind = ? AND a.subject_id = ? AND a.ready", id, kind, r.ID).Scan(ctx)
	if db.IsNoRows(err) {
		return a, authz.ErrNotFound
	}
	a.CreatedAt = a.CreatedAt.UTC()
	return a, err
}

// fits refuses what would go over a limit of the record. Of two uploads at once only one takes the last of the room when
// the list was touched before.
func (s *Service) fits(ctx context.Context, tx db.Tx, kind string, r subject.Record, size int64) error {
	var used struct {
		N    int64 `bun:"n"`
		Size int64 `bun:"size"`
	}
	err := tx.NewSelect().Table("attachment").ColumnExpr("count(*) AS n, CAST(COALESCE(sum(size), 0) AS BIGINT) AS size").
		Where("subject_kind = ? AND subject_id = ? AND ready", kind, r.ID).Scan(ctx, &used)
	switch {
	case err != nil:
		return err
	case used.N >= s.limits.Count:
		return problem.Newf(problem.Conflict, "too_many_attachments", "A record has at most %d attachments; delete one first.", s.limits.Count)
	case used.Size+size > s.limits.Record:
		return problem.Newf(problem.TooLarge, "attachment_quota", "The files of a record take at most %d MiB, and %d MiB are used. Delete one first, or attach an address.",
			s.limits.Record>>20, used.Size>>20).WithData("used", used.Size).WithData("quota", s.limits.Record)
	}
	return nil
}

func touchList(ctx context.Context, tx db.Tx, kind, id string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO attachment_list (subject_kind, subject_id) VALUES (?, ?)
		ON CONFLICT (subject_kind, subject_id) DO UPDATE SET subject_id = excluded.subject_id`, kind, id)
	return err
}

func (s *Service) append(ctx context.Context, tx db.Tx, what events.Kind, r subject.Record, a Attachment) error {
	data := map[string]any{"attachmentId": a.ID, "name": a.Name}
	if a.Kind == File {
		data["size"], data["sha256"], data["contentType"] = a.Size, a.SHA256, a.ContentType
	} else {
		data["url"] = a.URL
	}
	return s.events.Append(ctx, tx, events.Event{
		Kind: what, SubjectKind: a.SubjectKind, SubjectID: r.ID, SubjectLabel: r.Label, Unit: r.Unit, Data: data,
	})
}

func drop(ctx context.Context, tx db.Tx, cond string, args ...any) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM attachment_chunk WHERE attachment_id IN (SELECT id FROM attachment WHERE `+cond+`)`, args...); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM attachment WHERE `+cond, args...)
	return err
}
