package search

import (
	"context"
	"slices"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// Hit is one record found.
type Hit struct {
	// Kind is the kind of record: application, unit, person, team, connection, incident.
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Title    string `json:"title"`
	Subtitle string `json:"subtitle,omitempty"`
	// URL is the page of the record in the web interface.
	URL string `json:"url"`

	rank int
}

// Service finds records.
type Service struct{ db *db.DB }

// New returns the service.
func New(d *db.DB) *Service { return &Service{db: d} }

// Find returns at most limit records that hold the query in a name, key, alias or address, best first. kinds narrow it;
// none means all.
func (s *Service) Find(ctx context.Context, query string, kinds []string, limit int) ([]Hit, error) {
	query = strings.TrimSpace(query)
	hits := []Hit{}
	if query == "" {
		return hits, nil
	}
	for _, k := range kinds {
		if !slices.ContainsFunc(sources, func(s source) bool { return s.kind == k }) {
			return nil, problem.Newf(problem.Invalid, "search_kind_unknown", "There is no kind of record called %q to search.", k)
		}
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		hits = hits[:0]
		for _, source := range sources {
			if len(kinds) > 0 && !slices.Contains(kinds, source.kind) {
				continue
			}
			found, err := source.find(ctx, tx, query, limit)
			if err != nil {
				return err
			}
			hits = append(hits, found...)
		}
		return nil
	})
	slices.SortStableFunc(hits, func(a, b Hit) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	return hits[:min(limit, len(hits))], err
}

type in struct {
	Query string   `query:"q" minLength:"1" maxLength:"200" required:"true" doc:"A few letters of a name, key, alias or address."`
	Kinds []string `query:"kind,explode" doc:"Only these kinds of records; several may be given."`
	Limit int      `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type out struct {
	Body struct {
		Items []Hit `json:"items" nullable:"false"`
	}
}

// Mount registers the route.
func (s *Service) Mount(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: "GET", Path: "/search", ID: "search", Summary: "Find any record you may see", Tag: "search"},
		authz.SignedIn(), func(ctx context.Context, i *in) (*out, error) {
			hits, err := s.Find(ctx, i.Query, i.Kinds, i.Limit)
			o := &out{}
			o.Body.Items = hits
			return o, err
		})
}
