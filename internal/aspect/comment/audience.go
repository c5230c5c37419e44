package comment

import (
	"context"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// Audience returns whom an event of the aspect is told to. Of a new comment: who follows the record, its parties and whom
// it mentions; of a change: whom it mentions anew. An outside address is told of external comments alone.
func (s *Service) Audience(ctx context.Context, tx db.Tx, e events.Event) ([]watch.Recipient, error) {
	var out []watch.Recipient
	if e.Kind == Added {
		all, err := s.watch.Recipients(ctx, tx, e.SubjectKind, e.SubjectID)
		if err != nil {
			return nil, err
		}
		internal, known := e.Data["internal"].(bool)
		for _, r := range all {
			if r.Person != "" || known && !internal {
				out = append(out, r)
			}
		}
	}
	mentions := make([]watch.Recipient, 0, len(out))
	for _, p := range freshMentions(e) {
		mentions = append(mentions, watch.Recipient{Person: p, Reason: watch.Mentioned})
	}
	return watch.Merge(out, mentions), nil
}

// Values returns the placeholder Comment of a notice: what the comment says now, without markup of mentions.
func (s *Service) Values(ctx context.Context, tx db.Tx, e events.Event, to watch.Recipient) (map[string]string, error) {
	var c Comment
	id, _ := e.Data["commentId"].(string)
	err := tx.NewSelect().Model(&c).Where("c.id = ?", id).Scan(ctx)
	if err != nil && !db.IsNoRows(err) {
		return nil, err
	}
	text := plain(c.Body)
	if c.ID == "" || c.DeletedAt != nil || to.Person == "" && !c.External {
		text = "(deleted)"
	}
	return map[string]string{"Comment": text}, nil
}
