package stack

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxConfigurationKey   = 200
	maxConfigurationValue = 4_000
	maxConfigurationItems = 10_000
	hiddenValue           = "(hidden)"
)

// ConfigurationItem is one setting of an environment. Of a secret one only a hash is kept, which is never shown: it tells
// whether two environments, or two moments, have the same value.
type ConfigurationItem struct {
	bun.BaseModel `bun:"table:environment_configuration,alias:i" json:"-"`

	Environment ref.Environment `bun:"environment_id,pk" json:"-"`
	Key         string          `bun:"key,pk" json:"key"`
	Value       string          `bun:"value" json:"value,omitempty" doc:"Absent of secret items."`
	Secret      bool            `bun:"secret" json:"secret"`
	Hash        string          `bun:"hash" json:"-"`
	ChangedAt   time.Time       `bun:"changed_at" json:"changedAt"`
}

// SetConfigurationItem is one setting to set.
type SetConfigurationItem struct {
	Key    string `json:"key" minLength:"1" maxLength:"200"`
	Value  string `json:"value" maxLength:"4000"`
	Secret bool   `json:"secret,omitempty" doc:"Keep a hash alone."`
}

// ConfigurationChange is what ChangeConfiguration takes.
type ConfigurationChange struct {
	Set     []SetConfigurationItem `json:"set,omitempty" maxItems:"10000"`
	Remove  []string               `json:"remove,omitempty" maxItems:"10000"`
	Replace bool                   `json:"replace,omitempty" doc:"Remove every item that is not set."`
}

// Configuration returns the settings of an environment by key.
func (s *Service) Configuration(ctx context.Context, keyOrID string) ([]ConfigurationItem, error) {
	var list []ConfigurationItem
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermView, keyOrID)
		if err != nil {
			return err
		}
		list, err = configurationOf(ctx, tx, e.ID)
		return err
	})
	return list, err
}

func configurationOf(ctx context.Context, tx db.Tx, env ref.Environment) ([]ConfigurationItem, error) {
	list := []ConfigurationItem{}
	err := tx.NewSelect().Model(&list).Where("i.environment_id = ?", env).OrderExpr("i.key").Scan(ctx)
	for i := range list {
		list[i].ChangedAt = list[i].ChangedAt.UTC()
	}
	return list, err
}

// ChangeConfiguration sets and removes settings of an environment, all or none.
func (s *Service) ChangeConfiguration(ctx context.Context, keyOrID string, in ConfigurationChange) ([]ConfigurationItem, error) {
	var out []ConfigurationItem
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermManageStack, keyOrID)
		if err != nil {
			return err
		}
		if err := s.environments.Touch(ctx, tx, e.ID); err != nil {
			return err
		}
		list, err := configurationOf(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		known := make(map[string]ConfigurationItem, len(list))
		for _, i := range list {
			known[i.Key] = i
		}
		var faults problem.Fields
		for i, item := range in.Set {
			checkText(&faults, fmt.Sprintf("body.set[%d].key", i), line(item.Key), true, maxConfigurationKey)
			checkText(&faults, fmt.Sprintf("body.set[%d].value", i), item.Value, false, maxConfigurationValue)
		}
		if err := faults.Err("configuration_invalid", "The configuration cannot be saved like this."); err != nil {
			return err
		}
		pepper, err := pepperOf(ctx, tx, in.Set)
		if err != nil {
			return err
		}
		changes, wanted := map[string]events.Change{}, map[string]ConfigurationItem{}
		for _, item := range in.Set {
			fresh := ConfigurationItem{Environment: e.ID, Key: line(item.Key), Value: item.Value, Secret: item.Secret, ChangedAt: s.clock.Now()}
			if item.Secret {
				fresh.Value, fresh.Hash = "", hashed(pepper, item.Value)
			}
			wanted[fresh.Key] = fresh
		}
		gone := map[string]bool{}
		for _, key := range in.Remove {
			gone[line(key)] = true
		}
		for key, old := range known {
			if _, kept := wanted[key]; gone[key] && !kept || in.Replace && !kept {
				changes[key] = events.Change{old.shown(), nil}
				if _, err := tx.NewDelete().Model(&old).WherePK().Exec(ctx); err != nil {
					return err
				}
				delete(known, key)
			}
		}
		var rows [][]any
		for key, fresh := range wanted {
			old, there := known[key]
			if there && old.Value == fresh.Value && old.Secret == fresh.Secret && old.Hash == fresh.Hash {
				continue
			}
			changes[key] = events.Change{nil, fresh.shown()}
			if there {
				changes[key] = events.Change{old.shown(), fresh.shown()}
			}
			known[key] = fresh
			rows = append(rows, []any{string(e.ID), key, fresh.Value, fresh.Secret, fresh.Hash, fresh.ChangedAt})
		}
		if len(known) > maxConfigurationItems {
			return problem.Newf(problem.Invalid, "configuration_too_large", "An environment has at most %d configuration items.", maxConfigurationItems)
		}
		err = tx.BulkUpsert(ctx, "environment_configuration", []string{"environment_id", "key", "value", "secret", "hash", "changed_at"},
			[]string{"environment_id", "key"}, []string{"value", "secret", "hash", "changed_at"}, "", rows)
		if err != nil {
			return err
		}
		if len(changes) > 0 {
			if err := s.environments.Tell(ctx, tx, environment.ConfigurationChanged, e, changes, map[string]any{"count": len(changes)}); err != nil {
				return err
			}
		}
		out, err = configurationOf(ctx, tx, e.ID)
		return err
	})
	return out, err
}

// shown is a value as history tells it.
func (i ConfigurationItem) shown() any {
	if i.Secret {
		return hiddenValue
	}
	return i.Value
}

// mark is what two items are compared by.
func (i ConfigurationItem) mark() string {
	if i.Secret {
		return "secret:" + i.Hash
	}
	return "plain:" + i.Value
}

// pepperOf returns the secret of the installation that goes into hashes, made when it is first needed.
func pepperOf(ctx context.Context, tx db.Tx, items []SetConfigurationItem) (string, error) {
	needed := false
	for _, i := range items {
		needed = needed || i.Secret
	}
	if !needed {
		return "", nil
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE environment_revision SET pepper = ? WHERE id = 1 AND pepper = ''`, hex.EncodeToString(raw)); err != nil {
		return "", err
	}
	var pepper string
	err := tx.NewSelect().Table("environment_revision").Column("pepper").Where("id = 1").Scan(ctx, &pepper)
	return pepper, err
}

func hashed(pepper, value string) string {
	mac := hmac.New(sha256.New, []byte(pepper))
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil))
}
