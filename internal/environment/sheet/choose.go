package sheet

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ImportChange is what ChangeImport takes; members that were not sent stay as they are.
type ImportChange struct {
	Kind           httpapi.Optional[Kind]                                 `json:"kind,omitzero" doc:"environments, components, groups or bookings. The columns are guessed anew."`
	Sheet          httpapi.Optional[string]                               `json:"sheet,omitzero" doc:"The name of a worksheet. The columns are guessed anew."`
	HeaderRow      httpapi.Optional[int]                                  `json:"headerRow,omitzero" doc:"The number of the row that names the columns."`
	Columns        httpapi.Optional[map[string]string]                    `json:"columns,omitzero" doc:"Field → letter of the column."`
	Zone           httpapi.Optional[string]                               `json:"zone,omitzero"`
	DateOrder      httpapi.Optional[DateOrder]                            `json:"dateOrder,omitzero" doc:"dmy or mdy."`
	Source         httpapi.Optional[string]                               `json:"source,omitzero"`
	Values         httpapi.Optional[map[ValueKind]map[string]ValueChoice] `json:"values,omitzero"`
	Clashes        httpapi.Optional[booking.ImportChoice]                 `json:"clashes,omitzero" doc:"request, skip or wait."`
	RowClashes     httpapi.Optional[map[string]booking.ImportChoice]      `json:"rowClashes,omitzero"`
	SkipInvalid    httpapi.Optional[bool]                                 `json:"skipInvalid,omitzero"`
	OverrideReason httpapi.Optional[string]                               `json:"overrideReason,omitzero"`
	Unit           httpapi.Optional[ref.Unit]                             `json:"unitId,omitzero"`
	Mapping        httpapi.Optional[string]                               `json:"mapping,omitzero" doc:"The id or name of a saved mapping to apply."`
}

// ChangeImport changes what was chosen for an import that the caller read in the given version; what was checked has to be
// checked again.
func (s *Service) ChangeImport(ctx context.Context, id string, version int64, in ImportChange) (Import, error) {
	return s.edit(ctx, id, version, ActChoose, func(ctx context.Context, tx db.Tx, i *Import) error {
		if err := s.choose(ctx, tx, i, in); err != nil {
			return err
		}
		i.State, i.ErrorCode, i.ErrorMessage, i.ErrorRow = Uploaded, "", "", 0
		return nil
	})
}

func (s *Service) choose(ctx context.Context, tx db.Tx, i *Import, in ImportChange) error {
	c := &i.Choices
	var faults problem.Fields
	guessAgain := false
	if in.Kind.Set {
		if !slices.Contains(Kinds, in.Kind.Value) {
			faults.Add("body.kind", "unknown", "The kind is environments, components, groups or bookings.")
		}
		guessAgain = guessAgain || i.Kind != in.Kind.Value
		i.Kind = in.Kind.Value
	}
	if in.Sheet.Set && in.Sheet.Value != c.Sheet {
		if !slices.ContainsFunc(i.Sheets, func(s SheetInfo) bool { return s.Name == in.Sheet.Value }) {
			faults.Add("body.sheet", "unknown", "The file has no such sheet.")
		}
		c.Sheet, c.HeaderRow, guessAgain = in.Sheet.Value, 0, true
	}
	if in.HeaderRow.Set && in.HeaderRow.Value != c.HeaderRow {
		c.HeaderRow, guessAgain = in.HeaderRow.Value, true
	}
	if guessAgain {
		i.guessAgain()
	}
	if i.header() == nil {
		faults.Add("body.headerRow", "unknown", fmt.Sprintf("The header must be one of the first %d rows that hold anything.", sampleRows))
	}
	if in.Mapping.Set && in.Mapping.Value != "" {
		if err := s.applyRemembered(ctx, tx, i, in.Mapping.Value); err != nil {
			return err
		}
	}
	if in.Columns.Set {
		c.Columns = map[string]string{}
		for key, letter := range in.Columns.Value {
			if letter != "" {
				c.Columns[key] = letter
			}
		}
	}
	if in.Zone.Set {
		if _, err := interval.Zone(in.Zone.Value); err != nil {
			faults.Add("body.zone", "zone_unknown", "A zone is an IANA name such as Europe/Vienna.")
		}
		c.Zone = in.Zone.Value
	}
	if in.DateOrder.Set {
		if !slices.Contains([]DateOrder{"", DayFirst, MonthFirst}, in.DateOrder.Value) {
			faults.Add("body.dateOrder", "unknown", "The order is dmy or mdy.")
		}
		c.DateOrder = in.DateOrder.Value
	}
	if in.Source.Set {
		if c.Source = shorten(in.Source.Value, 200); foldName(c.Source) == "" {
			faults.Add("body.source", "required", "Name the source, so that its rows are recognised again.")
		}
	}
	if in.Values.Set {
		c.Values = in.Values.Value
		checkValues(&faults, c.Values)
	}
	if in.Clashes.Set {
		c.Clashes = in.Clashes.Value
		checkClashChoice(&faults, "body.clashes", c.Clashes)
	}
	if in.RowClashes.Set {
		c.RowClashes = in.RowClashes.Value
		for row, choice := range c.RowClashes {
			if n, err := strconv.Atoi(row); err != nil || n < 1 {
				faults.Add("body.rowClashes."+row, "unknown", "A row is named by its number.")
			}
			checkClashChoice(&faults, "body.rowClashes."+row, choice)
		}
	}
	if in.SkipInvalid.Set {
		c.SkipInvalid = in.SkipInvalid.Value
	}
	if in.OverrideReason.Set {
		c.OverrideReason = shorten(in.OverrideReason.Value, 2000)
	}
	if in.Unit.Set && in.Unit.Value != i.Unit {
		if err := authz.CheckUnit(ctx, tx, PermImport, in.Unit.Value); err != nil {
			return err
		}
		i.Unit = in.Unit.Value
	}
	return faults.Err("import_invalid", "The import cannot be set up like this.")
}

