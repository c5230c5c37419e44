package field

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// Definitions returns the custom fields of a kind of record in their order, as far as the caller may see them on any
// record; "" means of all kinds, and a type narrows to the fields its records carry.
func (s *Service) Definitions(ctx context.Context, subject, typ string) ([]CustomField, error) {
	if err := somewhere(ctx, PermView); err != nil {
		return nil, err
	}
	out := []CustomField{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		fields, err := loadFields(ctx, tx, subject)
		if err != nil {
			return err
		}
		who, err := standing.Of(ctx, tx, s.clock.Now())
		if err != nil {
			return err
		}
		out = slices.DeleteFunc(fields, func(f CustomField) bool {
			return typ != "" && !f.forType(typ) || !s.seesDefinition(ctx, who, f)
		})
		return nil
	})
	return out, err
}

// Definition returns one custom field.
func (s *Service) Definition(ctx context.Context, id string) (CustomField, error) {
	if err := somewhere(ctx, PermView); err != nil {
		return CustomField{}, err
	}
	var f CustomField
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if f, err = loadField(ctx, tx, id); err != nil {
			return err
		}
		who, err := standing.Of(ctx, tx, s.clock.Now())
		if err == nil && !s.seesDefinition(ctx, who, f) {
			err = errNotFound
		}
		return err
	})
	return f, err
}

func (s *Service) seesDefinition(ctx context.Context, who standing.Standing, f CustomField) bool {
	return authz.From(ctx).Everywhere(PermManageCustomField) ||
		slices.ContainsFunc(who.Anywhere(), func(path string) bool { return f.access(who, path) != Hide })
}

// Subjects returns the kinds of records that can have custom fields, by title.
func (s *Service) Subjects(ctx context.Context) ([]Subject, error) {
	if err := somewhere(ctx, PermView); err != nil {
		return nil, err
	}
	out := make([]Subject, 0, len(s.subjects))
	for _, subject := range s.subjects {
		out = append(out, subject)
	}
	slices.SortFunc(out, func(a, b Subject) int { return strings.Compare(a.Title, b.Title) })
	return out, nil
}

// Filled is a custom field of one record with what it holds there.
type Filled struct {
	CustomField
	// Value is nil where the field is empty.
	Value any
	// Locked means that the caller sees the field and may not change it.
	Locked bool
	// Demanded means that the record must have a value now.
	Demanded bool
}

// FilledListing is the custom fields of a record at a version.
type FilledListing struct {
	Record  Record
	Version int64
	Items   []Filled
}

// Fields returns the custom fields of a record that the caller may see, with what they hold.
func (s *Service) Fields(ctx context.Context, kind, id string) (out FilledListing, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		record, err := s.record(ctx, tx, kind, id, s.subjects[kind].View)
		if err != nil {
			return err
		}
		out, err = s.filled(ctx, tx, kind, record)
		return err
	})
	return out, err
}

// SetFields gives custom fields of a record new values; what is not named stays. version is that of the record's fields.
func (s *Service) SetFields(ctx context.Context, kind, id string, version int64, values map[string]json.RawMessage) (out FilledListing, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		record, err := s.record(ctx, tx, kind, id, s.subjects[kind].Manage)
		if err != nil {
			return err
		}
		if _, err := s.set(ctx, tx, kind, record, values, version, "body.values"); err != nil {
			return err
		}
		// Who fills in one field need not fill in all; but nobody empties a mandatory one.
		lacking, err := s.lacking(ctx, tx, kind, record)
		if err != nil {
			return err
		}
		emptied := slices.DeleteFunc(lacking, func(f CustomField) bool { _, named := values[f.Key]; return !named })
		if err := missing(emptied, "body.values"); err != nil {
			return err
		}
		out, err = s.filled(ctx, tx, kind, record)
		return err
	})
	return out, err
}

// record finds a record and checks a permission on its unit.
func (s *Service) record(ctx context.Context, tx db.Tx, kind, id string, perm authz.Permission) (Record, error) {
	subject, ok := s.subjects[kind]
	if !ok {
		return Record{}, errNotFound
	}
	r, err := subject.Resolve(ctx, tx, id)
	if err != nil {
		return r, err
	}
	return r, authz.CheckUnit(ctx, tx, perm, r.Unit)
}

func (s *Service) filled(ctx context.Context, tx db.Tx, kind string, r Record) (FilledListing, error) {
	out := FilledListing{Record: r, Items: []Filled{}}
	fields, err := loadFields(ctx, tx, kind)
	if err != nil {
		return out, err
	}
	who, path, err := s.standing(ctx, tx, r)
	if err != nil {
		return out, err
	}
	values, err := s.Values(ctx, tx, kind, []Record{r})
	if err != nil {
		return out, err
	}
	manages := authz.CheckUnit(ctx, tx, s.subjects[kind].Manage, r.Unit) == nil
	for _, f := range fields {
		access := f.access(who, path)
		if access == Hide || !f.forType(r.Type) {
			continue
		}
		demanded, err := s.demanded(ctx, tx, f, r.Type, r.Status)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, Filled{CustomField: f, Value: values[r.ID][f.Key], Locked: access != Edit || !manages, Demanded: demanded})
	}
	out.Version, err = fieldsVersion(ctx, tx, kind, r.ID)
	return out, err
}
