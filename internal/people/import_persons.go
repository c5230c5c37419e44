package people

import (
	"context"
	"errors"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// ImportOptions say what ImportPersons does with what it read.
type ImportOptions struct {
	// Apply saves; without it the report says what would happen.
	Apply bool
	// SkipInvalid saves the good rows although others are not; without it one bad row keeps everything from being saved.
	SkipInvalid bool
	// Unit takes new persons whose row names none; "" means the root.
	Unit ref.Unit
	// Mapping overrules the recognition of headers: column → header.
	Mapping map[string]string
}

// ImportReport says what an import did or would do.
type ImportReport struct {
	Applied   bool `json:"applied"`
	Rows      int  `json:"rows"`
	Created   int  `json:"created"`
	Updated   int  `json:"updated"`
	Unchanged int  `json:"unchanged"`
	Invalid   int  `json:"invalid"`
	// Columns tells which header was taken for which column and which were not read.
	IgnoredColumns []string       `json:"ignoredColumns" nullable:"false"`
	Items          []ImportedItem `json:"items" nullable:"false" doc:"The rows, faulty ones first, at most 1000."`
	Truncated      bool           `json:"truncated" doc:"True when there are more rows than items."`
}

// ImportedItem says what becomes of one row.
type ImportedItem struct {
	Row    int             `json:"row"`
	Action string          `json:"action" enum:"create,update,unchanged,invalid"`
	Name   string          `json:"name"`
	Email  string          `json:"email"`
	Unit   string          `json:"unit,omitempty"`
	Errors []problem.Field `json:"errors,omitempty"`
}

const maxImportItems = 1000

// ImportPersons adds and updates persons from a table: who has a known address is updated by what the row says, who has a
// new one is added. Everything is saved together or not at all.
func (s *Service) ImportPersons(ctx context.Context, t *tabular.Table, o ImportOptions) (ImportReport, error) {
	m, err := tabular.Match(t.Header, ImportColumns, o.Mapping)
	if err != nil {
		return ImportReport{}, err
	}
	if !m.Has(colName) && !m.Has(colFirstName) && !m.Has(colLastName) {
		var faults problem.Fields
		faults.Add("column "+colName, "column_missing", "The table has no column Name, nor First name and Last name.")
		return ImportReport{}, faults.Err("header_invalid", "The first row must name the columns, and it does not do so clearly.")
	}
	var report ImportReport
	run := s.db.Read
	if o.Apply {
		run = s.db.Write
	}
	err = run(ctx, func(ctx context.Context, tx db.Tx) error {
		plan, err := s.planImport(ctx, tx, readRows(t, m, s.clock.Now()), o)
		if err != nil {
			return err
		}
		report = plan.report(m.Unknown)
		if !o.Apply {
			return nil
		}
		if report.Invalid > 0 && !o.SkipInvalid {
			return plan.refuse()
		}
		report.Applied = true
		return s.applyImport(ctx, tx, plan)
	})
	return report, err
}

// importPlan is what an import would do, row by row.
type importPlan struct {
	rows []plannedRow
}

type plannedRow struct {
	importRow
	action string
	before Person
	unit   Unit
	teams  []Team
	role   *Role
}

func (p *importPlan) report(ignored []string) ImportReport {
	out := ImportReport{Rows: len(p.rows), IgnoredColumns: append([]string{}, ignored...), Items: []ImportedItem{}}
	for _, faulty := range []bool{true, false} {
		for i := range p.rows {
			r := &p.rows[i]
			if (r.action == "invalid") != faulty {
				continue
			}
			switch r.action {
			case "create":
				out.Created++
			case "update":
				out.Updated++
			case "unchanged":
				out.Unchanged++
			default:
				out.Invalid++
			}
			if len(out.Items) < maxImportItems {
				out.Items = append(out.Items, ImportedItem{Row: r.number, Action: r.action, Name: r.person.Name, Email: r.person.Email, Unit: r.unit.Name, Errors: r.faults})
			}
		}
	}
	out.Truncated = len(out.Items) < out.Rows
	return out
}

// refuse is the problem of an import with faulty rows; it points at the first hundred faults.
func (p *importPlan) refuse() error {
	var faults problem.Fields
	bad := 0
	for i := range p.rows {
		if p.rows[i].action != "invalid" {
			continue
		}
		bad++
		if len(faults) < 100 {
			faults = append(faults, p.rows[i].faults...)
		}
	}
	err := faults.Err("import_invalid", fmt.Sprintf("%s of %d cannot be imported; nothing was saved. Correct them, or import the others only.", quantity(int64(bad), "row"), len(p.rows)))
	var out *problem.Error
	if errors.As(err, &out) {
		return out.WithData("invalid", bad).WithData("rows", len(p.rows))
	}
	return err
}

// applyImport writes a plan in batches.
func (s *Service) applyImport(ctx context.Context, tx db.Tx, plan *importPlan) error {
	// Grants that have expired make room for new ones.
	if _, err := s.endGrants(ctx, tx, "g.expires_at <= ?", s.clock.Now()); err != nil {
		return err
	}
	var fresh, known []*plannedRow
	for i := range plan.rows {
		switch r := &plan.rows[i]; r.action {
		case "create":
			fresh = append(fresh, r)
		case "update":
			known = append(known, r)
		}
	}
	if err := writeImported(ctx, tx, fresh, known); err != nil {
		return err
	}
	single := len(fresh)+len(known) <= singleEvents
	if single {
		for _, r := range append(append([]*plannedRow{}, fresh...), known...) {
			if err := s.appendImported(ctx, tx, r); err != nil {
				return err
			}
		}
	} else if err := s.appendBatches(ctx, tx, fresh, known); err != nil {
		return err
	}
	all := append(fresh, known...)
	if err := s.joinTeams(ctx, tx, all); err != nil {
		return err
	}
	return s.grantImported(ctx, tx, all, single)
}

func (s *Service) appendImported(ctx context.Context, tx db.Tx, r *plannedRow) error {
	if r.action == "create" {
		return s.appendPerson(ctx, tx, PersonCreated, r.person, nil, &r.person, map[string]any{"importRow": r.number})
	}
	if len(events.Diff(r.before, r.person)) == 0 {
		return nil
	}
	return s.appendPerson(ctx, tx, PersonChanged, r.person, &r.before, &r.person, map[string]any{"importRow": r.number})
}

// appendBatches says of a large import what each batch added and changed, by address.
func (s *Service) appendBatches(ctx context.Context, tx db.Tx, fresh, known []*plannedRow) error {
	root, _, err := loadRoot(ctx, tx)
	if err != nil {
		return err
	}
	importID := string(ref.New[ref.Run]())
	addresses := func(rows []*plannedRow) []string {
		out := make([]string, len(rows))
		for i, r := range rows {
			out[i] = r.person.Email
		}
		return out
	}
	say := func(added, changed []*plannedRow) error {
		return s.events.Append(ctx, tx, events.Event{Kind: PersonsImported, SubjectID: importID, SubjectLabel: "persons", Unit: root.ID, Data: map[string]any{
			"created": len(added), "updated": len(changed), "createdEmails": addresses(added), "updatedEmails": addresses(changed)}})
	}
	for _, batch := range db.Chunks(fresh, importBatch) {
		if err := say(batch, nil); err != nil {
			return err
		}
	}
	for _, batch := range db.Chunks(known, importBatch) {
		if err := say(nil, batch); err != nil {
			return err
		}
	}
	return nil
}
