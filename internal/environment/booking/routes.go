package booking

import (
	"context"
	"net/http"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

const tag = "booking"

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	s.mountBookings(api)
	s.mountActs(api)
	s.mountFree(api)
	s.mountDeploymentChecks(api)
	s.mountConflicts(api)
	s.mountPolicies(api)
	s.mountSchedule(api)
	s.mountFeeds(api)
	s.mountDecisions(api)
}

// DryRunQuery asks for what would happen instead of letting it happen.
type DryRunQuery struct {
	DryRun bool `query:"dryRun" doc:"Save nothing; answer exactly what saving would."`
}

// BookingPath is the part of an address that names a booking.
type BookingPath struct {
	ID string `path:"id" doc:"Id or reference (BK-12) of a booking."`
}

// ActVersion is the version an act is based on; acts take it and do not demand it, because the state of the booking guards
// them.
type ActVersion struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the booking as you read it; an act on a changed booking is then refused."`
}

func (v ActVersion) version() (int64, error) {
	if v.IfMatch == "" {
		return 0, nil
	}
	return httpapi.IfMatch{IfMatch: v.IfMatch}.Version()
}

// SeriesView is what became of a recurring booking.
type SeriesView struct {
	ID       string              `json:"id"`
	Bookings []Listed            `json:"bookings" nullable:"false"`
	Skipped  []SkippedOccurrence `json:"skipped" nullable:"false"`
}

// BookingAnswer is a booking with what a change brought about.
type BookingAnswer struct {
	Listed
	Conflicts []ConflictWith `json:"conflicts" nullable:"false" doc:"Requested bookings of others that want the same."`
	Promoted  []BookingRef   `json:"promoted,omitempty" doc:"Bookings that left the waitlist because this one made room."`
	More      []Listed       `json:"more,omitempty" doc:"Bookings that came into being with the change."`
	Series    *SeriesView    `json:"series,omitempty"`
}

type bookingOut struct {
	ETag string `header:"ETag"`
	Body BookingAnswer
}

func answer(r Revised, err error) (*bookingOut, error) {
	if err != nil {
		return nil, err
	}
	if r.Conflicts == nil {
		r.Conflicts = []ConflictWith{}
	}
	return &bookingOut{ETag: httpapi.ETag(r.Booking.Version), Body: BookingAnswer{Listed: r.Booking, Conflicts: r.Conflicts, Promoted: r.Promoted, More: r.More}}, nil
}

func createdAnswer(c Created, err error) (*bookingOut, error) {
	if err != nil {
		return nil, err
	}
	out, _ := answer(Revised{Booking: c.Bookings[0], Conflicts: c.Conflicts}, nil)
	if id := c.Bookings[0].Series; id != "" {
		out.Body.Series = &SeriesView{ID: id, Bookings: c.Bookings, Skipped: c.Skipped}
		if c.Skipped == nil {
			out.Body.Series.Skipped = []SkippedOccurrence{}
		}
	}
	return out, nil
}

// FilterQuery are the filters of lists of bookings.
type FilterQuery struct {
	Environment []string  `query:"environment,explode" doc:"Keys or ids of environments."`
	Group       string    `query:"group" maxLength:"200"`
	Application string    `query:"application" maxLength:"200" doc:"Key or id of an application."`
	Usage       string    `query:"usage" maxLength:"200" doc:"Id of a usage."`
	Unit        ref.Unit  `query:"unit" doc:"Environments of this unit and everything below it."`
	BookingUnit ref.Unit  `query:"bookingUnit" maxLength:"100" doc:"Bookings that this unit is charged for, without the units below it."`
	Status      string    `query:"status" maxLength:"200" doc:"One or more statuses with commas between them; live stands for requested and approved."`
	Holder      string    `query:"holder" maxLength:"200" doc:"Id of a person; me stands for what the caller holds or asked for."`
	Intent      Intent    `query:"intent" enum:"change_code,change_configuration,touch"`
	Release     string    `query:"release" maxLength:"200"`
	Request     string    `query:"request" maxLength:"200"`
	Series      string    `query:"series" maxLength:"200"`
	Text        string    `query:"q" maxLength:"200" doc:"Keep bookings whose title contains it, or that have this reference."`
	From        time.Time `query:"from" doc:"Keep what ends after it."`
	To          time.Time `query:"to" doc:"Keep what begins before it."`
}

