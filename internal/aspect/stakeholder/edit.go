package stakeholder

import (
	"context"
	"errors"
	"slices"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Listing is the stakeholders of a record at a version.
type Listing struct {
	Record  Record
	Version int64
	Items   []Listed
	// Manageable says whether the caller may change the list.
	Manageable bool
}

var errDryRun = errors.New("dry run")

// change is one edit of a list: it takes the list as it is and returns it as it shall be.
type change func(ctx context.Context, tx db.Tx, r Record, list []Listed) ([]Listed, []Consequence, error)

// edit runs a change for the caller. version is what the change is based on; 0 where it may meet any version.
func (s *Service) edit(ctx context.Context, kind, id string, version int64, dry bool, fn change) (Listing, []Consequence, error) {
	var out Listing
	var more []Consequence
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		record, err := s.record(ctx, tx, kind, id, s.subjects[kind].Manage)
		if err != nil {
			return err
		}
		out, more, err = s.editRecord(ctx, tx, kind, record, version, fn)
		if err == nil && dry {
			return errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	out.Manageable = true
	return out, more, err
}

// record finds a record and checks a permission on its unit.
func (s *Service) record(ctx context.Context, tx db.Tx, kind, id string, perm authz.Permission) (Record, error) {
	subject, ok := s.subjects[kind]
	if !ok {
		return Record{}, authz.ErrNotFound
	}
	r, err := subject.Resolve(ctx, tx, id)
	if err != nil {
		return r, err
	}
	return r, authz.CheckUnit(ctx, tx, perm, r.Unit)
}

// editRecord is edit inside a transaction, after the decision about access.
func (s *Service) editRecord(ctx context.Context, tx db.Tx, kind string, r Record, version int64, fn change) (Listing, []Consequence, error) {
	out := Listing{Record: r}
	var err error
	if out.Version, err = touchList(ctx, tx, kind, r.ID); err != nil {
		return out, nil, err
	}
	before, err := loadList(ctx, tx, kind, r.ID)
	if err != nil {
		return out, nil, err
	}
	if version != 0 && version != out.Version {
		return out, nil, httpapi.Stale(out.Version, views(before))
	}
	after, more, err := fn(ctx, tx, r, slices.Clone(before))
	if err != nil {
		return out, nil, err
	}
	if len(after) > maxPerRecord {
		return out, nil, problem.Newf(problem.Invalid, "too_many_stakeholders", "A record has at most %d stakeholders; make a team of some.", maxPerRecord)
	}
	changed, err := s.save(ctx, tx, kind, r, before, after)
	if err != nil {
		return out, nil, err
	}
	if changed {
		out.Version++
		if err := bumpList(ctx, tx, kind, r.ID); err != nil {
			return out, nil, err
		}
	}
	out.Items, err = loadList(ctx, tx, kind, r.ID)
	return out, more, err
}

// save writes the difference between two lists and says what happened. Removals and losses of accountability come
// before gains, so that at no moment two are accountable.
func (s *Service) save(ctx context.Context, tx db.Tx, kind string, r Record, before, after []Listed) (bool, error) {
	old := make(map[string]Listed, len(before))
	for _, l := range before {
		old[l.ID] = l
	}
	kept := make(map[string]bool, len(after))
	for _, l := range after {
		kept[l.ID] = true
	}
	changed := false
	for _, l := range before {
		if kept[l.ID] {
			continue
		}
		changed = true
		if err := deleteStakeholder(ctx, tx, l.ID); err != nil {
			return false, err
		}
		if err := s.append(ctx, tx, Removed, kind, r, &l, nil); err != nil {
			return false, err
		}
	}
	now := s.clock.Now()
	for _, accountable := range []bool{false, true} {
		for _, l := range after {
			was, known := old[l.ID]
			if l.Accountable != accountable || known && was.same(l.Stakeholder) {
				continue
			}
			changed = true
			l.SubjectKind, l.SubjectID, l.Unit, l.UpdatedAt = kind, r.ID, r.Unit, now
			var err error
			if known {
				err = updateStakeholder(ctx, tx, l.Stakeholder)
			} else {
				l.ID, l.CreatedAt = ref.New[string](), now
				err = insertStakeholder(ctx, tx, l.Stakeholder)
			}
			if err != nil {
				return false, err
			}
			if known {
				err = s.append(ctx, tx, Changed, kind, r, &was, &l)
			} else {
				err = s.append(ctx, tx, Added, kind, r, nil, &l)
			}
			if err != nil {
				return false, err
			}
		}
	}
	return changed, nil
}

// append says that somebody's part in a record changed. The field of the change is the somebody, so that the history of
// the record reads "Ada: responsible → accountable".
func (s *Service) append(ctx context.Context, tx db.Tx, eventKind events.Kind, kind string, r Record, before, after *Listed) error {
	var from, to any
	who := before
	if before != nil {
		from = before.part()
	}
	if after != nil {
		to, who = after.part(), after
	}
	data := map[string]any{"stakeholder": who.Name, "stakeholderId": who.ID}
	if who.Person != nil {
		data["personId"] = *who.Person
	}
	if who.Team != nil {
		data["teamId"] = *who.Team
	}
	if to != nil {
		data["part"] = to
	}
	if before != nil && after != nil && before.party() != after.party() {
		eventKind, data["from"] = Reassigned, before.Name
	}
	return s.events.Append(ctx, tx, events.Event{
		Kind: eventKind, SubjectKind: kind, SubjectID: r.ID, SubjectLabel: r.Label, Unit: r.Unit,
		Changes: map[string]events.Change{"stakeholder " + strings.TrimSpace(who.Name): {from, to}}, Data: data,
	})
}
