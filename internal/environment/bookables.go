package environment

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
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

// Bookables returns the environments in the order of the ids, with two queries however many there are. It decides
// nothing about access; an unknown id is the not-found problem.
func (s *Service) Bookables(ctx context.Context, tx db.Tx, ids []ref.Environment) ([]Bookable, error) {
	type row struct {
		Environment
		UnitPath   string           `bun:"unit_path"`
		StatusName string           `bun:"status_name"`
		Attributes field.Attributes `bun:"attributes,type:jsonb"`
	}
	found := make(map[ref.Environment]*Bookable, len(ids))
	now := s.clock.Now()
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []row
		err := tx.NewSelect().TableExpr("environment AS e").Join("LEFT JOIN v_unit AS u ON u.id = e.unit_id").Join("LEFT JOIN v_lookup AS l ON l.id = e.status_id").
			ColumnExpr(`e.id, e.key, e.name, e.unit_id, e.application_id, e.usage_id, e.status_id, e.capacity,
				e.auto_approve, e.expires_at, e.cost_per_hour, e.alert, e.state, COALESCE(u.path, '') AS unit_path,
				COALESCE(l.name, '') AS status_name, l.attributes`).
			Where("e.id IN (?)", bun.In(chunk)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			b := &Bookable{
				ID: r.ID, Key: r.Key, Name: r.Name, Unit: r.Unit, UnitPath: r.UnitPath, Application: r.Application, Usage: r.Usage,
				Capacity: r.Capacity, AutoApprove: r.AutoApprove, ExpiresAt: utcPointer(r.ExpiresAt), CostPerHour: r.CostPerHour, Alert: r.Alert,
			}
			notBookable, _ := r.Attributes[NotBookable].(bool)
			b.WhyNot = whyNotBookable(r.Environment, r.StatusName, notBookable, now)
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
