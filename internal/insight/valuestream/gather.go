package valuestream

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/uptrace/bun"

	"millrace/internal/delivery"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// gather reads the facts of the given applications, or of all when apps is nil: a few big scans in storage order, each
// in a snapshot of its own, joined in memory. A fact that arrives between two scans makes a derivation of its own.
func gather(ctx context.Context, d *db.DB, apps []ref.App) (*facts, error) {
	g := gatherer{apps: apps, facts: &facts{apps: newNumbering[ref.App](), environments: newNumbering[string](),
		commitRepos: newNumbering[int64](), requestRepos: newNumbering[int64](), more: map[int64][]int64{},
		folders: map[int64][]Folder{}, touched: map[int64]map[int64][]ref.App{}}}
	reads := []func(context.Context, db.Tx) error{func(ctx context.Context, tx db.Tx) error {
		return cmp.Or(g.readDeployments(ctx, tx), g.readDeployedCommits(ctx, tx))
	}}
	if apps == nil {
		reads = append(reads, g.readRequests, g.readCommits, g.readFolders)
	}
	failed := make([]error, len(reads))
	var wait sync.WaitGroup
	for i, read := range reads {
		wait.Go(func() { failed[i] = d.Read(ctx, read) })
	}
	wait.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	if apps != nil {
		g.repos = g.facts.repositories()
		err := d.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			return cmp.Or(g.readCommits(ctx, tx), g.readRequests(ctx, tx), g.readFolders(ctx, tx))
		})
		if err != nil {
			return nil, err
		}
	}
	g.facts.group()
	return g.facts, nil
}

// gatherer fills facts.
type gatherer struct {
	apps  []ref.App
	repos []int64 // those of the applications
	facts *facts
}

// narrowed streams the rows of a table, only those of some applications or repositories where some are given.
func narrowed[T any](ctx context.Context, tx db.Tx, all bool, some []T, fn func(r *db.Row) error, columns []string, from, narrow string) error {
	if all {
		return tx.Stream(ctx, fn, columns, from)
	}
	for _, part := range db.Chunks(some, 500) {
		if err := tx.Stream(ctx, fn, columns, from+narrow, bun.List(part)); err != nil {
			return err
		}
	}
	return nil
}

func (g *gatherer) readDeployments(ctx context.Context, tx db.Tx) error {
	f := g.facts
	read := func(r *db.Row) error {
		d := storedDeployment{id: r.Int(0), app: ofText(f.apps, r.Bytes(1)), class: classOf(r.Bytes(2)), result: resultOf(r.Bytes(3)),
			started: r.Micros(4), finished: r.Micros(5), rollback: r.Bool(6), fixes: r.Int(8), environment: ofText(f.environments, r.Bytes(9))}
		if !r.Null(7) {
			d.rework = No
			if r.Bool(7) {
				d.rework = Yes
			}
		}
		d.namesIncident = d.fixes == 0 && !r.Null(8)
		f.deployments.add(d)
		return nil
	}
	// The incident is 0 where the one named is not known.
	return narrowed(ctx, tx, g.apps == nil, g.apps, read, []string{"id", "application_id", "environment_class", "result", "started_at", "finished_at",
		"is_rollback", "rework", "COALESCE(NULLIF(fixes_incident_id, 0), CASE WHEN fixes_incident <> '' THEN 0 END)",
		"COALESCE(NULLIF(environment, ''), environment_raw)"}, "FROM deployment WHERE application_id IS NOT NULL", " AND application_id IN (?)")
}

func classOf(b []byte) Class {
	for i, n := range classNames {
		if n == string(b) {
			return Class(i)
		}
	}
	return ClassOther
}

func resultOf(b []byte) Result {
	for i, n := range resultNames {
		if n == string(b) {
			return Result(i)
		}
	}
	return ResultNone
}

// readDeployedCommits gives each deployment its commits.
func (g *gatherer) readDeployedCommits(ctx context.Context, tx db.Tx) error {
	f := g.facts
	places := newFinder(f.deployments.n, func(i int32) int64 { return f.deployments.at(i).id })
	read := func(r *db.Row) error {
		c := CommitRef{r.Int(1), r.Int(2)}
		if c.Repository == 0 || c.Commit == 0 {
			return nil
		}
		if at := places.find(r.Int(0)); at >= 0 {
			d := f.deployments.at(at)
			f.deployed.add(storedDeployed{c, d.commits})
			d.commits = int32(f.deployed.n)
		}
		return nil
	}
	// By their ids, not by a join: PostgreSQL might read the whole table for it.
	var ids []int64
	for i := int32(0); g.apps != nil && int(i) < f.deployments.n; i++ {
		ids = append(ids, f.deployments.at(i).id)
	}
	return narrowed(ctx, tx, g.apps == nil, ids, read, []string{"deployment_id", "repository_id", "commit_id"}, "FROM deployment_commit", " WHERE deployment_id IN (?)")
}

