package booking

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Approve approves a booking for every environment the caller decides about. It is approved, and holds its environments, when
// nobody is missing any more; only then the approved bookings of others can be in its way.
func (s *Service) Approve(ctx context.Context, id string, version int64, reason string, dry bool) (Revised, error) {
	return s.revise(ctx, id, s.approval(version, reason, dry))
}

func (s *Service) approval(version int64, reason string, dry bool) revision {
	var mine []ref.Environment
	return revision{act: ActApprove, version: version, dry: dry,
		allowed: func(ctx context.Context, st *stage, d *draft) (err error) {
			mine, err = s.decidesAbout(ctx, st, d)
			if err == nil && len(mine) == 0 {
				err = notApprover
			}
			if err == nil && ownRequest(ctx, d) && !st.approveOwn(mine) {
				err = problem.New(problem.Forbidden, "own_booking", "You asked for this booking yourself; somebody else has to approve it.")
			}
			return err
		},
		apply: func(ctx context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			p := authz.From(ctx)
			names := []string{}
			now, missing := st.now, 0
			for i := range d.parts {
				part := &d.parts[i]
				for _, env := range mine {
					if part.Environment == env && part.ApprovedAt == nil {
						part.ApprovedAt, part.ApprovedBy = &now, p.ID()
						names = append(names, st.envs[env].Name)
					}
				}
				if part.ApprovedAt == nil {
					missing++
				}
			}
			if err := st.checkBookable(d); err != nil {
				return "", nil, err
			}
			if missing > 0 {
				return EventPartApproved, map[string]any{"approved": strings.Join(names, ", "), "reason": reason}, nil
			}
			d.Status, d.DecidedAt, d.DecidedBy, d.Reason = Approved, &now, p.ID(), strings.TrimSpace(reason)
			return EventApproved, map[string]any{"reason": d.Reason}, nil
		}}
}

var notApprover = problem.New(problem.Forbidden, "not_approver", "You do not decide about bookings of these environments. Their approvers are named at the application, or hold the permission on the environment's unit.")

// Reject refuses a booking; the reason is shown to whoever asked.
func (s *Service) Reject(ctx context.Context, id string, version int64, reason string) (Revised, error) {
	return s.revise(ctx, id, s.rejection(version, reason))
}

func (s *Service) rejection(version int64, reason string) revision {
	return revision{act: ActReject, version: version,
		allowed: func(ctx context.Context, st *stage, d *draft) error {
			mine, err := s.decidesAbout(ctx, st, d)
			if err == nil && len(mine) == 0 {
				err = notApprover
			}
			return err
		},
		apply: func(ctx context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			if strings.TrimSpace(reason) == "" {
				var faults problem.Fields
				faults.Add("body.reason", "required", "Say why, so that the requester knows what to do.")
				return "", nil, faults.Err("reason_required", "A rejection needs a reason.")
			}
			now := st.now
			d.Status, d.DecidedAt, d.DecidedBy, d.Reason = Rejected, &now, authz.From(ctx).ID(), strings.TrimSpace(reason)
			return EventRejected, map[string]any{"reason": d.Reason}, nil
		}}
}

// decidesAbout returns the environments of a booking about which the caller decides.
func (s *Service) decidesAbout(ctx context.Context, st *stage, d *draft) ([]ref.Environment, error) {
	var apps []ref.App
	for _, p := range d.parts {
		apps = append(apps, st.envs[p.Environment].Application)
	}
	who, err := s.named(ctx, st.tx, apps)
	if err != nil {
		return nil, err
	}
	var out []ref.Environment
	for _, p := range d.parts {
		e := st.envs[p.Environment]
		if approves(authz.From(ctx), who[e.Application], e.UnitPath) {
			out = append(out, p.Environment)
		}
	}
	return out, nil
}

func ownRequest(ctx context.Context, d *draft) bool {
	p := authz.From(ctx)
	return p != nil && !p.Trusted && p.ID() == d.Requester
}

func (st *stage) approveOwn(envs []ref.Environment) bool {
	for _, e := range envs {
		if !st.policy(e).ApproveOwn {
			return false
		}
	}
	return true
}
