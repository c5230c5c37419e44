package watch

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Add makes a person, a team or an outside address follow a record. Who follows already keeps doing so; a person who
// muted the record follows again only by themselves.
func (s *Service) Add(ctx context.Context, kind, id string, in NewWatcher) (Listing, error) {
	var out Listing
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToManage(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		if err := in.check(); err != nil {
			return err
		}
		if in, err = asPerson(ctx, tx, in); err != nil {
			return err
		}
		name, err := nameOf(ctx, tx, in)
		if err != nil {
			return err
		}
		n, err := tx.NewSelect().Table("watcher").Where("subject_kind = ? AND subject_id = ? AND NOT muted", kind, r.ID).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxPerRecord {
			return problem.Newf(problem.Invalid, "too_many_watchers", "A record has at most %d watchers; make a team of some.", maxPerRecord)
		}
		added, err := insert(ctx, tx, s.watcher(kind, r, in, Watching))
		if err != nil {
			return err
		}
		if added {
			if err := s.append(ctx, tx, Added, kind, r, name); err != nil {
				return err
			}
		} else if in.Person != "" {
			if muted, err := isMuted(ctx, tx, kind, r.ID, in.Person); err != nil {
				return err
			} else if muted {
				return problem.Newf(problem.Conflict, "person_muted", "%s has chosen not to follow this; they can follow it again themselves.", name)
			}
		}
		out, err = s.listing(ctx, tx, kind, r)
		return err
	})
	return out, err
}

// asPerson turns the address of somebody of the organisation into the person, so that they choose for themselves how they
// are told, and are told no more than they may see.
func asPerson(ctx context.Context, tx db.Tx, in NewWatcher) (NewWatcher, error) {
	if in.Email == "" {
		return in, nil
	}
	var found NewWatcher
	err := tx.NewSelect().Table("v_person").ColumnExpr("id").Where("LOWER(email) = ?", emailKey(in.Email)).Scan(ctx, &found.Person)
	if db.IsNoRows(err) {
		return in, nil
	}
	return found, err
}
