package booking

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Verdict says whether a deployment may go.
type Verdict string

// The verdicts.
const (
	Go                 Verdict = "go"
	VerdictBooked      Verdict = "booked"
	VerdictFreeze      Verdict = "freeze"
	VerdictOutage      Verdict = "outage"
	VerdictNotBookable Verdict = "not_bookable"
)

// exitCodes are what a pipeline ends with.
var exitCodes = map[Verdict]int{Go: 0, VerdictBooked: 10, VerdictFreeze: 11, VerdictOutage: 12, VerdictNotBookable: 12}

// DeploymentQuestion asks whether a deployment may go.
type DeploymentQuestion struct {
	Environment string    `json:"environment" minLength:"1" maxLength:"200" doc:"Key or id."`
	Application string    `json:"application,omitempty" maxLength:"200" doc:"Key or id of the application that is deployed."`
	Booking     string    `json:"booking,omitempty" maxLength:"60" doc:"Id or reference (BK-12) of the booking the deployment belongs to."`
	At          time.Time `json:"at,omitzero" doc:"When; now when left out."`
}

// DeploymentAnswer is whether, why, and when it may go next.
type DeploymentAnswer struct {
	Verdict     Verdict            `json:"verdict" enum:"go,booked,freeze,outage,not_bookable"`
	ExitCode    int                `json:"exitCode"`
	Reason      string             `json:"reason"`
	OpensAt     *time.Time         `json:"opensAt,omitempty" doc:"When it may go next; absent when nothing says so."`
	Environment EnvironmentRef     `json:"environment"`
	Booking     *BookingRef        `json:"booking,omitempty" doc:"Yours, or the one in the way."`
	Closed      []interval.Closure `json:"closed" nullable:"false"`
}

// CheckDeployment says whether a deployment to an environment may go: nobody else has booked it, nothing is frozen, it
// works. Outages outweigh freezes, and those outweigh bookings, because that is the order in which they can be talked away.
func (s *Service) CheckDeployment(ctx context.Context, in DeploymentQuestion) (out DeploymentAnswer, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.Environments.Find(ctx, tx, in.Environment)
		if err != nil {
			return bodyFault(err, "body.environment", "environment", in.Environment)
		}
		st, err := s.look(ctx, tx, []ref.Environment{e.ID})
		if err != nil {
			return err
		}
		at := st.now
		if !in.At.IsZero() {
			at = normal(in.At)
		}
		out, err = s.judgeDeployment(ctx, st, in, at)
		return err
	})
	return out, err
}

func (s *Service) judgeDeployment(ctx context.Context, st *stage, in DeploymentQuestion, at time.Time) (DeploymentAnswer, error) {
	e := st.envs[st.ids[0]]
	out := DeploymentAnswer{Environment: EnvironmentRef{e.ID, e.Key, e.Name}, Closed: []interval.Closure{}}
	ahead := interval.Span{From: at, To: at.Add(lookAhead)}
	closed, err := st.closures(ctx, ahead)
	if err != nil {
		return out, err
	}
	sight := interval.Look(closed[e.ID], interval.ForDeployment, at)
	var holds []Hold
	if err := liveHolds(ctx, st.tx, st.ids, interval.Span{From: at, To: at.AddDate(0, 0, 90)}, true, func(r holdRow) { holds = append(holds, r.hold()) }); err != nil {
		return out, err
	}
	ours, others, err := s.splitHolds(ctx, st.tx, in, holds)
	if err != nil {
		return out, err
	}
	moment := Hold{Booking: "deployment", Span: interval.Span{From: at, To: at.Add(time.Microsecond)}, Intent: ChangeCode}
	inWay := Clashes(e.Capacity, st.policy(e.ID).Compatible, moment, others)
	running := slices.IndexFunc(ours, func(h Hold) bool { return h.Contains(at) })
	switch {
	case !e.Bookable:
		out.Verdict, out.Reason = VerdictNotBookable, e.WhyNot
	case sight.Closed():
		out.Closed = sight.Why
		out.Verdict = VerdictFreeze
		c := sight.Why[0]
		for _, w := range sight.Why {
			if w.Kind == interval.Outage || w.Kind == interval.NotBookable {
				out.Verdict, c = VerdictOutage, w
			}
		}
		if out.Reason = c.Reason; out.Reason == "" {
			out.Reason = fmt.Sprintf("%s is closed by %s.", e.Name, c.Name)
		}
	case running >= 0:
		out.Verdict = Go
	case len(inWay) > 0:
		out.Verdict = VerdictBooked
	case st.policy(e.ID).DeployOnlyBooked:
		out.Verdict, out.Reason = VerdictBooked, fmt.Sprintf("Deployments to %s need a booking, and you have none now.", e.Name)
	default:
		out.Verdict, out.Reason = Go, fmt.Sprintf("%s is free.", e.Name)
	}
	if err := s.tellDeployment(ctx, st, &out, ours, running, inWay); err != nil {
		return out, err
	}
	out.ExitCode = exitCodes[out.Verdict]
	if out.Verdict != Go && out.Verdict != VerdictNotBookable {
		out.OpensAt = nextDeployment(e.Capacity, st.policy(e.ID), closed[e.ID], ours, others, at)
	}
	return out, nil
}

