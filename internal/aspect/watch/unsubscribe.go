package watch

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/signedlink"
)

// ActUnsubscribe is the act of the links at the end of mails to outside addresses.
const ActUnsubscribe = "watch.unsubscribe"

const unsubscribePath = "/unsubscribe"

// Unsubscribe returns the address that makes an outside mail address stop following a record; ok is false when it does
// not follow it. The address is empty where Millrace does not know its own.
func (s *Service) Unsubscribe(ctx context.Context, tx db.Tx, kind, id, email string) (address string, ok bool, err error) {
	var watcherID string
	err = tx.NewSelect().Table("watcher").Column("id").Where("subject_kind = ? AND subject_id = ? AND email_key = ?", kind, id, emailKey(email)).Scan(ctx, &watcherID)
	if db.IsNoRows(err) {
		return "", false, nil
	}
	if err != nil || s.publicURL == "" {
		return "", err == nil, err
	}
	token := s.links.Make(signedlink.Link{Act: ActUnsubscribe, SubjectKind: "watcher", SubjectID: watcherID})
	return s.publicURL + apiPrefix + unsubscribePath + "?token=" + token, true, nil
}

// Subscription is what a link would end.
type Subscription struct {
	Watcher
	// Label is that of the record. Gone says that the address does not follow it any longer.
	Label string
	Gone  bool
}

// subscription finds what a link is about. An outside address is told no more of the record than its label, which its
// mails told already.
func (s *Service) subscription(ctx context.Context, tx db.Tx, token string) (Subscription, error) {
	link, err := s.links.Read(token, ActUnsubscribe)
	if err != nil {
		return Subscription{}, err
	}
	var out Subscription
	err = tx.NewSelect().Model(&out.Watcher).Where("w.id = ?", link.SubjectID).Scan(ctx)
	if db.IsNoRows(err) {
		return Subscription{Gone: true}, nil
	}
	if err != nil {
		return out, err
	}
	out.Label = out.SubjectKind
	if kind, ok := s.subjects.Of(out.SubjectKind); ok {
		if r, err := kind.Resolve(authz.With(ctx, authz.System("Unsubscribe")), tx, out.SubjectID); err == nil {
			out.Label = r.Label
		}
	}
	return out, nil
}

// ShowSubscription tells what a link would end, and changes nothing.
func (s *Service) ShowSubscription(ctx context.Context, token string) (out Subscription, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		out, err = s.subscription(ctx, tx, token)
		return err
	})
	return out, err
}

// EndSubscription ends what a link is about. Doing so twice changes nothing.
func (s *Service) EndSubscription(ctx context.Context, token string) (out Subscription, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if out, err = s.subscription(ctx, tx, token); err != nil || out.Gone {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM watcher WHERE id = ?`, out.ID); err != nil {
			return err
		}
		return s.events.Append(authz.With(ctx, authz.System(*out.Email)), tx, events.Event{
			Kind: Unfollowed, SubjectKind: out.SubjectKind, SubjectID: out.SubjectID, SubjectLabel: out.Label, Unit: out.Unit,
			Data: map[string]any{"watcher": *out.Email},
		})
	})
	return out, err
}
