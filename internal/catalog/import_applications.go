package catalog

import (
	"context"
	"errors"
	"io"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

const (
	// maxFaultsShown bounds the errors listed one by one; their number is always told.
	maxFaultsShown = 1000
	maxPreview     = 100
	// An import of more applications than this writes one line of history per batch instead of one per application.
	maxSingleEvents = 1000
	eventBatch      = 500
)

// ImportOptions say how to import.
type ImportOptions struct {
	// DryRun tells what would happen and saves nothing.
	DryRun bool
	// SkipInvalid leaves rows with errors out; otherwise one error keeps everything from being saved.
	SkipInvalid bool
	// Unit is where new applications go whose row names none.
	Unit ref.Unit
	// Sheet names the sheet of a workbook; empty means the first.
	Sheet string
	// Mapping overrules how columns are recognised: column → header.
	Mapping map[string]string
}

// ImportReport tells what an import did, or would do.
type ImportReport struct {
	DryRun  bool              `json:"dryRun"`
	Applied bool              `json:"applied" doc:"Whether anything was saved."`
	Sheet   string            `json:"sheet,omitempty"`
	Sheets  []string          `json:"sheets,omitempty"`
	Columns map[string]string `json:"columns" doc:"Which header was taken for which column."`
	// UnknownColumns are the headers that were not read.
	UnknownColumns []string        `json:"unknownColumns" nullable:"false"`
	Rows           int             `json:"rows"`
	Created        int             `json:"created"`
	Updated        int             `json:"updated"`
	Unchanged      int             `json:"unchanged"`
	Invalid        int             `json:"invalid" doc:"Rows with errors."`
	Errors         []RowFault      `json:"errors" nullable:"false" doc:"The first thousand errors."`
	ErrorsTotal    int             `json:"errorsTotal"`
	Preview        []ImportPreview `json:"preview" nullable:"false" doc:"What becomes of the first hundred rows."`
}

// ImportPreview tells what becomes of one row.
type ImportPreview struct {
	Row     int                      `json:"row"`
	Key     string                   `json:"key"`
	Name    string                   `json:"name"`
	Unit    string                   `json:"unit,omitempty"`
	Action  string                   `json:"action" enum:"create,update,unchanged,invalid"`
	Changes map[string]events.Change `json:"changes,omitempty" doc:"Field → [old, new], of known applications."`
}

// ImportApplications creates applications from a table and edits known ones, which the key tells apart. An empty cell
// leaves things as they are; aliases, repositories and dependencies are added to those there are, never taken away. It is
// one transaction: all of it is saved or nothing.
func (s *Service) ImportApplications(ctx context.Context, file io.Reader, o ImportOptions) (ImportReport, error) {
	report, rows, err := readImport(file, o)
	if err != nil {
		return report, err
	}
	work := func(ctx context.Context, tx db.Tx) error {
		fresh := append([]importRow(nil), rows...) // the closure may run again
		if o.Unit != "" {
			if err := bodyUnit(ctx, tx, PermManage, o.Unit, "unitId"); err != nil {
				return err
			}
		}
		if !o.DryRun {
			if err := errors.Join(touchNames(ctx, tx), touchDependencies(ctx, tx)); err != nil {
				return err
			}
		}
		p, err := s.makePlan(ctx, tx, fresh, o.Unit)
		if err != nil {
			return err
		}
		report.tell(p)
		if report.Invalid > 0 && !o.SkipInvalid && !o.DryRun {
			return report.refusal()
		}
		if o.DryRun {
			return nil
		}
		if err := s.carryOut(ctx, tx, p); err != nil {
			return err
		}
		report.Applied = report.Created+report.Updated > 0
		return nil
	}
	if o.DryRun {
		err = s.db.Read(ctx, work)
	} else {
		err = s.db.Write(ctx, work)
	}
	return report, err
}

func readImport(file io.Reader, o ImportOptions) (ImportReport, []importRow, error) {
	report := ImportReport{DryRun: o.DryRun}
	in, err := tabular.Open(file, tabular.Options{Sheet: o.Sheet})
	if err != nil {
		return report, nil, err
	}
	defer func() { _ = in.Close() }()
	m, err := tabular.Match(in.Header, Columns, o.Mapping)
	if err != nil {
		if p := problem.Of(err); p != nil {
			err = p.WithData("header", in.Header).WithData("sheets", in.Sheets)
		}
		return report, nil, err
	}
	report.Sheet, report.Sheets, report.Columns = in.Sheet, in.Sheets, m.Found
	report.UnknownColumns = append([]string{}, m.Unknown...)
	var rows []importRow
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return report, nil, err
		}
		rows = append(rows, parseRow(row, m))
	}
	checkTogether(rows)
	return report, rows, nil
}