func (q FilterQuery) filter() (Filter, error) {
	statuses, err := statusesOf(q.Status)
	return Filter{Environments: q.Environment, Group: q.Group, Application: q.Application, Usage: q.Usage, Unit: q.Unit, BookingUnit: q.BookingUnit, Statuses: statuses, Holder: q.Holder,
		Intent: q.Intent, Release: q.Release, Request: q.Request, Series: q.Series, Text: q.Text}, err
}

func (s *Service) mountBookings(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/bookings", ID: "create-booking", Tag: tag, Status: http.StatusCreated,
		Summary:     "Book environments",
		Description: "Approved at once where nobody has to approve, requested elsewhere. What overlaps an approved booking is answered with 409 booking_overlaps: conflicts says what is in the way, alternatives the ranked ways out."},
		authz.Need(PermCreate),
		func(ctx context.Context, in *struct {
			DryRunQuery
			Body NewBooking
		}) (*bookingOut, error) {
			c, err := s.Create(ctx, in.Body, in.DryRun)
			return createdAnswer(c, err)
		})
	type listIn struct {
		FilterQuery
		httpapi.Paging
		Order string `query:"order" enum:"asc,desc" default:"asc" doc:"By their beginning."`
	}
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/bookings", ID: "list-bookings", Tag: tag, Summary: "List bookings by their beginning"},
		authz.SignedIn(), func(ctx context.Context, in *listIn) (*httpapi.ListOut[Listed], error) {
			f, err := in.filter()
			if err != nil {
				return nil, err
			}
			page, err := s.List(ctx, ListFilter{Filter: f, From: in.From, To: in.To, Cursor: in.Cursor, Limit: in.Limit, Descending: in.Order == "desc"})
			return &httpapi.ListOut[Listed]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/bookings/pending", ID: "list-pending-bookings", Tag: tag, Summary: "List the bookings that wait for your decision"},
		authz.SignedIn(), func(ctx context.Context, in *listIn) (*httpapi.ListOut[Listed], error) {
			f, err := in.filter()
			if err != nil {
				return nil, err
			}
			page, err := s.Pending(ctx, ListFilter{Filter: f, Cursor: in.Cursor, Limit: in.Limit, Descending: in.Order == "desc"})
			return &httpapi.ListOut[Listed]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/bookings/{id}", ID: "get-booking", Tag: tag, Summary: "Read a booking, and what wants the same"},
		authz.SignedIn(), func(ctx context.Context, in *BookingPath) (*bookingOut, error) {
			l, conflicts, err := s.GetWithConflicts(ctx, in.ID)
			return answer(Revised{Booking: l, Conflicts: conflicts}, err)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/bookings/{id}", ID: "change-booking", Tag: tag,
		Summary:     "Change a booking",
		Description: "New times, other environments or another intent send it back to its approvers, unless nobody has to approve or it takes less than before."},
		authz.SignedIn(), func(ctx context.Context, in *struct {
			BookingPath
			httpapi.IfMatch
			DryRunQuery
			Body BookingChange
		}) (*bookingOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.Change(ctx, in.ID, version, in.Body, in.DryRun))
		})
}

// BulkEdited is what became of one booking of a bulk edit.
type BulkEdited struct {
	httpapi.BulkItem[Listed]
	ID ref.Booking `json:"id"`
}

func act[B any](api *httpapi.API, name, id, summary string, fn func(ctx context.Context, id string, version int64, dry bool, body B) (Revised, error)) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/bookings/{id}/" + name, ID: id, Tag: tag, Summary: summary, Status: http.StatusOK}, authz.SignedIn(),
		func(ctx context.Context, in *struct {
			BookingPath
			ActVersion
			DryRunQuery
			Body *B
		}) (*bookingOut, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			var body B
			if in.Body != nil {
				body = *in.Body
			}
			return answer(fn(ctx, in.ID, version, in.DryRun, body))
		})
}

// ReasonBody says why.
type ReasonBody struct {
	Reason string `json:"reason,omitempty" maxLength:"2000"`
}

