package request

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Slot is a named time of day that is offered for lines instead of free times.
type Slot struct {
	bun.BaseModel `bun:"table:booking_time_slot,alias:t" json:"-"`

	ID         string    `bun:"id,pk" json:"id"`
	Name       string    `bun:"name" json:"name"`
	NameKey    string    `bun:"name_key" json:"-"`
	FromMinute int64     `bun:"from_minute" json:"-"`
	ToMinute   int64     `bun:"to_minute" json:"-"`
	From       string    `bun:"-" json:"from" example:"08:00"`
	To         string    `bun:"-" json:"to" example:"12:00"`
	Zone       string    `bun:"zone" json:"zone" example:"Europe/Berlin"`
	Position   int64     `bun:"position" json:"order"`
	Active     bool      `bun:"active" json:"-"`
	Version    int64     `bun:"version" json:"version"`
	CreatedAt  time.Time `bun:"created_at" json:"createdAt"`
	UpdatedAt  time.Time `bun:"updated_at" json:"updatedAt"`
}

func (t *Slot) tidy() {
	t.CreatedAt, t.UpdatedAt = t.CreatedAt.UTC(), t.UpdatedAt.UTC()
	t.From, t.To = timeOfDay(t.FromMinute), timeOfDay(t.ToMinute)
}

func (t *Slot) location() *time.Location {
	zone, err := interval.Zone(t.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// on is the time of the slot on a day.
func (t *Slot) on(day string) (interval.Span, bool) {
	return slotSpan(day, t.FromMinute, t.ToMinute, t.location())
}

// NewSlot is what CreateSlot takes.
type NewSlot struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
	From string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"08:00"`
	To   string `json:"to" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" example:"12:00" doc:"A time that is not after the beginning is on the next day."`
	Zone string `json:"zone,omitempty" maxLength:"64" doc:"The IANA name of the zone whose clocks it follows; UTC when left out."`
}

// SlotChange is what ChangeSlot takes; members that were not sent stay as they are.
type SlotChange struct {
	Name  httpapi.Optional[string] `json:"name,omitzero"`
	From  httpapi.Optional[string] `json:"from,omitzero"`
	To    httpapi.Optional[string] `json:"to,omitzero"`
	Zone  httpapi.Optional[string] `json:"zone,omitzero"`
	Order httpapi.Optional[int64]  `json:"order,omitzero"`
}

func findSlot(ctx context.Context, tx db.Tx, idOrName, place string) (Slot, error) {
	var t Slot
	err := tx.NewSelect().Model(&t).Where("(t.id = ? OR t.active AND t.name_key = ?)", idOrName, ref.NameKey(idOrName)).
		OrderExpr("CASE WHEN t.id = ? THEN 0 ELSE 1 END", idOrName).Limit(1).Scan(ctx)
	if db.IsNoRows(err) {
		return t, fault(place, "slot_unknown", "There is no such time slot.")
	}
	t.tidy()
	return t, err
}

// Slots returns the time slots in their order; everybody who sees requests may choose from them.
func (s *Service) Slots(ctx context.Context) (list []Slot, err error) {
	list = []Slot{}
	if p := authz.From(ctx); p == nil || !p.CanSomewhere(PermView) {
		return list, nil
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Model(&list).Where("t.active").OrderExpr("t.position, t.id").Scan(ctx)
	})
	for i := range list {
		list[i].tidy()
	}
	return list, err
}

// CreateSlot adds a time slot at the end of the list.
func (s *Service) CreateSlot(ctx context.Context, in NewSlot) (Slot, error) {
	now := s.Clock.Now()
	t := Slot{ID: ref.New[string](), Active: true, Version: 1, CreatedAt: now, UpdatedAt: now}
	err := s.editSlot(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if t.Position, err = nextPosition(ctx, tx, "booking_time_slot"); err != nil {
			return err
		}
		change := SlotChange{Name: httpapi.Some(in.Name), From: httpapi.Some(in.From), To: httpapi.Some(in.To), Zone: httpapi.Some(in.Zone)}
		if err := t.apply(change); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&t).Exec(ctx); err != nil {
			return slotTaken(err, t.Name)
		}
		return s.sayOf(ctx, tx, EventSlotSaved, t.ID, t.Name, events.Diff(nil, t, "id", "version", "createdAt", "updatedAt"))
	})
	return t, err
}

