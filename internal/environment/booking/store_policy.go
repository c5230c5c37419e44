package booking

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// policyRow is a stored policy.
type policyRow struct {
	bun.BaseModel `bun:"table:booking_policy,alias:bp"`

	Unit      ref.Unit        `bun:"unit_id,pk"`
	Settings  json.RawMessage `bun:"settings,type:jsonb"`
	Version   int64           `bun:"version"`
	UpdatedAt time.Time       `bun:"updated_at"`
}

func (r policyRow) policy() (Policy, error) {
	p := DefaultPolicy()
	err := json.Unmarshal(r.Settings, &p)
	return p, err
}

// policies are the policies of some units and of those above them.
type policies map[ref.Unit]Policy

// loadPolicies reads the policies that can be in force on unit paths.
func loadPolicies(ctx context.Context, tx db.Tx, paths []string) (policies, error) {
	var units []string
	known := map[string]bool{"": true}
	for _, path := range paths {
		for part := range strings.SplitSeq(path, "/") {
			if !known[part] {
				known[part] = true
				units = append(units, part)
			}
		}
	}
	if len(units) == 0 {
		return nil, nil
	}
	out := policies{}
	return out, tx.Ask(ctx, func(r *db.Row) error {
		p, err := policyRow{Settings: json.RawMessage(r.Text(1))}.policy()
		out[ref.Unit(r.Text(0))] = p
		return err
	}, `SELECT unit_id, CAST(settings AS TEXT) FROM booking_policy WHERE `+tx.Among("unit_id"), db.Texts(units))
}

// askPolicies puts into a batch the question for the policies that can be in force on the units of environments.
// For one it asks so that PostgreSQL plans it once: a list is planned anew each time.
func askPolicies(b *db.Batch, tx db.Tx, envs []ref.Environment, into policies) {
	which, arg := tx.Among("e.id"), any(db.TextsOf(envs))
	if len(envs) == 1 {
		which, arg = "e.id = ?", string(envs[0])
	}
	b.Ask(func(r *db.Row) error {
		p, err := policyRow{Settings: json.RawMessage(r.Text(1))}.policy()
		into[ref.Unit(r.Text(0))] = p
		return err
	}, `SELECT p.unit_id, CAST(p.settings AS TEXT) FROM booking_policy AS p WHERE EXISTS (SELECT 1 FROM v_environment AS e JOIN v_unit AS u ON u.id = e.unit_id
		WHERE `+which+` AND u.path LIKE '%/' || p.unit_id || '/%')`, arg)
}

// of returns the policy of the nearest unit, or the default.
func (p policies) of(path string) Policy {
	if len(p) > 0 {
		units := strings.Split(strings.Trim(path, "/"), "/")
		for i := len(units) - 1; i >= 0; i-- {
			if found, ok := p[ref.Unit(units[i])]; ok {
				return found
			}
		}
	}
	return DefaultPolicy()
}

// from returns the unit whose policy is in force on a path; "" is the default.
func (p policies) from(path string) ref.Unit {
	units := strings.Split(strings.Trim(path, "/"), "/")
	for i := len(units) - 1; i >= 0; i-- {
		if _, ok := p[ref.Unit(units[i])]; ok {
			return ref.Unit(units[i])
		}
	}
	return ""
}

// with returns the policies of both.
func (p policies) with(more policies) policies {
	if len(p) == 0 {
		return more
	}
	out := maps.Clone(p)
	maps.Copy(out, more)
	return out
}
