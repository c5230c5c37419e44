package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// SettlementQuestion asks for a settlement of a window.
type SettlementQuestion struct {
	From        time.Time `json:"from,omitzero"`
	To          time.Time `json:"to,omitzero"`
	Unit        ref.Unit  `json:"unit,omitempty"`
	Environment []string  `json:"environments,omitempty" maxItems:"500"`
	Group       string    `json:"group,omitempty" maxLength:"200"`
	Application string    `json:"application,omitempty" maxLength:"200"`
}

// SettlementMove is one proposed change.
type SettlementMove struct {
	ID      string       `json:"id"`
	Kind    MoveKind     `json:"kind" enum:"move,swap,share"`
	Booking BookingRef   `json:"booking"`
	Version int64        `json:"version" doc:"The version of the booking the proposal was made for."`
	Before  []PlacedView `json:"before" nullable:"false"`
	After   []PlacedView `json:"after" nullable:"false"`
	Cost    Cost         `json:"cost"`
	// Effect says it in a sentence.
	Effect string `json:"effect"`
	// Result is set once the move was accepted or refused.
	Result *MoveResult `json:"result,omitempty"`
}

// PlacedView is where a booking stands or would stand.
type PlacedView struct {
	Environment EnvironmentRef `json:"environment"`
	From        time.Time      `json:"from"`
	To          time.Time      `json:"to"`
	Intent      Intent         `json:"intent"`
}

