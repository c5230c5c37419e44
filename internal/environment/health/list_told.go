package health

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// Told says that somebody was told of an outage on one way.
type Told struct {
	ID     string     `json:"id"`
	Person ref.Person `json:"personId,omitempty" doc:"Empty for an address outside the organisation."`
	Name   string     `json:"name" doc:"The name of the person, or the outside address."`
	What   string     `json:"what" doc:"What they were told, in a sentence."`
	Event  string     `json:"event" doc:"The kind of event they were told of."`
	// Channel and State belong together: what stands in the inbox has come; a mail has come as far as its state says.
	Channel string    `json:"channel" enum:"inbox,mail,digest"`
	State   string    `json:"state" enum:"delivered,collecting,queued,sent,failed,dropped" doc:"An inbox delivers at once. A mail collects what happens, is queued, and then sent, or failed; dropped when it was no longer to be sent."`
	At      time.Time `json:"at" doc:"When it came, or is due."`
}

type toldRow struct {
	ID       string     `bun:"id"`
	Person   ref.Person `bun:"person_id,nullzero"`
	Name     string     `bun:"name"`
	Sentence string     `bun:"sentence"`
	Event    string     `bun:"event_kind"`
	At       time.Time  `bun:"at"`
	InInbox  bool       `bun:"in_inbox"`
	Mode     string     `bun:"mail_mode"`
	State    string     `bun:"mail_state"`
	SentAt   *time.Time `bun:"mail_sent_at"`
	DueAt    *time.Time `bun:"mail_due_at"`
}

// ways returns the ways on which somebody was told of one event.
func (r toldRow) ways() (out []Told) {
	told := Told{ID: r.ID + "/inbox", Person: r.Person, Name: r.Name, What: r.Sentence, Event: r.Event, Channel: "inbox", State: "delivered", At: r.At.UTC()}
	if r.InInbox {
		out = append(out, told)
	}
	if r.State == "" {
		return out
	}
	told.ID, told.Channel, told.State = r.ID+"/mail", "mail", r.State
	if r.Mode == "digest" {
		told.Channel = "digest"
	}
	switch {
	case r.SentAt != nil:
		told.At = r.SentAt.UTC()
	case r.DueAt != nil:
		told.At = r.DueAt.UTC()
	}
	return append(out, told)
}

// ListTold returns who was told of an outage, on which way, and whether that came, the latest first. A page counts events
// and persons: who was told of one on two ways stands there twice.
func (s *Service) ListTold(ctx context.Context, id ref.Outage, cursor string, limit int) (httpapi.Page[Told], error) {
	out := httpapi.Page[Told]{Items: []Told{}}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, _, err := s.may(ctx, tx, PermView, id); err != nil {
			return err
		}
		var at time.Time
		var last string
		more, err := httpapi.DecodeCursor(cursor, &at, &last)
		if err != nil {
			return err
		}
		q := tx.NewSelect().TableExpr("v_told AS n").Join("LEFT JOIN v_person AS p ON p.id = n.person_id").
			ColumnExpr("n.id, n.person_id, COALESCE(p.name, n.recipient, '') AS name, n.sentence, n.event_kind, n.at, n.in_inbox").
			ColumnExpr("COALESCE(n.mail_mode, '') AS mail_mode, COALESCE(n.mail_state, '') AS mail_state, n.mail_sent_at, n.mail_due_at").
			Where("n.subject_kind = ? AND n.subject_id = ? AND n.event_kind LIKE 'health.%'", Subject, id).
			OrderExpr("n.at DESC, n.id DESC").Limit(int64(limit) + 1)
		if more {
			q = q.Where("(n.at, n.id) < (?, ?)", at.UTC(), last)
		}
		var rows []toldRow
		if err := q.Scan(ctx, &rows); err != nil {
			return err
		}
		page := httpapi.NewPage(rows, limit, func(r toldRow) []any { return []any{r.At.UTC(), r.ID} })
		out.Items, out.Next = []Told{}, page.Next
		for _, r := range page.Items {
			out.Items = append(out.Items, r.ways()...)
		}
		return nil
	})
	return out, err
}
