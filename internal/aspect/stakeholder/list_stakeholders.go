package stakeholder

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// List returns the stakeholders of a record, the accountable one first.
func (s *Service) List(ctx context.Context, kind, id string) (out Listing, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if out.Record, err = s.record(ctx, tx, kind, id, s.subjects[kind].View); err != nil {
			return err
		}
		out.Manageable = authz.CheckUnit(ctx, tx, s.subjects[kind].Manage, out.Record.Unit) == nil
		if out.Version, err = listVersion(ctx, tx, kind, out.Record.ID); err != nil {
			return err
		}
		out.Items, err = loadList(ctx, tx, kind, out.Record.ID)
		return err
	})
	return out, err
}
