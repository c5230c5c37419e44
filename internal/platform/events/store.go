package events

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Row is the stored form of an event, for the slices that read history.
type Row struct {
	bun.BaseModel `bun:"table:event,alias:e"`

	ID           ref.Event       `bun:"id,pk"`
	At           time.Time       `bun:"at"`
	ActorKind    string          `bun:"actor_kind"`
	ActorID      string          `bun:"actor_id"`
	ActorName    string          `bun:"actor_name"`
	OnBehalfOf   string          `bun:"on_behalf_of"`
	Kind         Kind            `bun:"kind"`
	Action       Action          `bun:"action"`
	SubjectKind  string          `bun:"subject_kind"`
	SubjectID    string          `bun:"subject_id"`
	SubjectLabel string          `bun:"subject_label"`
	Unit         *ref.Unit       `bun:"unit_id"`
	Sentence     string          `bun:"sentence"`
	Changes      json.RawMessage `bun:"changes,type:jsonb"`
	Data         json.RawMessage `bun:"data,type:jsonb"`
	RequestID    string          `bun:"request_id"`
	Address      string          `bun:"client_address"`
}

func insert(b *db.Batch, e Event) error {
	changes, data := []byte("{}"), []byte("{}")
	var unit any
	if e.Unit != "" {
		unit = string(e.Unit)
	}
	var err error
	if len(e.Changes) > 0 {
		if changes, err = json.Marshal(e.Changes); err != nil {
			return err
		}
	}
	if len(e.Data) > 0 {
		if data, err = json.Marshal(e.Data); err != nil {
			return err
		}
	}
	b.Exec(`INSERT INTO event (id, at, actor_kind, actor_id, actor_name, on_behalf_of, kind, action, subject_kind, subject_id, subject_label, unit_id, sentence,
		changes, data, request_id, client_address) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(e.ID), e.At, e.ActorKind, e.ActorID, e.ActorName, e.OnBehalfOf, string(e.Kind), string(e.Action), e.SubjectKind, e.SubjectID, e.SubjectLabel, unit, e.Sentence,
		string(changes), string(data), e.RequestID, e.Address)
	return nil
}

// Event returns the row as an event.
func (r Row) Event() Event {
	e := Event{
		ID: r.ID, At: r.At.UTC(), ActorKind: r.ActorKind, ActorID: r.ActorID, ActorName: r.ActorName, OnBehalfOf: r.OnBehalfOf,
		Kind: r.Kind, Action: r.Action, SubjectKind: r.SubjectKind, SubjectID: r.SubjectID, SubjectLabel: r.SubjectLabel,
		Sentence: r.Sentence, RequestID: r.RequestID, Address: r.Address,
	}
	if r.Unit != nil {
		e.Unit = *r.Unit
	}
	_ = json.Unmarshal(r.Changes, &e.Changes)
	_ = json.Unmarshal(r.Data, &e.Data)
	return e
}

// Since returns the events at or after t, oldest first, at most limit. Readers poll it over an overlapping window and
// drop what they have seen: rows become visible out of order on PostgreSQL.
func Since(ctx context.Context, tx db.Tx, t time.Time, limit int) ([]Event, error) {
	var rows []Row
	if err := tx.NewSelect().Model(&rows).Where("e.at >= ?", t).OrderExpr("e.at, e.id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Event, len(rows))
	for i, r := range rows {
		out[i] = r.Event()
	}
	return out, nil
}
