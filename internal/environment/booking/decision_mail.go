package booking

import (
	"context"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The names under which [Service.DecisionValues] gives its values.
const (
	DecideValue  = "Decide"
	ApproveValue = "ApproveLink"
	RejectValue  = "RejectLink"
)

// DecisionValues gives mails about a booking the links by which their reader decides. They are empty for whoever does not
// decide about it now: it was decided meanwhile, or is theirs, or others approve bookings of its environments. Both links are
// one token, so that using one uses the other up.
func (s *Service) DecisionValues(ctx context.Context, tx db.Tx, e events.Event, to watch.Recipient) (map[string]string, error) {
	id := ref.Booking(e.SubjectID)
	decides, err := s.mayDecide(ctx, tx, id, to.Person)
	if err != nil || !decides {
		return nil, err
	}
	link := s.DecisionLink(id, to.Person)
	if link == "" {
		return nil, nil
	}
	approve, reject := link+"&act=approve", link+"&act=reject"
	until := s.Clock.Now().Add(linkLife)
	return map[string]string{
		ApproveValue: approve, RejectValue: reject,
		DecideValue: "Approve: " + approve + "\nReject: " + reject + "\nThese links are yours alone: they decide as you, once, until " + clock.Tell(until) + ". Opening one decides nothing yet.",
	}, nil
}

// mayDecide reports whether a person can approve a booking as things stand.
func (s *Service) mayDecide(ctx context.Context, tx db.Tx, id ref.Booking, person ref.Person) (bool, error) {
	if person == "" {
		return false, nil
	}
	d, err := s.whole(ctx, tx, id)
	if problem.KindOf(err) == problem.NotFound {
		return false, nil
	}
	if err != nil || !mayDo(ActApprove, d.Status, d.phase(s.Clock.Now())) {
		return false, err
	}
	ctx, err = s.actAs(ctx, tx, person)
	if err != nil {
		return false, err
	}
	st, err := s.look(ctx, tx, d.ids())
	if err != nil {
		return false, err
	}
	mine, err := s.decidesAbout(ctx, st, d)
	if err != nil || len(mine) == 0 {
		return false, err
	}
	for _, p := range d.parts {
		for _, env := range mine {
			if p.Environment == env && p.ApprovedAt == nil {
				return !ownRequest(ctx, d) || st.approveOwn(mine), nil
			}
		}
	}
	return false, nil
}
