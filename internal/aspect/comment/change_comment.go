package comment

import (
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

var errNotYours = problem.New(problem.Forbidden, "not_your_comment", "Only who wrote a comment can do this.")

// Edit changes what one's own comment says; what it said before is kept. Whoever is mentioned anew is told.
func (s *Service) Edit(ctx context.Context, kind, id string, version int64, commentID, body string) (out Comment, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.toWrite(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		c, err := touch(ctx, tx, kind, r, commentID, version)
		if err != nil {
			return err
		}
		if c.AuthorID != authz.From(ctx).ID() {
			return errNotYours
		}
		before, mentions := c.Body, c.Mentions
		c.Body = cleanBody(body)
		if out = c; c.Body == before {
			return nil
		}
		var faults problem.Fields
		checkBody(&faults, c.Body)
		if c.Mentions, err = people(ctx, tx, &faults, c.Body); err != nil {
			return err
		}
		if err := faults.Err("comment_invalid", "The comment cannot be saved like this."); err != nil {
			return err
		}
		now := s.clock.Now()
		c.EditedAt = &now
		if err := s.replace(ctx, tx, before, &c); err != nil {
			return err
		}
		out = c
		fresh := added(mentions, c.Mentions)
		if err := s.include(ctx, tx, kind, r, fresh); err != nil {
			return err
		}
		return s.append(ctx, tx, Edited, kind, r, c, fresh)
	})
	return out, err
}

// Delete empties a comment: one's own, or any of a record the caller may change. It stays in its place as deleted, and
// what it said is kept among its revisions.
func (s *Service) Delete(ctx context.Context, kind, id string, version int64, commentID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.toWrite(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		c, err := touch(ctx, tx, kind, r, commentID, version)
		if err != nil {
			return err
		}
		if c.AuthorID != authz.From(ctx).ID() && !s.subjects.Manages(ctx, tx, kind, r) {
			return errNotYours
		}
		before, now := c.Body, s.clock.Now()
		c.Body, c.Mentions, c.DeletedAt, c.DeletedBy = "", []ref.Person{}, &now, authz.From(ctx).Name
		if err := s.replace(ctx, tx, before, &c); err != nil {
			return err
		}
		return s.append(ctx, tx, Deleted, kind, r, c, nil)
	})
}

// Revisions returns what a comment said before, oldest first. Those of a deleted comment are for who wrote it and for
// whoever may change the record.
func (s *Service) Revisions(ctx context.Context, kind, id, commentID string) (out []Revision, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToView(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		c, err := load(ctx, tx, kind, r, commentID)
		if err != nil {
			return err
		}
		if c.DeletedAt != nil && c.AuthorID != authz.From(ctx).ID() && !s.subjects.Manages(ctx, tx, kind, r) {
			return errNotYours
		}
		out = []Revision{}
		return tx.NewSelect().Model(&out).Where("r.comment_id = ?", c.ID).OrderExpr("r.version").Scan(ctx)
	})
	for i := range out {
		out[i].ReplacedAt = out[i].ReplacedAt.UTC()
	}
	return out, err
}

// freshMentions reads whom an event says were mentioned anew.
func freshMentions(e events.Event) []ref.Person {
	switch list := e.Data["mentions"].(type) {
	case []ref.Person:
		return slices.Clone(list)
	case []any:
		out := make([]ref.Person, 0, len(list))
		for _, v := range list {
			if id, ok := v.(string); ok {
				out = append(out, ref.Person(id))
			}
		}
		return out
	}
	return nil
}
