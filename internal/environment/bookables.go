package environment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Bookable is what booking needs to know of an environment.
type Bookable struct {
	ID          ref.Environment
	Key, Name   string
	Unit        ref.Unit
	UnitPath    string
	Application ref.App
	Usage       ref.Lookup
	Capacity    int
	AutoApprove bool
	// Bookable is false when its status takes no bookings, it expired, or it was deleted; WhyNot says which, in a
	// sentence.
	Bookable bool
	WhyNot   string
	// ExpiresAt is when it goes away: nothing may be booked beyond.
	ExpiresAt *time.Time
	// CostPerHour is in the smallest unit of the currency.
	CostPerHour int64
	Alert       string
	Groups      []ref.EnvironmentGroup
}

// Bookables returns the environments in the order of the ids, with three queries however many there are. It decides
// nothing about access; an unknown id is the not-found problem.
func (s *Service) Bookables(ctx context.Context, tx db.Tx, ids []ref.Environment) ([]Bookable, error) {
	type row struct {
		Environment
		UnitPath string `bun:"unit_path"`
	}
	found := make(map[ref.Environment]*Bookable, len(ids))
	var statuses []Lookup
	now := s.clock.Now()
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []row
		err := tx.NewSelect().TableExpr("environment AS e").Join("LEFT JOIN v_unit AS u ON u.id = e.unit_id").
			ColumnExpr(`e.id, e.key, e.name, e.unit_id, e.application_id, e.usage_id, e.status_id, e.status_bookable, e.capacity,
				e.auto_approve, e.expires_at, e.cost_per_hour, e.alert, e.state, COALESCE(u.path, '') AS unit_path`).
			Where("e.id IN (?)", bun.In(chunk)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			b := &Bookable{
				ID: r.ID, Key: r.Key, Name: r.Name, Unit: r.Unit, UnitPath: r.UnitPath, Application: r.Application, Usage: r.Usage,
				Capacity: r.Capacity, AutoApprove: r.AutoApprove, ExpiresAt: utcPointer(r.ExpiresAt), CostPerHour: r.CostPerHour, Alert: r.Alert,
			}
			if !r.StatusBookable && statuses == nil {
				if statuses, err = s.lookups.Values(ctx, tx, StatusList); err != nil {
					return nil, err
				}
			}
			b.WhyNot = whyNotBookable(r.Environment, statuses, now)
			b.Bookable = b.WhyNot == ""
			found[b.ID] = b
		}
		var members []struct {
			Group       ref.EnvironmentGroup `bun:"group_id"`
			Environment ref.Environment      `bun:"environment_id"`
		}
		err = tx.NewSelect().Table("environment_member").Column("group_id", "environment_id").Where("environment_id IN (?)", bun.In(chunk)).
			OrderExpr("group_id").Scan(ctx, &members)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if b := found[m.Environment]; b != nil && !slices.Contains(b.Groups, m.Group) {
				b.Groups = append(b.Groups, m.Group)
			}
		}
	}
	out := make([]Bookable, len(ids))
	for i, id := range ids {
		b := found[id]
		if b == nil {
			return nil, authz.ErrNotFound
		}
		out[i] = *b
	}
	return out, nil
}

// whyNotBookable says why an environment takes no bookings now, or "".
func whyNotBookable(e Environment, statuses []Lookup, now time.Time) string {
	switch {
	case e.State == Deleted:
		return fmt.Sprintf("%s was deleted.", e.Name)
	case e.ExpiresAt != nil && !e.ExpiresAt.After(now):
		return fmt.Sprintf("%s expired on %s.", e.Name, e.ExpiresAt.UTC().Format("2006-01-02 15:04 MST"))
	case !e.StatusBookable:
		for _, l := range statuses {
			if l.ID == e.Status {
				return fmt.Sprintf("%s has the status %q, which takes no bookings.", e.Name, l.Name)
			}
		}
		return fmt.Sprintf("The status of %s takes no bookings.", e.Name)
	}
	return ""
}

// LockSchedules touches the schedules of environments, so that until the end of the transaction nobody else decides about
// their bookings, and returns them as they are now, in the order of the ids. The locks are taken in the order of the
// ids' sort, whatever the order asked for, so that two callers cannot wait for each other.
func (s *Service) LockSchedules(ctx context.Context, tx db.Tx, ids []ref.Environment) ([]Bookable, error) {
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	for _, chunk := range db.Chunks(sorted, 1000) {
		var err error
		if tx.Engine() == db.Postgres && len(chunk) > 1 {
			_, err = tx.ExecContext(ctx, `WITH locked AS (SELECT id FROM environment WHERE id IN (?) ORDER BY id FOR UPDATE)
				UPDATE environment SET schedule_rev = schedule_rev + 1 FROM locked WHERE environment.id = locked.id`, bun.In(chunk))
		} else {
			_, err = tx.ExecContext(ctx, `UPDATE environment SET schedule_rev = schedule_rev + 1 WHERE id IN (?)`, bun.In(chunk))
		}
		if err != nil {
			return nil, err
		}
	}
	return s.Bookables(ctx, tx, ids)
}
