package catalog

import (
	"fmt"
	"strings"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// The columns of an import and an export, in the order in which they are written.
const (
	colKey          = "Key"
	colName         = "Name"
	colUnit         = "Unit"
	colDescription  = "Description"
	colCriticality  = "Criticality"
	colStatus       = "Status"
	colVendor       = "Vendor"
	colAliases      = "Aliases"
	colRepositories = "Repositories"
	colOwner        = "Owner email"
	colDependsOn    = "Depends on"
)

// Columns are what an import of applications understands.
var Columns = []tabular.Column{
	{Name: colKey, Required: true, Synonyms: []string{"Application key", "Application ID", "App ID", "Code", "Identifier", "System ID"}},
	{Name: colName, Synonyms: []string{"Application", "Application name", "App", "System", "System name", "Service"}},
	{Name: colUnit, Synonyms: []string{"Organisation", "Organization", "Portfolio", "Portfolio association", "Department", "Division", "Business unit", "Org unit"}},
	{Name: colDescription, Synonyms: []string{"Summary", "Purpose"}},
	{Name: colCriticality, Synonyms: []string{"Business criticality", "Tier", "Importance"}},
	{Name: colStatus, Synonyms: []string{"State", "Active"}},
	{Name: colVendor, Synonyms: []string{"Supplier", "Provider", "Manufacturer"}},
	{Name: colAliases, Synonyms: []string{"Alias", "Other names", "Also known as", "System alias"}},
	{Name: colRepositories, Synonyms: []string{"Repository", "Repo", "Repos", "Repository URL", "Git", "Source code"}},
	{Name: colOwner, Synonyms: []string{"Owner", "Owner mail", "Accountable", "Responsible email"}},
	{Name: colDependsOn, Synonyms: []string{"Dependencies", "Upstream", "Requires", "Needs"}},
}

// RowFault is what is wrong with one cell of an import.
type RowFault struct {
	Row     int    `json:"row" doc:"As a spreadsheet counts; the header is usually row 1."`
	Column  string `json:"column,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Value   string `json:"value,omitempty"`
}

// importRow is one row of an import after everything was checked that the row alone shows. Empty members were empty cells.
type importRow struct {
	number       int
	key, folded  string
	name         string
	unit         string
	description  string
	criticality  Criticality
	status       Status
	vendor       string
	aliases      []Alias
	repositories []Repository
	owner        string
	dependsOn    []importDependency
	faults       []RowFault
}

type importDependency struct {
	folded, shown string
	kind          DependencyType
}

func (r *importRow) fault(column, code, message, value string) {
	if runes := []rune(value); len(runes) > 80 {
		value = string(runes[:80]) + "…"
	}
	for _, f := range r.faults {
		if f.Column == column && f.Code == code && f.Value == value {
			return
		}
	}
	r.faults = append(r.faults, RowFault{Row: r.number, Column: column, Code: code, Message: message, Value: value})
}

// faultsOf notes what a check of the slice found, under the column it was about.
func (r *importRow) faultsOf(column, value string, check func(*problem.Fields)) {
	var faults problem.Fields
	check(&faults)
	for _, f := range faults {
		r.fault(column, f.Code, f.Message, value)
	}
}

// parseRow reads one row.
func parseRow(in tabular.Row, m tabular.Mapping) importRow {
	get := func(column string) string { return m.Get(in.Cells, column) }
	r := importRow{number: in.Number, key: get(colKey), name: line(get(colName)), unit: line(get(colUnit)), description: get(colDescription), vendor: line(get(colVendor)), owner: get(colOwner)}
	r.folded = ref.NameKey(r.key)
	if in.Surplus > 0 {
		r.fault("", "cells_surplus", fmt.Sprintf("The row has %d filled cells to the right of the header. Is a separator or a quote missing?", in.Surplus), "")
	}
	r.faultsOf(colKey, r.key, func(f *problem.Fields) { checkKey(f, "", r.key) })
	r.faultsOf(colName, r.name, func(f *problem.Fields) { checkText(f, "", r.name, false, maxName) })
	r.faultsOf(colDescription, r.description, func(f *problem.Fields) { checkText(f, "", r.description, false, maxDescription) })
	r.faultsOf(colVendor, r.vendor, func(f *problem.Fields) { checkText(f, "", r.vendor, false, maxVendor) })
	if s := get(colCriticality); s != "" {
		var ok bool
		if r.criticality, ok = parseCriticality(s); !ok {
			r.fault(colCriticality, "criticality_unknown", "Write mission critical, high, medium or low.", s)
		}
	}
	if s := get(colStatus); s != "" {
		switch strings.ToUpper(s) {
		case "ACTIVE", "YES", "TRUE":
			r.status = Active
		case "INACTIVE", "NO", "FALSE":
			r.status = Inactive
		default:
			r.fault(colStatus, "status_unknown", "Write active or inactive.", s)
		}
	}
	named := Application{Key: r.key, Name: r.name}
	named.tidy()
	aliases := tabular.List(get(colAliases))
	r.faultsOf(colAliases, get(colAliases), func(f *problem.Fields) { r.aliases = cleanAliases(f, "", named, aliases) })
	r.parseRepositories(get(colRepositories))
	r.parseDependencies(get(colDependsOn))
	return r
}

// parseRepositories reads addresses, each with "#folder" behind it where a repository is shared.
func (r *importRow) parseRepositories(cell string) {
	var paths []RepositoryPath
	for _, part := range tabular.List(cell) {
		url, folder, _ := strings.Cut(part, "#")
		paths = append(paths, RepositoryPath{URL: url, PathPrefix: folder})
	}
	r.faultsOf(colRepositories, cell, func(f *problem.Fields) { r.repositories = cleanRepositories(f, "", paths) })
}

// parseDependencies reads keys, each with ":TYPE" behind it where the type is not RUNTIME.
func (r *importRow) parseDependencies(cell string) {
	parts := tabular.List(cell)
	if len(parts) == 1 {
		parts = strings.FieldsFunc(cell, func(c rune) bool { return c == ',' })
	}
	seen := map[importDependency]bool{}
	for _, part := range parts {
		key, kind, typed := strings.Cut(strings.TrimSpace(part), ":")
		d := importDependency{folded: ref.NameKey(key), shown: strings.TrimSpace(key), kind: Runtime}
		if typed {
			d.kind = DependencyType(strings.ToUpper(strings.TrimSpace(kind)))
		}
		same := importDependency{folded: d.folded, kind: d.kind}
		if d.folded == "" || seen[same] {
			continue
		}
		seen[same] = true
		probe := Dependency{Type: d.kind, Criticality: Medium}
		var faults problem.Fields
		if probe.check(&faults); len(faults) > 0 {
			r.fault(colDependsOn, "type_unknown", "Behind the colon stands the type: RUNTIME, BUILD, DATA or OTHER.", part)
			continue
		}
		if d.folded == r.folded {
			r.fault(colDependsOn, "dependency_on_itself", "An application does not depend on itself.", part)
			continue
		}
		r.dependsOn = append(r.dependsOn, d)
	}
}

// checkTogether notes what contradicts itself within the table: a key twice, an alias that is another row's key, name or
// alias, a repository path of two rows.
func checkTogether(rows []importRow) {
	keys, names := make(map[string]int, len(rows)), make(map[string]int, len(rows))
	for i := range rows {
		r := &rows[i]
		if r.folded == "" {
			continue
		}
		if first, twice := keys[r.folded]; twice {
			r.fault(colKey, "key_twice", fmt.Sprintf("Row %d has the same key.", rows[first].number), r.key)
			continue
		}
		keys[r.folded] = i
		if folded := ref.NameKey(r.name); folded != "" {
			names[folded] = i
		}
	}
	aliases, places := map[string]int{}, map[[2]string]int{}
	for i := range rows {
		r := &rows[i]
		for _, a := range r.aliases {
			for _, known := range []map[string]int{keys, names, aliases} {
				if other, taken := known[a.Folded]; taken && other != i {
					r.fault(colAliases, "application_alias_taken", fmt.Sprintf("Row %d has this key, name or alias.", rows[other].number), a.Alias)
					break
				}
			}
			if _, known := aliases[a.Folded]; !known {
				aliases[a.Folded] = i
			}
		}
		for _, p := range r.repositories {
			at := [2]string{p.Key, p.PathPrefix}
			if other, taken := places[at]; taken && other != i {
				r.fault(colRepositories, "repository_taken", fmt.Sprintf("Row %d has this repository too. Give each a folder of its own: address#folder.", rows[other].number), p.URL)
				continue
			}
			places[at] = i
		}
	}
}

// unitIndex finds units by what people write.
type unitIndex struct {
	byID   map[ref.Unit]*unitEntry
	byName map[string][]*unitEntry
}

type unitEntry struct {
	ID         ref.Unit `bun:"id"`
	Name       string   `bun:"name"`
	Path       string   `bun:"path"`
	Manageable bool     `bun:"-"`
	// words are the folded names from the root to the unit; shown is the same for people.
	words []string
	shown string
}

func indexUnits(list []*unitEntry) unitIndex {
	x := unitIndex{byID: map[ref.Unit]*unitEntry{}, byName: map[string][]*unitEntry{}}
	for _, u := range list {
		x.byID[u.ID] = u
	}
	for _, u := range list {
		var shown []string
		for _, id := range strings.Split(strings.Trim(u.Path, "/"), "/") {
			if above := x.byID[ref.Unit(id)]; above != nil {
				u.words = append(u.words, ref.NameKey(above.Name))
				shown = append(shown, above.Name)
			}
		}
		u.shown = strings.Join(shown, " / ")
		name := ref.NameKey(u.Name)
		x.byName[name] = append(x.byName[name], u)
	}
	return x
}

// find returns the one unit a cell means: an id, a name, or the end of a path such as "Retail / Web shop". code tells why
// there is none.
func (x unitIndex) find(cell string) (u *unitEntry, code string) {
	if u := x.byID[ref.Unit(cell)]; u != nil {
		return u, ""
	}
	candidates := x.byName[ref.NameKey(cell)]
	if len(candidates) == 0 {
		parts := strings.FieldsFunc(cell, func(r rune) bool { return r == '/' || r == '>' || r == '\\' })
		for i := range parts {
			parts[i] = ref.NameKey(parts[i])
		}
		if len(parts) > 0 {
			for _, u := range x.byName[parts[len(parts)-1]] {
				if n := len(u.words) - len(parts); n >= 0 && strings.Join(u.words[n:], "/") == strings.Join(parts, "/") {
					candidates = append(candidates, u)
				}
			}
		}
	}
	switch len(candidates) {
	case 0:
		return nil, "unit_unknown"
	case 1:
		return candidates[0], ""
	}
	return nil, "unit_ambiguous"
}
