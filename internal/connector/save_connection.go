package connector

import (
	"context"
	"encoding/json"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewConnection is the input of [Service.CreateConnection].
type NewConnection struct {
	Kind            Kind              `json:"kind"`
	Name            string            `json:"name" minLength:"1" maxLength:"200"`
	Unit            ref.Unit          `json:"unitId"`
	Settings        map[string]string `json:"settings,omitempty"`
	Credential      string            `json:"credential,omitempty" maxLength:"20000" doc:"The tool's token; stored encrypted and never shown again."`
	WebhookSecret   string            `json:"webhookSecret,omitempty" maxLength:"500" doc:"The secret the tool signs its webhooks with."`
	Rules           json.RawMessage   `json:"rules,omitempty"`
	IntervalMinutes *int              `json:"intervalMinutes,omitempty" minimum:"0" maximum:"10080" doc:"How often to collect; 0 means only by hand."`
}

// CreateConnection adds a connection. Nothing is collected until scopes are chosen.
func (s *Service) CreateConnection(ctx context.Context, in NewConnection) (Connection, error) {
	c, err := s.kind(in.Kind)
	if err != nil {
		return Connection{}, err
	}
	d := c.Describe()
	settings, err := checkSettings(d, in.Settings)
	if err != nil {
		return Connection{}, err
	}
	if len(in.Rules) == 0 {
		in.Rules = d.DefaultRules
	}
	if len(in.Rules) == 0 {
		in.Rules = json.RawMessage("{}")
	}
	if err := c.CheckRules(in.Rules); err != nil {
		return Connection{}, err
	}
	var out Connection
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := authz.CheckUnit(ctx, tx, PermManage, in.Unit); err != nil {
			return err
		}
		now := s.Clock.Now()
		row := connectionRow{
			ID: ref.New[ref.Connection](), Kind: in.Kind, Name: strings.TrimSpace(in.Name), Unit: in.Unit, Settings: settings, Rules: in.Rules,
			RulesVersion: 1, ReplayedVersion: 1, IntervalMinutes: 15, State: "ACTIVE", Version: 1, CreatedAt: now, UpdatedAt: now,
		}
		if in.IntervalMinutes != nil {
			row.IntervalMinutes = *in.IntervalMinutes
		}
		if err := s.putSecrets(ctx, tx, &row, in.Credential, in.WebhookSecret); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return nameTaken(err, row.Name)
		}
		out = s.decorate(row.view())
		return s.Events.Append(ctx, tx, events.Event{
			Kind: ConnectionCreated, SubjectID: string(row.ID), SubjectLabel: row.Name, Unit: row.Unit, Changes: events.Diff(nil, out, "rules"),
		})
	})
	return out, err
}

func nameTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "connection_name_taken", "There is already a connection named %q. Choose another name.", name)
	}
	return err
}

func (s *Service) putSecrets(ctx context.Context, tx db.Tx, row *connectionRow, credential, webhook string) error {
	var err error
	if credential != "" {
		if row.CredentialRef, err = s.Vault.Put(ctx, tx, row.CredentialRef, "connection "+string(row.ID)+" credential", credential); err != nil {
			return err
		}
	}
	if webhook != "" {
		if row.WebhookRef, err = s.Vault.Put(ctx, tx, row.WebhookRef, "connection "+string(row.ID)+" webhook", webhook); err != nil {
			return err
		}
	}
	return nil
}

