package calendar

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// TypeFields are the fields of a freeze type that people set.
type TypeFields struct {
	Name              string `json:"name" minLength:"1" maxLength:"200"`
	Colour            string `json:"colour" example:"#c2410c" doc:"#rrggbb"`
	Icon              string `json:"icon,omitempty" maxLength:"60"`
	Default           bool   `json:"default,omitempty" doc:"Takes the place of the default type there is."`
	RefusesBooking    bool   `json:"refusesBooking"`
	RefusesDeployment bool   `json:"refusesDeployment"`
}

// TypeChange is what ChangeType takes; members that were not sent stay as they are.
type TypeChange struct {
	Name              httpapi.Optional[string] `json:"name,omitzero"`
	Colour            httpapi.Optional[string] `json:"colour,omitzero"`
	Icon              httpapi.Optional[string] `json:"icon,omitzero"`
	Default           httpapi.Optional[bool]   `json:"default,omitzero"`
	RefusesBooking    httpapi.Optional[bool]   `json:"refusesBooking,omitzero"`
	RefusesDeployment httpapi.Optional[bool]   `json:"refusesDeployment,omitzero"`
}

func (t FreezeType) fields() *TypeFields {
	return &TypeFields{t.Name, t.Colour, t.Icon, t.Default, t.RefusesBooking, t.RefusesDeployment}
}

func (t *FreezeType) take(f TypeFields) {
	t.Name, t.Colour, t.Icon, t.Default, t.RefusesBooking, t.RefusesDeployment = line(f.Name), f.Colour, f.Icon, f.Default, f.RefusesBooking, f.RefusesDeployment
	t.NameKey = ref.NameKey(t.Name)
}

// ListTypes returns all types of freezes in the order of their names; there are a handful.
func (s *Service) ListTypes(ctx context.Context) ([]FreezeType, error) {
	out := []FreezeType{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if !authz.From(ctx).CanSomewhere(PermView) {
			return nil
		}
		if err := tx.NewSelect().Model(&out).OrderExpr("t.name_key").Scan(ctx); err != nil {
			return err
		}
		for i := range out {
			out[i] = out[i].utc()
		}
		return nil
	})
	return out, err
}

func typesByID(ctx context.Context, tx db.Tx) (map[string]FreezeType, error) {
	var list []FreezeType
	if err := tx.NewSelect().Model(&list).Scan(ctx); err != nil {
		return nil, err
	}
	out := make(map[string]FreezeType, len(list))
	for _, t := range list {
		out[t.ID] = t.utc()
	}
	return out, nil
}

// mayTypes checks the right to change types, which are one list for the whole organisation, and returns the root unit.
func mayTypes(ctx context.Context, tx db.Tx) (ref.Unit, error) {
	root, err := rootUnit(ctx, tx)
	if err != nil {
		return "", err
	}
	return root.ID, mayManage(ctx, tx, root.ID)
}

// CreateType adds a type of freezes. The first one becomes the default.
func (s *Service) CreateType(ctx context.Context, in TypeFields) (FreezeType, error) {
	var t FreezeType
	err := s.write(ctx, false, func(ctx context.Context, tx db.Tx) error {
		root, err := mayTypes(ctx, tx)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		t = FreezeType{ID: ref.New[string](), Version: 1, CreatedAt: now, UpdatedAt: now}
		t.take(in)
		n, err := tx.NewSelect().Table("freeze_type").Where("is_default").Count(ctx)
		if err != nil {
			return err
		}
		t.Default = t.Default || n == 0
		if err := s.checkType(ctx, tx, t); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&t).Exec(ctx); err != nil {
			return err
		}
		return s.appendType(ctx, tx, TypeCreated, t, root, nil, t.fields())
	})
	return t, err
}

// checkType refuses faults and taken names, and makes room for a new default. Writers take turns, so what it finds holds.
func (s *Service) checkType(ctx context.Context, tx db.Tx, t FreezeType) error {
	var faults problem.Fields
	t.check(&faults)
	if err := faults.Err("freeze_type_invalid", "The type cannot be saved like this."); err != nil {
		return err
	}
	n, err := tx.NewSelect().Table("freeze_type").Where("name_key = ? AND id <> ?", t.NameKey, t.ID).Count(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		return problem.Newf(problem.Conflict, "freeze_type_name_taken", "There is a type %q already. Choose another name.", t.Name)
	}
	if t.Default {
		_, err = tx.ExecContext(ctx, `UPDATE freeze_type SET is_default = FALSE, version = version + 1, updated_at = ? WHERE is_default AND id <> ?`, s.clock.Now(), t.ID)
	}
	return err
}

