package field

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Definition is what Define takes, and what a change leaves.
type Definition struct {
	Name        string          `json:"name"`
	Type        string          `json:"type,omitempty" doc:"Narrows it to records of one type, by the id or name of the type."`
	Group       string          `json:"group,omitempty"`
	Description string          `json:"description,omitempty"`
	Measure     string          `json:"measure,omitempty"`
	Mandatory   Mandatory       `json:"mandatory,omitempty" enum:"never,always,from_status"`
	FromStatus  string          `json:"fromStatus,omitempty"`
	Access      Access          `json:"access,omitempty" enum:"edit,view,hide"`
	Rules       []AccessRule    `json:"accessRules,omitempty" maxItems:"100"`
	Default     json.RawMessage `json:"default,omitempty"`
}

// NewField is what Define takes.
type NewField struct {
	Subject  string   `json:"subject"`
	Key      string   `json:"key,omitempty" doc:"Made from the name where it is not sent."`
	DataType DataType `json:"dataType" enum:"text,multiline,number,decimal,currency,date,time,datetime,list,multi_list,person,url,boolean"`
	List     string   `json:"list,omitempty"`
	Definition
}

// FieldChange is what Redefine takes; members that were not sent stay as they are. Key, data type and list never change.
type FieldChange struct {
	Name        httpapi.Optional[string]          `json:"name,omitzero"`
	Type        httpapi.Optional[string]          `json:"type,omitzero"`
	Group       httpapi.Optional[string]          `json:"group,omitzero"`
	Description httpapi.Optional[string]          `json:"description,omitzero"`
	Measure     httpapi.Optional[string]          `json:"measure,omitzero"`
	Mandatory   httpapi.Optional[Mandatory]       `json:"mandatory,omitzero"`
	FromStatus  httpapi.Optional[string]          `json:"fromStatus,omitzero"`
	Access      httpapi.Optional[Access]          `json:"access,omitzero"`
	Rules       httpapi.Optional[[]AccessRule]    `json:"accessRules,omitzero"`
	Default     httpapi.Optional[json.RawMessage] `json:"default,omitzero"`
}

// Define adds a custom field at the end of those of its kind of record.
func (s *Service) Define(ctx context.Context, in NewField) (CustomField, error) {
	var f CustomField
	err := s.manage(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.clock.Now()
		f = CustomField{ID: ref.New[string](), Subject: in.Subject, Key: in.Key, DataType: in.DataType, List: in.List, Version: 1, CreatedAt: now, UpdatedAt: now}
		in.into(&f)
		if f.Key == "" {
			f.Key = keyOf(f.Name)
		}
		if err := s.check(ctx, tx, &f); err != nil {
			return err
		}
		n, err := tx.NewSelect().Table("custom_field").Where("subject_kind = ?", f.Subject).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxFields {
			return problem.Newf(problem.Invalid, "too_many_fields", "A kind of record has at most %d custom fields.", maxFields)
		}
		if err := tx.NewSelect().Table("custom_field").ColumnExpr("COALESCE(MAX(position), 0) + 1").Where("subject_kind = ?", f.Subject).Scan(ctx, &f.Order); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&f).Exec(ctx); db.IsUnique(err) {
			return problem.Newf(problem.Conflict, "key_taken", "There is a custom field with the key %q already.", f.Key)
		} else if err != nil {
			return err
		}
		return s.appendField(ctx, tx, FieldCreated, nil, &f)
	})
	return f, err
}

func (d Definition) into(f *CustomField) {
	f.Name, f.Type, f.Group, f.Description, f.Measure = d.Name, d.Type, d.Group, d.Description, d.Measure
	f.Mandatory, f.FromStatus, f.Access, f.Rules, f.Default = d.Mandatory, d.FromStatus, d.Access, slices.Clone(d.Rules), d.Default
}

// Redefine edits a custom field.
func (s *Service) Redefine(ctx context.Context, id string, version int64, in FieldChange) (CustomField, error) {
	var f CustomField
	err := s.manage(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if f, err = touchField(ctx, tx, id, version); err != nil {
			return err
		}
		before := f
		in.into(&f)
		if err := s.check(ctx, tx, &f); err != nil {
			return err
		}
		if len(events.Diff(before, f)) == 0 {
			return nil
		}
		f.Version, f.UpdatedAt = f.Version+1, s.clock.Now()
		_, err = tx.NewUpdate().Model(&f).Column("name", "type_value", "group_name", "description", "measure", "mandatory", "from_status",
			"access", "access_rules", "default_value", "version", "updated_at").WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		return s.appendField(ctx, tx, FieldChanged, &before, &f)
	})
	return f, err
}

func (in FieldChange) into(f *CustomField) {
	for _, t := range []struct {
		from httpapi.Optional[string]
		into *string
	}{{in.Name, &f.Name}, {in.Type, &f.Type}, {in.Group, &f.Group}, {in.Description, &f.Description}, {in.Measure, &f.Measure}, {in.FromStatus, &f.FromStatus}} {
		if t.from.Set {
			*t.into = t.from.Value
		}
	}
	if in.Mandatory.Set {
		f.Mandatory = in.Mandatory.Value
		if f.Mandatory != FromStatus && !in.FromStatus.Set {
			f.FromStatus = ""
		}
	}
	if in.Access.Set {
		f.Access = in.Access.Value
	}
	if in.Rules.Set {
		f.Rules = slices.Clone(in.Rules.Value)
	}
	if in.Default.Set {
		f.Default = in.Default.Value
	}
}

