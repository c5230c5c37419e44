package notify

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/live"
	"millrace/internal/platform/ref"
)

// InboxFilter narrows and pages Inbox.
type InboxFilter struct {
	// State is unread, read, archived, or "" for everything that is not archived.
	State  string
	Reason watch.Reason
	// Kind is the kind of record; Text is looked for in its name.
	Kind, Text string
	Cursor     string
	Limit      int
}

// mine are the caller's threads about records they may still see.
func (s *Service) mine(ctx context.Context, q *bun.SelectQuery) *bun.SelectQuery {
	cond, args := s.subjects.Visible(ctx, "t.subject_kind", "t.unit_id")
	return q.Where("t.person_id = ?", authz.From(ctx).Person).Where("(t.unit_id = '' OR "+cond+")", args...)
}

// Inbox returns a page of the caller's inbox, the newest first.
func (s *Service) Inbox(ctx context.Context, f InboxFilter) (page httpapi.Page[Thread], err error) {
	var rows []Thread
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := s.mine(ctx, tx.NewSelect().Model(&rows)).Where("t.archived = ?", f.State == "archived")
		switch f.State {
		case "unread":
			q = q.Where("t.unread > 0")
		case "read":
			q = q.Where("t.unread = 0")
		}
		if f.Reason != "" {
			q = q.Where("t.reason = ?", f.Reason)
		}
		if f.Kind != "" {
			q = q.Where("t.subject_kind = ?", f.Kind)
		}
		if f.Text != "" {
			cond, arg := tx.Contains("t.label_key", ref.NameKey(f.Text))
			q = q.Where(cond, arg)
		}
		var at time.Time
		var last string
		if ok, err := httpapi.DecodeCursor(f.Cursor, &at, &last); err != nil {
			return err
		} else if ok {
			q = q.Where("(t.last_at, t.id) < (?, ?)", at, last)
		}
		return q.OrderExpr("t.last_at DESC, t.id DESC").Limit(int64(f.Limit) + 1).Scan(ctx)
	})
	for i := range rows {
		rows[i].LastAt = rows[i].LastAt.UTC()
	}
	return httpapi.NewPage(rows, f.Limit, func(t Thread) []any { return []any{t.LastAt, t.ID} }), err
}

// Unread returns how many records of the caller's inbox hold something unread.
func (s *Service) Unread(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err = s.mine(ctx, tx.NewSelect().TableExpr("inbox_thread AS t")).Where("t.unread > 0 AND NOT t.archived").Count(ctx)
		return err
	})
	return n, err
}

// Thread returns one thread of the caller's inbox.
func (s *Service) Thread(ctx context.Context, id string) (t Thread, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		t, err = s.thread(ctx, tx, id)
		return err
	})
	return t, err
}

func (s *Service) thread(ctx context.Context, tx db.Tx, id string) (Thread, error) {
	var t Thread
	err := s.mine(ctx, tx.NewSelect().Model(&t)).Where("t.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return t, authz.ErrNotFound
	}
	t.LastAt = t.LastAt.UTC()
	return t, err
}

// Notifications returns a page of what the caller was told of one record, the newest first.
func (s *Service) Notifications(ctx context.Context, id, cursor string, limit int) (page httpapi.Page[Notification], err error) {
	var rows []Notification
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		t, err := s.thread(ctx, tx, id)
		if err != nil {
			return err
		}
		q := tx.NewSelect().Model(&rows).Where("n.person_id = ? AND n.subject_kind = ? AND n.subject_id = ? AND n.in_inbox", t.Person, t.SubjectKind, t.SubjectID)
		var at time.Time
		var last string
		if ok, err := httpapi.DecodeCursor(cursor, &at, &last); err != nil {
			return err
		} else if ok {
			q = q.Where("(n.at, n.id) < (?, ?)", at, last)
		}
		return q.OrderExpr("n.at DESC, n.id DESC").Limit(int64(limit) + 1).Scan(ctx)
	})
	for i := range rows {
		rows[i].At = rows[i].At.UTC()
	}
	return httpapi.NewPage(rows, limit, func(n Notification) []any { return []any{n.At, n.ID} }), err
}

// Mark is what a person does with a thread.
type Mark string

// The marks.
const (
	MarkRead    Mark = "read"
	MarkUnread  Mark = "unread"
	MarkArchive Mark = "archive"
	MarkRestore Mark = "restore"
)

// MarkThread marks one thread of the caller's inbox. Doing so twice changes nothing more.
func (s *Service) MarkThread(ctx context.Context, id string, mark Mark) (t Thread, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if t, err = s.thread(ctx, tx, id); err != nil {
			return err
		}
		switch mark {
		case MarkRead:
			t.Unread = 0
		case MarkUnread:
			t.Unread = max(t.Unread, 1)
		case MarkArchive:
			t.Unread, t.Archived = 0, true
		case MarkRestore:
			t.Archived = false
		}
		t.NoticeID, t.ChangedAt = ref.New[string](), s.clock.Now()
		if _, err := tx.NewUpdate().Model(&t).Column("unread", "archived", "notice_id", "changed_at").WherePK().Exec(ctx); err != nil {
			return err
		}
		s.ring(tx, t)
		return nil
	})
	return t, err
}

// MarkAllRead marks everything unread in the caller's inbox as read and returns how many threads that were.
func (s *Service) MarkAllRead(ctx context.Context) (n int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		me, err := self(ctx)
		if err != nil {
			return err
		}
		t := Thread{Person: me, NoticeID: ref.New[string](), ChangedAt: s.clock.Now()}
		res, err := tx.ExecContext(ctx, `UPDATE inbox_thread SET unread = 0, notice_id = ?, changed_at = ? WHERE person_id = ? AND unread > 0`, t.NoticeID, t.ChangedAt, me)
		if err != nil {
			return err
		}
		if n, err = res.RowsAffected(); err == nil && n > 0 {
			s.ring(tx, t)
		}
		return err
	})
	return n, err
}

const noticePage = 500

// Since returns the notices about changed inboxes, for the live streams of other nodes and those that resume. It makes
// the service a live.Source, to be merged with that of the events.
func (s *Service) Since(ctx context.Context, t time.Time) (notices []live.Notice, more bool, err error) {
	var rows []Thread
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Model(&rows).Column("id", "person_id", "notice_id", "changed_at").Where("t.changed_at >= ?", t).OrderExpr("t.changed_at, t.notice_id").Limit(noticePage + 1).Scan(ctx)
	})
	if more = len(rows) > noticePage; more {
		rows = rows[:noticePage]
	}
	for _, row := range rows {
		notices = append(notices, notice(row))
	}
	return notices, more, err
}
