package change

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// EnvironmentChanges tells which change requests were carried out in environments within a time: when a card was begun or
// ended, or, where cards have no times, when the request was.
func (s *Service) EnvironmentChanges(ctx context.Context, tx db.Tx, envs []ref.Environment, within interval.Span) ([]Change, error) {
	var out []Change
	for _, chunk := range db.Chunks(envs, 500) {
		var rows []struct {
			times
			Environment ref.Environment `bun:"env"`
		}
		err := tx.NewRaw(`SELECT t.env, r.id, r.number, r.title, r.started_at, r.completed_at, c.started_at AS card_started_at, c.ended_at AS card_ended_at, c.actor_name
			FROM (SELECT environment_id AS env, id AS card FROM environment_change_card WHERE environment_id IN (?0)
				UNION SELECT m.environment_id, k.id FROM environment_change_card AS k JOIN v_environment_member AS m ON m.group_id = k.group_id WHERE m.environment_id IN (?0)) AS t
			JOIN environment_change_card AS c ON c.id = t.card JOIN environment_change_request AS r ON r.id = c.request_id
			WHERE c.status <> 'skipped' AND COALESCE(c.ended_at, c.started_at, r.completed_at, r.started_at) >= ?1
				AND COALESCE(c.started_at, c.ended_at, r.started_at, r.completed_at) < ?2
			ORDER BY r.number, t.env, c.id`, bun.In(chunk), within.From, farEnd(within)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if when, ok := r.moment(within); ok {
				out = append(out, Change{Kind: "change_request", ID: string(r.ID), Environment: r.Environment, At: when,
					Label: kind.Reference(r.Number) + " " + r.Title, Actor: r.Actor})
			}
		}
	}
	return out, nil
}
