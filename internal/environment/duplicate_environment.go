package environment

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Duplicate says what DuplicateEnvironment takes over.
type Duplicate struct {
	Key           string `json:"key" minLength:"1" maxLength:"100"`
	Name          string `json:"name,omitempty" maxLength:"200" doc:"The key when left out."`
	Stack         bool   `json:"stack,omitempty" doc:"Take the hosts and components too."`
	Versions      bool   `json:"versions,omitempty" doc:"With the stack, take the installed versions."`
	Configuration bool   `json:"configuration,omitempty" doc:"Take the settings too, secret ones by their hashes."`
	Groups        bool   `json:"groups,omitempty" doc:"Join the groups you may manage."`
}

// DuplicateEnvironment adds an environment like another. Aliases and what was recorded of the other stay with it.
func (s *Service) DuplicateEnvironment(ctx context.Context, keyOrID string, in Duplicate) (Details, error) {
	var out Details
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		from, err := mayEnvironment(ctx, tx, PermManage, keyOrID)
		if err != nil {
			return err
		}
		e, err := s.Create(ctx, tx, NewEnvironment{
			Key: in.Key, Name: in.Name, Description: from.Description, Application: string(from.Application), Unit: from.Unit, Usage: string(from.Usage), Status: string(from.Status),
			Kind: from.Kind, ExpiresAt: from.ExpiresAt, Capacity: from.Capacity, AutoApprove: from.AutoApprove, DataClass: from.DataClass, Techs: from.Techs, URL: from.URL,
			Vendor: from.Vendor, Colour: from.Colour, CostPerHour: from.CostPerHour, Alert: from.Alert, Parent: string(from.Parent),
		})
		if err != nil {
			return err
		}
		if in.Stack {
			if err := s.copyStack(ctx, tx, from, e, in.Versions, false); err != nil {
				return err
			}
		}
		if in.Configuration {
			_, err := tx.ExecContext(ctx, `INSERT INTO environment_configuration (environment_id, key, value, secret, hash, changed_at)
				SELECT ?, key, value, secret, hash, ? FROM environment_configuration WHERE environment_id = ?`, e.ID, s.clock.Now(), from.ID)
			if err != nil {
				return err
			}
		}
		if in.Groups {
			if err := s.joinGroups(ctx, tx, from, e); err != nil {
				return err
			}
		}
		out, err = s.details(ctx, tx, e.ID)
		return err
	})
	return out, err
}

func (s *Service) joinGroups(ctx context.Context, tx db.Tx, from, e Environment) error {
	var groups []Group
	err := tx.NewSelect().Model(&groups).Where("g.id IN (SELECT group_id FROM environment_member WHERE environment_id = ?)", from.ID).OrderExpr("g.id").Scan(ctx)
	if err != nil {
		return err
	}
	for _, g := range groups {
		may, err := allowed(ctx, tx, PermManage, g.Unit)
		if err != nil {
			return err
		}
		if !may {
			continue
		}
		if err := s.join(ctx, tx, g.utc(), e.ID); err != nil {
			return err
		}
	}
	return nil
}

// join puts an environment at the end of a group.
func (s *Service) join(ctx context.Context, tx db.Tx, g Group, env ref.Environment) error {
	_, err := tx.ExecContext(ctx, `UPDATE environment_group SET version = version + 1, updated_at = ? WHERE id = ?`, s.clock.Now(), g.ID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO environment_member (group_id, environment_id, position)
		SELECT ?0, ?1, COALESCE(MAX(position), 0) + 1 FROM environment_member WHERE group_id = ?0`, g.ID, env)
	if err != nil {
		return err
	}
	var key string
	if err := tx.NewSelect().Table("environment").Column("key").Where("id = ?", env).Scan(ctx, &key); err != nil {
		return err
	}
	return s.appendGroup(ctx, tx, MembersChanged, g, nil, map[string]any{"added": key})
}
