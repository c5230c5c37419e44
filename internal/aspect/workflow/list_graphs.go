package workflow

import (
	"context"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/standing"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// Entry is one graph in the list of all.
type Entry struct {
	Subject  Subject
	Type     string
	TypeName string
	// Own is false where the type follows the graph of all types.
	Own, Enabled bool
	Statuses     int64
}

// Graphs returns an entry for every kind of record and each of its types, those of all types first; "" means all kinds.
func (s *Service) Graphs(ctx context.Context, kind string) ([]Entry, error) {
	if err := may(ctx, PermView); err != nil {
		return nil, err
	}
	out := []Entry{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		out = []Entry{}
		var rows []struct {
			graphRow
			Statuses int64 `bun:"statuses"`
		}
		err := tx.NewSelect().TableExpr("workflow_graph AS g").ColumnExpr("g.subject_kind, g.type_value, g.enabled, g.version").
			ColumnExpr("(SELECT COUNT(*) FROM workflow_node n WHERE n.subject_kind = g.subject_kind AND n.type_value = g.type_value) AS statuses").Scan(ctx, &rows)
		if err != nil {
			return err
		}
		own := map[[2]string]int{}
		for i, r := range rows {
			own[[2]string{r.Subject, r.Type}] = i
		}
		for _, k := range s.order {
			subject := s.subjects[k]
			if kind != "" && kind != k {
				continue
			}
			types := []field.Value{{}}
			if subject.TypeList != "" && s.lookups != nil {
				values, err := s.lookups.Values(ctx, tx, subject.TypeList)
				if err != nil {
					return err
				}
				types = append(types, values...)
			}
			for _, t := range types {
				e := Entry{Subject: subject, Type: string(t.ID), TypeName: t.Name}
				at, found := own[[2]string{k, string(t.ID)}]
				if e.Own = found; !found {
					at, found = own[[2]string{k, ""}]
				}
				if found {
					e.Enabled, e.Statuses = rows[at].Enabled, rows[at].Statuses
				}
				out = append(out, e)
			}
		}
		return nil
	})
	return out, err
}

// Graph returns the graph of a type with what is odd about it, and what its parties are called.
func (s *Service) Graph(ctx context.Context, kind, typ string) (g Drawn, names map[string]string, err error) {
	if err := may(ctx, PermView); err != nil {
		return g, nil, err
	}
	if _, known := s.subjects[kind]; !known {
		return g, nil, authz.ErrNotFound
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		typ, err := s.typeOf(ctx, tx, kind, typ)
		if err != nil {
			return err
		}
		if g.Graph, err = loadGraph(ctx, tx, kind, typ); err != nil {
			return err
		}
		copied := g.Graph.clone()
		_, g.Warnings = check(&copied)
		names, err = partyNames(ctx, tx, g.Graph)
		return err
	})
	return g, names, err
}

func partyNames(ctx context.Context, tx db.Tx, g Graph) (map[string]string, error) {
	var parties []standing.Party
	for _, st := range g.Statuses {
		parties = append(parties, st.Permitted...)
	}
	return standing.Names(ctx, tx, parties)
}

// Statuses returns the statuses of a kind by name, for filters.
func (s *Service) Statuses(ctx context.Context, kind string) (list []Status, err error) {
	if err := may(ctx, PermView); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		list, err = loadStatuses(ctx, tx, kind)
		return err
	})
	return list, err
}

// namesOf returns what the parties of a graph are called.
func (s *Service) namesOf(ctx context.Context, g Graph) (names map[string]string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		names, err = partyNames(ctx, tx, g)
		return err
	})
	return names, err
}
