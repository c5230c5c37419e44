package notify

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/problem"
)

// lease is how long a mail belongs to the process that took it; longer than any answer of a mail server is waited for.
const lease = 5 * time.Minute

// Send sends a mail if it is due and nobody else is sending it; otherwise it says when to look again.
func (s *Service) Send(ctx context.Context, id string) error {
	ctx = acting(ctx)
	d, again, err := s.claim(ctx, id)
	if err != nil || d == nil {
		return errors.Join(err, again)
	}
	var m mail.Message
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		m, err = s.compose(ctx, tx, d)
		return err
	})
	var nobody noReader
	if errors.As(err, &nobody) {
		return s.settle(ctx, d, Dropped, string(nobody), time.Time{})
	}
	why := "The mail could not be written."
	if err == nil {
		if err = s.mail.Send(ctx, m); err == nil {
			return s.settle(ctx, d, Sent, "", time.Time{})
		}
		why = reason(err)
		if problem.CodeOf(err) != "mail_unavailable" {
			return s.settle(ctx, d, Failed, why, time.Time{})
		}
	}
	if s.clock.Now().Sub(d.LastAt) > giveUp {
		return s.settle(ctx, d, Failed, "It was tried for three days. "+why, time.Time{})
	}
	s.logger.WarnContext(ctx, "a mail could not be sent and is tried again", slog.String("delivery", d.ID), slog.Any("error", err))
	at := s.clock.Now().Add(RetryPause(d.Attempts))
	if err := s.settle(ctx, d, Queued, why, at); err != nil {
		return err
	}
	return jobs.Later(at, err)
}

func reason(err error) string {
	if p := problem.Of(err); p != nil {
		return p.Message
	}
	return "The mail could not be handed over."
}

// claim takes a mail that is due. Otherwise again says when to look, or nothing is left to do.
func (s *Service) claim(ctx context.Context, id string) (d *Delivery, again, err error) {
	now := s.clock.Now()
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		d, again = nil, nil
		var rows []Delivery
		err := tx.NewRaw(`UPDATE mail_delivery SET state = 'queued', attempts = attempts + 1, lease_until = ?
WHERE id = ? AND state IN ('collecting', 'queued') AND due_at <= ? AND (lease_until IS NULL OR lease_until <= ?) RETURNING *`, now.Add(lease), id, now, now).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		if len(rows) == 1 {
			d = &rows[0]
			return nil
		}
		err = tx.NewSelect().Model(&rows).Where("d.id = ? AND d.state IN ('collecting', 'queued')", id).Scan(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		at := rows[0].DueAt
		if l := rows[0].LeaseUntil; l != nil && l.After(at) {
			at = *l
		}
		again = jobs.Later(at, errors.New("the mail is not due yet"))
		return nil
	})
	return d, again, err
}

// settle records what became of a try.
func (s *Service) settle(ctx context.Context, d *Delivery, state State, why string, due time.Time) error {
	return s.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx db.Tx) error {
		d.State, d.Problem, d.LeaseUntil = state, why, nil
		if !due.IsZero() {
			d.DueAt = due
		}
		if state == Sent {
			now := s.clock.Now()
			d.SentAt = &now
		}
		_, err := tx.NewUpdate().Model(d).Column("state", "problem", "lease_until", "due_at", "sent_at", "title", "address", "recipient").WherePK().Exec(ctx)
		return err
	})
}

// messageID names a mail so that a repetition of it is known as one; a mail that a person sent again is another.
func (d Delivery) messageID() string {
	if d.Resends == 0 {
		return d.ID
	}
	return d.ID + "." + strconv.FormatInt(d.Resends, 10)
}

// overdue is how long after its time a mail is looked for whose job was lost.
const overdue = 15 * time.Minute

// Sweep enqueues jobs anew for mails that are long due, as after a job was deleted. A mail that has one keeps it.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var late []Delivery
		err := tx.NewSelect().Model(&late).Where("d.state IN ('collecting', 'queued') AND d.due_at < ?", s.clock.Now().Add(-overdue)).OrderExpr("d.due_at").Limit(500).Scan(ctx)
		if err != nil {
			return err
		}
		for _, d := range late {
			if err := s.wake(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// How long what is over is kept.
const (
	keepDeliveries    = 90 * 24 * time.Hour
	keepNotifications = 365 * 24 * time.Hour
)

// Purge forgets mails three months after they ended, notifications after a year, and archived threads with their last one.
func (s *Service) Purge(ctx context.Context) error {
	now := s.clock.Now()
	return s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM mail_delivery WHERE state IN ('sent', 'failed', 'dropped') AND created_at < ?`, now.Add(-keepDeliveries)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM notification WHERE at < ?`, now.Add(-keepNotifications)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM inbox_thread WHERE last_at < ?`, now.Add(-keepNotifications))
		return err
	})
}
