package environment

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// JoinGroups puts an environment at the end of the groups of another that the caller may manage.
func (s *Service) JoinGroups(ctx context.Context, tx db.Tx, from, e Environment) error {
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
