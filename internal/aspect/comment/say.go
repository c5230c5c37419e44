package comment

import (
	"context"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Say comments on a record inside the caller's transaction, for owners whose acts speak to people: who asks the holder of
// a booking begins a conversation about it. The owner has decided that the caller may; the persons named are told and
// follow the record from then on.
func (s *Service) Say(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit, label, text string, about []ref.Person) error {
	me := authz.From(ctx)
	c := Comment{
		ID: ref.New[string](), SubjectKind: kind, SubjectID: id, Unit: unit, AuthorID: me.ID(), AuthorName: me.Name,
		Body: cleanBody(text), Mentions: about, Version: 1, CreatedAt: s.clock.Now(),
	}
	c.Thread = c.ID
	var faults problem.Fields
	checkBody(&faults, c.Body)
	if err := faults.Err("comment_invalid", "The comment cannot be saved like this."); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
		return err
	}
	r := subject.Record{ID: id, Unit: unit, Label: label}
	if err := s.include(ctx, tx, kind, r, about); err != nil {
		return err
	}
	return s.append(ctx, tx, Added, kind, r, c, about)
}
