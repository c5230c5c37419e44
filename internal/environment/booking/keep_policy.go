package booking

import (
	"context"
	"encoding/json"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// PolicyView is the policy in force on a unit.
type PolicyView struct {
	Policy
	Unit ref.Unit `json:"unitId"`
	// From is the unit whose policy it is; "" is the default of the product.
	From    ref.Unit `json:"fromUnitId,omitempty" doc:"The unit whose policy it is; absent for the default."`
	Own     bool     `json:"own" doc:"Whether the unit has a policy of its own."`
	Version int64    `json:"version" doc:"Of the unit's own policy; 0 when it has none."`
}

// GetPolicy returns the policy in force on a unit; "" is the root.
func (s *Service) GetPolicy(ctx context.Context, unit ref.Unit) (v PolicyView, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		v, err = policyOf(ctx, tx, unit)
		return err
	})
	return v, err
}

func policyOf(ctx context.Context, tx db.Tx, unit ref.Unit) (PolicyView, error) {
	v := PolicyView{Policy: DefaultPolicy()}
	var u struct {
		ID   ref.Unit
		Path string
	}
	q := tx.NewSelect().Table("v_unit").Column("id", "path")
	if unit == "" {
		q = q.Where("parent_id IS NULL")
	} else {
		q = q.Where("id = ?", unit)
	}
	if err := q.Scan(ctx, &u); db.IsNoRows(err) {
		return v, authz.ErrNotFound
	} else if err != nil {
		return v, err
	}
	if err := authz.Check(ctx, PermView, u.Path); err != nil {
		return v, err
	}
	v.Unit = u.ID
	rules, err := loadPolicies(ctx, tx, []string{u.Path})
	if err != nil {
		return v, err
	}
	v.Policy = rules.of(u.Path)
	v.From = rules.from(u.Path)
	var row policyRow
	err = tx.NewSelect().Model(&row).Where("bp.unit_id = ?", u.ID).Scan(ctx)
	if db.IsNoRows(err) {
		return v, nil
	}
	v.Own, v.Version = err == nil, row.Version
	return v, err
}

// SetPolicy gives a unit a policy of its own.
func (s *Service) SetPolicy(ctx context.Context, unit ref.Unit, version int64, p Policy) (v PolicyView, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		name, err := mayPolicy(ctx, tx, &unit)
		if err != nil {
			return err
		}
		if err := p.check(); err != nil {
			return err
		}
		if p.AutoApproveIntents == nil {
			p.AutoApproveIntents = []Intent{}
		}
		if p.Compatible == nil {
			p.Compatible = Matrix{}
		}
		if p.PriorityClasses == nil {
			p.PriorityClasses = []PriorityClass{}
		}
		before, err := policyOf(ctx, tx, unit)
		if err != nil {
			return err
		}
		if before.Version != version {
			return httpapi.Stale(before.Version, before)
		}
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO booking_policy (unit_id, settings, version, updated_at) VALUES (?, ?, 1, ?)
			ON CONFLICT (unit_id) DO UPDATE SET settings = excluded.settings, version = booking_policy.version + 1, updated_at = excluded.updated_at WHERE booking_policy.version = ?`,
			unit, string(raw), s.Clock.Now(), version)
		if err != nil {
			return err
		}
		if v, err = policyOf(ctx, tx, unit); err != nil {
			return err
		}
		if v.Version != version+1 {
			return httpapi.Stale(v.Version, v)
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: EventPolicy, SubjectID: string(unit), SubjectLabel: name, Unit: unit, Changes: events.Diff(before.Policy, v.Policy)})
	})
	return v, err
}

// RemovePolicy lets a unit follow the unit above it again.
func (s *Service) RemovePolicy(ctx context.Context, unit ref.Unit, version int64) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		name, err := mayPolicy(ctx, tx, &unit)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM booking_policy WHERE unit_id = ? AND version = ?`, unit, version)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			now, err2 := policyOf(ctx, tx, unit)
			if err2 != nil || err != nil {
				return err2
			}
			if !now.Own {
				return problem.New(problem.NotFound, "not_found", "The unit has no policy of its own.")
			}
			return httpapi.Stale(now.Version, now)
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: EventPolicyGone, SubjectID: string(unit), SubjectLabel: name, Unit: unit})
	})
}

// mayPolicy checks the permission on a unit and returns its name; "" becomes the root.
func mayPolicy(ctx context.Context, tx db.Tx, unit *ref.Unit) (string, error) {
	var u struct {
		ID         ref.Unit
		Name, Path string
	}
	q := tx.NewSelect().Table("v_unit").Column("id", "name", "path")
	if *unit == "" {
		q = q.Where("parent_id IS NULL")
	} else {
		q = q.Where("id = ?", *unit)
	}
	if err := q.Scan(ctx, &u); db.IsNoRows(err) {
		return "", authz.ErrNotFound
	} else if err != nil {
		return "", err
	}
	*unit = u.ID
	return u.Name, authz.Check(ctx, PermPolicy, u.Path)
}

// PolicyQuery names the unit of a policy.
type PolicyQuery struct {
	Unit ref.Unit `query:"unit" doc:"The unit; the root when left out."`
}

type policyOut struct {
	ETag string `header:"ETag"`
	Body PolicyView
}

func (s *Service) mountPolicies(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/booking-policies", ID: "get-booking-policy", Tag: tag, Summary: "Read the booking policy in force on a unit"},
		authz.Need(PermView), func(ctx context.Context, in *PolicyQuery) (*policyOut, error) {
			v, err := s.GetPolicy(ctx, in.Unit)
			return &policyOut{httpapi.ETag(v.Version), v}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/booking-policies", ID: "set-booking-policy", Tag: tag, Summary: "Give a unit a booking policy of its own",
		Description: "If-Match takes the version of the unit's own policy; leave it out, or send \"0\", where it has none yet."},
		authz.Need(PermPolicy), func(ctx context.Context, in *struct {
			PolicyQuery
			IfMatch string `header:"If-Match"`
			Body    Policy
		}) (*policyOut, error) {
			version := int64(0)
			if in.IfMatch != "" && in.IfMatch != `"0"` {
				var err error
				if version, err = (httpapi.IfMatch{IfMatch: in.IfMatch}).Version(); err != nil {
					return nil, err
				}
			}
			v, err := s.SetPolicy(ctx, in.Unit, version, in.Body)
			return &policyOut{httpapi.ETag(v.Version), v}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/booking-policies", ID: "remove-booking-policy", Tag: tag, Summary: "Let a unit follow the unit above it", Status: http.StatusNoContent},
		authz.Need(PermPolicy), func(ctx context.Context, in *struct {
			PolicyQuery
			httpapi.IfMatch
		}) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.RemovePolicy(ctx, in.Unit, version)
		})
}
