package people

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// DeactivatePerson keeps a person from signing in. Their work stays with them until it is reassigned.
func (s *Service) DeactivatePerson(ctx context.Context, id ref.Person, version int64) (Person, error) {
	return s.movePerson(ctx, id, version, Deactivate, nil)
}

// ReactivatePerson lets a person back in. A valid-until date that has passed is taken away.
func (s *Service) ReactivatePerson(ctx context.Context, id ref.Person, version int64) (Person, error) {
	return s.movePerson(ctx, id, version, Reactivate, func(p *Person, now time.Time) {
		if p.ValidUntil != nil && !p.ValidUntil.After(now) {
			p.ValidUntil = nil
		}
	})
}

func (s *Service) movePerson(ctx context.Context, id ref.Person, version int64, act Act, also func(*Person, time.Time)) (Person, error) {
	var p Person
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if p, _, err = touchPerson(ctx, tx, id); err != nil {
			return err
		}
		if p.Version != version {
			return httpapi.Stale(p.Version, p)
		}
		return s.keepAdministrator(ctx, tx, func() error { return s.transit(ctx, tx, &p, act, also) })
	})
	return p, err
}

// transit moves a person along the lifecycle, stores it and says so.
func (s *Service) transit(ctx context.Context, tx db.Tx, p *Person, act Act, also func(*Person, time.Time)) error {
	t, err := next(p.State, act)
	if err != nil {
		return err
	}
	before := *p
	p.State, p.UpdatedAt = t.to, s.clock.Now()
	if also != nil {
		also(p, p.UpdatedAt)
	}
	if err := updatePerson(ctx, tx, p); err != nil {
		return err
	}
	return s.appendPerson(ctx, tx, t.kind, *p, &before, p, nil)
}
