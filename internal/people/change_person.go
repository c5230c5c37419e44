package people

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// PersonChange is what ChangePerson takes; members that were not sent stay as they are.
type PersonChange struct {
	Name              httpapi.Optional[string]    `json:"name,omitzero"`
	Email             httpapi.Optional[string]    `json:"email,omitzero"`
	NotificationEmail httpapi.Optional[string]    `json:"notificationEmail,omitzero"`
	Phone             httpapi.Optional[string]    `json:"phone,omitzero"`
	Location          httpapi.Optional[string]    `json:"location,omitzero"`
	TimeZone          httpapi.Optional[string]    `json:"timeZone,omitzero"`
	Unit              httpapi.Optional[ref.Unit]  `json:"unitId,omitzero"`
	ValidUntil        httpapi.Optional[time.Time] `json:"validUntil,omitzero" doc:"Null means indefinitely."`
}

// ChangePerson edits a person's record. Moving somebody to another unit needs the permission on both.
func (s *Service) ChangePerson(ctx context.Context, id ref.Person, version int64, in PersonChange) (Person, error) {
	var p Person
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if p, _, err = touchPerson(ctx, tx, id); err != nil {
			return err
		}
		if p.Version != version {
			return httpapi.Stale(p.Version, p)
		}
		before := p
		if err := in.apply(&p, s.clock.Now()); err != nil {
			return err
		}
		if p.Unit != before.Unit {
			if _, err := bodyUnit(ctx, tx, PermManagePerson, p.Unit, "body.unitId"); err != nil {
				return err
			}
		}
		changes := events.Diff(before, p)
		if len(changes) == 0 {
			p = before
			return nil
		}
		p.UpdatedAt = s.clock.Now()
		if err := updatePerson(ctx, tx, &p); err != nil {
			return err
		}
		return s.appendPerson(ctx, tx, PersonChanged, p, &before, &p, nil)
	})
	return p, err
}

func (in PersonChange) apply(p *Person, now time.Time) error {
	set := func(field *string, o httpapi.Optional[string]) {
		if o.Set {
			*field = o.Value
		}
	}
	set(&p.Name, in.Name)
	set(&p.Email, in.Email)
	set(&p.NotificationEmail, in.NotificationEmail)
	set(&p.Phone, in.Phone)
	set(&p.Location, in.Location)
	set(&p.TimeZone, in.TimeZone)
	if in.Unit.Set {
		p.Unit = in.Unit.Value
	}
	if in.ValidUntil.Set {
		p.ValidUntil = in.ValidUntil.Pointer()
	}
	var faults problem.Fields
	checked := *p
	if !in.ValidUntil.Set {
		// A date that was fine when it was set does not keep somebody from being renamed on its last day.
		checked.ValidUntil = nil
	}
	checkPerson(&faults, "body.", &checked, now)
	if !in.ValidUntil.Set {
		checked.ValidUntil = p.ValidUntil
	}
	*p = checked
	return faults.Err("person_invalid", "The person cannot be saved like this.")
}