// check notes everything that is wrong with a definition and turns names into ids.
func (s *Service) check(ctx context.Context, tx db.Tx, f *CustomField) error {
	var faults problem.Fields
	subject, known := s.subjects[f.Subject]
	if !known {
		faults.Add("body.subject", "subject_unknown", "Records of this kind cannot have custom fields.")
	}
	checkField(&faults, f)
	if f.Type != "" && known {
		typ, err := s.Lookups.Resolve(ctx, tx, subject.TypeList, f.Type, "body.type")
		if err != nil {
			return err
		}
		f.Type = string(typ.ID)
	}
	if f.List != "" {
		if _, err := loadList(ctx, tx, f.List); problem.KindOf(err) == problem.NotFound && err != nil {
			faults.Add("body.list", "list_unknown", "There is no such list.")
		} else if err != nil {
			return err
		}
	}
	parties := make([]standing.Party, len(f.Rules))
	for i, r := range f.Rules {
		parties[i] = r.Party
	}
	if err := standing.Check(ctx, tx, &faults, parties, func(i int) string { return fmt.Sprintf("body.accessRules[%d]", i) }); err != nil {
		return err
	}
	for i := range parties {
		f.Rules[i].Party = parties[i]
	}
	if len(f.Default) == 0 {
		f.Default = json.RawMessage("null")
	}
	f.DefaultText = string(f.Default)
	if len(faults) == 0 {
		if _, err := s.cells(ctx, tx, &faults, *f, f.Default, "body.default"); err != nil {
			return err
		}
	}
	return faults.Err("custom_field_invalid", "The custom field cannot be saved like this.")
}

// Undefine deletes a custom field with everything it holds. With dry set nothing is saved.
func (s *Service) Undefine(ctx context.Context, id string, version int64, dry bool) ([]Consequence, error) {
	more := []Consequence{}
	err := s.manage(ctx, func(ctx context.Context, tx db.Tx) error {
		more = []Consequence{}
		f, err := touchField(ctx, tx, id, version)
		if err != nil {
			return err
		}
		var n int64
		if err := tx.NewSelect().Table("custom_field_value").ColumnExpr("COUNT(DISTINCT subject_id)").Where("field_id = ?", id).Scan(ctx, &n); err != nil {
			return err
		}
		if n > 0 {
			more = append(more, Consequence{Kind: "values_lost", Count: n, Message: fmt.Sprintf("%d records lose what stands in %q.", n, f.Name)})
		}
		for _, q := range []string{`DELETE FROM custom_field_value WHERE field_id = ?`, `DELETE FROM custom_field WHERE id = ?`} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
		if err := s.appendField(ctx, tx, FieldDeleted, &f, nil); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	return more, dryRun(err)
}

// Arrange puts the custom fields of a kind of record in the given order; ids must name each of them once.
func (s *Service) Arrange(ctx context.Context, subject string, ids []string) ([]CustomField, error) {
	err := s.manage(ctx, func(ctx context.Context, tx db.Tx) error {
		fields, err := loadFields(ctx, tx, subject)
		if err != nil {
			return err
		}
		byID := map[string]CustomField{}
		for _, f := range fields {
			byID[f.ID] = f
		}
		var before, after []string
		seen := map[string]bool{}
		for i, id := range ids {
			f, known := byID[id]
			if !known || seen[id] || len(ids) != len(fields) {
				return problem.New(problem.Invalid, "order_incomplete", "The order must name every custom field of the kind of record once.")
			}
			seen[id] = true
			before, after = append(before, fields[i].Name), append(after, f.Name)
			if _, err := tx.ExecContext(ctx, `UPDATE custom_field SET position = ? WHERE id = ?`, i+1, id); err != nil {
				return err
			}
		}
		if len(ids) != len(fields) {
			return problem.New(problem.Invalid, "order_incomplete", "The order must name every custom field of the kind of record once.")
		}
		if slices.Equal(before, after) {
			return nil
		}
		return s.events.Append(ctx, tx, events.Event{Kind: FieldsOrdered, SubjectID: subject, SubjectLabel: s.subjectTitle(subject),
			Changes: map[string]events.Change{"order": {before, after}}})
	})
	if err != nil {
		return nil, err
	}
	return s.Definitions(ctx, subject, "")
}

// manage runs a change of definitions for somebody who may define them.
func (s *Service) manage(ctx context.Context, fn func(ctx context.Context, tx db.Tx) error) error {
	if err := everywhere(ctx, PermManageCustomField); err != nil {
		return err
	}
	return s.db.Write(ctx, fn)
}

func (s *Service) appendField(ctx context.Context, tx db.Tx, kind events.Kind, before, after *CustomField) error {
	about := after
	if about == nil {
		about = before
	}
	return s.events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: about.ID, SubjectLabel: about.Name,
		Changes: events.Diff(before, after, "order"), Data: map[string]any{"records": s.subjectTitle(about.Subject), "recordKind": about.Subject}})
}

func (s *Service) subjectTitle(kind string) string {
	if subject, ok := s.subjects[kind]; ok {
		return subject.Title
	}
	return kind
}
