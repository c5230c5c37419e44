package valuestream

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// readFolders reads which folders of which repositories belong to which applications, and for the repositories that
// hold several which applications each commit touches.
func (g *gatherer) readFolders(ctx context.Context, tx db.Tx) error {
	f := g.facts
	read := func(v []any) error {
		repo := number(v[0])
		f.folders[repo] = append(f.folders[repo], Folder{ref.App(text(v[1])), text(v[2])})
		return nil
	}
	const query = `SELECT repository_id, application_id, path_prefix FROM repository_application
WHERE repository_id IN (SELECT repository_id FROM repository_application WHERE path_prefix <> '')`
	if g.apps == nil {
		if err := scanRows(ctx, tx, 3, read, query); err != nil {
			return err
		}
	}
	for _, part := range db.Chunks(g.repos, 500) {
		if g.apps == nil {
			break
		}
		if err := scanRows(ctx, tx, 3, read, query+` AND repository_id IN (?)`, bun.List(part)); err != nil {
			return err
		}
	}
	for repo, folders := range f.folders {
		touched := map[int64][]ref.App{}
		err := scanRows(ctx, tx, 2, func(v []any) error {
			var paths []string
			if json.Unmarshal([]byte(text(v[1])), &paths) == nil && len(paths) > 0 {
				touched[number(v[0])] = touchedBy(folders, paths)
			}
			return nil
		}, `SELECT id, paths FROM repository_commit WHERE repository_id = ? AND paths IS NOT NULL`, repo)
		if err != nil {
			return err
		}
		f.touched[repo] = touched
	}
	return nil
}
