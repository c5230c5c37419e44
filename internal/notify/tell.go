package notify

import (
	"context"
	"time"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/live"
	"millrace/internal/platform/ref"
)

// acting is the context of the slice's jobs.
func acting(ctx context.Context) context.Context { return authz.With(ctx, authz.System("Notices")) }

// tellAtOnce is how many people are told in one transaction.
const tellAtOnce = 20

// Tell tells people of an event. It may run again after a failure: who was told is not told twice.
func (s *Service) Tell(ctx context.Context, id ref.Event) error {
	ctx = acting(ctx)
	var e events.Event
	var list []addressee
	var record subject.Record
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var row events.Row
		if err := tx.NewSelect().Model(&row).Where("e.id = ?", id).Scan(ctx); db.IsNoRows(err) {
			return nil
		} else if err != nil {
			return err
		}
		e = row.Event()
		topic, known := s.topics[e.Kind]
		if !known {
			return nil // a topic of an earlier version
		}
		record = subject.Record{ID: e.SubjectID, Unit: e.Unit, Label: e.SubjectLabel}
		if kind, ok := s.subjects.Of(e.SubjectKind); ok && e.Action != events.Deleted {
			if found, err := kind.Resolve(ctx, tx, e.SubjectID); err == nil {
				record = found
			}
		}
		var err error
		list, err = s.addressees(ctx, tx, topic, e)
		return err
	})
	if err != nil {
		return err
	}
	for _, some := range db.Chunks(list, tellAtOnce) {
		err := s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			for _, a := range some {
				if err := s.tell(ctx, tx, e, record, a); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tell(ctx context.Context, tx db.Tx, e events.Event, record subject.Record, a addressee) error {
	mailed := a.Mail != Off && a.MayMail && a.Address != "" && s.mail.Configured()
	if !a.Inbox && !mailed {
		return nil
	}
	n := Notification{ID: ref.New[string](), Event: e.ID, EventKind: e.Kind, SubjectKind: e.SubjectKind, SubjectID: e.SubjectID, RecipientKey: a.key(),
		Reason: a.Reason, Sentence: e.Sentence, ActorName: e.ActorName, At: e.At, InInbox: a.Inbox}
	if a.Person != "" {
		n.Person = &a.Person
	}
	res, err := tx.NewInsert().Model(&n).On("CONFLICT (event_id, recipient_key) DO NOTHING").Exec(ctx)
	if err != nil {
		return err
	}
	if told, err := res.RowsAffected(); err != nil || told == 0 {
		return err
	}
	if a.Inbox {
		at := record
		if a.Through != "" {
			at.Unit = a.Through
		}
		if err := s.toInbox(ctx, tx, n, at); err != nil {
			return err
		}
	}
	if mailed {
		return s.toMail(ctx, tx, n, record, a)
	}
	return nil
}

// toInboxSQL keeps what happened last, whichever of two events is told first.
const toInboxSQL = `CONFLICT (person_id, subject_kind, subject_id) DO UPDATE SET unit_id = excluded.unit_id, label = excluded.label, label_key = excluded.label_key,
unread = t.unread + 1, archived = FALSE, notice_id = excluded.notice_id, changed_at = excluded.changed_at,
reason = CASE WHEN excluded.last_at < t.last_at THEN t.reason ELSE excluded.reason END,
sentence = CASE WHEN excluded.last_at < t.last_at THEN t.sentence ELSE excluded.sentence END,
actor_name = CASE WHEN excluded.last_at < t.last_at THEN t.actor_name ELSE excluded.actor_name END,
last_at = CASE WHEN excluded.last_at < t.last_at THEN t.last_at ELSE excluded.last_at END`

func (s *Service) toInbox(ctx context.Context, tx db.Tx, n Notification, record subject.Record) error {
	t := Thread{ID: ref.New[string](), Person: *n.Person, SubjectKind: n.SubjectKind, SubjectID: n.SubjectID, Unit: record.Unit, Label: record.Label, LabelKey: ref.NameKey(record.Label),
		Reason: n.Reason, Sentence: n.Sentence, ActorName: n.ActorName, Unread: 1, LastAt: n.At, NoticeID: ref.New[string](), ChangedAt: s.clock.Now()}
	if _, err := tx.NewInsert().Model(&t).On(toInboxSQL).Returning("id").Exec(ctx, &t.ID); err != nil {
		return err
	}
	s.ring(tx, t)
	return nil
}

// ring tells the open screens of a person, once the change is kept, that their inbox is another.
func (s *Service) ring(tx db.Tx, t Thread) {
	tx.AfterCommit(func() { s.publish(notice(t)) })
}

func notice(t Thread) live.Notice {
	return live.Notice{ID: t.NoticeID, At: t.ChangedAt.UTC(), Kind: "notify.inbox_changed", SubjectKind: "inbox", SubjectID: t.ID, Person: t.Person}
}

// toMail adds the notification to the mail that collects for this person and record, or begins one.
func (s *Service) toMail(ctx context.Context, tx db.Tx, n Notification, record subject.Record, a addressee) error {
	now := s.clock.Now()
	d := Delivery{ID: ref.New[string](), RecipientKey: n.RecipientKey, Person: n.Person, Recipient: a.Name, Address: a.Address, Mode: a.Mail, SubjectKind: n.SubjectKind,
		SubjectID: n.SubjectID, Label: record.Label, State: Collecting, FirstAt: now, LastAt: now, CreatedAt: now}
	if d.Mode == Digest {
		d.SubjectKind, d.SubjectID, d.Label = "", "", "Daily digest"
		d.DueAt = a.Setting.digestAfter(now)
	} else {
		first := now
		var open []time.Time
		err := tx.NewSelect().Table("mail_delivery").Column("first_at").Where("recipient_key = ? AND mode = ? AND subject_kind = ? AND subject_id = ? AND state = ?",
			d.RecipientKey, d.Mode, d.SubjectKind, d.SubjectID, Collecting).Scan(ctx, &open)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			first = open[0]
		}
		d.DueAt = a.Setting.hours().Push(s.quiet.Due(first, now))
	}
	keepDue := ""
	if d.Mode == AtOnce {
		keepDue = ", due_at = excluded.due_at"
	}
	_, err := tx.NewInsert().Model(&d).On("CONFLICT (recipient_key, mode, subject_kind, subject_id) WHERE ?TableAlias.state = 'collecting' DO UPDATE SET last_at = excluded.last_at, label = excluded.label"+keepDue).
		Returning("id").Exec(ctx, &d.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE notification SET delivery_id = ? WHERE id = ?`, d.ID, n.ID); err != nil {
		return err
	}
	return s.wake(ctx, tx, d)
}

// wake makes sure that a job looks at a mail when it is due. A job that comes too early puts itself off.
func (s *Service) wake(ctx context.Context, tx db.Tx, d Delivery) error {
	return s.jobs.Enqueue(ctx, tx, SendMail{Delivery: d.ID}, jobs.Options{Unique: d.ID, RunAt: d.DueAt, Queue: QueueMail, MaxAttempts: sendTries})
}