// readCommits reads the commits of the repositories, or of all.
func (g *gatherer) readCommits(ctx context.Context, tx db.Tx) error {
	f := g.facts
	read := func(r *db.Row) error {
		c := storedCommit{id: r.Int(0), repository: f.commitRepos.of(r.Int(1)), parent1: r.Int(2), parent2: r.Int(3), authored: r.Micros(4), committed: r.Micros(5)}
		if !r.Null(6) {
			if more := readIDs(r.Bytes(6)); len(more) > 0 {
				c.more, f.more[c.id] = true, more
			}
		}
		f.commits.add(c)
		return nil
	}
	return narrowed(ctx, tx, g.apps == nil, g.repos, read, []string{"id", "repository_id", "parent1_id", "parent2_id", "authored_at", "committed_at",
		"CAST(more_parent_ids AS TEXT)"}, "FROM repository_commit WHERE repository_id <> 0", " AND repository_id IN (?)")
}

// readRequests reads the change requests of the repositories, or of all, with the commits they were proposed as and the
// incidents they are made for.
func (g *gatherer) readRequests(ctx context.Context, tx db.Tx) error {
	f, all := g.facts, g.apps == nil
	err := narrowed(ctx, tx, all, g.repos, func(r *db.Row) error {
		q := storedRequest{id: r.Int(0), repository: f.requestRepos.of(r.Int(1)), merge: r.Int(2), head: r.Int(3), merged: r.Micros(4)}
		switch string(r.Bytes(5)) {
		case delivery.ChangeMerged:
			q.state = RequestMerged
		case delivery.ChangeClosed:
			q.state = RequestClosed
		}
		f.requests.add(q)
		return nil
	}, []string{"id", "repository_id", "merge_commit_id", "head_commit_id", "merged_at", "status"},
		"FROM change_request WHERE repository_id IS NOT NULL", " AND repository_id IN (?)")
	if err != nil {
		return err
	}
	var ids []int64
	for i := int32(0); !all && int(i) < f.requests.n; i++ {
		ids = append(ids, f.requests.at(i).id)
	}
	// In storage order, which no index serves: rows of one request lie together, or nearly so.
	places := newFinder(f.requests.n, func(i int32) int64 { return f.requests.at(i).id })
	err = narrowed(ctx, tx, all, ids, func(r *db.Row) error {
		at := places.find(r.Int(0))
		if at < 0 {
			return nil
		}
		q := f.requests.at(at)
		commit := delivery.CommitID(ref.Fact(f.requestRepos.keys[q.repository]), string(r.Bytes(2)))
		f.proposed.add(storedProposal{ProposedCommit{int64(commit), r.Micros(1)}, q.commits})
		q.commits = int32(f.proposed.n)
		q.count++
		return nil
	}, []string{"change_request_id", "authored_at", "commit_sha"}, "FROM change_request_commit",
		" WHERE change_request_id IN (?)")
	if err != nil {
		return err
	}
	order := " ORDER BY l.change_request_id, w.id"
	from := `FROM work_item w JOIN change_request_work_item l ON l.work_item_id = w.id LEFT JOIN incident i ON i.work_item_id = w.id WHERE w.type = 'INCIDENT'`
	if all {
		from += order
	}
	return narrowed(ctx, tx, all, ids, func(r *db.Row) error {
		at := places.find(r.Int(0))
		if at < 0 {
			return nil
		}
		q := f.requests.at(at)
		if began := r.Micros(3); began > 0 && began >= q.since { // of several the latest
			q.since = began
			if q.fixes = r.Int(2); q.fixes == 0 {
				q.fixes = r.Int(1)
			}
		}
		return nil
	}, []string{"l.change_request_id", "w.id", "i.id", "COALESCE(i.started_at, w.created_at)"}, from,
		" AND l.change_request_id IN (?)"+order)
}

func readIDs(raw []byte) []int64 {
	var ids []int64
	if json.Unmarshal(raw, &ids) == nil {
		return ids
	}
	var words []string // ids as decimal strings, for readers without 64-bit numbers
	if json.Unmarshal(raw, &words) == nil {
		for _, w := range words {
			ids = append(ids, number(w))
		}
	}
	return ids
}
