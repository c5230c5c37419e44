package change

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/request"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// HitBooking is a booking that a change request falls into.
type HitBooking struct {
	ID          ref.Booking            `json:"id"`
	Reference   string                 `json:"reference" example:"BK-12"`
	Title       string                 `json:"title"`
	Status      booking.Status         `json:"status" enum:"requested,approved"`
	Environment booking.EnvironmentRef `json:"environment"`
	From        time.Time              `json:"from"`
	To          time.Time              `json:"to"`
	Overlap     interval.Span          `json:"overlap" doc:"What the change takes of it."`
	Holder      *request.PartyRef      `json:"holder,omitempty"`
	Release     string                 `json:"release,omitempty"`
}

// Impact is whom a change request hits.
type Impact struct {
	Window       interval.Span            `json:"window" doc:"The outage where there is one, else the time of the request."`
	Outage       bool                     `json:"outage"`
	Environments []booking.EnvironmentRef `json:"environments" nullable:"false" doc:"Those of the cards and what stands below them."`
	Groups       []booking.GroupRef       `json:"groups" nullable:"false" doc:"Groups that lose a member."`
	Bookings     []HitBooking             `json:"bookings" nullable:"false"`
	Hidden       int                      `json:"hiddenBookings" doc:"How many bookings of environments you may not see are hit too."`
	People       []request.PartyRef       `json:"people" nullable:"false" doc:"Who holds those bookings."`
	Releases     []string                 `json:"releases" nullable:"false"`
}

// Impact tells which bookings, groups and people a change request hits.
func (s *Service) Impact(ctx context.Context, id string) (out Impact, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := request.ToView(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		r, err := load(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		out, err = s.impact(ctx, tx, r)
		return err
	})
	return out, err
}

func (s *Service) impact(ctx context.Context, tx db.Tx, r Request) (Impact, error) {
	out := Impact{Window: r.Span(), Environments: []booking.EnvironmentRef{}, Groups: []booking.GroupRef{}, Bookings: []HitBooking{}, People: []request.PartyRef{}, Releases: []string{}}
	if o, ok := r.outage(); ok {
		out.Window, out.Outage = o, true
	}
	own, err := s.environmentsOf(ctx, tx, r.cards)
	if err != nil {
		return out, err
	}
	all := slices.Clone(own)
	for _, env := range own {
		below, err := s.Environments.Descendants(ctx, tx, env)
		if err != nil {
			return out, err
		}
		all = append(all, below...)
	}
	all = distinct(all)
	seen, err := visible(ctx, tx, all)
	if err != nil {
		return out, err
	}
	for _, env := range all {
		if e, ok := seen[env]; ok {
			out.Environments = append(out.Environments, e)
		}
	}
	for _, chunk := range db.Chunks(all, 500) {
		if err := s.hits(ctx, tx, &out, r, chunk, seen); err != nil {
			return out, err
		}
		var groups []booking.GroupRef
		err := tx.NewSelect().TableExpr("v_environment_group AS g").ColumnExpr("g.id, g.key, g.name").Apply(authz.Filter(ctx, environment.PermView, "g.unit_id")).
			Where("g.id IN (SELECT group_id FROM v_environment_member WHERE environment_id IN (?))", bun.In(chunk)).OrderExpr("g.name, g.id").Scan(ctx, &groups)
		if err != nil {
			return out, err
		}
		out.Groups = distinct(append(out.Groups, groups...))
	}
	slices.Sort(out.Releases)
	return out, nil
}

// hits adds the live bookings of environments in the window, other than those that were made for the request.
func (s *Service) hits(ctx context.Context, tx db.Tx, out *Impact, r Request, envs []ref.Environment, seen map[ref.Environment]booking.EnvironmentRef) error {
	var rows []struct {
		ID          ref.Booking     `bun:"id"`
		Number      int64           `bun:"number"`
		Title       string          `bun:"title"`
		Status      booking.Status  `bun:"status"`
		Environment ref.Environment `bun:"environment_id"`
		From        time.Time       `bun:"from_at"`
		To          time.Time       `bun:"to_at"`
		Holder      string          `bun:"holder_id"`
		HolderName  string          `bun:"holder_name"`
		Release     string          `bun:"release"`
	}
	err := tx.NewSelect().TableExpr("v_booking_environment AS be").Join("JOIN v_booking AS b ON b.id = be.booking_id").Join("LEFT JOIN v_person AS p ON p.id = b.holder_id").
		ColumnExpr("b.id, b.number, b.title, be.status, be.environment_id, be.from_at, be.to_at, COALESCE(b.holder_id, '') AS holder_id, COALESCE(p.name, '') AS holder_name, b.release").
		Where("be.environment_id IN (?) AND be.status IN ('requested', 'approved') AND be.from_at < ? AND be.to_at > ?", bun.In(envs), out.Window.To, out.Window.From).
		Where("(b.request_id IS NULL OR b.request_id <> ?)", r.ID).OrderExpr("be.from_at, b.id, be.environment_id").Scan(ctx, &rows)
	if err != nil {
		return err
	}
	for _, b := range rows {
		e, ok := seen[b.Environment]
		if !ok {
			out.Hidden++
			continue
		}
		span := interval.Span{From: b.From.UTC(), To: b.To.UTC()}
		h := HitBooking{ID: b.ID, Reference: "BK-" + strconv.FormatInt(b.Number, 10), Title: b.Title, Status: b.Status, Environment: e, From: span.From, To: span.To, Release: b.Release}
		h.Overlap, _ = span.Intersect(out.Window)
		if b.Holder != "" {
			h.Holder = &request.PartyRef{Kind: "person", ID: b.Holder, Name: b.HolderName}
			if !slices.Contains(out.People, *h.Holder) {
				out.People = append(out.People, *h.Holder)
			}
		}
		if b.Release != "" && !slices.Contains(out.Releases, b.Release) {
			out.Releases = append(out.Releases, b.Release)
		}
		out.Bookings = append(out.Bookings, h)
	}
	return nil
}

// visible names the environments the caller may see.
func visible(ctx context.Context, tx db.Tx, ids []ref.Environment) (map[ref.Environment]booking.EnvironmentRef, error) {
	out := map[ref.Environment]booking.EnvironmentRef{}
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []booking.EnvironmentRef
		err := tx.NewSelect().TableExpr("v_environment AS e").ColumnExpr("e.id, e.key, e.name").Where("e.id IN (?)", bun.In(chunk)).
			Apply(authz.Filter(ctx, environment.PermView, "e.unit_id")).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r
		}
	}
	return out, nil
}