// MoveResult is what became of an accepted move.
type MoveResult struct {
	Accepted bool   `json:"accepted"`
	Code     string `json:"code,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// Proposal is a settlement as it is shown and kept.
type Proposal struct {
	ID        string           `json:"id"`
	From      time.Time        `json:"from"`
	To        time.Time        `json:"to"`
	Conflicts int              `json:"conflicts" doc:"How many conflicts it settles."`
	Moves     []SettlementMove `json:"moves" nullable:"false"`
	Remaining []ConflictView   `json:"remaining" nullable:"false" doc:"Conflicts that no move clears."`
	Cost      Cost             `json:"cost"`
	Bound     Cost             `json:"bound" doc:"No settlement of the same options can be cheaper than this."`
	Exact     bool             `json:"exact" doc:"Whether it is proven that no cheaper one exists among the options looked at."`
	Gap       float64          `json:"gap" doc:"By which part it may be too dear; 0 when exact."`
	Steps     int              `json:"steps"`
}

// settlementHorizon is how far behind a window bookings may be moved.
const settlementHorizon = 60 * 24 * time.Hour

// mostSettled is how many conflicts one settlement takes on, the first ones of the window.
const mostSettled = 2000

// ProposeSettlement finds the smallest set of moves that clears the conflicts of a window and keeps it, so that it can be
// accepted as a whole or in part.
func (s *Service) ProposeSettlement(ctx context.Context, in SettlementQuestion) (Proposal, error) {
	within, err := window(interval.Span{From: in.From, To: in.To}, s.Clock.Now())
	if err != nil {
		return Proposal{}, err
	}
	var p Proposal
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		f := Filter{Unit: in.Unit, Environments: in.Environment, Group: in.Group, Application: in.Application}
		p, err = s.propose(ctx, tx, f, within)
		return err
	})
	if err != nil {
		return p, err
	}
	p.ID, p.From, p.To = ref.New[string](), within.From, within.To
	raw, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO booking_settlement (id, unit_id, from_at, to_at, proposal, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			p.ID, none(in.Unit), p.From, p.To, string(raw), authz.From(ctx).ID(), s.Clock.Now())
		return err
	})
	return p, err
}

func (s *Service) propose(ctx context.Context, tx db.Tx, f Filter, within interval.Span) (Proposal, error) {
	out := Proposal{Moves: []SettlementMove{}, Remaining: []ConflictView{}}
	look := within
	look.To = look.To.Add(settlementHorizon)
	look.From = maxTime(minTime(look.From, s.Clock.Now()), look.From.Add(-settlementHorizon))
	p, err := s.gather(ctx, tx, f, look)
	if err != nil {
		return out, err
	}
	var wanted []Conflict
	for _, c := range p.conflicts {
		if c.Overlap.Overlaps(within) && len(wanted) < mostSettled {
			wanted = append(wanted, c)
		}
	}
	out.Conflicts = len(wanted)
	if len(wanted) == 0 {
		out.Exact = true
		return out, nil
	}
	in, rows, err := s.settleInput(ctx, tx, p, wanted, look)
	if err != nil {
		return out, err
	}
	result := Settle(in)
	out.Cost, out.Bound, out.Exact, out.Gap, out.Steps = result.Cost, result.Bound, result.Exact, result.Gap, result.Steps
	if err := s.tellMoves(ctx, tx, &out, result, p, rows); err != nil {
		return out, err
	}
	out.Remaining, err = s.showConflicts(ctx, tx, p, remaining(wanted, result))
	return out, err
}

// remaining are the conflicts between bookings of which none is moved.
func remaining(wanted []Conflict, result Settlement) []Conflict {
	moved := map[ref.Booking]bool{}
	for _, m := range result.Moves {
		moved[m.Booking] = true
	}
	var out []Conflict
	for _, c := range wanted {
		if !moved[c.A.Booking] && !moved[c.B.Booking] && (slices.Contains(result.Left, c.A.Booking) || slices.Contains(result.Left, c.B.Booking) || c.Kind != ClashCapacity) {
			out = append(out, c)
		}
	}
	return out
}

// settleInput makes the problem: the bookings in conflict, what stands around them, and where they could go.
func (s *Service) settleInput(ctx context.Context, tx db.Tx, p portfolio, wanted []Conflict, look interval.Span) (SettleInput, map[ref.Booking]Booking, error) {
	in := SettleInput{Horizon: look.To}
	ids := map[ref.Booking]bool{}
	for _, c := range wanted {
		ids[c.A.Booking], ids[c.B.Booking] = true, true
	}
	list := make([]ref.Booking, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	slices.Sort(list)
	rows := map[ref.Booking]Booking{}
	for _, chunk := range db.Chunks(list, 1000) {
		var bookings []Booking
		if err := tx.NewSelect().Model(&bookings).Where("b.id IN (?)", bun.In(chunk)).Scan(ctx, &bookings); err != nil {
			return in, nil, err
		}
		for _, b := range bookings {
			rows[b.ID] = b.utc()
		}
	}
	parts, err := partsOf(ctx, tx, list...)
	if err != nil {
		return in, nil, err
	}
	envs, swaps, err := s.settleEnvironments(ctx, tx, list, parts)
	if err != nil {
		return in, nil, err
	}
	st, err := s.look(ctx, tx, envs)
	if err != nil {
		return in, nil, err
	}
	if in.Grounds, err = st.grounds(ctx, look, ""); err != nil {
		return in, nil, err
	}
	if err := s.addRequested(ctx, st, in.Grounds, look, ids); err != nil {
		return in, nil, err
	}
	for _, id := range list {
		in.Settlers = append(in.Settlers, s.settler(ctx, st, rows[id], parts[id], swaps))
	}
	for _, e := range st.envs {
		p.known[e.ID] = knownLane{EnvironmentRef{e.ID, e.Key, e.Name}, e.UnitPath, e.Bookable}
	}
	return in, rows, nil
}

// addRequested puts requested bookings that have no conflict beside the approved ones, and takes the settlers out.
func (s *Service) addRequested(ctx context.Context, st *stage, grounds []Ground, look interval.Span, settlers map[ref.Booking]bool) error {
	at := make(map[ref.Environment]int, len(grounds))
	for i, g := range grounds {
		at[g.Environment] = i
		grounds[i].Holds = slices.DeleteFunc(g.Holds, func(h Hold) bool { return settlers[h.Booking] })
	}
	return liveHolds(ctx, st.tx, st.ids, look, false, func(r holdRow) {
		if i, ok := at[r.Environment]; ok && r.Status == Requested && !settlers[r.Booking] {
			grounds[i].Holds = append(grounds[i].Holds, r.hold())
		}
	})
}

// settleEnvironments returns the environments of bookings and those that would do instead: of the same application and
// usage, those with the same class of data first. They are read once for all.
func (s *Service) settleEnvironments(ctx context.Context, tx db.Tx, list []ref.Booking, parts map[ref.Booking][]Part) ([]ref.Environment, map[ref.Environment][]ref.Environment, error) {
	var envs []ref.Environment
	for _, id := range list {
		envs = append(envs, environmentsOf(parts[id])...)
	}
	slices.Sort(envs)
	envs = slices.Compact(envs)
	type place struct {
		ID          ref.Environment `bun:"id"`
		Application *ref.App        `bun:"application_id"`
		Usage       *ref.Lookup     `bun:"usage_id"`
		Class       string          `bun:"data_class"`
		Bookable    bool            `bun:"bookable"`
	}
	var all []place
	err := tx.NewSelect().TableExpr("v_environment AS e").ColumnExpr("e.id, e.application_id, e.usage_id, e.data_class, e.bookable").
		Where("e.state = 'active' AND e.application_id IS NOT NULL AND e.usage_id IS NOT NULL").OrderExpr("e.name_key, e.id").Scan(ctx, &all)
	if err != nil {
		return nil, nil, err
	}
	alike := map[string][]place{}
	known := map[ref.Environment]place{}
	key := func(p place) string { return string(*p.Application) + " " + string(*p.Usage) }
	for _, p := range all {
		known[p.ID] = p
		if p.Bookable {
			alike[key(p)] = append(alike[key(p)], p)
		}
	}
	swaps := map[ref.Environment][]ref.Environment{}
	for i, env := range slices.Clone(envs) {
		p, ok := known[env]
		if !ok {
			continue
		}
		same, other := []ref.Environment{}, []ref.Environment{}
		list := alike[key(p)]
		for k := range list {
			// Each begins elsewhere in the list, so that not all are sent to the same few.
			switch o := list[(k+i)%len(list)]; {
			case o.ID == env:
			case o.Class == p.Class:
				same = append(same, o.ID)
			default:
				other = append(other, o.ID)
			}
		}
		same = append(same, other...)
		swaps[env] = same[:min(len(same), swapOptions)]
		envs = append(envs, swaps[env]...)
	}
	slices.Sort(envs)
	return slices.Compact(envs), swaps, nil
}

func (s *Service) settler(ctx context.Context, st *stage, b Booking, parts []Part, swaps map[ref.Environment][]ref.Environment) Settler {
	policy := st.policy(parts[0].Environment)
	_, weight, late := policy.rank(b.Priority)
	if b.Status == Approved {
		weight *= 2 // what was promised is moved only where that saves more
	}
	out := Settler{
		ID: b.ID, Number: b.Number, Status: b.Status, Fixed: !b.From.After(st.now), Weight: weight, Late: late,
		NotBefore: st.now.Add(time.Duration(policy.MinimumNoticeMinutes) * time.Minute),
	}
	for _, p := range parts {
		out.Places = append(out.Places, Placement{Environment: p.Environment, Span: b.Span(), Intent: b.Intent})
		out.Fixed = out.Fixed || !st.envs[p.Environment].Bookable
	}
	if len(parts) == 1 {
		for _, e := range swaps[parts[0].Environment] {
			if authz.From(ctx).Can(PermCreate, st.envs[e].UnitPath) {
				out.Swaps = append(out.Swaps, e)
			}
		}
	}
	if b.Intent != Touch {
		out.Milder = []Intent{Touch}
	}
	return out
}

func (s *Service) tellMoves(ctx context.Context, tx db.Tx, out *Proposal, result Settlement, p portfolio, rows map[ref.Booking]Booking) error {
	ids := make([]ref.Booking, len(result.Moves))
	for i, m := range result.Moves {
		ids[i] = m.Booking
	}
	names, err := bookingRefs(ctx, tx, ids)
	if err != nil {
		return err
	}
	place := func(list []Placement) []PlacedView {
		out := make([]PlacedView, len(list))
		for i, pl := range list {
			out[i] = PlacedView{Environment: p.known[pl.Environment].EnvironmentRef, From: pl.From, To: pl.To, Intent: pl.Intent}
		}
		return out
	}
	for i, m := range result.Moves {
		move := SettlementMove{ID: fmt.Sprintf("m%d", i+1), Kind: m.Kind, Booking: names[m.Booking], Version: rows[m.Booking].Version, Before: place(m.Before), After: place(m.After), Cost: m.Cost}
		move.Effect = effect(move)
		out.Moves = append(out.Moves, move)
	}
	return nil
}

// effect says a move in a sentence.
func effect(m SettlementMove) string {
	before, after := m.Before[0], m.After[0]
	name := m.Booking.Reference + " " + m.Booking.Title
	text := ""
	switch m.Kind {
	case MoveShare:
		return fmt.Sprintf("%s shares %s with the intent %s.", name, before.Environment.Name, after.Intent)
	case MoveSwap:
		text = fmt.Sprintf("%s takes %s instead of %s", name, after.Environment.Name, before.Environment.Name)
	default:
		text = fmt.Sprintf("%s stays in %s", name, before.Environment.Name)
	}
	if shift := after.From.Sub(before.From); shift != 0 {
		text += fmt.Sprintf(" and begins %s, on %s", shiftWords(shift), moment(after.From))
	} else {
		text += " at the same time"
	}
	if m.Booking.Release != "" && after.To.After(before.To) {
		text += fmt.Sprintf("; %s is ready %s", m.Booking.Release, shiftWords(after.To.Sub(before.To)))
	}
	return text + "."
}