// tell fills the report from a plan.
func (r *ImportReport) tell(p *plan) {
	r.Rows, r.Created, r.Updated, r.Unchanged, r.Invalid, r.ErrorsTotal = len(p.rows), 0, 0, 0, 0, 0
	r.Errors, r.Preview = []RowFault{}, []ImportPreview{}
	for i, act := range p.actions {
		row := &p.rows[i]
		switch act.kind {
		case "create":
			r.Created++
		case "update":
			r.Updated++
		case "unchanged":
			r.Unchanged++
		default:
			r.Invalid++
		}
		r.ErrorsTotal += len(row.faults)
		for _, f := range row.faults {
			if len(r.Errors) < maxFaultsShown {
				r.Errors = append(r.Errors, f)
			}
		}
		if len(r.Preview) < maxPreview {
			v := ImportPreview{Row: row.number, Key: row.key, Name: row.name, Unit: row.unit, Action: act.kind}
			if act.kind == "update" {
				v.Changes = events.Diff(snapshot(*act.before), act.shown())
			}
			if u := p.units.byID[act.after.Unit]; u != nil && act.kind != "invalid" {
				v.Name, v.Unit = act.after.Name, u.shown
			}
			r.Preview = append(r.Preview, v)
		}
	}
}

// refusal is the problem of an import with errors.
func (r *ImportReport) refusal() error {
	var fields []problem.Field
	for _, f := range r.Errors {
		fields = append(fields, problem.Field{Path: tabular.Place(f.Row, f.Column), Code: f.Code, Message: f.Message, Value: f.Value})
	}
	return problem.Newf(problem.Invalid, "import_invalid",
		"%s of %d cannot be imported, so nothing was saved. Correct them, or import without them.", quantity(int64(r.Invalid), "row", "rows"), r.Rows).
		With(fields...).WithData("report", r)
}

// shown is an action's application as history tells it, with what is added.
func (a *action) shown() *fields {
	f := snapshot(a.after)
	f.Aliases, f.Repositories = aliasNames(a.aliases), repositoryNames(a.repositories)
	return f
}

