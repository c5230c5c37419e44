package sheet

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// stepRow is one thing a run did, as it was kept.
type stepRow struct {
	bun.BaseModel `bun:"table:sheet_step,alias:st"`

	Import   string          `bun:"import_id,pk"`
	Position int64           `bun:"position,pk"`
	Number   int             `bun:"number"`
	Act      string          `bun:"act"`
	Kind     string          `bun:"record_kind"`
	Record   string          `bun:"record_id"`
	Label    string          `bun:"label"`
	Owner    string          `bun:"owner_id"`
	Version  int64           `bun:"after_version"`
	Before   json.RawMessage `bun:"before,type:jsonb"`
}

// undoing takes the steps of a run back, the last first.
type undoing struct {
	s     *Service
	tx    db.Tx
	write bool
	i     *Import
	tally map[string]int64
	// sample names the first records of each consequence.
	sample map[string]string
}

// UndoPreview tells what taking an import back would do.
func (s *Service) UndoPreview(ctx context.Context, id string) ([]Consequence, error) {
	var out []Consequence
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		i, err := s.may(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := checkAct(ActUndo, i.State); err != nil {
			return err
		}
		u := &undoing{s: s, tx: tx, i: &i, tally: map[string]int64{}, sample: map[string]string{}}
		if err := u.all(ctx); err != nil {
			return err
		}
		out = u.consequences()
		return nil
	})
	return out, err
}

