package environment

import (
	"context"
	"net/http"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
)

type (
	matchIn struct {
		NearMisses int `query:"nearMisses" minimum:"0" maximum:"1000" default:"20" doc:"How many of those that do not fit are told with the reasons, the nearest first."`
		Body       Capability
	}
	matchOut struct{ Body MatchList }
	// MatchList are the environments or lanes that fit, and why the others do not.
	MatchList struct {
		Items      []Match `json:"items" nullable:"false" doc:"All that fit, the best first."`
		NearMisses []Match `json:"nearMisses" nullable:"false" doc:"Those that do not fit, the nearest first."`
		NotShown   int     `json:"nearMissesNotShown" doc:"How many more do not fit."`
	}
	equivalentOut struct {
		Body struct {
			Items []Item `json:"items" nullable:"false"`
		}
	}
)

func (s *Service) mountMatches(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/capability-matches", ID: "match-capability", Summary: "Find environments or lanes by what they can do", Tag: tag}, view,
		func(ctx context.Context, in *matchIn) (*matchOut, error) {
			out := &matchOut{Body: MatchList{Items: []Match{}, NearMisses: []Match{}}}
			err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
				list, err := s.Match(ctx, tx, in.Body)
				for _, m := range list {
					switch {
					case m.Fits:
						out.Body.Items = append(out.Body.Items, m)
					case len(out.Body.NearMisses) < in.NearMisses:
						out.Body.NearMisses = append(out.Body.NearMisses, m)
					default:
						out.Body.NotShown++
					}
				}
				return err
			})
			return out, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/{id}/equivalents", ID: "list-equivalent-environments", Summary: "List environments that can stand in for another", Tag: tag,
		Description: "Other environments of the same application and usage that take bookings, the most alike first."}, view,
		func(ctx context.Context, in *PathIn) (*equivalentOut, error) {
			out := &equivalentOut{}
			out.Body.Items = []Item{}
			err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
				e, err := s.Find(ctx, tx, in.ID)
				if err != nil {
					return err
				}
				ids, err := s.Equivalent(ctx, tx, e.ID)
				if err != nil {
					return err
				}
				list, err := s.listedInOrder(ctx, tx, ids)
				for _, l := range list {
					out.Body.Items = append(out.Body.Items, itemView(l))
				}
				return err
			})
			return out, err
		})
}
