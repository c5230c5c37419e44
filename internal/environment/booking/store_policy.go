package booking

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
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
	for _, path := range paths {
		for part := range strings.SplitSeq(path, "/") {
			if part != "" && !slices.Contains(units, part) {
				units = append(units, part)
			}
		}
	}
	if len(units) == 0 {
		return nil, nil
	}
	var rows []policyRow
	if err := tx.NewSelect().Model(&rows).Where("bp.unit_id IN (?)", bun.In(units)).Scan(ctx); err != nil {
		return nil, err
	}
	out := make(policies, len(rows))
	for _, r := range rows {
		p, err := r.policy()
		if err != nil {
			return nil, err
		}
		out[r.Unit] = p
	}
	return out, nil
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
