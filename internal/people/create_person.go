package people

import (
	"context"
	"strings"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewPerson is what CreatePerson takes.
type NewPerson struct {
	Name              string     `json:"name" minLength:"1" maxLength:"200"`
	Email             string     `json:"email" minLength:"1" maxLength:"254" doc:"Also the login name; unique whatever its case."`
	NotificationEmail string     `json:"notificationEmail,omitempty" maxLength:"254"`
	Phone             string     `json:"phone,omitempty" maxLength:"200"`
	Location          string     `json:"location,omitempty" maxLength:"200"`
	TimeZone          string     `json:"timeZone,omitempty" maxLength:"100" doc:"An IANA name such as Europe/Vienna."`
	Unit              ref.Unit   `json:"unitId,omitempty" doc:"The root unit when left out."`
	ValidUntil        *time.Time `json:"validUntil,omitempty"`
}

// CreatePerson adds a person, pending until they sign in for the first time.
func (s *Service) CreatePerson(ctx context.Context, in NewPerson) (Person, error) {
	var p Person
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if in.Unit == "" {
			root, _, err := loadRoot(ctx, tx)
			if err != nil {
				return err
			}
			in.Unit = root.ID
		}
		if _, err := bodyUnit(ctx, tx, PermManagePerson, in.Unit, "body.unitId"); err != nil {
			return err
		}
		p, err = s.addPerson(ctx, tx, in, Pending, false)
		return err
	})
	return p, err
}

// addPerson checks the fields, stores the person and says so; who may do it was decided before.
func (s *Service) addPerson(ctx context.Context, tx db.Tx, in NewPerson, state State, fromDirectory bool) (Person, error) {
	now := s.clock.Now()
	p := Person{
		ID: ref.New[ref.Person](), Name: in.Name, Email: in.Email, NotificationEmail: in.NotificationEmail, Phone: in.Phone,
		Location: in.Location, TimeZone: in.TimeZone, Unit: in.Unit, State: state, ValidUntil: in.ValidUntil,
		FromDirectory: fromDirectory, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	var faults problem.Fields
	checkPerson(&faults, "body.", &p, now)
	if err := faults.Err("person_invalid", "The person cannot be saved like this."); err != nil {
		return p, err
	}
	if err := insertPerson(ctx, tx, p); err != nil {
		return p, err
	}
	return p, s.appendPerson(ctx, tx, PersonCreated, p, nil, &p, nil)
}

// checkPerson tidies the fields of a person and notes what is wrong with them.
func checkPerson(faults *problem.Fields, place string, p *Person, now time.Time) {
	p.Name, p.NameKey = cleanName(p.Name)
	checkName(faults, place+"name", p.Name)
	p.Email = strings.TrimSpace(p.Email)
	p.EmailKey = emailKey(p.Email)
	if code, message := checkEmail(p.Email); code != "" {
		faults.Add(place+"email", code, message)
	}
	if p.NotificationEmail = strings.TrimSpace(p.NotificationEmail); p.NotificationEmail != "" {
		if code, message := checkEmail(p.NotificationEmail); code != "" {
			faults.Add(place+"notificationEmail", code, message)
		}
	}
	p.Phone, p.Location, p.TimeZone = strings.TrimSpace(p.Phone), strings.TrimSpace(p.Location), strings.TrimSpace(p.TimeZone)
	checkText(faults, place+"phone", p.Phone)
	checkText(faults, place+"location", p.Location)
	if !goodTimeZone(p.TimeZone) {
		faults.Add(place+"timeZone", "time_zone_unknown", "A time zone is an IANA name such as Europe/Vienna.")
	}
	if p.ValidUntil != nil {
		t := clock.Normalise(*p.ValidUntil)
		p.ValidUntil = &t
		if !t.After(now) && p.State != Inactive {
			faults.Add(place+"validUntil", "valid_until_passed", "The valid-until date lies in the past; deactivate the person instead.")
		}
	}
}

func (s *Service) appendPerson(ctx context.Context, tx db.Tx, kind events.Kind, p Person, before, after *Person, data map[string]any) error {
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(p.ID), SubjectLabel: p.Name, Unit: p.Unit, Changes: events.Diff(before, after), Data: data,
	})
}
