package watch

import (
	"context"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Follow makes the caller follow a record, also after they had muted it.
func (s *Service) Follow(ctx context.Context, kind, id string) (Listing, error) {
	return s.byMyself(ctx, kind, id, func(ctx context.Context, tx db.Tx, r subject.Record, me ref.Person, name string) error {
		added, err := insert(ctx, tx, s.watcher(kind, r, NewWatcher{Person: me}, Watching))
		if err == nil && !added {
			added, err = setMuted(ctx, tx, kind, r.ID, me, false)
		}
		if err != nil || !added {
			return err
		}
		return s.append(ctx, tx, Followed, kind, r, name)
	})
}

// Unfollow makes the caller stop following a record and keeps them out: a team of theirs that follows, or a comment that
// mentions them, does not bring them back.
func (s *Service) Unfollow(ctx context.Context, kind, id string) (Listing, error) {
	return s.byMyself(ctx, kind, id, func(ctx context.Context, tx db.Tx, r subject.Record, me ref.Person, name string) error {
		row := s.watcher(kind, r, NewWatcher{Person: me}, Watching)
		row.Muted = true
		changed, err := insert(ctx, tx, row)
		if err == nil && !changed {
			changed, err = setMuted(ctx, tx, kind, r.ID, me, true)
		}
		if err != nil || !changed {
			return err
		}
		return s.append(ctx, tx, Unfollowed, kind, r, name)
	})
}

// Include makes a person follow a record because of something they took part in, in an owner's transaction. Who follows
// or muted it already stays as they are. It is no event: what they took part in is.
func (s *Service) Include(ctx context.Context, tx db.Tx, kind string, r subject.Record, person ref.Person, reason Reason) error {
	_, err := insert(ctx, tx, s.watcher(kind, r, NewWatcher{Person: person}, reason))
	return err
}

func (s *Service) byMyself(ctx context.Context, kind, id string, act func(context.Context, db.Tx, subject.Record, ref.Person, string) error) (out Listing, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToView(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		me, name, err := self(ctx)
		if err != nil {
			return err
		}
		if err := act(ctx, tx, r, me, name); err != nil {
			return err
		}
		out, err = s.listing(ctx, tx, kind, r)
		return err
	})
	return out, err
}

// setMuted reports whether it changed anything.
func setMuted(ctx context.Context, tx db.Tx, kind, id string, person ref.Person, muted bool) (bool, error) {
	res, err := tx.ExecContext(ctx, `UPDATE watcher SET muted = ?, reason = ? WHERE subject_kind = ? AND subject_id = ? AND person_id = ? AND muted <> ?`,
		muted, Watching, kind, id, person, muted)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func isMuted(ctx context.Context, tx db.Tx, kind, id string, person ref.Person) (bool, error) {
	return tx.NewSelect().Table("watcher").Where("subject_kind = ? AND subject_id = ? AND person_id = ? AND muted", kind, id, person).Exists(ctx)
}
