package delivery

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// UnmappedGroup is records that wait for the same decision.
type UnmappedGroup struct {
	// Kind is the kind of rule that decides: repository, path, service, pipeline, environment, board or
	// environment_class.
	Kind  RuleKind `json:"kind"`
	Value string   `json:"value" doc:"What is unknown; the pattern of a rule for it."`
	// Records says of what kind the waiting records are.
	Records    RecordKind     `json:"records"`
	Connection ref.Connection `json:"connectionId,omitempty"`
	Count      int64          `json:"count"`
	FirstAt    *time.Time     `json:"firstAt,omitempty"`
	LastAt     *time.Time     `json:"lastAt,omitempty"`
	Samples    []string       `json:"samples" nullable:"false" doc:"Ids of some of the records."`
	// Suggestion is an application whose name fits.
	Suggestion *UnmappedSuggestion `json:"suggestion,omitempty"`
}

// UnmappedSuggestion is a guess a person may accept.
type UnmappedSuggestion struct {
	ApplicationID    ref.App `json:"applicationId,omitempty"`
	ApplicationKey   string  `json:"applicationKey,omitempty"`
	EnvironmentClass string  `json:"environmentClass,omitempty"`
}

// waiting is one group as a query tells it.
type waiting struct {
	ConnectionID   ref.Connection
	ApplicationRaw string
	Service        string
	Name           string
	Environment    string
	RepositoryKey  string
	Several        bool
	N              int64
	FirstID        int64
	LastID         int64
	FirstAt        string
	LastAt         string
}

// ListUnmapped returns what no application or environment class was found for, grouped by what is unknown, the most
// frequent first. It is for those who see the whole organisation.
func (s *Service) ListUnmapped(ctx context.Context) ([]UnmappedGroup, error) {
	if err := maySeeUnmapped(ctx); err != nil {
		return nil, err
	}
	groups := map[string]*UnmappedGroup{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		clear(groups)
		several := "EXISTS (SELECT 1 FROM repository_application AS ra WHERE ra.repository_id = f.repository_id)"
		for _, part := range []struct {
			kind    RecordKind
			table   string
			columns string
			where   string
			rule    RuleKind
		}{
			{KindDeployment, "deployment", "f.application_raw, f.service, f.name, f.environment, COALESCE(r.repository_key, '') AS repository_key, " + several + " AS several", "f.application_id IS NULL", ""},
			{KindIncident, "incident", "f.application_raw, f.service, f.environment", "f.application_id IS NULL", ""},
			{KindTestRun, "test_run", "f.application_raw, f.name, f.environment, COALESCE(r.repository_key, '') AS repository_key, " + several + " AS several", "f.application_id IS NULL", ""},
			{KindPipelineRun, "pipeline_run", "f.name, COALESCE(r.repository_key, '') AS repository_key, " + several + " AS several", "f.application_id IS NULL", ""},
			{KindBoard, "board", "f.name AS service", "f.application_id IS NULL", RuleBoard},
			{KindRepository, "repository", "f.repository_key", "NOT EXISTS (SELECT 1 FROM repository_application AS ra WHERE ra.repository_id = f.id)", RuleRepository},
			{KindDeployment, "deployment", "f.environment", "f.environment_class = ''", RuleEnvironmentClass},
		} {
			rows, err := waitingRows(ctx, tx, part.table, part.columns, part.where)
			if err != nil {
				return err
			}
			for _, w := range rows {
				add(groups, part.kind, part.rule, w)
			}
		}
		return suggest(ctx, tx, groups)
	})
	out := make([]UnmappedGroup, 0, len(groups))
	for _, g := range groups {
		out = append(out, *g)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Count != out[j].Count {
			return out[i].Count > out[j].Count
		}
		return string(out[i].Kind)+"\x00"+out[i].Value < string(out[j].Kind)+"\x00"+out[j].Value
	})
	return out, err
}