// undo takes an import back in one transaction.
func (s *Service) undo(ctx context.Context, i *Import) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		u := &undoing{s: s, tx: tx, write: true, i: i, tally: map[string]int64{}, sample: map[string]string{}}
		if err := u.all(ctx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sheet_reference WHERE import_id = ?`, i.ID); err != nil {
			return err
		}
		return s.finishIn(ctx, tx, i, func(_ context.Context, _ db.Tx, now *Import) (State, events.Kind, map[string]any, error) {
			now.Consequences = u.consequences()
			return Undone, ImportUndone, map[string]any{"consequences": now.Consequences}, nil
		})
	})
}

func (u *undoing) all(ctx context.Context) error {
	for before := int64(1) << 62; ; {
		var steps []stepRow
		if err := u.tx.NewSelect().Model(&steps).Where("st.import_id = ? AND st.position < ?", u.i.ID, before).OrderExpr("st.position DESC").Limit(200).Scan(ctx); err != nil {
			return err
		}
		if len(steps) == 0 {
			return nil
		}
		versions, err := u.versions(ctx, steps)
		if err != nil {
			return err
		}
		for _, st := range steps {
			before = st.Position
			if err := u.one(ctx, st, versions); err != nil {
				if problem.Of(err) != nil {
					return fmt.Errorf("%s: %w", st.Label, err)
				}
				return err
			}
		}
	}
}

var stepTables = map[string]string{environment.Subject: "environment", environment.GroupSubject: "environment_group", componentKind: "environment_component", booking.Subject: "booking"}

// versions are the versions in which the records of steps are now; those that are gone are missing.
func (u *undoing) versions(ctx context.Context, steps []stepRow) (map[string]int64, error) {
	out := map[string]int64{}
	for kind, table := range stepTables {
		var ids []string
		for _, st := range steps {
			if st.Kind == kind {
				ids = append(ids, st.Record)
			}
		}
		if len(ids) == 0 {
			continue
		}
		var rows []struct {
			ID      string `bun:"id"`
			Version int64  `bun:"version"`
		}
		q := u.tx.NewSelect().Table(table).Column("id", "version").Where("id IN (?)", bun.In(ids))
		switch kind {
		case environment.Subject:
			q = q.Where("state = 'active'")
		case booking.Subject:
			q = q.Where("status IN ('requested', 'approved', 'waiting') AND to_at > ?", u.s.Clock.Now())
		}
		if err := q.Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[kind+r.ID] = r.Version
		}
	}
	return out, nil
}

func (u *undoing) note(code, label string) {
	if u.tally[code]++; u.sample[code] == "" {
		u.sample[code] = label
	}
}

// one takes one step back. What was changed since stays, because somebody wanted it so.
func (u *undoing) one(ctx context.Context, st stepRow, versions map[string]int64) error {
	if st.Act == "joined" {
		return u.leave(ctx, st)
	}
	now, there := versions[st.Kind+st.Record]
	switch {
	case st.Kind == hostKind:
		u.note("hosts_kept", st.Label)
		return nil
	case st.Act == "withdrawn":
		u.note("cancelled_kept", st.Label)
		return nil
	case !there && st.Kind == booking.Subject:
		u.note("bookings_over", st.Label)
		return nil
	case !there:
		u.note("gone", st.Label)
		return nil
	case now != st.Version:
		u.note("kept_changed", st.Label)
		return nil
	}
	if st.Act == "created" {
		return u.remove(ctx, st)
	}
	u.note("reverted", st.Label)
	if !u.write {
		return nil
	}
	return u.revert(ctx, st)
}

func (u *undoing) remove(ctx context.Context, st stepRow) error {
	switch st.Kind {
	case environment.Subject:
		used, err := u.s.Environments.Uses(ctx, u.tx, ref.Environment(st.Record))
		if err != nil {
			return err
		}
		if len(used) > 0 {
			u.note("environments_used", st.Label)
			return nil
		}
		u.note("environments_removed", st.Label)
		if u.write {
			_, err = u.s.Environments.Remove(ctx, u.tx, ref.Environment(st.Record))
		}
		return err
	case environment.GroupSubject:
		u.note("groups_removed", st.Label)
		if !u.write {
			return nil
		}
		return u.s.Environments.RemoveGroup(ctx, u.tx, ref.EnvironmentGroup(st.Record))
	case componentKind:
		u.note("components_removed", st.Label)
		if !u.write {
			return nil
		}
		e, err := u.s.Environments.May(ctx, u.tx, environment.PermManageStack, st.Owner)
		if err != nil {
			return err
		}
		return u.s.Stacks.RemoveComponent(ctx, u.tx, e, st.Record)
	}
	u.note("bookings_cancelled", st.Label)
	if !u.write {
		return nil
	}
	_, err := u.s.Bookings.WithdrawIn(ctx, u.tx, ref.Booking(st.Record), "Its import was taken back")
	return err
}

func (u *undoing) revert(ctx context.Context, st stepRow) error {
	switch st.Kind {
	case environment.Subject:
		var back environment.EnvironmentChange
		if err := json.Unmarshal(st.Before, &back); err != nil {
			return err
		}
		_, err := u.s.Environments.Edit(ctx, u.tx, ref.Environment(st.Record), back)
		return err
	case environment.GroupSubject:
		var back groupBack
		if err := json.Unmarshal(st.Before, &back); err != nil {
			return err
		}
		_, err := u.s.Environments.EditGroup(ctx, u.tx, ref.EnvironmentGroup(st.Record), back.Change, back.Members)
		return err
	case componentKind:
		var back stack.ComponentChange
		if err := json.Unmarshal(st.Before, &back); err != nil {
			return err
		}
		e, err := u.s.Environments.May(ctx, u.tx, environment.PermManageStack, st.Owner)
		if err != nil {
			return err
		}
		_, err = u.s.Stacks.EditComponent(ctx, u.tx, e, st.Record, back)
		return err
	}
	var back bookingBack
	if err := json.Unmarshal(st.Before, &back); err != nil {
		return err
	}
	_, err := u.s.Bookings.RewriteIn(ctx, u.tx, ref.Booking(st.Record), back.rewrite())
	return err
}

// leave takes an environment out of a group it was put into.
func (u *undoing) leave(ctx context.Context, st stepRow) error {
	n, err := u.tx.NewSelect().Table("v_environment_member").Where("group_id = ? AND environment_id = ?", st.Record, st.Owner).Count(ctx)
	if err != nil || n == 0 {
		return err
	}
	u.note("members_removed", st.Label)
	if !u.write {
		return nil
	}
	return u.s.Environments.Leave(ctx, u.tx, ref.EnvironmentGroup(st.Record), ref.Environment(st.Owner))
}

// undoWords tell consequences in sentences, in the order in which they are told.
var undoWords = []struct{ code, one, many string }{
	{"environments_removed", "1 environment is deleted: {it}.", "{n} environments are deleted: {it} and others."},
	{"groups_removed", "1 group is deleted: {it}.", "{n} groups are deleted: {it} and others."},
	{"components_removed", "1 component is removed: {it}.", "{n} components are removed: {it} and others."},
	{"bookings_cancelled", "1 booking is cancelled: {it}.", "{n} bookings are cancelled: {it} and others."},
	{"members_removed", "1 environment leaves the group {it}.", "{n} environments leave groups: {it} and others."},
	{"reverted", "1 record goes back to what it was: {it}.", "{n} records go back to what they were: {it} and others."},
	{"environments_used", "1 environment stays, because others use it: {it}.", "{n} environments stay, because others use them: {it} and others."},
	{"kept_changed", "1 record stays, because it was changed since: {it}.", "{n} records stay, because they were changed since: {it} and others."},
	{"gone", "1 record is gone already: {it}.", "{n} records are gone already: {it} and others."},
	{"bookings_over", "1 booking is over or cancelled already: {it}.", "{n} bookings are over or cancelled already: {it} and others."},
	{"cancelled_kept", "1 booking stays cancelled: {it}.", "{n} bookings stay cancelled: {it} and others."},
	{"hosts_kept", "1 host stays: {it}.", "{n} hosts stay: {it} and others."},
}

func (u *undoing) consequences() []Consequence {
	out := []Consequence{}
	for _, w := range undoWords {
		n := u.tally[w.code]
		if n == 0 {
			continue
		}
		message := strings.ReplaceAll(w.one, "{it}", u.sample[w.code])
		if n > 1 {
			message = strings.ReplaceAll(strings.ReplaceAll(w.many, "{n}", strconv.FormatInt(n, 10)), "{it}", u.sample[w.code])
		}
		out = append(out, Consequence{Kind: w.code, Count: n, Message: message})
	}
	if u.i.Counts.Created > 0 {
		out = append(out, Consequence{Kind: "created_kept", Count: u.i.Counts.Created, Message: "Applications, persons and values of lists that the import created stay."})
	}
	return out
}
