package comment

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func (c Comment) utc() Comment {
	c.CreatedAt = c.CreatedAt.UTC()
	if c.EditedAt != nil {
		t := c.EditedAt.UTC()
		c.EditedAt = &t
	}
	if c.DeletedAt != nil {
		t := c.DeletedAt.UTC()
		c.DeletedAt = &t
	}
	if c.Mentions == nil {
		c.Mentions = []ref.Person{}
	}
	return c
}

func load(ctx context.Context, tx db.Tx, kind string, r subject.Record, id string) (Comment, error) {
	var c Comment
	err := tx.NewSelect().Model(&c).Where("c.id = ? AND c.subject_kind = ? AND c.subject_id = ?", id, kind, r.ID).Scan(ctx)
	if db.IsNoRows(err) {
		return c, authz.ErrNotFound
	}
	return c.utc(), err
}

// touch locks a comment that is not deleted and compares the version the caller saw.
func touch(ctx context.Context, tx db.Tx, kind string, r subject.Record, id string, version int64) (Comment, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE comment SET version = version WHERE id = ?`, id); err != nil {
		return Comment{}, err
	}
	c, err := load(ctx, tx, kind, r, id)
	switch {
	case err != nil:
		return c, err
	case c.DeletedAt != nil:
		return c, problem.New(problem.Conflict, "comment_deleted", "The comment was deleted.")
	case c.Version != version:
		return c, httpapi.Stale(c.Version, c)
	}
	return c, nil
}

// replace keeps what the comment said and saves it one version on.
func (s *Service) replace(ctx context.Context, tx db.Tx, before string, c *Comment) error {
	rev := Revision{Comment: c.ID, Version: c.Version, Body: before, ReplacedAt: s.clock.Now(), ReplacedBy: authz.From(ctx).Name}
	if _, err := tx.NewInsert().Model(&rev).Exec(ctx); err != nil {
		return err
	}
	c.Version++
	_, err := tx.NewUpdate().Model(c).Column("body", "mentions", "version", "edited_at", "deleted_at", "deleted_by").WherePK().Exec(ctx)
	return err
}

// people returns whom the text mentions; an id nobody has is a fault, an address nobody has is just text.
func people(ctx context.Context, tx db.Tx, faults *problem.Fields, body string) ([]ref.Person, error) {
	ids, emails := mentioned(body)
	found := []ref.Person{}
	if len(ids)+len(emails) == 0 {
		return found, nil
	}
	if len(ids)+len(emails) > maxMentions {
		faults.Add("body.body", "too_many", "A comment mentions at most 50 people.")
		return found, nil
	}
	var rows []ref.Person
	err := tx.NewSelect().Table("v_person").Column("id").Where("id IN (?) OR LOWER(email) IN (?)", bun.In(append(ids, "")), bun.In(append(emails, ""))).OrderExpr("id").Scan(ctx, &rows)
	if err != nil {
		return found, err
	}
	for _, id := range ids {
		if len(added(rows, []ref.Person{id})) > 0 {
			faults.Add("body.body", "person_unknown", "The comment mentions somebody who is not known: "+string(id)+".")
		}
	}
	return append(found, rows...), nil
}

func (s *Service) append(ctx context.Context, tx db.Tx, what events.Kind, kind string, r subject.Record, c Comment, fresh []ref.Person) error {
	data := map[string]any{"commentId": c.ID, "internal": !c.External, "author": c.AuthorName}
	if len(fresh) > 0 {
		data["mentions"] = fresh
	}
	return s.events.Append(ctx, tx, events.Event{
		Kind: what, SubjectKind: kind, SubjectID: r.ID, SubjectLabel: r.Label, Unit: r.Unit, Data: data,
	})
}

// include makes the persons of a comment follow the record.
func (s *Service) include(ctx context.Context, tx db.Tx, kind string, r subject.Record, mentions []ref.Person) error {
	if me := authz.From(ctx).Person; me != "" {
		if err := s.watch.Include(ctx, tx, kind, r, me, watch.Watching); err != nil {
			return err
		}
	}
	for _, p := range mentions {
		if err := s.watch.Include(ctx, tx, kind, r, p, watch.Mentioned); err != nil {
			return err
		}
	}
	return nil
}
