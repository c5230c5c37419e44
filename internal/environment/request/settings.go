package request

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// Policy is the policy of requests with its version.
type Policy struct {
	Settings
	Version int64 `json:"version"`
}

// LoadPolicy returns the policy as it is now; the standard one until somebody sets it.
func LoadPolicy(ctx context.Context, tx db.Tx) (Policy, error) {
	var row struct {
		Settings []byte `bun:"settings"`
		Version  int64  `bun:"version"`
	}
	out := Policy{Settings: standardSettings(), Version: 1}
	err := tx.NewSelect().Table("request_policy").Column("settings", "version").Where("id = 1").Scan(ctx, &row)
	if db.IsNoRows(err) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Version = row.Version
	return out, json.Unmarshal(row.Settings, &out.Settings)
}

// Policy returns the policy of requests; everybody who sees requests may know it.
func (s *Service) Policy(ctx context.Context) (out Policy, err error) {
	if p := authz.From(ctx); p == nil || !p.CanSomewhere(PermView) {
		return out, authz.Forbidden(PermView)
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		out, err = LoadPolicy(ctx, tx)
		return err
	})
	return out, err
}

// SetPolicy replaces the policy of requests that the caller read in the given version.
func (s *Service) SetPolicy(ctx context.Context, version int64, in Settings) (out Policy, err error) {
	if err := everywhere(ctx, PermSettings); err != nil {
		return out, err
	}
	slices.Sort(in.Mandatory)
	in.Mandatory = slices.Compact(append([]string{}, in.Mandatory...))
	var faults problem.Fields
	for _, d := range in.Mandatory {
		if !slices.Contains([]string{DetailDescription, DetailAssignee, DetailRelease, DetailPhase}, d) {
			faults.Add("body.mandatory", "detail_unknown", "A mandatory detail is description, assignee, release or phase.")
		}
	}
	if in.AnnounceOutages == "" {
		in.AnnounceOutages = AnnounceCreated
	}
	if err := faults.Err("policy_invalid", "The policy cannot be kept like this."); err != nil {
		return out, err
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO request_policy (id, settings, version) VALUES (1, ?, 1) ON CONFLICT (id) DO UPDATE SET version = request_policy.version`, mustJSON(standardSettings()))
		if err != nil {
			return err
		}
		before, err := LoadPolicy(ctx, tx)
		if err != nil {
			return err
		}
		if before.Version != version {
			return httpapi.Stale(before.Version, before)
		}
		if out = (Policy{Settings: in, Version: version}); len(events.Diff(before.Settings, in)) == 0 {
			return nil
		}
		out.Version++
		if _, err := tx.ExecContext(ctx, `UPDATE request_policy SET settings = ?, version = ?, updated_at = ? WHERE id = 1`, string(raw), out.Version, s.Clock.Now()); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: EventPolicyChanged, SubjectID: "request_policy", SubjectLabel: "policy of requests", Changes: events.Diff(before.Settings, in)})
	})
	return out, err
}

func mustJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// nextPosition is the end of a list that an administrator keeps.
func nextPosition(ctx context.Context, tx db.Tx, table string) (int64, error) {
	var n int64
	err := tx.NewSelect().Table(table).ColumnExpr("COALESCE(MAX(position), 0) + 1").Scan(ctx, &n)
	return n, err
}

func within(list []string, s string) bool { return slices.Contains(list, s) }

// at returns a pointer to a moment.
func at(t time.Time) *time.Time { return &t }