// ConnectionChange is the input of [Service.ChangeConnection]; nil fields stay.
type ConnectionChange struct {
	Name            *string           `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Unit            *ref.Unit         `json:"unitId,omitempty"`
	Settings        map[string]string `json:"settings,omitempty"`
	Credential      *string           `json:"credential,omitempty" maxLength:"20000"`
	WebhookSecret   *string           `json:"webhookSecret,omitempty" maxLength:"500"`
	Rules           json.RawMessage   `json:"rules,omitempty"`
	IntervalMinutes *int              `json:"intervalMinutes,omitempty" minimum:"0" maximum:"10080"`
	State           *string           `json:"state,omitempty" enum:"ACTIVE,PAUSED"`
}

// ChangeConnection changes a connection that still has the given version. Changed rules apply to what comes in from now
// on; history keeps its mapping until a replay.
func (s *Service) ChangeConnection(ctx context.Context, id ref.Connection, version int64, in ConnectionChange) (Connection, error) {
	var out Connection
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		row, err := s.load(ctx, tx, id, PermManage)
		if err != nil {
			return err
		}
		before := row
		if err := s.applyChange(ctx, tx, &row, in); err != nil {
			return err
		}
		row.UpdatedAt = s.Clock.Now()
		if err := save(ctx, tx, &row, version); err != nil {
			return nameTaken(err, row.Name)
		}
		tx.AfterCommit(func() { s.hooks.forget(id) })
		out = s.decorate(row.view())
		changes := events.Diff(before.view(), row.view(), "rules", "rulesVersion", "replayNeeded")
		if in.Credential != nil {
			changes["credential"] = events.Change{"old", "new"}
		}
		if in.WebhookSecret != nil {
			changes["webhookSecret"] = events.Change{"old", "new"}
		}
		if row.RulesVersion != before.RulesVersion {
			err := s.Events.Append(ctx, tx, events.Event{
				Kind: RulesChanged, SubjectID: string(row.ID), SubjectLabel: row.Name, Unit: row.Unit,
				Changes: map[string]events.Change{"rules": {before.Rules, row.Rules}},
			})
			if err != nil {
				return err
			}
		}
		if len(changes) == 0 {
			return nil
		}
		return s.Events.Append(ctx, tx, events.Event{
			Kind: ConnectionChanged, SubjectID: string(row.ID), SubjectLabel: row.Name, Unit: row.Unit, Changes: changes,
		})
	})
	return out, err
}

func (s *Service) applyChange(ctx context.Context, tx db.Tx, row *connectionRow, in ConnectionChange) error {
	c, err := s.kind(row.Kind)
	if err != nil {
		return err
	}
	if in.Name != nil {
		row.Name = strings.TrimSpace(*in.Name)
	}
	if in.Unit != nil && *in.Unit != row.Unit {
		if err := authz.CheckUnit(ctx, tx, PermManage, *in.Unit); err != nil {
			return err
		}
		row.Unit = *in.Unit
	}
	if in.Settings != nil {
		settings, err := checkSettings(c.Describe(), in.Settings)
		if err != nil {
			return err
		}
		if row.CredentialRef != "" && (in.Credential == nil || *in.Credential == "") && addressChanged(c.Describe(), row.Settings, settings) {
			return problem.New(problem.Invalid, "credential_needed", "The stored credential is not sent to another address. Enter it again together with the new address.")
		}
		row.Settings = settings
	}
	if in.Settings != nil || in.Credential != nil {
		row.VerifiedAt, row.VerifiedAccount, row.VerifyError = nil, "", ""
	}
	if len(in.Rules) > 0 && !sameJSON(in.Rules, row.Rules) {
		if err := c.CheckRules(in.Rules); err != nil {
			return err
		}
		row.Rules, row.RulesVersion = in.Rules, row.RulesVersion+1
		if kept, err := tx.NewSelect().Table("raw_page").Where("connection_id = ?", row.ID).Limit(1).Exists(ctx); err != nil {
			return err
		} else if !kept {
			row.ReplayedVersion = row.RulesVersion // there is no history to map again
		}
	}
	if in.IntervalMinutes != nil {
		row.IntervalMinutes = *in.IntervalMinutes
	}
	if in.State != nil {
		row.State = *in.State
	}
	var credential, webhook string
	if in.Credential != nil {
		credential = *in.Credential
	}
	if in.WebhookSecret != nil {
		webhook = *in.WebhookSecret
	}
	return s.putSecrets(ctx, tx, row, credential, webhook)
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}

// RemoveConnection removes a connection with its scopes, runs and raw pages. The facts it brought stay.
func (s *Service) RemoveConnection(ctx context.Context, id ref.Connection, version int64) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		row, err := s.load(ctx, tx, id, PermManage)
		if err != nil {
			return err
		}
		if err := save(ctx, tx, &row, version); err != nil {
			return err
		}
		for _, reference := range []string{row.CredentialRef, row.WebhookRef} {
			if reference == "" {
				continue
			}
			if err := s.Vault.Delete(ctx, tx, reference); err != nil {
				return err
			}
		}
		if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.hooks.forget(id) })
		return s.Events.Append(ctx, tx, events.Event{
			Kind: ConnectionRemoved, SubjectID: string(row.ID), SubjectLabel: row.Name, Unit: row.Unit, Changes: events.Diff(row.view(), nil, "rules"),
		})
	})
}

func (s *Service) decorate(c Connection) Connection {
	if d, ok := s.kinds[c.Kind]; ok && d.Describe().Webhooks {
		c.WebhookURL = s.PublicURL + "/api/v1/webhooks/" + string(c.ID)
	}
	return c
}