// carryOut carries a plan out with many-row statements, a few thousand rows in memory at a time: first the applications,
// then what refers to them.
func (s *Service) carryOut(ctx context.Context, tx db.Tx, p *plan) error {
	created := &batch{flush: func(rows [][]any) error {
		return keyTaken(tx.BulkInsert(ctx, "application", applicationColumns, rows), "of a row")
	}}
	changed := &batch{flush: func(rows [][]any) error {
		return tx.BulkUpsert(ctx, "application", applicationColumns, []string{"id"},
			[]string{"name", "name_folded", "description", "unit_id", "criticality", "status", "vendor", "version", "updated_at"}, "", rows)
	}}
	for i := range p.actions {
		a := &p.actions[i].after
		switch p.actions[i].kind {
		case "create":
			created.add(applicationValues(a))
		case "update":
			a.Version++
			changed.add(applicationValues(a))
		}
	}
	if err := errors.Join(created.end(), changed.end()); err != nil {
		return err
	}
	aliases := &batch{flush: func(rows [][]any) error {
		return tx.BulkInsert(ctx, "application_alias", []string{"alias_folded", "application_id", "alias"}, rows)
	}}
	repositories := &batch{flush: func(rows [][]any) error {
		return tx.BulkInsert(ctx, "application_repository", []string{"id", "application_id", "url", "repository_key", "path_prefix", "created_at"}, rows)
	}}
	edges := &batch{flush: func(rows [][]any) error {
		return tx.BulkInsert(ctx, "dependency", []string{"id", "from_id", "to_id", "type", "criticality", "note", "version", "created_at", "updated_at"}, rows)
	}}
	for i := range p.actions {
		act := &p.actions[i]
		if act.kind != "create" && act.kind != "update" {
			continue
		}
		for _, x := range act.aliases {
			aliases.add([]any{x.Folded, string(act.after.ID), x.Alias})
		}
		for _, x := range act.repositories {
			repositories.add([]any{x.ID, string(act.after.ID), x.URL, x.Key, x.PathPrefix, x.CreatedAt})
		}
		for _, x := range act.edges {
			edges.add([]any{x.ID, string(x.From), string(x.To), string(x.Type), string(x.Criticality), "", x.Version, x.CreatedAt, x.UpdatedAt})
		}
		if act.before != nil && act.before.Unit != act.after.Unit {
			if err := s.owners.Move(ctx, tx, act.after.ID, act.after.Unit); err != nil {
				return err
			}
		}
		if act.owner != "" {
			if err := s.owners.SetOwner(ctx, tx, act.after, act.owner); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(aliases.end(), repositories.end(), edges.end()); err != nil {
		return err
	}
	return s.appendImport(ctx, tx, p, created.count, changed.count)
}

// batch gathers rows and writes them whenever there are enough.
type batch struct {
	flush func([][]any) error
	rows  [][]any
	count int
	err   error
}

func (b *batch) add(row []any) {
	b.rows = append(b.rows, row)
	if b.count++; len(b.rows) == 4096 {
		_ = b.end()
	}
}

// end writes what is left and returns the first error there was; after one nothing more is written.
func (b *batch) end() error {
	if b.err == nil && len(b.rows) > 0 {
		b.err = b.flush(b.rows)
	}
	b.rows = b.rows[:0]
	return b.err
}

var applicationColumns = []string{"id", "key", "key_folded", "name", "name_folded", "description", "unit_id", "criticality", "status", "vendor", "version", "created_at", "updated_at"}

func applicationValues(a *Application) []any {
	return []any{string(a.ID), a.Key, a.KeyFolded, a.Name, a.NameFolded, a.Description, string(a.Unit), string(a.Criticality), string(a.Status), a.Vendor, a.Version, a.CreatedAt, a.UpdatedAt}
}

// appendImport writes history: a line per application of a small import, a line per batch of a large one, and one for
// the whole.
func (s *Service) appendImport(ctx context.Context, tx db.Tx, p *plan, created, updated int) error {
	if created+updated == 0 {
		return nil
	}
	id := ref.New[string]()
	label := s.clock.Now().Format(time.DateTime)
	line := func(created, updated int, keys []string) error {
		data := map[string]any{"created": created, "updated": updated}
		if keys != nil {
			data["keys"] = keys
		}
		return s.events.Append(ctx, tx, events.Event{Kind: ApplicationsImported, SubjectID: id, SubjectLabel: label, Data: data})
	}
	single := created+updated <= maxSingleEvents
	var keys []string
	counts := [2]int{}
	for i := range p.actions {
		act := &p.actions[i]
		var err error
		switch {
		case act.kind != "create" && act.kind != "update":
			continue
		case !single:
			keys = append(keys, act.after.Key)
			if act.kind == "create" {
				counts[0]++
			} else {
				counts[1]++
			}
			if len(keys) == eventBatch {
				err = line(counts[0], counts[1], keys)
				keys, counts = nil, [2]int{}
			}
		case act.kind == "create":
			err = s.append(ctx, tx, ApplicationCreated, act.after, nil, act.shown(), map[string]any{"import": id})
		default:
			err = s.append(ctx, tx, ApplicationChanged, act.after, snapshot(*act.before), act.shown(), map[string]any{"import": id})
		}
		if err != nil {
			return err
		}
	}
	if single {
		return line(created, updated, nil)
	}
	if len(keys) > 0 {
		return line(counts[0], counts[1], keys)
	}
	return nil
}
