package attachment

import (
	"context"
	"io"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// Listing is a page of the attachments of a record.
type Listing struct {
	httpapi.Page[Attachment]
	// Manageable says whether the caller may add and delete.
	Manageable bool
}

// List returns a page of the attachments of a record, the oldest first.
func (s *Service) List(ctx context.Context, kind, id, cursor string, limit int) (out Listing, err error) {
	var rows []Attachment
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToView(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		out.Manageable = s.subjects.Manages(ctx, tx, kind, r)
		q := tx.NewSelect().Model(&rows).Where("a.subject_kind = ? AND a.subject_id = ? AND a.ready", kind, r.ID)
		var at time.Time
		var last string
		if ok, err := httpapi.DecodeCursor(cursor, &at, &last); err != nil {
			return err
		} else if ok {
			q = q.Where("(a.created_at, a.id) > (?, ?)", at, last)
		}
		return q.OrderExpr("a.created_at, a.id").Limit(int64(limit) + 1).Scan(ctx)
	})
	for i := range rows {
		rows[i].CreatedAt = rows[i].CreatedAt.UTC()
	}
	out.Page = httpapi.NewPage(rows, limit, func(a Attachment) []any { return []any{a.CreatedAt, a.ID} })
	return out, err
}

// Open returns a file of a record and its content, which is read piece by piece while it is sent.
func (s *Service) Open(ctx context.Context, kind, id, attachmentID string) (a Attachment, content io.ReadSeeker, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToView(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		if a, err = load(ctx, tx, kind, r, attachmentID); err == nil && a.Kind != File {
			err = problem.New(problem.Conflict, "attachment_is_url", "The attachment is an address; open it instead.")
		}
		return err
	})
	return a, &reader{ctx: ctx, db: s.db, file: a, part: -1}, err
}

// reader reads a file from its chunks, each in a transaction of its own.
type reader struct {
	ctx    context.Context
	db     *db.DB
	file   Attachment
	offset int64
	part   int64
	chunk  []byte
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if r.offset >= r.file.Size {
		return 0, io.EOF
	}
	if part := r.offset / r.file.ChunkSize; part != r.part {
		var chunk []byte
		err := r.db.Read(r.ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("attachment_chunk").Column("content").Where("attachment_id = ? AND part = ?", r.file.ID, part).Scan(ctx, &chunk)
		})
		if err != nil {
			return 0, err
		}
		r.chunk, r.part = chunk, part
	}
	from := r.offset % r.file.ChunkSize
	if from >= int64(len(r.chunk)) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, r.chunk[from:])
	r.offset += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.file.Size
	}
	if offset < 0 {
		return 0, problem.New(problem.BadRequest, "range_invalid", "The range begins before the file.")
	}
	r.offset = offset
	return offset, nil
}
