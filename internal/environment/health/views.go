package health

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Item is an outage in a list.
type Item struct {
	Outage
	EnvironmentKey  string   `json:"environmentKey"`
	EnvironmentName string   `json:"environmentName"`
	Unit            ref.Unit `json:"unitId"`
	Open            bool     `json:"open"`
	// OutSeconds is how long it lasted, or has lasted so far.
	OutSeconds int64 `json:"outSeconds"`
	Times
}

// View is an outage with what its page shows.
type View struct {
	Item
	AllowedActs []string `json:"allowedActs" nullable:"false"`
}

type listed struct {
	Outage
	EnvironmentKey  string   `bun:"environment_key"`
	EnvironmentName string   `bun:"environment_name"`
	Unit            ref.Unit `bun:"unit_id"`
	UnitPath        string   `bun:"unit_path"`
}

func (l listed) item(now time.Time) Item {
	o := l.Outage.utc()
	end := now
	if o.EndedAt != nil {
		end = *o.EndedAt
	}
	return Item{
		Outage: o, EnvironmentKey: l.EnvironmentKey, EnvironmentName: l.EnvironmentName, Unit: l.Unit, Open: o.EndedAt == nil,
		OutSeconds: max(0, int64(end.Sub(o.StartedAt)/time.Second)), Times: timesOf(o),
	}
}

// load returns an outage with the names of what it refers to. It decides nothing about access.
func load(ctx context.Context, tx db.Tx, id ref.Outage) (listed, error) {
	var l listed
	err := tx.NewSelect().TableExpr("outage AS o").Join("JOIN v_environment AS e ON e.id = o.environment_id").Join("JOIN v_unit AS u ON u.id = e.unit_id").
		ColumnExpr("o.*, e.key AS environment_key, e.name AS environment_name, e.unit_id, u.path AS unit_path").Where("o.id = ?", id).Scan(ctx, &l)
	if db.IsNoRows(err) {
		return l, authz.ErrNotFound
	}
	return l, err
}

func (s *Service) item(ctx context.Context, tx db.Tx, id ref.Outage) (*Item, error) {
	l, err := load(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	i := l.item(s.clock.Now())
	return &i, nil
}

func (s *Service) view(ctx context.Context, tx db.Tx, id ref.Outage) (View, error) {
	l, err := load(ctx, tx, id)
	if err != nil {
		return View{}, err
	}
	return View{Item: l.item(s.clock.Now()), AllowedActs: acts(ctx, l)}, nil
}

// acts are what the caller may do with an outage now.
func acts(ctx context.Context, l listed) []string {
	out := []string{}
	if p := authz.From(ctx); p == nil || !p.Can(PermManage, l.UnitPath) {
		return out
	}
	out = append(out, "change", "mark_cause", "delete")
	if l.EndedAt == nil {
		out = append(out, "end")
	}
	return out
}