func checkClashChoice(faults *problem.Fields, place string, c booking.ImportChoice) {
	if !slices.Contains([]booking.ImportChoice{booking.TakeRequested, booking.LeaveOut, booking.TakeWaiting}, c) {
		faults.Add(place, "unknown", "The choice is request, skip or wait.")
	}
}

func checkValues(faults *problem.Fields, values map[ValueKind]map[string]ValueChoice) {
	n := 0
	for kind, names := range values {
		for name, c := range names {
			place := fmt.Sprintf("body.values.%s.%s", kind, name)
			switch n++; {
			case !slices.Contains([]string{"create", "map", "skip"}, c.Act):
				faults.Add(place, "unknown", "The choice is create, map or skip.")
			case c.Act == "map" && c.To == "":
				faults.Add(place, "required", "Say what is meant.")
			}
		}
	}
	if n > 20_000 {
		faults.Add("body.values", "too_many", "There are at most 20000 decisions about names.")
	}
}

// guessAgain looks for the columns anew after the sheet, its header or the kind changed.
func (i *Import) guessAgain() {
	for _, info := range i.Sheets {
		if info.Name != i.Choices.Sheet {
			continue
		}
		rows := info.Rows
		if i.Choices.HeaderRow > 0 {
			rows = slices.DeleteFunc(slices.Clone(rows), func(r SampleRow) bool { return r.Number != i.Choices.HeaderRow })
		}
		g := guessSheet(rows, i.Kind)
		if i.Kind == "" {
			i.Kind = g.Kind
		}
		if g.HeaderRow > 0 {
			i.Choices.HeaderRow = g.HeaderRow
		}
		i.setColumns(g.Columns)
	}
}

// edit changes an import between checking its version and keeping it.
func (s *Service) edit(ctx context.Context, id string, version int64, act Act, fn func(ctx context.Context, tx db.Tx, i *Import) error) (Import, error) {
	var out Import
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		i, err := s.may(ctx, tx, id)
		if err != nil {
			return err
		}
		if version != 0 && i.Version != version {
			return httpapi.Stale(i.Version, s.view(i))
		}
		if err := checkAct(act, i.State); err != nil {
			return err
		}
		if err := fn(ctx, tx, &i); err != nil {
			return err
		}
		out = i
		return s.save(ctx, tx, &out)
	})
	return out, err
}

// may returns an import after checking the permission on its unit.
func (s *Service) may(ctx context.Context, tx db.Tx, id string) (Import, error) {
	i, err := find(ctx, tx, id)
	if err != nil {
		return i, err
	}
	return i, authz.CheckUnit(ctx, tx, PermImport, i.Unit)
}

func find(ctx context.Context, tx db.Tx, id string) (Import, error) {
	var i Import
	err := tx.NewSelect().Model(&i).Where("i.id = ? AND i.ready AND i.state <> 'discarded'", id).Scan(ctx)
	if db.IsNoRows(err) {
		return i, authz.ErrNotFound
	}
	return i.utc(), err
}

func (i Import) utc() Import {
	i.CreatedAt, i.UpdatedAt = i.CreatedAt.UTC(), i.UpdatedAt.UTC()
	if i.FinishedAt != nil {
		t := i.FinishedAt.UTC()
		i.FinishedAt = &t
	}
	return i
}

// save writes an import one version on.
func (s *Service) save(ctx context.Context, tx db.Tx, i *Import) error {
	read := i.Version
	i.Version++
	i.UpdatedAt = s.Clock.Now()
	res, err := tx.NewUpdate().Model(i).ExcludeColumn("id", "created_at").Where("id = ? AND version = ?", i.ID, read).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		if err == nil {
			err = problem.New(problem.Stale, "stale", "Somebody changed this import at the same moment; look at it again.")
		}
		return err
	}
	return nil
}