func (s *Service) appendType(ctx context.Context, tx db.Tx, kind events.Kind, t FreezeType, root ref.Unit, before, after *TypeFields) error {
	return s.events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: t.ID, SubjectLabel: t.Name, Unit: root, Changes: events.Diff(before, after)})
}

// ChangeType edits a type that the caller read in the given version. Freezes of the type keep what they refuse.
func (s *Service) ChangeType(ctx context.Context, id string, version int64, in TypeChange) (FreezeType, error) {
	var t FreezeType
	err := s.write(ctx, false, func(ctx context.Context, tx db.Tx) error {
		root, err := mayTypes(ctx, tx)
		if err != nil {
			return err
		}
		if t, err = findType(ctx, tx, id); err != nil {
			return err
		}
		if t.Version != version {
			return httpapi.Stale(t.Version, t)
		}
		before, f := t.fields(), *t.fields()
		set(&f.Name, in.Name)
		set(&f.Colour, in.Colour)
		set(&f.Icon, in.Icon)
		set(&f.Default, in.Default)
		set(&f.RefusesBooking, in.RefusesBooking)
		set(&f.RefusesDeployment, in.RefusesDeployment)
		if before.Default && !f.Default {
			return problem.New(problem.Conflict, "freeze_type_default", "There is always one default type. Make another one the default instead.")
		}
		t.take(f)
		if len(events.Diff(before, t.fields())) == 0 {
			return nil
		}
		if err := s.checkType(ctx, tx, t); err != nil {
			return err
		}
		t.UpdatedAt, t.Version = s.clock.Now(), t.Version+1
		if _, err := tx.NewUpdate().Model(&t).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.appendType(ctx, tx, TypeChanged, t, root, before, t.fields())
	})
	return t, err
}

// DeleteType removes a type. Freezes that have it get the replacement; without one a type in use stays. With dry set nothing
// is removed.
func (s *Service) DeleteType(ctx context.Context, id string, version int64, replacement string, dry bool) ([]Consequence, error) {
	list := []Consequence{}
	err := s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		root, err := mayTypes(ctx, tx)
		if err != nil {
			return err
		}
		t, err := findType(ctx, tx, id)
		if err != nil {
			return err
		}
		if t.Version != version {
			return httpapi.Stale(t.Version, t)
		}
		var used []Window
		if err := tx.NewSelect().Model(&used).Where("w.type_id = ?", t.ID).OrderExpr("w.id").Scan(ctx); err != nil {
			return err
		}
		var other FreezeType
		if replacement != "" {
			if other, err = findType(ctx, tx, replacement); problem.KindOf(err) == problem.NotFound || other.ID == t.ID {
				return problem.New(problem.Invalid, "type_unknown", "The type to put in its place does not exist, or is the one that is deleted.")
			} else if err != nil {
				return err
			}
		}
		if other.ID == "" && (len(used) > 0 || t.Default) {
			return problem.Newf(problem.Conflict, "freeze_type_in_use",
				"%s is the default or the type of freezes (%d). Say with replaceBy which type takes its place.", t.Name, len(used)).WithData("freezes", len(used))
		}
		for _, w := range used {
			w.utc()
			if err := loadScopes(ctx, tx, []*Window{&w}); err != nil {
				return err
			}
			before := w
			w.Type = &other.ID
			if err := s.save(ctx, tx, changed, before, &w, nil); err != nil {
				return err
			}
		}
		if len(used) > 0 {
			list = append(list, Consequence{Kind: "freezes_retyped", Count: int64(len(used)), Message: "Freezes become " + other.Name + "."})
		}
		if _, err := tx.NewDelete().Model(&t).WherePK().Exec(ctx); err != nil {
			return err
		}
		if t.Default {
			before := other.fields()
			other.Default, other.Version, other.UpdatedAt = true, other.Version+1, s.clock.Now()
			if _, err := tx.NewUpdate().Model(&other).WherePK().Exec(ctx); err != nil {
				return err
			}
			list = append(list, Consequence{Kind: "default_moves", Count: 1, Message: other.Name + " becomes the default type."})
			if err := s.appendType(ctx, tx, TypeChanged, other, root, before, other.fields()); err != nil {
				return err
			}
		}
		return s.appendType(ctx, tx, TypeDeleted, t, root, t.fields(), nil)
	})
	return list, err
}
