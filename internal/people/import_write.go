package people

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

var personColumns = []string{"id", "name", "name_key", "email", "email_key", "notification_email", "phone", "location", "time_zone",
	"unit_id", "state", "valid_until", "is_from_directory", "version", "created_at", "updated_at"}

func personValues(p *Person) []any {
	var until any
	if p.ValidUntil != nil {
		until = *p.ValidUntil
	}
	return []any{string(p.ID), p.Name, p.NameKey, p.Email, p.EmailKey, p.NotificationEmail, p.Phone, p.Location, p.TimeZone,
		string(p.Unit), string(p.State), until, p.FromDirectory, p.Version, p.CreatedAt, p.UpdatedAt}
}

// writeImported stores new and known persons, many rows a statement.
func writeImported(ctx context.Context, tx db.Tx, fresh, known []*plannedRow) error {
	values := func(rows []*plannedRow) [][]any {
		out := make([][]any, len(rows))
		for i, r := range rows {
			out[i] = personValues(&r.person)
		}
		return out
	}
	if err := tx.BulkInsert(ctx, "person", personColumns, values(fresh)); err != nil {
		return emailTaken(err, "of one of the rows")
	}
	update := []string{"name", "name_key", "notification_email", "phone", "location", "time_zone", "unit_id", "valid_until", "version", "updated_at"}
	return tx.BulkUpsert(ctx, "person", personColumns, []string{"id"}, update, "", values(known))
}

// joinTeams puts imported persons into the teams of their rows and appends one event per team.
func (s *Service) joinTeams(ctx context.Context, tx db.Tx, rows []*plannedRow) error {
	type joining struct {
		team    Team
		members [][]any
		names   map[ref.Person]string
	}
	byTeam := map[ref.Team]*joining{}
	var order []*joining
	for _, r := range rows {
		for _, t := range r.teams {
			j := byTeam[t.ID]
			if j == nil {
				j = &joining{team: t, names: map[ref.Person]string{}}
				byTeam[t.ID], order = j, append(order, j)
			}
			if _, twice := j.names[r.person.ID]; !twice {
				j.members = append(j.members, []any{string(t.ID), string(r.person.ID), false})
				j.names[r.person.ID] = r.person.Name
			}
		}
	}
	for _, j := range order {
		var before []ref.Person
		if err := tx.NewSelect().Table("team_member").Column("person_id").Where("team_id = ?", j.team.ID).Scan(ctx, &before); err != nil {
			return err
		}
		for _, id := range before {
			delete(j.names, id)
		}
		if len(j.names) == 0 {
			continue
		}
		keys := []string{"team_id", "person_id"}
		if err := tx.BulkUpsert(ctx, "team_member", []string{"team_id", "person_id", "lead"}, keys, nil, "", j.members); err != nil {
			return err
		}
		e := events.Event{Kind: TeamMembersChanged, SubjectID: string(j.team.ID), SubjectLabel: j.team.Name, Unit: j.team.Unit,
			Data: map[string]any{"joined": len(j.names)}}
		if len(j.names) <= singleEvents {
			e.Changes = map[string]events.Change{}
			for _, name := range j.names {
				e.Changes[name] = events.Change{nil, role(false)}
			}
		}
		if err := s.events.Append(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// grantImported gives the roles of the rows on the person's unit, unless they are held already.
func (s *Service) grantImported(ctx context.Context, tx db.Tx, rows []*plannedRow, single bool) error {
	now := s.clock.Now()
	by := ""
	if p := authz.From(ctx); p != nil {
		by = p.ID()
	}
	columns := []string{"id", "role_id", "unit_id", "subject_kind", "subject_id", "expires_at", "created_at", "created_by"}
	for _, chunk := range db.Chunks(rows, importBatch) {
		ids := make([]string, len(chunk))
		for i, r := range chunk {
			ids[i] = string(r.person.ID)
		}
		var held []Grant
		if err := tx.NewSelect().Model(&held).Where("g.subject_kind = 'person' AND g.subject_id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
			return err
		}
		has := make(map[Grant]bool, len(held))
		for _, g := range held {
			has[Grant{Role: g.Role, Unit: g.Unit, SubjectID: g.SubjectID}] = true
		}
		var values [][]any
		for _, r := range chunk {
			if r.role == nil || has[Grant{Role: r.role.ID, Unit: r.unit.ID, SubjectID: string(r.person.ID)}] {
				continue
			}
			if single {
				if _, err := s.addGrant(ctx, tx, *r.role, r.unit, PersonSubject, string(r.person.ID), r.person.Name, nil); err != nil {
					return err
				}
				continue
			}
			values = append(values, []any{string(ref.New[ref.Grant]()), string(r.role.ID), string(r.unit.ID), string(PersonSubject), string(r.person.ID), nil, now, by})
		}
		if err := tx.BulkInsert(ctx, "role_grant", columns, values); err != nil {
			return err
		}
	}
	return nil
}
