package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// AcceptSettlement does the moves of a proposal, all or the named ones, each through the same path as a change by hand. A
// move whose booking was changed meanwhile, or whose place was taken, is refused with the reason and does not keep the
// others from being done. Moves that give room are done before those that need it.
func (s *Service) AcceptSettlement(ctx context.Context, id string, moves []string) (Proposal, error) {
	var p Proposal
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		p, err = loadProposal(ctx, tx, id)
		return err
	})
	if err != nil {
		return p, err
	}
	for _, m := range moves {
		if !slices.ContainsFunc(p.Moves, func(x SettlementMove) bool { return x.ID == m }) {
			var faults problem.Fields
			faults.Add("body.moves", "unknown", fmt.Sprintf("The settlement has no move %q.", m))
			return p, faults.Err("move_unknown", "Name moves of the settlement.")
		}
	}
	pending := []int{}
	for i := range p.Moves {
		if (len(moves) == 0 || slices.Contains(moves, p.Moves[i].ID)) && (p.Moves[i].Result == nil || !p.Moves[i].Result.Accepted) {
			pending = append(pending, i)
		}
	}
	accepted := s.acceptRounds(ctx, &p, pending)
	raw, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE booking_settlement SET proposal = ?, accepted_at = ? WHERE id = ?`, string(raw), s.Clock.Now(), id); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: EventSettled, SubjectID: id, SubjectLabel: "settlement of " + p.From.Format(time.DateOnly) + " to " + p.To.Format(time.DateOnly),
			Data: map[string]any{"accepted": accepted, "refused": len(pending) - accepted}})
	})
	return p, err
}

// acceptRounds does moves until a round changes nothing: one may need the place another one leaves.
func (s *Service) acceptRounds(ctx context.Context, p *Proposal, pending []int) (accepted int) {
	for {
		var again []int
		for _, i := range pending {
			m := &p.Moves[i]
			err := s.acceptMove(ctx, *m)
			switch pr := problem.Of(err); {
			case err == nil:
				m.Result = &MoveResult{Accepted: true}
				accepted++
			case pr != nil:
				m.Result = &MoveResult{Code: pr.Code, Reason: pr.Message}
				if pr.Code == "booking_overlaps" {
					again = append(again, i)
				}
			default:
				s.Logger.ErrorContext(ctx, "a move of a settlement failed", "error", err)
				m.Result = &MoveResult{Code: "internal", Reason: "Something failed on our side; try this move again."}
			}
		}
		if len(again) == 0 || len(again) == len(pending) {
			return accepted
		}
		pending = again
	}
}

func (s *Service) acceptMove(ctx context.Context, m SettlementMove) error {
	change := BookingChange{From: httpapi.Some(m.After[0].From), To: httpapi.Some(m.After[0].To), Intent: httpapi.Some(m.After[0].Intent)}
	if m.Kind == MoveSwap {
		change.Environment = string(m.After[0].Environment.ID)
	}
	_, err := s.Change(ctx, string(m.Booking.ID), m.Version, change, false)
	return err
}

func loadProposal(ctx context.Context, tx db.Tx, id string) (p Proposal, err error) {
	var raw string
	var by string
	err = tx.NewSelect().Table("booking_settlement").Column("proposal", "created_by").Where("id = ?", id).Scan(ctx, &raw, &by)
	if db.IsNoRows(err) {
		return p, authz.ErrNotFound
	}
	if err != nil {
		return p, err
	}
	who := authz.From(ctx)
	if err := json.NewDecoder(strings.NewReader(raw)).Decode(&p); err != nil {
		return p, err
	}
	if by == who.ID() {
		return p, nil
	}
	// Somebody else's proposal is shown as far as every booking of it may be seen.
	for _, m := range p.Moves {
		for _, place := range append(slices.Clone(m.Before), m.After...) {
			names, err := environmentNames(ctx, tx, []ref.Environment{place.Environment.ID})
			if err != nil {
				return p, err
			}
			if err := authz.Check(ctx, PermView, names[place.Environment.ID].UnitPath); err != nil {
				return p, authz.ErrNotFound
			}
		}
	}
	return p, nil
}

// SettlementPath is the part of an address that names a settlement.
type SettlementPath struct {
	ID string `path:"id"`
}

type proposalOut struct{ Body Proposal }

func (s *Service) mountSettlements(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/conflicts/settlement", ID: "propose-settlement", Tag: tag, Status: http.StatusOK,
		Summary:     "Propose the smallest set of moves that clears the conflicts of a window",
		Description: "Deterministic: the same schedule has the same answer. exact says whether a cheaper settlement among the options is ruled out, gap by how much it may be too dear otherwise."},
		authz.Need(PermView), func(ctx context.Context, in *struct{ Body SettlementQuestion }) (*proposalOut, error) {
			p, err := s.ProposeSettlement(ctx, in.Body)
			return &proposalOut{p}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/conflicts/settlements/{id}", ID: "get-settlement", Tag: tag, Summary: "Read a proposed settlement"},
		authz.Need(PermView), func(ctx context.Context, in *SettlementPath) (*proposalOut, error) {
			var p Proposal
			err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
				p, err = loadProposal(ctx, tx, in.ID)
				return err
			})
			return &proposalOut{p}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/conflicts/settlements/{id}/accept", ID: "accept-settlement", Tag: tag, Status: http.StatusOK,
		Summary: "Do the moves of a settlement, all or some", Description: "Each move stands for itself; what became of it is in its result."},
		authz.Need(PermCreate), func(ctx context.Context, in *struct {
			SettlementPath
			Body struct {
				Moves []string `json:"moves,omitempty" maxItems:"5000" doc:"Ids of moves; all when left out."`
			}
		}) (*proposalOut, error) {
			p, err := s.AcceptSettlement(ctx, in.ID, in.Body.Moves)
			return &proposalOut{p}, err
		})
}
