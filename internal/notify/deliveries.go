package notify

import (
	"context"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// DeliveryFilter narrows and pages Deliveries.
type DeliveryFilter struct {
	State State
	// Text is looked for in recipient, address, record and subject.
	Text                   string
	SubjectKind, SubjectID string
	From, To               *time.Time
	Cursor                 string
	Limit                  int
}

// Deliveries returns a page of the mails, the newest first.
func (s *Service) Deliveries(ctx context.Context, f DeliveryFilter) (page httpapi.Page[Delivery], err error) {
	var rows []Delivery
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := checkWide(ctx, PermViewDelivery); err != nil {
			return err
		}
		q := tx.NewSelect().Model(&rows)
		if f.State != "" {
			q = q.Where("d.state = ?", f.State)
		}
		if f.SubjectKind != "" {
			q = q.Where("d.subject_kind = ?", f.SubjectKind)
		}
		if f.SubjectID != "" {
			q = q.Where("d.subject_id = ?", f.SubjectID)
		}
		if f.From != nil {
			q = q.Where("d.created_at >= ?", *f.From)
		}
		if f.To != nil {
			q = q.Where("d.created_at < ?", *f.To)
		}
		if f.Text != "" {
			var conds []string
			var args []any
			for _, column := range []string{"d.recipient", "d.address", "d.label", "d.title"} {
				cond, arg := tx.Contains(column, f.Text)
				conds, args = append(conds, cond), append(args, arg)
			}
			q = q.Where("("+strings.Join(conds, " OR ")+")", args...)
		}
		var at time.Time
		var last string
		if ok, err := httpapi.DecodeCursor(f.Cursor, &at, &last); err != nil {
			return err
		} else if ok {
			q = q.Where("(d.created_at, d.id) < (?, ?)", at, last)
		}
		return q.OrderExpr("d.created_at DESC, d.id DESC").Limit(int64(f.Limit) + 1).Scan(ctx)
	})
	for i := range rows {
		rows[i] = rows[i].utc()
	}
	return httpapi.NewPage(rows, f.Limit, func(d Delivery) []any { return []any{d.CreatedAt, d.ID} }), err
}

// DeliveryDetail is a mail with what it tells.
type DeliveryDetail struct {
	Delivery
	Notifications []Notification
}

// Delivery returns one mail with what it tells.
func (s *Service) Delivery(ctx context.Context, id string) (out DeliveryDetail, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := checkWide(ctx, PermViewDelivery); err != nil {
			return err
		}
		if out.Delivery, err = loadDelivery(ctx, tx, id); err != nil {
			return err
		}
		out.Notifications = []Notification{}
		return tx.NewSelect().Model(&out.Notifications).Where("n.delivery_id = ?", id).OrderExpr("n.at, n.id").Scan(ctx)
	})
	for i := range out.Notifications {
		out.Notifications[i].At = out.Notifications[i].At.UTC()
	}
	return out, err
}

func loadDelivery(ctx context.Context, tx db.Tx, id string) (Delivery, error) {
	var d Delivery
	err := tx.NewSelect().Model(&d).Where("d.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return d, authz.ErrNotFound
	}
	return d.utc(), err
}

// Resend sends a mail again that failed, was dropped or got lost on the way. It is written anew, and is another mail to
// the programs of its reader.
func (s *Service) Resend(ctx context.Context, id string) (out Delivery, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := checkWide(ctx, PermResend); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE mail_delivery SET state = state WHERE id = ?`, id); err != nil {
			return err
		}
		d, err := loadDelivery(ctx, tx, id)
		if err != nil {
			return err
		}
		if d.State == Collecting || d.State == Queued {
			return problem.New(problem.Conflict, "delivery_pending", "The mail has not been sent yet; it leaves by itself.")
		}
		if !s.mail.Configured() {
			return problem.New(problem.Unavailable, "mail_not_configured", "No mail server is configured.")
		}
		now := s.clock.Now()
		d.State, d.Problem, d.Attempts, d.DueAt, d.LastAt, d.SentAt, d.LeaseUntil = Queued, "", 0, now, now, nil, nil
		d.Resends++
		if _, err := tx.NewUpdate().Model(&d).Column("state", "problem", "attempts", "due_at", "last_at", "sent_at", "lease_until", "resends").WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := s.wake(ctx, tx, d); err != nil {
			return err
		}
		out = d
		return s.events.Append(ctx, tx, events.Event{Kind: DeliveryResent, SubjectID: d.ID, SubjectLabel: d.Label, Data: map[string]any{"recipient": d.Recipient}})
	})
	return out, err
}
