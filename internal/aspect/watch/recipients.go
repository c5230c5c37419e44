package watch

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Recipients returns whom to tell of a record: who follows it, the members of the teams that do, and its parties. Who
// muted it is left out unless something is asked of them.
func (s *Service) Recipients(ctx context.Context, tx db.Tx, kind, id string) ([]Recipient, error) {
	var rows []struct {
		Person *ref.Person `bun:"person_id"`
		Email  *string     `bun:"email"`
		Reason Reason      `bun:"reason"`
	}
	err := tx.NewRaw(`SELECT person_id, email, reason FROM watcher WHERE subject_kind = ? AND subject_id = ? AND team_id IS NULL AND NOT muted
UNION ALL SELECT m.person_id, NULL, w.reason FROM watcher w JOIN v_team_member m ON m.team_id = w.team_id
WHERE w.subject_kind = ? AND w.subject_id = ? ORDER BY 1, 2`, kind, id, kind, id).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	following := make([]Recipient, 0, len(rows))
	for _, row := range rows {
		r := Recipient{Reason: Watching}
		if row.Person != nil {
			r.Person = *row.Person
		}
		if row.Email != nil {
			r.Email = *row.Email
		}
		following = append(following, r)
	}
	var parties []Recipient
	if fn := s.parties[kind]; fn != nil {
		if parties, err = fn(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	return s.Heed(ctx, tx, kind, id, Merge(following, parties))
}

// Heed leaves out of a list whoever muted the record, unless something is asked of them.
func (s *Service) Heed(ctx context.Context, tx db.Tx, kind, id string, list []Recipient) ([]Recipient, error) {
	var muted []ref.Person
	err := tx.NewSelect().Table("watcher").Column("person_id").Where("subject_kind = ? AND subject_id = ? AND muted", kind, id).Scan(ctx, &muted)
	if err != nil || len(muted) == 0 {
		return list, err
	}
	out := make([]Recipient, 0, len(list))
	silent := make(map[ref.Person]bool, len(muted))
	for _, p := range muted {
		silent[p] = true
	}
	for _, r := range list {
		if r.Person == "" || !silent[r.Person] || r.Reason.Asks() {
			out = append(out, r)
		}
	}
	return out, nil
}
