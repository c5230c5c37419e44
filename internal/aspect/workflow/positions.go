package workflow

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// The exported methods of this file run inside an owner's transaction; the owner decided about access before.

// Position is where a record stands.
type Position struct {
	Subject  string     `bun:"subject_id" json:"-"`
	StatusID string     `bun:"status_id" json:"statusId"`
	Status   string     `bun:"name" json:"status"`
	Mode     Mode       `bun:"mode" json:"mode"`
	Colour   string     `bun:"colour" json:"colour,omitempty"`
	Since    time.Time  `bun:"entered_at" json:"since"`
	DueAt    *time.Time `bun:"due_at" json:"dueAt,omitempty" doc:"When the stay becomes a breach of the service level."`
	Breached bool       `bun:"breached" json:"breached"`
	// The colours are for breached records.
	BreachColour string `bun:"breach_colour" json:"breachColour,omitempty"`
	BreachFont   string `bun:"breach_font" json:"breachFontColour,omitempty"`
}

// Positions returns where records stand, by id, with one query for up to 500 of them.
func (s *Service) Positions(ctx context.Context, tx db.Tx, kind string, ids []string) (map[string]Position, error) {
	out := make(map[string]Position, len(ids))
	now := s.clock.Now()
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []Position
		err := tx.NewSelect().TableExpr("workflow_step AS w").Join("JOIN workflow_status AS s ON s.id = w.status_id").
			Join("LEFT JOIN workflow_graph AS g ON g.subject_kind = w.subject_kind AND g.type_value = w.type_value").
			Join("LEFT JOIN workflow_node AS n ON n.subject_kind = w.subject_kind AND n.status_id = w.status_id AND n.type_value = COALESCE(g.type_value, '')").
			ColumnExpr("w.subject_id, w.status_id, s.name, s.mode, s.colour, w.entered_at, w.due_at, w.breached").
			ColumnExpr("COALESCE(n.breach_colour, '') AS breach_colour, COALESCE(n.breach_font, '') AS breach_font").
			Where("w.subject_kind = ? AND w.left_at IS NULL", kind).Where("w.subject_id IN (?)", bun.In(chunk)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, p := range rows {
			p.Since = p.Since.UTC()
			if p.DueAt != nil {
				at := p.DueAt.UTC()
				p.DueAt = &at
				p.Breached = p.Breached || !at.After(now)
			}
			if !p.Breached {
				p.BreachColour, p.BreachFont = "", ""
			}
			out[p.Subject] = p
		}
	}
	return out, nil
}

// Filter returns a condition that keeps the records of a kind, named by their id column, that stand on one of the
// statuses, each by its id or name.
func (s *Service) Filter(kind, column string, statuses []string) (cond string, args []any) {
	keys := make([]string, len(statuses))
	for i, text := range statuses {
		keys[i] = ref.NameKey(text)
	}
	return column + ` IN (SELECT w.subject_id FROM workflow_step w JOIN workflow_status s ON s.id = w.status_id
		WHERE w.subject_kind = ? AND w.left_at IS NULL AND (s.id IN (?) OR s.name_key IN (?)))`, []any{kind, bun.In(orNone(statuses)), bun.In(orNone(keys))}
}

// FilterModes is Filter by modes; [Completed] and [Cancelled] are the ends.
func (s *Service) FilterModes(kind, column string, modes []Mode) (cond string, args []any) {
	return column + ` IN (SELECT w.subject_id FROM workflow_step w JOIN workflow_status s ON s.id = w.status_id
		WHERE w.subject_kind = ? AND w.left_at IS NULL AND s.mode IN (?))`, []any{kind, bun.In(orNone(modes))}
}

// orNone keeps an empty list from becoming IN ().
func orNone[T ~string](list []T) []T {
	if len(list) == 0 {
		return []T{""}
	}
	return list
}

// Stay is one step of a record's path.
type Stay struct {
	StatusID  string     `bun:"status_id" json:"statusId"`
	Status    string     `bun:"name" json:"status"`
	Mode      Mode       `bun:"mode" json:"mode"`
	Colour    string     `bun:"colour" json:"colour,omitempty"`
	EnteredAt time.Time  `bun:"entered_at" json:"enteredAt"`
	LeftAt    *time.Time `bun:"left_at" json:"leftAt,omitempty" doc:"Absent where the record stands."`
	// Minutes is how long the record stood there, or has stood until now.
	Minutes   int64      `bun:"-" json:"minutes"`
	ActorID   string     `bun:"actor_id" json:"actorId"`
	ActorName string     `bun:"actor_name" json:"actorName" doc:"Who moved it there."`
	Note      string     `bun:"note" json:"note,omitempty"`
	DueAt     *time.Time `bun:"due_at" json:"dueAt,omitempty"`
	Breached  bool       `bun:"breached" json:"breached"`
}

// Path returns where a record stood and stands, the oldest stay first.
func (s *Service) Path(ctx context.Context, tx db.Tx, kind, id string) ([]Stay, error) {
	list := []Stay{}
	err := tx.NewSelect().TableExpr("workflow_step AS w").Join("JOIN workflow_status AS s ON s.id = w.status_id").
		ColumnExpr("w.status_id, s.name, s.mode, s.colour, w.entered_at, w.left_at, w.actor_id, w.actor_name, w.note, w.due_at, w.breached").
		Where("w.subject_kind = ? AND w.subject_id = ?", kind, id).OrderExpr("w.entered_at, w.id").Scan(ctx, &list)
	now := s.clock.Now()
	for i := range list {
		st := &list[i]
		until := now
		st.EnteredAt = st.EnteredAt.UTC()
		if st.LeftAt != nil {
			at := st.LeftAt.UTC()
			st.LeftAt, until = &at, at
		}
		if st.DueAt != nil {
			at := st.DueAt.UTC()
			st.DueAt, st.Breached = &at, st.Breached || !at.After(until)
		}
		st.Minutes = int64(until.Sub(st.EnteredAt) / time.Minute)
	}
	return list, err
}

// Reached reports whether a record of the type that stands on status, an id or name, has come as far as the mark.
func (s *Service) Reached(ctx context.Context, tx db.Tx, kind, typ, status, mark string) (bool, error) {
	g, err := loadOffered(ctx, tx, kind, typ)
	return err == nil && reached(g, status, mark), err
}

// ForgetRecord drops the path of a record that is deleted; the deletion itself is the event.
func (s *Service) ForgetRecord(ctx context.Context, tx db.Tx, kind, id string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM workflow_step WHERE subject_kind = ? AND subject_id = ?`, kind, id)
	return err
}
