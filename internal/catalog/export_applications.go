package catalog

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// exportPage is how many applications are read at once; the file as a whole is never in memory.
const exportPage = 500

// Exported is an application in a file: the columns an import understands.
type Exported struct {
	Listed
	UnitPath     string
	Repositories []string
	DependsOn    []string
}

// ExportApplications hands every application a listing with the filter would show to write, page by page.
func (s *Service) ExportApplications(ctx context.Context, f Filter, sort string, write func([]Exported) error) error {
	if sort == "" {
		sort = "name"
	}
	for cursor := ""; ; {
		var page []Exported
		var next string
		err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			list, err := s.readPage(ctx, tx, f, sort, cursor, exportPage+1)
			if err != nil {
				return err
			}
			by := orders[strings.TrimPrefix(sort, "-")]
			p := httpapi.NewPage(list, exportPage, func(l Listed) []any { return []any{sort, by.value(l), l.ID} })
			if err := s.decorate(ctx, tx, p.Items); err != nil {
				return err
			}
			next = p.Next
			page, err = forExport(ctx, tx, p.Items)
			return err
		})
		if err != nil {
			return err
		}
		if err := write(page); err != nil || next == "" {
			return err
		}
		cursor = next
	}
}

// forExport adds what only a file shows: three queries a page.
func forExport(ctx context.Context, tx db.Tx, list []Listed) ([]Exported, error) {
	out := make([]Exported, len(list))
	if len(list) == 0 {
		return out, nil
	}
	ids, at := make([]ref.App, len(list)), make(map[ref.App]*Exported, len(list))
	for i, l := range list {
		out[i].Listed, ids[i], at[l.ID] = l, l.ID, &out[i]
	}
	var units []*unitEntry
	if err := tx.NewSelect().TableExpr("v_unit AS u").ColumnExpr("u.id, u.name, u.path").Apply(authz.Filter(ctx, PermView, "u.id")).Scan(ctx, &units); err != nil {
		return nil, err
	}
	index := indexUnits(units)
	for i := range out {
		if u := index.byID[out[i].Unit]; u != nil {
			out[i].UnitPath = u.shown
		}
	}
	var repositories []Repository
	if err := tx.NewSelect().Model(&repositories).Where("r.application_id IN (?) AND r.component_id IS NULL", bun.In(ids)).OrderExpr("r.repository_key, r.path_prefix").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range repositories {
		shown := r.URL
		if r.PathPrefix != "" {
			shown += "#" + r.PathPrefix
		}
		at[r.Application].Repositories = append(at[r.Application].Repositories, shown)
	}
	var needs []struct {
		From ref.App        `bun:"from_id"`
		Key  string         `bun:"key"`
		Type DependencyType `bun:"type"`
	}
	err := tx.NewSelect().TableExpr("dependency AS d").Join("JOIN application AS a ON a.id = d.to_id").ColumnExpr("d.from_id, a.key, d.type").
		Where("d.from_id IN (?)", bun.In(ids)).Apply(authz.Filter(ctx, PermView, "a.unit_id")).OrderExpr("a.key_folded, d.type").Scan(ctx, &needs)
	for _, n := range needs {
		shown := n.Key
		if n.Type != Runtime {
			shown += ":" + string(n.Type)
		}
		at[n.From].DependsOn = append(at[n.From].DependsOn, shown)
	}
	return out, err
}

// cells returns the row of an application in the order of [Columns].
func (e Exported) cells() []string {
	var owners []string
	for _, o := range e.Owners {
		if o.Email != "" {
			owners = append(owners, o.Email)
		}
	}
	join := func(list []string) string { return strings.Join(list, "; ") }
	return []string{
		e.Key, e.Name, e.UnitPath, e.Description, string(e.Criticality), string(e.Status), e.Vendor,
		join(e.Aliases), join(e.Repositories), join(owners), join(e.DependsOn),
	}
}

func headerCells() []string {
	out := make([]string, len(Columns))
	for i, c := range Columns {
		out[i] = c.Name
	}
	return out
}

// tableFile writes applications as CSV or XLSX.
type tableFile struct{ out tabular.Writer }

func newTableFile(w io.Writer, format string) (*tableFile, error) {
	var f tableFile
	var err error
	if format == "xlsx" {
		f.out, err = tabular.NewXLSXWriter(w, "Applications")
	} else {
		f.out = tabular.NewCSVWriter(w)
	}
	if err != nil {
		return nil, err
	}
	return &f, f.out.Write(headerCells())
}

func (f *tableFile) write(page []Exported) error {
	for _, e := range page {
		if err := f.out.Write(e.cells()); err != nil {
			return err
		}
	}
	return nil
}

func (f *tableFile) close() error { return f.out.Close() }

// jsonFile writes applications as {"items":[…]} without holding them all.
type jsonFile struct {
	out   io.Writer
	begun bool
}

// exportView is an application in a JSON file.
type exportView struct {
	Item
	Unit         string   `json:"unit"`
	Repositories []string `json:"repositories"`
	DependsOn    []string `json:"dependsOn"`
}

func (f *jsonFile) write(page []Exported) error {
	for _, e := range page {
		lead := ",\n"
		if !f.begun {
			f.begun, lead = true, `{"items":[`+"\n"
		}
		raw, err := json.Marshal(exportView{Item: itemView(e.Listed), Unit: e.UnitPath, Repositories: append([]string{}, e.Repositories...), DependsOn: append([]string{}, e.DependsOn...)})
		if err != nil {
			return err
		}
		if _, err := f.out.Write(append([]byte(lead), raw...)); err != nil {
			return err
		}
	}
	return nil
}

func (f *jsonFile) close() error {
	end := "\n]}\n"
	if !f.begun {
		end = `{"items":[]}` + "\n"
	}
	_, err := io.WriteString(f.out, end)
	return err
}
