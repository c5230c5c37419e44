package workflow

import (
	"context"
	"slices"
	"unicode/utf8"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Step is what Move takes.
type Step struct {
	// To is the id or name of a status.
	To string `json:"to"`
	// From is the status the caller saw, by id or name; where it is sent and the record stands elsewhere, the move is
	// refused as stale.
	From string `json:"from,omitempty"`
	Note string `json:"note,omitempty" maxLength:"2000"`
}

// Allowed returns every status of a record's graph in order, each with whether the caller may move the record there now
// and why not. It runs inside an owner's transaction.
func (s *Service) Allowed(ctx context.Context, tx db.Tx, r Record) ([]Choice, error) {
	w, _, err := openStep(ctx, tx, r.Kind, r.ID)
	if err != nil && !db.IsNoRows(err) {
		return nil, err
	}
	g, err := loadOffered(ctx, tx, r.Kind, r.Type)
	if err != nil {
		return nil, err
	}
	return s.choices(ctx, tx, r, g, w.Status)
}

func (s *Service) choices(ctx context.Context, tx db.Tx, r Record, g Graph, current string) ([]Choice, error) {
	who, err := standing.Of(ctx, tx, s.clock.Now())
	if err != nil {
		return nil, err
	}
	paths, err := standing.Paths(ctx, tx, []ref.Unit{r.Unit})
	if err != nil {
		return nil, err
	}
	path := paths[r.Unit]
	return choices(g, current, r.Assignee != "", func(st Status) bool {
		return len(st.Permitted) == 0 || who.Everything(path) || who.IsAny(st.Permitted, path)
	}), nil
}

// Move takes a record to another status: the graph has the transition, the caller may set the status, and no field that it
// demands is empty. It runs inside an owner's transaction, after the owner decided that the caller may edit the record.
func (s *Service) Move(ctx context.Context, tx db.Tx, r Record, in Step) (Status, error) {
	w, here, err := touchStep(ctx, tx, r.Kind, r.ID)
	if db.IsNoRows(err) {
		return here, problem.New(problem.Conflict, "not_started", "The record stands on no status yet.")
	}
	if err != nil {
		return here, err
	}
	g, err := loadOffered(ctx, tx, r.Kind, r.Type)
	if err != nil {
		return here, err
	}
	if in.From != "" && in.From != here.ID && ref.NameKey(in.From) != ref.NameKey(here.Name) {
		return here, httpapi.Stale(w.EnteredAt.UnixMicro(), map[string]any{"status": here.Name, "statusId": here.ID})
	}
	if !utf8.ValidString(in.Note) || slices.Contains([]byte(in.Note), 0) {
		return here, problem.New(problem.Invalid, "note_unreadable", "The note holds characters that cannot be shown.")
	}
	at := g.at(in.To)
	if at < 0 {
		return here, unknownStatus(in.To, "body.to")
	}
	list, err := s.choices(ctx, tx, r, g, w.Status)
	if err != nil {
		return here, err
	}
	if err := refused(list[at], here, list); err != nil {
		return here, err
	}
	to := g.Statuses[at]
	if s.mandatory != nil {
		if err := s.mandatory.CheckMandatory(ctx, tx, r.Kind, r.Type, to.ID, r.ID); err != nil {
			return here, err
		}
	}
	return to, s.transition(ctx, tx, r, w, here, to, in.Note)
}

// refused turns a choice that is not open into a problem that names those that are.
func refused(c Choice, here Status, all []Choice) error {
	if c.Allowed {
		return nil
	}
	open := []string{}
	for _, o := range all {
		if o.Allowed {
			open = append(open, o.Name)
		}
	}
	var p *problem.Error
	switch c.Code {
	case "current":
		p = problem.Newf(problem.Conflict, "status_unchanged", "The record stands on %q already.", here.Name)
	case "no_transition":
		p = problem.New(problem.Conflict, "transition_not_allowed", c.Reason)
	case "not_permitted":
		p = problem.New(problem.Forbidden, "status_not_permitted", c.Reason)
	default:
		p = problem.New(problem.Conflict, c.Code, c.Reason)
	}
	return p.WithData("allowed", open)
}
