package attachment

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewURL is an address to attach.
type NewURL struct {
	URL  string `json:"url" maxLength:"4000"`
	Name string `json:"name,omitempty" maxLength:"400" doc:"What to show; without it the address."`
}

// AttachURL attaches an address to a record. It is not opened.
func (s *Service) AttachURL(ctx context.Context, kind, id string, in NewURL) (a Attachment, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToManage(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		var faults problem.Fields
		address, name := strings.TrimSpace(in.URL), strings.Join(strings.Fields(in.Name), " ")
		checkURL(&faults, address)
		if len([]rune(name)) > maxName {
			faults.Add("body.name", "too_long", "A name has at most 200 characters.")
		}
		if err := faults.Err("attachment_invalid", "The address cannot be attached like this."); err != nil {
			return err
		}
		if name == "" {
			name = address
		}
		if err := touchList(ctx, tx, kind, r.ID); err != nil {
			return err
		}
		if err := s.fits(ctx, tx, kind, r, 0); err != nil {
			return err
		}
		me := authz.From(ctx)
		a = Attachment{ID: ref.New[string](), SubjectKind: kind, SubjectID: r.ID, Unit: r.Unit, Kind: URL, Name: name, URL: address,
			Ready: true, AuthorID: me.ID(), AuthorName: me.Name, CreatedAt: s.clock.Now()}
		if _, err := tx.NewInsert().Model(&a).Exec(ctx); err != nil {
			return err
		}
		return s.append(ctx, tx, Added, r, a)
	})
	return a, err
}

// Delete takes an attachment off a record; its name and hash stay in the history.
func (s *Service) Delete(ctx context.Context, kind, id, attachmentID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToManage(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		if err := touchList(ctx, tx, kind, r.ID); err != nil {
			return err
		}
		a, err := load(ctx, tx, kind, r, attachmentID)
		if err != nil {
			return err
		}
		if err := drop(ctx, tx, "id = ?", a.ID); err != nil {
			return err
		}
		return s.append(ctx, tx, Deleted, r, a)
	})
}
