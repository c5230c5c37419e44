package app

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/live"
	"millrace/internal/platform/ref"
)

const noticePage = 500

// noticeSource reads events as notices.
type noticeSource struct {
	db    *db.DB
	clock clock.Clock
}

// Since returns what was recorded at t or later, with the path of each event's unit.
func (s noticeSource) Since(ctx context.Context, t time.Time) (notices []live.Notice, more bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		all, err := events.Since(ctx, tx, t, noticePage+1)
		if err != nil {
			return err
		}
		if more = len(all) > noticePage; more {
			all = all[:noticePage]
		}
		paths, err := unitPaths(ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range all {
			notices = append(notices, notice(e, paths[e.Unit]))
		}
		return nil
	})
	return notices, more, err
}

func unitPaths(ctx context.Context, tx db.Tx) (map[ref.Unit]string, error) {
	var rows []struct {
		ID   ref.Unit `bun:"id"`
		Path string   `bun:"path"`
	}
	err := tx.NewSelect().Table("v_unit").Column("id", "path").Scan(ctx, &rows)
	paths := make(map[ref.Unit]string, len(rows))
	for _, r := range rows {
		paths[r.ID] = r.Path
	}
	return paths, err
}

func notice(e events.Event, path string) live.Notice {
	return live.Notice{
		ID: string(e.ID), At: e.At, Kind: string(e.Kind), SubjectKind: e.SubjectKind, SubjectID: e.SubjectID, UnitID: string(e.Unit), UnitPath: path,
	}
}

// visible lets a principal learn of what happens in the units they see; what belongs to no unit is for those who see the
// whole organisation.
func visible(p *authz.Principal, n live.Notice) bool {
	if n.UnitPath == "" {
		return p.Everywhere("audit.view_history")
	}
	return p.Sees(n.UnitPath)
}
