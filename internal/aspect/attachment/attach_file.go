package attachment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	chunkSize = 256 << 10
	// abandon is how long an upload may take before it counts as broken off.
	abandon = 2 * time.Hour
)

// AttachFile reads a file and attaches it to a record. No transaction is open while it waits for the sender.
func (s *Service) AttachFile(ctx context.Context, kind, id, name string, content io.Reader) (Attachment, error) {
	a, r, err := s.begin(ctx, kind, id, name)
	if err != nil {
		return a, err
	}
	if err = s.receive(ctx, &a, content); err == nil {
		err = s.finish(ctx, &a, r)
	}
	if err != nil {
		// Whatever is left is swept later; now is only sooner.
		tidy := s.db.WriteBulk(context.WithoutCancel(ctx), func(ctx context.Context, tx db.Tx) error {
			return drop(ctx, tx, "id = ? AND NOT ready", a.ID)
		})
		if tidy != nil {
			s.logger.WarnContext(ctx, "a broken upload was not cleared away", slog.String("attachment", a.ID), slog.Any("error", tidy))
		}
	}
	return a, err
}

// begin decides about access and refuses early what cannot fit.
func (s *Service) begin(ctx context.Context, kind, id, name string) (a Attachment, r subject.Record, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if r, err = s.subjects.ToManage(ctx, tx, kind, id); err != nil {
			return err
		}
		if err := s.fits(ctx, tx, kind, r, 0); err != nil {
			return err
		}
		me := authz.From(ctx)
		a = Attachment{ID: ref.New[string](), SubjectKind: kind, SubjectID: r.ID, Unit: r.Unit, Kind: File, Name: cleanName(name),
			ChunkSize: chunkSize, AuthorID: me.ID(), AuthorName: me.Name, CreatedAt: s.clock.Now()}
		if a.Name == "" {
			return problem.New(problem.Invalid, "attachment_unnamed", "The file has no name. Send one as the query name.")
		}
		_, err := tx.NewInsert().Model(&a).Exec(ctx)
		return err
	})
	return a, r, err
}

// receive keeps the content chunk by chunk.
func (s *Service) receive(ctx context.Context, a *Attachment, content io.Reader) error {
	sum := sha256.New()
	buffer := make([]byte, chunkSize)
	for part := int64(0); ; part++ {
		n, err := io.ReadFull(content, buffer)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			var tooLarge *http.MaxBytesError
			if errors.As(err, &tooLarge) {
				return s.tooLarge()
			}
			return problem.New(problem.BadRequest, "upload_broken", "The file did not arrive whole; nothing was kept. Send it again.").Because(err)
		}
		if part == 0 {
			a.ContentType = contentType(http.DetectContentType(buffer[:n]), a.Name)
		}
		if a.Size += int64(n); a.Size > s.limits.File {
			return s.tooLarge()
		}
		if n > 0 {
			_, _ = sum.Write(buffer[:n])
			if err := s.keep(ctx, a.ID, part, buffer[:n]); err != nil {
				return err
			}
		}
		if last {
			a.SHA256 = hex.EncodeToString(sum.Sum(nil))
			return nil
		}
	}
}

func (s *Service) keep(ctx context.Context, id string, part int64, content []byte) error {
	return s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO attachment_chunk (attachment_id, part, content) VALUES (?, ?, ?)`, id, part, content)
		return err
	})
}

func (s *Service) tooLarge() error {
	return problem.Newf(problem.TooLarge, "attachment_too_large", "A file has at most %d MiB. Put it elsewhere and attach its address.", s.limits.File>>20)
}

// finish shows the file, if the record still has room for it.
func (s *Service) finish(ctx context.Context, a *Attachment, r subject.Record) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := touchList(ctx, tx, a.SubjectKind, r.ID); err != nil {
			return err
		}
		if err := s.fits(ctx, tx, a.SubjectKind, r, a.Size); err != nil {
			return err
		}
		a.Ready, a.CreatedAt = true, s.clock.Now()
		res, err := tx.NewUpdate().Model(a).Column("content_type", "size", "sha256", "ready", "created_at").WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, problem.New(problem.Conflict, "upload_too_slow", "The upload took too long and was given up. Send it again."))
		}
		return s.append(ctx, tx, Added, r, *a)
	})
}

// Purge clears away uploads that were broken off.
func (s *Service) Purge(ctx context.Context) error {
	return s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		return drop(ctx, tx, "NOT ready AND created_at < ?", s.clock.Now().Add(-abandon))
	})
}
