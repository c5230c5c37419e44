package stack

import (
	"context"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
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
func (s *Service) DuplicateEnvironment(ctx context.Context, keyOrID string, in Duplicate) (environment.View, error) {
	var out environment.View
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		from, err := s.environments.May(ctx, tx, environment.PermManage, keyOrID)
		if err != nil {
			return err
		}
		e, err := s.environments.Create(ctx, tx, environment.NewEnvironment{
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
			if err := s.environments.JoinGroups(ctx, tx, from, e); err != nil {
				return err
			}
		}
		out, err = s.environments.Show(ctx, tx, e.ID)
		return err
	})
	return out, err
}