func waitingRows(ctx context.Context, tx db.Tx, table, columns, where string) (rows []waiting, err error) {
	q := tx.NewSelect().TableExpr(table + " AS f").ColumnExpr("f.connection_id, " + columns).
		ColumnExpr("COUNT(*) AS n, MIN(f.id) AS first_id, MAX(f.id) AS last_id").Where(where)
	if table == "board" {
		q = q.ColumnExpr("COALESCE(CAST(MIN(f.created_at) AS TEXT), '') AS first_at, COALESCE(CAST(MAX(f.created_at) AS TEXT), '') AS last_at")
	} else {
		q = q.ColumnExpr("CAST(MIN(f.at) AS TEXT) AS first_at, CAST(MAX(f.at) AS TEXT) AS last_at")
	}
	if strings.Contains(columns, "r.repository_key") {
		q = q.Join("LEFT JOIN repository AS r ON r.id = f.repository_id")
	}
	group := []string{"f.connection_id"}
	for _, c := range []string{"f.application_raw", "f.service", "f.name", "f.environment", "f.repository_key", "r.repository_key"} {
		if strings.Contains(columns, c) {
			group = append(group, c)
		}
	}
	if strings.Contains(columns, "AS several") {
		group = append(group, "f.repository_id")
	}
	err = q.GroupExpr(strings.Join(group, ", ")).Scan(ctx, &rows)
	return rows, err
}

// add puts what waits into the group of the decision it waits for.
func add(groups map[string]*UnmappedGroup, records RecordKind, rule RuleKind, w waiting) {
	kind, value := rule, ""
	switch {
	case rule == RuleBoard:
		value = w.Service
	case rule == RuleRepository:
		value = w.RepositoryKey
	case rule == RuleEnvironmentClass:
		value = w.Environment
	case w.ApplicationRaw != "":
		kind, value = RuleService, w.ApplicationRaw
	case w.Service != "":
		kind, value = RuleService, w.Service
	case w.RepositoryKey != "" && w.Several:
		kind, value = RulePath, w.RepositoryKey
	case w.RepositoryKey != "":
		kind, value = RuleRepository, w.RepositoryKey
	case w.Name != "":
		kind, value = RulePipeline, w.Name
	default:
		kind, value = RuleEnvironment, w.Environment
	}
	key := string(kind) + "\x00" + value + "\x00" + string(records) + "\x00" + string(w.ConnectionID)
	g := groups[key]
	if g == nil {
		g = &UnmappedGroup{Kind: kind, Value: value, Records: records, Connection: w.ConnectionID, Samples: []string{}}
		groups[key] = g
	}
	g.Count += w.N
	for _, id := range []int64{w.FirstID, w.LastID} {
		if s := ref.Fact(id).String(); len(g.Samples) < 5 && (len(g.Samples) == 0 || g.Samples[len(g.Samples)-1] != s) {
			g.Samples = append(g.Samples, s)
		}
	}
	if t, ok := stored(w.FirstAt); ok && (g.FirstAt == nil || t.Before(*g.FirstAt)) {
		g.FirstAt = &t
	}
	if t, ok := stored(w.LastAt); ok && (g.LastAt == nil || t.After(*g.LastAt)) {
		g.LastAt = &t
	}
}

// stored reads a time as either engine casts it to text.
func stored(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// suggest looks for applications whose names fit what is unknown.
func suggest(ctx context.Context, tx db.Tx, groups map[string]*UnmappedGroup) error {
	k := newKnown(nil)
	names := map[string]bool{}
	for _, g := range groups {
		for _, n := range guesses(g.Value) {
			names[n] = true
		}
	}
	if err := k.loadNames(ctx, tx, names); err != nil {
		return err
	}
	keys := map[ref.App]string{}
	ids := make([]ref.App, 0, len(k.names))
	for _, n := range k.names {
		ids = append(ids, n.application)
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []struct {
			ID  ref.App
			Key string
		}
		if err := tx.NewSelect().Table("v_application").Column("id", "key").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			keys[r.ID] = r.Key
		}
	}
	for _, g := range groups {
		if g.Kind == RuleEnvironmentClass {
			continue
		}
		for _, n := range guesses(g.Value) {
			if found, ok := k.names[n]; ok && !found.ambiguous && g.Suggestion == nil {
				g.Suggestion = &UnmappedSuggestion{ApplicationID: found.application, ApplicationKey: keys[found.application]}
			}
		}
	}
	return nil
}

// guesses returns names an application may have that a tool calls by value: the last part of a path, without what
// says how it is deployed.
func guesses(value string) []string {
	value = ref.NameKey(value)
	last := value[strings.LastIndexByte(value, '/')+1:]
	out := []string{value, last}
	for _, cut := range []string{"-service", "-api", "-app", "-deploy", "-prod", "-production", "_service", " service", " deploy"} {
		if s, ok := strings.CutSuffix(last, cut); ok {
			out = append(out, s)
		}
	}
	for _, cut := range []string{"deploy ", "deploy-", "release "} {
		if s, ok := strings.CutPrefix(last, cut); ok {
			out = append(out, s)
		}
	}
	return out
}
