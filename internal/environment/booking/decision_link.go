package booking

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/signedlink"
)

// actDecide is what decision links are for.
const actDecide = "booking.decide"

// linkLife is how long a decision link works.
const linkLife = 14 * 24 * time.Hour

var errNoLinks = problem.New(problem.NotFound, "link_invalid", "Links that decide are not set up here. Open the booking instead.")

// DecisionLink returns the address of the page on which a person decides about a booking without signing in. Mails carry it;
// it is empty where it is not known under which address the product is reached.
func (s *Service) DecisionLink(b ref.Booking, person ref.Person) string {
	if s.Links == nil || s.PublicURL == "" || person == "" {
		return ""
	}
	token := s.Links.Make(signedlink.Link{Act: actDecide, SubjectKind: Subject, SubjectID: string(b), Person: person, Expires: s.Clock.Now().Add(linkLife)})
	return strings.TrimSuffix(s.PublicURL, "/") + "/bookings/" + string(b) + "/decision?token=" + url.QueryEscape(token)
}

// Decision is what the page of a decision link shows.
type Decision struct {
	Booking   Listed         `json:"booking"`
	Conflicts []ConflictWith `json:"conflicts" nullable:"false"`
	Person    PersonRef      `json:"person" doc:"For whom the link decides."`
	Used      bool           `json:"used" doc:"Whether the link was used already."`
	Decides   bool           `json:"decides" doc:"Whether the person may still decide about the booking."`
}

// readLink returns the link of a token about a booking and a context in which its person acts.
func (s *Service) readLink(ctx context.Context, tx db.Tx, id, token string) (signedlink.Link, context.Context, error) {
	if s.Links == nil {
		return signedlink.Link{}, ctx, errNoLinks
	}
	link, err := s.Links.Read(token, actDecide)
	if err != nil {
		return link, ctx, err
	}
	if link.SubjectKind != Subject || link.SubjectID != id {
		return link, ctx, signedlink.ErrInvalid
	}
	ctx, err = s.actAs(ctx, tx, link.Person)
	return link, ctx, err
}

// ReadDecision shows what a decision link is about; it changes nothing, because mail servers open links too.
func (s *Service) ReadDecision(ctx context.Context, id, token string) (out Decision, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		link, ctx, err := s.readLink(ctx, tx, id, token)
		if err != nil {
			return err
		}
		d, err := s.whole(ctx, tx, ref.Booking(id))
		if err != nil {
			return err
		}
		st, err := s.look(ctx, tx, d.ids())
		if err != nil {
			return err
		}
		mine, err := s.decidesAbout(ctx, st, d)
		if err != nil {
			return err
		}
		if err := st.prepareFully(ctx, d.Span()); err != nil {
			return err
		}
		held, wanted := st.clashes(d)
		if out.Conflicts, err = s.tellClashes(ctx, tx, append(held, wanted...)); err != nil {
			return err
		}
		if out.Used, err = s.Links.Used(ctx, tx, link); err != nil {
			return err
		}
		names, err := personNames(ctx, tx, []ref.Person{link.Person})
		if err != nil {
			return err
		}
		out.Person = PersonRef{link.Person, names[link.Person]}
		out.Decides = len(mine) > 0 && d.Status == Requested
		out.Booking = d.listed()
		return s.listOne(ctx, tx, &out.Booking)
	})
	return out, err
}

// Decide approves or rejects by a decision link, which works once.
func (s *Service) Decide(ctx context.Context, id, token string, approve bool, reason string) (out Revised, err error) {
	r := s.rejection(0, reason)
	if approve {
		r = s.approval(0, reason, false)
	}
	for range 4 {
		err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			_, acting, err := s.readLink(ctx, tx, id, token)
			if err != nil {
				return err
			}
			if out, err = s.reviseIn(acting, tx, id, r); err != nil {
				return err
			}
			_, err = s.Links.Redeem(ctx, tx, token, actDecide)
			return err
		})
		if !errors.Is(err, errChanged) {
			break
		}
	}
	var clash *clashError
	if errors.As(err, &clash) {
		list, err := s.tellAgain(ctx, clash)
		if err != nil {
			return out, err
		}
		return out, overlapProblem(list, nil)
	}
	return out, err
}

// DecisionBody is what the page of a decision link sends.
type DecisionBody struct {
	Token   string `json:"token" minLength:"1" maxLength:"2000"`
	Approve bool   `json:"approve"`
	Reason  string `json:"reason,omitempty" maxLength:"2000"`
}

func (s *Service) mountDecisions(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/bookings/{id}/decision", ID: "read-booking-decision", Tag: tag, Summary: "What a decision link is about"},
		authz.Public(), func(ctx context.Context, in *struct {
			BookingPath
			Token string `query:"token" required:"true" maxLength:"2000"`
		}) (*struct{ Body Decision }, error) {
			d, err := s.ReadDecision(ctx, in.ID, in.Token)
			return &struct{ Body Decision }{d}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/bookings/{id}/decision", ID: "decide-booking-by-link", Tag: tag, Status: http.StatusOK, Summary: "Approve or reject by a decision link"},
		authz.Public(), func(ctx context.Context, in *struct {
			BookingPath
			Body DecisionBody
		}) (*bookingOut, error) {
			return answer(s.Decide(ctx, in.ID, in.Body.Token, in.Body.Approve, in.Body.Reason))
		})
}
