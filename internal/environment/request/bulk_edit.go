package request

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// maxBulkEdit bounds how many requests one edit may change.
const maxBulkEdit = 1000

// BulkChange says what to change of many requests; members that were not sent stay as they are.
type BulkChange struct {
	Type      httpapi.Optional[string]   `json:"type,omitzero"`
	Unit      httpapi.Optional[ref.Unit] `json:"unitId,omitzero"`
	Assignee  httpapi.Optional[Party]    `json:"assignee,omitzero"`
	Release   httpapi.Optional[string]   `json:"release,omitzero"`
	Phase     httpapi.Optional[string]   `json:"phase,omitzero"`
	Status    string                     `json:"status,omitempty" maxLength:"200" doc:"The id or name of the status they move to."`
	Note      string                     `json:"note,omitempty" maxLength:"2000"`
	ShiftDays int                        `json:"shiftDays,omitempty" minimum:"-3660" maximum:"3660" doc:"Move them by this many days, with the times of their lines and outages."`
	Zone      string                     `json:"zone,omitempty" maxLength:"64" doc:"The IANA name of the zone whose days are counted; UTC when left out."`
}

// Core is what a bulk change says of the common part.
func (c BulkChange) Core() CoreChange {
	return CoreChange{Type: c.Type, Unit: c.Unit, Assignee: c.Assignee, Release: c.Release, Phase: c.Phase}
}

func (c BulkChange) empty() bool {
	return !(c.Type.Set || c.Unit.Set || c.Assignee.Set || c.Release.Set || c.Phase.Set || c.Status != "" || c.ShiftDays != 0)
}

// BulkEdited is one request of a bulk edit.
type BulkEdited struct {
	ID           ref.EnvironmentRequest   `json:"id"`
	Reference    string                   `json:"reference,omitempty"`
	Title        string                   `json:"title,omitempty"`
	Changes      map[string]events.Change `json:"changes,omitempty" doc:"Field → [old, new]."`
	Consequences []Consequence            `json:"consequences,omitempty"`
	Code         string                   `json:"code,omitempty" doc:"Why it was skipped."`
	Message      string                   `json:"message,omitempty"`
}

// BulkResult tells what became of a bulk edit.
type BulkResult struct {
	DryRun    bool         `json:"dryRun"`
	Changed   int          `json:"changed"`
	Unchanged int          `json:"unchanged" doc:"How many already were as wanted."`
	Skipped   int          `json:"skipped"`
	Items     []BulkEdited `json:"items" nullable:"false"`
}

// BulkEditBookingRequests changes many booking requests; each stands for itself, and one that cannot be changed is skipped
// and said so.
func (s *Service) BulkEditBookingRequests(ctx context.Context, ids []ref.EnvironmentRequest, change BulkChange, dry bool) (BulkResult, error) {
	return s.Bulk(ctx, ids, change, dry, func(ctx context.Context, tx db.Tx, id string, zone *time.Location) (Head, map[string]events.Change, []Consequence, error) {
		in := BookingRequestChange{CoreChange: change.Core()}
		c, err := ToView(ctx, tx, bookingKind, id)
		if err != nil {
			return Head{}, nil, nil, err
		}
		if change.ShiftDays != 0 {
			r, err := loadBooking(ctx, tx, c.ID)
			if err != nil {
				return Head{}, nil, nil, err
			}
			in.From, in.To = httpapi.Some(ShiftDays(c.From, change.ShiftDays, zone)), httpapi.Some(ShiftDays(c.To, change.ShiftDays, zone))
			in.Lines = httpapi.Some(shiftLines(r.lines, change.ShiftDays, zone))
		}
		v, diff, err := s.changeBooking(ctx, tx, id, 0, in)
		if err != nil || change.Status == "" {
			return v.Head, diff, v.Consequences, err
		}
		status := v.Position.Status
		more, err := s.moveBooking(ctx, tx, v.ID, Move{To: change.Status, Note: change.Note})
		if problem.CodeOf(err) == "status_unchanged" {
			return v.Head, diff, v.Consequences, nil
		}
		if err != nil {
			return v.Head, diff, nil, err
		}
		list := append(v.Consequences, more...)
		if v, err = s.bookingView(ctx, tx, v.ID); err != nil {
			return v.Head, diff, nil, err
		}
		return v.Head, With(diff, "status", status, v.Position.Status), list, nil
	})
}

func shiftLines(lines []Line, days int, zone *time.Location) []NewLine {
	out := make([]NewLine, len(lines))
	for i, l := range lines {
		n := NewLine{ID: l.ID, Targets: l.targets(), Title: l.Title, Slot: l.Slot, Intent: l.Intent, OnClash: l.OnClash}
		if l.From != nil && l.To != nil {
			if n.From, n.To = at(ShiftDays(*l.From, days, zone)), at(ShiftDays(*l.To, days, zone)); l.Slot != "" {
				// A slot keeps its own clocks; the day is what moves.
				n.Day = interval.Wall(ShiftDays(*l.From, days, zone), zone).Format(time.DateOnly)
			}
		}
		out[i] = n
	}
	return out
}

// With adds a field to what changed.
func With(diff map[string]events.Change, field string, from, to any) map[string]events.Change {
	if diff == nil {
		diff = map[string]events.Change{}
	}
	diff[field] = events.Change{from, to}
	return diff
}

// EditOne changes one request of a bulk edit in its own transaction.
type EditOne func(ctx context.Context, tx db.Tx, id string, zone *time.Location) (Head, map[string]events.Change, []Consequence, error)

// Bulk runs an edit for each of many requests. One that is refused is skipped and said so.
func (s *Service) Bulk(ctx context.Context, ids []ref.EnvironmentRequest, change BulkChange, dry bool, edit EditOne) (BulkResult, error) {
	out := BulkResult{DryRun: dry, Items: []BulkEdited{}}
	if len(ids) == 0 || len(ids) > maxBulkEdit {
		return out, problem.Newf(problem.Invalid, "selection_size", "Name between 1 and %d requests.", maxBulkEdit)
	}
	if change.empty() {
		return out, problem.New(problem.Invalid, "change_empty", "Say what to change.")
	}
	zone, err := interval.Zone(change.Zone)
	if err != nil {
		return out, fault("body.change.zone", "zone_unknown", "Give the IANA name of a time zone, such as Europe/Berlin.")
	}
	if p := authz.From(ctx); p == nil {
		return out, authz.ErrUnauthenticated
	}
	for _, id := range distinct(ids) {
		var h Head
		var diff map[string]events.Change
		var more []Consequence
		err := s.Write(ctx, dry, func(ctx context.Context, tx db.Tx) (err error) {
			h, diff, more, err = edit(ctx, tx, string(id), zone)
			return err
		})
		item := BulkEdited{ID: id, Reference: h.Reference, Title: h.Title, Changes: diff, Consequences: more}
		p := problem.Of(err)
		switch {
		case p != nil && p.Kind != problem.Internal && p.Kind != problem.Unavailable:
			item.Changes, item.Consequences, item.Code, item.Message = nil, nil, p.Code, p.Message
			out.Skipped++
		case err != nil:
			return out, err
		case len(diff) == 0:
			out.Unchanged++
			continue
		default:
			out.Changed++
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}
