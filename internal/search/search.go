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
	// Kind is the kind of record: application, unit, person, team, connection …
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Title    string `json:"title"`
	Subtitle string `json:"subtitle,omitempty"`
	// URL is the page of the record in the web interface.
	URL string `json:"url"`
	// Names are the other texts the record is known by, beside its title: key, alias, address. They count for the rank.
	Names []string `json:"-"`

	rank int
}

// Provider finds records of one kind.
type Provider struct {
	Kind string
	// Permission is what the caller must hold somewhere for the provider to be asked.
	Permission authz.Permission
	// Query returns at most limit records the caller may see that hold the text, those that hold it most prominently
	// first. It narrows by authz.Condition itself.
	Query func(ctx context.Context, tx db.Tx, text string, limit int) ([]Hit, error)
}

// Service finds records.
type Service struct {
	db        *db.DB
	providers []Provider
}

// New returns the service. It finds what published views show; more are the providers of other slices, in the order in
// which equally good hits stand.
func New(d *db.DB, more ...Provider) *Service {
	s := &Service{db: d, providers: []Provider{{Kind: "application", Permission: permViewApplication, Query: findApplications}}}
	for _, source := range sources {
		s.providers = append(s.providers, Provider{Kind: source.kind, Permission: source.permission, Query: source.find})
	}
	s.providers = append(s.providers, more...)
	return s
}

// Find returns at most limit records that hold the query in a name, key, alias or address, best first. kinds narrow it;
// none means all.
func (s *Service) Find(ctx context.Context, query string, kinds []string, limit int) ([]Hit, error) {
	query = strings.Join(strings.Fields(query), " ")
	hits := []Hit{}
	if query == "" {
		return hits, nil
	}
	for _, k := range kinds {
		if !slices.ContainsFunc(s.providers, func(p Provider) bool { return p.Kind == k }) {
			return nil, problem.Newf(problem.Invalid, "search_kind_unknown", "There is no kind of record called %q to search.", k)
		}
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		hits = hits[:0]
		for _, p := range s.providers {
			if len(kinds) > 0 && !slices.Contains(kinds, p.Kind) || !authz.From(ctx).CanSomewhere(p.Permission) {
				continue
			}
			found, err := p.Query(ctx, tx, query, limit)
			if err != nil {
				return err
			}
			for _, h := range found {
				h.Kind, h.rank = p.Kind, best(query, append(h.Names, h.Title)...)
				hits = append(hits, h)
			}
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
	Query string   `query:"q" minLength:"1" maxLength:"200" required:"true" doc:"A few letters of a name, key, alias, component or address."`
	Kind  []string `query:"kind,explode" doc:"Only these kinds of records; several may be given."`
	Kinds []string `query:"kinds" doc:"The same, separated by commas."`
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
			hits, err := s.Find(ctx, i.Query, append(i.Kind, i.Kinds...), i.Limit)
			o := &out{}
			o.Body.Items = hits
			return o, err
		})
}
