package comment

import (
	"context"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewComment is a comment as it is sent.
type NewComment struct {
	Body string `json:"body" maxLength:"80000" doc:"Markdown. @[Name](person:id) or @mail@address mentions somebody."`
	// ReplyTo puts the comment into the thread of another.
	ReplyTo  string `json:"replyTo,omitempty"`
	External bool   `json:"external,omitempty" doc:"Tell followers outside the organisation too; without it the comment is internal."`
}

// Add comments on a record.
func (s *Service) Add(ctx context.Context, kind, id string, in NewComment) (out Comment, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.toWrite(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		me := authz.From(ctx)
		out = Comment{ID: ref.New[string](), SubjectKind: kind, SubjectID: r.ID, Unit: r.Unit, AuthorID: me.ID(), AuthorName: me.Name,
			Body: cleanBody(in.Body), External: in.External, Version: 1, CreatedAt: s.clock.Now()}
		out.Thread = out.ID
		var faults problem.Fields
		checkBody(&faults, out.Body)
		if out.Mentions, err = people(ctx, tx, &faults, out.Body); err != nil {
			return err
		}
		if in.ReplyTo != "" {
			if err := out.answer(ctx, tx, &faults, kind, r, in.ReplyTo); err != nil {
				return err
			}
		}
		if err := faults.Err("comment_invalid", "The comment cannot be saved like this."); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&out).Exec(ctx); err != nil {
			return err
		}
		if err := s.include(ctx, tx, kind, r, out.Mentions); err != nil {
			return err
		}
		return s.append(ctx, tx, Added, kind, r, out, out.Mentions)
	})
	return out, err
}

// answer makes the comment a reply.
func (c *Comment) answer(ctx context.Context, tx db.Tx, faults *problem.Fields, kind string, r subject.Record, to string) error {
	first, err := load(ctx, tx, kind, r, to)
	switch {
	case problem.KindOf(err) == problem.NotFound:
		faults.Add("body.replyTo", "comment_unknown", "There is no such comment on this record.")
		return nil
	case err != nil:
		return err
	case c.External && !first.External:
		faults.Add("body.external", "reply_to_internal", "A reply to an internal comment stays internal; begin a new comment for those outside.")
	}
	c.Thread, c.ReplyTo = first.Thread, &first.ID
	return nil
}

// toWrite finds a record the caller may view and comment on.
func (s *Service) toWrite(ctx context.Context, tx db.Tx, kind, id string) (subject.Record, error) {
	r, err := s.subjects.ToView(ctx, tx, kind, id)
	if err != nil {
		return r, err
	}
	return r, authz.CheckUnit(ctx, tx, PermWrite, r.Unit)
}
