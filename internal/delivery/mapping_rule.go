package delivery

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Rule is one mapping rule a person made.
type Rule struct {
	bun.BaseModel `bun:"table:mapping_rule,alias:r" json:"-"`

	ID      string    `bun:"id,pk" json:"id"`
	Kind    RuleKind  `bun:"kind" json:"kind"`
	Match   RuleMatch `bun:"match" json:"match"`
	Pattern string    `bun:"pattern" json:"pattern"`
	// Connection narrows the rule to the records of one connection.
	Connection  ref.Connection `bun:"connection_id,nullzero" json:"connectionId,omitempty"`
	Application ref.App        `bun:"application_id,nullzero" json:"applicationId,omitempty"`
	// Target is the environment class or the e-mail address the rule leads to.
	Target string `bun:"target" json:"target,omitempty"`
	// Priority orders rules of one kind; the greater is asked first.
	Priority  int64     `bun:"priority" json:"priority"`
	Enabled   bool      `bun:"enabled" json:"enabled"`
	CreatedAt time.Time `bun:"created_at" json:"createdAt"`
	UpdatedAt time.Time `bun:"updated_at" json:"updatedAt"`
	Version   int64     `bun:"version" json:"version"`
}

// currentRules returns the compiled rules, read anew when any node has changed one.
func (s *Service) currentRules(ctx context.Context, tx db.Tx) (*ruleset, error) {
	var version int64
	if err := tx.NewSelect().Table("mapping_state").Column("version").Where("id = 1").Scan(ctx, &version); err != nil {
		return nil, err
	}
	if have := s.rules.Load(); have != nil && have.version == version {
		return have, nil
	}
	var rules []Rule
	if err := tx.NewSelect().Model(&rules).OrderExpr("r.id").Scan(ctx); err != nil {
		return nil, err
	}
	set := compileRules(version, rules)
	s.rules.Store(set)
	return set, nil
}

// touchRules makes every node read the rules anew.
func touchRules(ctx context.Context, tx db.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE mapping_state SET version = version + 1 WHERE id = 1`)
	return err
}