// ChangeSlot edits a time slot that the caller read in the given version. Lines that were made with it keep their times.
func (s *Service) ChangeSlot(ctx context.Context, id string, version int64, in SlotChange) (t Slot, err error) {
	err = s.editSlot(ctx, func(ctx context.Context, tx db.Tx) error {
		if t, err = slotToEdit(ctx, tx, id, version); err != nil {
			return err
		}
		before := t
		if err := t.apply(in); err != nil {
			return err
		}
		diff := events.Diff(before, t)
		if len(diff) == 0 {
			return nil
		}
		t.Version, t.UpdatedAt = t.Version+1, s.Clock.Now()
		if _, err := tx.NewUpdate().Model(&t).WherePK().ExcludeColumn("created_at").Exec(ctx); err != nil {
			return slotTaken(err, t.Name)
		}
		return s.sayOf(ctx, tx, EventSlotSaved, t.ID, t.Name, diff)
	})
	return t, err
}

// DeleteSlot takes a time slot from the list; lines that were made with it keep its name and their times.
func (s *Service) DeleteSlot(ctx context.Context, id string, version int64) error {
	return s.editSlot(ctx, func(ctx context.Context, tx db.Tx) error {
		t, err := slotToEdit(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE booking_time_slot SET active = FALSE, version = version + 1 WHERE id = ?`, t.ID); err != nil {
			return err
		}
		return s.sayOf(ctx, tx, EventSlotDeleted, t.ID, t.Name, events.Diff(t, nil, "id", "version", "createdAt", "updatedAt"))
	})
}

func (s *Service) editSlot(ctx context.Context, fn func(ctx context.Context, tx db.Tx) error) error {
	if err := everywhere(ctx, PermSettings); err != nil {
		return err
	}
	return s.DB.Write(ctx, fn)
}

func slotToEdit(ctx context.Context, tx db.Tx, id string, version int64) (Slot, error) {
	var t Slot
	if _, err := tx.ExecContext(ctx, `UPDATE booking_time_slot SET version = version WHERE id = ?`, id); err != nil {
		return t, err
	}
	err := tx.NewSelect().Model(&t).Where("t.id = ? AND t.active", id).Scan(ctx)
	if db.IsNoRows(err) {
		return t, authz.ErrNotFound
	}
	t.tidy()
	if err == nil && t.Version != version {
		err = httpapi.Stale(t.Version, t)
	}
	return t, err
}

func (t *Slot) apply(in SlotChange) error {
	var faults problem.Fields
	set(&t.Name, in.Name)
	set(&t.Zone, in.Zone)
	set(&t.Position, in.Order)
	t.Name = line(t.Name)
	t.NameKey = ref.NameKey(t.Name)
	CheckText(&faults, "body.name", t.Name, true, 100)
	for place, m := range map[string]struct {
		in   httpapi.Optional[string]
		into *int64
	}{"body.from": {in.From, &t.FromMinute}, "body.to": {in.To, &t.ToMinute}} {
		if m.in.Set {
			var ok bool
			if *m.into, ok = parseTimeOfDay(m.in.Value); !ok {
				faults.Add(place, "time_invalid", "Give a time of day such as 08:00.")
			}
		}
	}
	if _, err := interval.Zone(t.Zone); err != nil {
		faults.Add("body.zone", "zone_unknown", "Give the IANA name of a time zone, such as Europe/Berlin.")
	}
	if t.Zone == "" {
		t.Zone = "UTC"
	}
	t.From, t.To = timeOfDay(t.FromMinute), timeOfDay(t.ToMinute)
	return faults.Err("time_slot_invalid", "The time slot cannot be kept like this.")
}

func slotTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "time_slot_name_taken", "There is a time slot %q already.", name).Because(err)
	}
	return err
}

// sayOf appends an event about something an administrator keeps.
func (s *Service) sayOf(ctx context.Context, tx db.Tx, kind events.Kind, id, label string, changes map[string]events.Change) error {
	return s.Events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: id, SubjectLabel: label, Changes: changes})
}