func (s *Service) tellDeployment(ctx context.Context, st *stage, out *DeploymentAnswer, ours []Hold, running int, inWay []Clash) error {
	var id ref.Booking
	switch {
	case out.Verdict == Go && running >= 0:
		id = ours[running].Booking
	case out.Verdict == VerdictBooked && len(inWay) > 0:
		id = inWay[0].Other.Booking
	default:
		return nil
	}
	names, err := bookingRefs(ctx, st.tx, []ref.Booking{id})
	if err != nil {
		return err
	}
	b := names[id]
	out.Booking = &b
	switch {
	case out.Verdict == Go:
		out.Reason = fmt.Sprintf("%s is yours until %s (%s).", out.Environment.Name, moment(b.To), b.Reference)
	case b.HolderName != "":
		out.Reason = fmt.Sprintf("%s is booked by %s until %s: %s %s.", out.Environment.Name, b.HolderName, moment(b.To), b.Reference, b.Title)
	default:
		out.Reason = fmt.Sprintf("%s is booked until %s: %s %s.", out.Environment.Name, moment(b.To), b.Reference, b.Title)
	}
	return nil
}

// splitHolds tells the caller's holds, or those of the booking he names, from those of others.
func (s *Service) splitHolds(ctx context.Context, tx db.Tx, in DeploymentQuestion, holds []Hold) (ours, others []Hold, err error) {
	p := authz.From(ctx)
	n, isNumber := numberOf(in.Booking)
	for _, h := range holds {
		var b struct {
			Number      int64
			HolderID    *ref.Person
			RequesterID string
		}
		if err := tx.NewSelect().Table("booking").Column("number", "holder_id", "requester_id").Where("id = ?", h.Booking).Scan(ctx, &b); err != nil {
			return nil, nil, err
		}
		mine := in.Booking != "" && (string(h.Booking) == in.Booking || isNumber && n == b.Number) ||
			p.Person != "" && b.HolderID != nil && *b.HolderID == p.Person || p.ID() != "" && p.ID() == b.RequesterID
		if mine {
			ours = append(ours, h)
		} else {
			others = append(others, h)
		}
	}
	return ours, others, nil
}

// nextDeployment returns when a deployment may go next: when nothing is closed and either one's own booking runs or nobody
// else's is in the way.
func nextDeployment(capacity int, p Policy, closed []interval.Closure, ours, others []Hold, at time.Time) *time.Time {
	shut := interval.Refusing(closed, interval.ForDeployment)
	horizon := interval.Span{From: at, To: at.AddDate(0, 0, 90)}
	var mine []interval.Span
	for _, h := range ours {
		mine = append(mine, h.Span)
	}
	var open []interval.Span
	if !p.DeployOnlyBooked {
		open = interval.Gaps(unavailable(Ground{Capacity: capacity, Matrix: p.Compatible, Holds: others}, ChangeCode), horizon)
	}
	open = interval.Subtract(interval.Common(append(open, mine...), []interval.Span{horizon}), shut)
	if len(open) == 0 {
		return nil
	}
	t := open[0].From
	return &t
}

func (s *Service) mountDeploymentChecks(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/deployment-checks", ID: "check-deployment", Tag: tag, Status: http.StatusOK,
		Summary:     "May this deployment go now?",
		Description: "Go when the environment is yours or free and nothing is frozen or out; otherwise why not, and when it may go next. exitCode is what a pipeline ends with: 0, 10 booked, 11 freeze, 12 outage or not bookable."},
		authz.Need(PermView), func(ctx context.Context, in *struct{ Body DeploymentQuestion }) (*struct{ Body DeploymentAnswer }, error) {
			a, err := s.CheckDeployment(ctx, in.Body)
			return &struct{ Body DeploymentAnswer }{a}, err
		})
}
