package watch

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// listed is a watcher with the name that stands beside it.
type listed struct {
	Watcher
	Name  string `bun:"name"`
	State string `bun:"state"`
}

func listedQuery(tx db.Tx) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("watcher AS w").
		Join("LEFT JOIN v_person AS p ON p.id = w.person_id").Join("LEFT JOIN v_team AS t ON t.id = w.team_id").
		ColumnExpr("w.*, COALESCE(p.name, t.name, w.email, '') AS name, COALESCE(p.state, '') AS state")
}

// insert adds a watcher and reports whether it was not there before.
func insert(ctx context.Context, tx db.Tx, w Watcher) (bool, error) {
	res, err := tx.NewInsert().Model(&w).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// watcher makes the row of somebody who is to follow a record.
func (s *Service) watcher(kind string, r subject.Record, in NewWatcher, reason Reason) Watcher {
	w := Watcher{ID: ref.New[string](), SubjectKind: kind, SubjectID: r.ID, Unit: r.Unit, Reason: reason, CreatedAt: s.clock.Now()}
	switch {
	case in.Person != "":
		w.Person = &in.Person
	case in.Team != "":
		w.Team = &in.Team
	default:
		key := emailKey(in.Email)
		w.Email, w.EmailKey = &in.Email, &key
	}
	return w
}

// nameOf returns the name of who is to follow, or says that there is no such person or team.
func nameOf(ctx context.Context, tx db.Tx, in NewWatcher) (string, error) {
	var faults problem.Fields
	var found struct {
		Name  string `bun:"name"`
		State string `bun:"state"`
	}
	var err error
	switch {
	case in.Person != "":
		err = tx.NewSelect().Table("v_person").Column("name", "state").Where("id = ?", in.Person).Scan(ctx, &found)
		if db.IsNoRows(err) {
			faults.Add("body.personId", "person_unknown", "There is no such person.")
		} else if found.State == "INACTIVE" {
			return "", problem.Newf(problem.Conflict, "person_inactive", "%s is inactive and cannot follow anything.", found.Name)
		}
	case in.Team != "":
		err = tx.NewSelect().Table("v_team").Column("name").Where("id = ?", in.Team).Scan(ctx, &found)
		if db.IsNoRows(err) {
			faults.Add("body.teamId", "team_unknown", "There is no such team.")
		}
	default:
		found.Name = in.Email
	}
	if err != nil && !db.IsNoRows(err) {
		return "", err
	}
	return found.Name, faults.Err("watcher_unknown", "There is nobody of that id.")
}

func (s *Service) append(ctx context.Context, tx db.Tx, what events.Kind, kind string, r subject.Record, name string) error {
	return s.events.Append(ctx, tx, events.Event{
		Kind: what, SubjectKind: kind, SubjectID: r.ID, SubjectLabel: r.Label, Unit: r.Unit, Data: map[string]any{"watcher": name},
	})
}

// self is the person who acts; service accounts and the system follow nothing.
func self(ctx context.Context) (ref.Person, string, error) {
	p := authz.From(ctx)
	if p == nil {
		return "", "", authz.ErrUnauthenticated
	}
	if p.Person == "" {
		return "", "", problem.New(problem.Invalid, "not_a_person", "Only a person can follow a record; add a mail address instead.")
	}
	return p.Person, p.Name, nil
}