// ExtendBody says until when.
type ExtendBody struct {
	To             time.Time `json:"to"`
	OverrideReason string    `json:"overrideReason,omitempty" maxLength:"2000"`
}

// HandOverBody says to whom.
type HandOverBody struct {
	To ref.Person `json:"to" doc:"Who takes the booking over."`
}

// SplitBody says when.
type SplitBody struct {
	At time.Time `json:"at"`
}

// AskBody says what is asked.
type AskBody struct {
	Text string `json:"text" maxLength:"5000"`
}

// Nothing is the body of acts that need no words.
type Nothing struct{}

func (s *Service) mountActs(api *httpapi.API) {
	act(api, "approve", "approve-booking", "Approve a booking", func(ctx context.Context, id string, v int64, dry bool, b ReasonBody) (Revised, error) {
		return s.Approve(ctx, id, v, b.Reason, dry)
	})
	act(api, "reject", "reject-booking", "Reject a booking, with the reason", func(ctx context.Context, id string, v int64, dry bool, b ReasonBody) (Revised, error) {
		r := s.rejection(v, b.Reason)
		r.dry = dry
		return s.revise(ctx, id, r)
	})
	act(api, "cancel", "cancel-booking", "Cancel a booking", func(ctx context.Context, id string, v int64, dry bool, b ReasonBody) (Revised, error) {
		return s.Cancel(ctx, id, v, b.Reason, dry)
	})
	act(api, "extend", "extend-booking", "Move the end of a booking", func(ctx context.Context, id string, v int64, dry bool, b ExtendBody) (Revised, error) {
		return s.Extend(ctx, id, v, b.To, b.OverrideReason, dry)
	})
	act(api, "release-early", "release-booking-early", "End a running booking now", func(ctx context.Context, id string, v int64, dry bool, _ Nothing) (Revised, error) {
		return s.ReleaseEarly(ctx, id, v, dry)
	})
	act(api, "hand-over", "hand-over-booking", "Give a booking to somebody else", func(ctx context.Context, id string, v int64, _ bool, b HandOverBody) (Revised, error) {
		return s.HandOver(ctx, id, v, b.To)
	})
	act(api, "confirm-use", "confirm-use-of-booking", "Say that a booking is used", func(ctx context.Context, id string, _ int64, _ bool, _ Nothing) (Revised, error) {
		return s.ConfirmUse(ctx, id)
	})
	act(api, "split", "split-booking", "Cut a booking in two", func(ctx context.Context, id string, v int64, dry bool, b SplitBody) (Revised, error) {
		return s.Split(ctx, id, v, b.At, dry)
	})
	act(api, "ask-holder", "ask-holder-of-booking", "Ask the holder of a booking", func(ctx context.Context, id string, _ int64, _ bool, b AskBody) (Revised, error) {
		l, err := s.AskHolder(ctx, id, b.Text)
		return Revised{Booking: l}, err
	})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/bookings/bulk-edit", ID: "edit-bookings", Tag: tag, Status: http.StatusOK,
		Summary: "Shift, set or decide many bookings", Description: "Each booking stands for itself; the answer keeps the order of the bookings sent."},
		authz.SignedIn(), func(ctx context.Context, in *struct {
			DryRunQuery
			Body BulkEdit
		}) (*httpapi.BulkOut[Listed], error) {
			order, err := s.inOrder(ctx, in.Body)
			if err != nil {
				return nil, err
			}
			out := httpapi.RunBulk(ctx, api, order, func(ctx context.Context, id ref.Booking) (Listed, error) {
				r, err := s.BulkEditOne(ctx, id, in.Body, in.DryRun)
				return r.Booking, err
			})
			place := make(map[ref.Booking]int, len(in.Body.Bookings))
			for i, id := range in.Body.Bookings {
				place[id] = i
			}
			sorted := make([]httpapi.BulkItem[Listed], len(out.Body.Items))
			for i, item := range out.Body.Items {
				item.Index = place[order[i]]
				if item.Item != nil {
					item.Status = http.StatusOK
				}
				sorted[item.Index] = item
			}
			if len(place) == len(sorted) {
				out.Body.Items = sorted
			}
			return out, nil
		})
}
