package valuestream

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"millrace/internal/delivery"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// facts is what a derivation works on: the deployments of some applications and the repositories they come from.
type facts struct {
	apps        []ref.App // sorted
	deployments [][]DeploymentFact
	commits     map[int64][]CommitFact
	requests    map[int64][]RequestFact
	folders     map[int64][]Folder
	touched     map[int64]map[int64][]ref.App // repository → commit → applications
}

// repository builds one repository.
func (f *facts) repository(id int64) *Repository {
	return NewRepository(id, NewGraph(f.commits[id]), f.requests[id]).Divide(f.folders[id], f.touched[id])
}

// gather reads the facts of the given applications, or of all when apps is nil: a few big scans in storage order, each
// in a snapshot of its own, joined in memory. A fact that arrives between two scans makes a derivation of its own.
func gather(ctx context.Context, d *db.DB, apps []ref.App) (*facts, error) {
	g := gatherer{db: d, apps: apps, number: map[ref.App]int32{}}
	reads := []func(context.Context, db.Tx) error{func(ctx context.Context, tx db.Tx) error {
		return cmp.Or(g.readDeployments(ctx, tx), g.readDeployedCommits(ctx, tx))
	}}
	if apps == nil {
		reads = append(reads, g.readCommits, g.readRequests, g.readFolders)
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
	g.join()
	if apps != nil {
		err := d.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			return cmp.Or(g.readCommits(ctx, tx), g.readRequests(ctx, tx), g.readFolders(ctx, tx))
		})
		if err != nil {
			return nil, err
		}
	}
	return g.group(), nil
}

type gatherer struct {
	db          *db.DB
	apps        []ref.App
	number      map[ref.App]int32
	names       []ref.App
	appOf       []int32 // per deployment
	deployments []DeploymentFact
	deployed    []deployedCommit
	repos       []int64
	commits     map[int64][]CommitFact
	requests    map[int64][]RequestFact
	folders     map[int64][]Folder
	touched     map[int64]map[int64][]ref.App
}

type deployedCommit struct{ deployment, repository, commit int64 }

func (g *gatherer) intern(app any) int32 {
	if s, ok := app.(string); ok {
		if n, known := g.number[ref.App(s)]; known {
			return n
		}
	}
	name := ref.App(text(app))
	if n, known := g.number[name]; known {
		return n
	}
	n := int32(len(g.names))
	g.number[name] = n
	g.names = append(g.names, name)
	return n
}

func (g *gatherer) readDeployments(ctx context.Context, tx db.Tx) error {
	e := tx.Engine()
	// Few values to a row: each costs the driver as much as a good part of the row. The incident is 0 where the one
	// named is not known.
	query := `SELECT id, application_id, COALESCE(NULLIF(environment, ''), environment_raw), environment_class, result, ` +
		instant(e, "started_at") + `, ` + instant(e, "finished_at") + `, is_rollback, rework,
COALESCE(NULLIF(fixes_incident_id, 0), CASE WHEN fixes_incident <> '' THEN 0 END)
FROM deployment WHERE application_id IS NOT NULL`
	environments := map[string]string{} // one copy of each name
	read := func(v []any) error {
		f := DeploymentFact{ID: number(v[0]), Result: ParseResult(text(v[4])), StartedAt: micros(v[5]), FinishedAt: micros(v[6]),
			Rollback: truth(v[7]) == Yes, Rework: truth(v[8]), FixesIncident: number(v[9])}
		f.Class, _ = ParseClass(text(v[3]))
		f.NamesIncident = f.FixesIncident == 0 && v[9] != nil
		name := text(v[2])
		if kept, known := environments[name]; known {
			name = kept
		} else {
			environments[name] = name
		}
		f.Environment = name
		g.deployments = append(g.deployments, f)
		g.appOf = append(g.appOf, g.intern(v[1]))
		return nil
	}
	if g.apps == nil {
		return scanRows(ctx, tx, 10, read, query)
	}
	for _, part := range db.Chunks(g.apps, 500) {
		if err := scanRows(ctx, tx, 10, read, query+` AND application_id IN (?)`, bun.List(part)); err != nil {
			return err
		}
	}
	return nil
}

func (g *gatherer) readDeployedCommits(ctx context.Context, tx db.Tx) error {
	const query = `SELECT c.deployment_id, c.repository_id, c.commit_id FROM deployment_commit c`
	read := func(v []any) error {
		if c := (deployedCommit{number(v[0]), number(v[1]), number(v[2])}); c.repository != 0 && c.commit != 0 {
			g.deployed = append(g.deployed, c)
		}
		return nil
	}
	if g.apps == nil {
		return scanRows(ctx, tx, 3, read, query)
	}
	for _, part := range db.Chunks(g.apps, 500) {
		err := scanRows(ctx, tx, 3, read, query+` JOIN deployment d ON d.id = c.deployment_id WHERE d.application_id IN (?)`, bun.List(part))
		if err != nil {
			return err
		}
	}
	return nil
}

// join gives each deployment its commits. Both lists are in order of the deployment's id, or nearly so.
func (g *gatherer) join() {
	byDeployment := func(a, b deployedCommit) int {
		return cmp.Or(cmp.Compare(a.deployment, b.deployment), cmp.Compare(a.repository, b.repository), cmp.Compare(a.commit, b.commit))
	}
	if !slices.IsSortedFunc(g.deployed, byDeployment) {
		slices.SortStableFunc(g.deployed, byDeployment)
	}
	order := make([]int32, len(g.deployments))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(g.deployments[a].ID, g.deployments[b].ID) })
	refs := make([]CommitRef, len(g.deployed))
	repos := map[int64]struct{}{}
	at := 0
	for _, i := range order {
		d := &g.deployments[i]
		for at < len(g.deployed) && g.deployed[at].deployment < d.ID {
			at++
		}
		from := at
		for at < len(g.deployed) && g.deployed[at].deployment == d.ID {
			refs[at] = CommitRef{g.deployed[at].repository, g.deployed[at].commit}
			repos[refs[at].Repository] = struct{}{}
			at++
		}
		d.Commits = refs[from:at:at]
	}
	g.deployed = nil
	for r := range repos {
		g.repos = append(g.repos, r)
	}
	slices.Sort(g.repos)
}

// readCommits reads the commits of the repositories, or of all.
func (g *gatherer) readCommits(ctx context.Context, tx db.Tx) error {
	g.commits = map[int64][]CommitFact{}
	e := tx.Engine()
	query := `SELECT id, repository_id, parent1_id, parent2_id, more_parent_ids, ` + instant(e, "authored_at") + `, ` +
		instant(e, "committed_at") + ` FROM repository_commit WHERE repository_id <> 0`
	read := func(v []any) error {
		f := CommitFact{ID: number(v[0]), Parent1: number(v[2]), Parent2: number(v[3]), AuthoredAt: micros(v[5]), CommittedAt: micros(v[6])}
		if v[4] != nil {
			f.More = readIDs(v[4])
		}
		repo := number(v[1])
		g.commits[repo] = append(g.commits[repo], f)
		return nil
	}
	if g.apps == nil {
		return scanRows(ctx, tx, 7, read, query)
	}
	for _, part := range db.Chunks(g.repos, 500) {
		if err := scanRows(ctx, tx, 7, read, query+` AND repository_id IN (?)`, bun.List(part)); err != nil {
			return err
		}
	}
	return nil
}

// readRequests reads the change requests of the repositories, or of all, with the commits they were proposed as.
func (g *gatherer) readRequests(ctx context.Context, tx db.Tx) error {
	g.requests = map[int64][]RequestFact{}
	if g.apps == nil {
		return g.readRequestsOf(ctx, tx, "", "", "")
	}
	for _, part := range db.Chunks(g.repos, 500) {
		err := g.readRequestsOf(ctx, tx, " AND repository_id IN (?)",
			" WHERE change_request_id IN (SELECT id FROM change_request WHERE repository_id IN (?))",
			" AND l.change_request_id IN (SELECT id FROM change_request WHERE repository_id IN (?))", bun.List(part))
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *gatherer) readRequestsOf(ctx context.Context, tx db.Tx, narrow, narrowProposed, narrowFixes string, args ...any) error {
	e := tx.Engine()
	type request struct {
		repository int64
		RequestFact
	}
	var requests []request
	err := scanRows(ctx, tx, 6, func(v []any) error {
		r := request{number(v[1]), RequestFact{ID: number(v[0]), Merge: number(v[3]), Head: number(v[4]), MergedAt: micros(v[5])}}
		switch text(v[2]) {
		case delivery.ChangeMerged:
			r.State = RequestMerged
		case delivery.ChangeClosed:
			r.State = RequestClosed
		}
		requests = append(requests, r)
		return nil
	}, `SELECT id, repository_id, status, merge_commit_id, head_commit_id, `+instant(e, "merged_at")+
		` FROM change_request WHERE repository_id IS NOT NULL`+narrow, args...)
	if err != nil {
		return err
	}
	byID := func(a, b request) int { return cmp.Compare(a.ID, b.ID) }
	if !slices.IsSortedFunc(requests, byID) {
		slices.SortFunc(requests, byID)
	}
	// In storage order, which no index serves: rows of one request lie together, or nearly so.
	find := func(at int, id int64) int {
		if at < len(requests) && requests[at].ID == id {
			return at
		}
		i, known := slices.BinarySearchFunc(requests, id, func(r request, id int64) int { return cmp.Compare(r.ID, id) })
		if !known {
			return len(requests)
		}
		return i
	}
	at := 0
	var list proposedList
	err = scanRows(ctx, tx, 3, func(v []any) error {
		if at = find(at, number(v[0])); at < len(requests) {
			r := &requests[at]
			commit := delivery.CommitID(ref.Fact(r.repository), text(v[1]))
			list.add(&r.RequestFact, ProposedCommit{int64(commit), micros(v[2])})
		}
		return nil
	}, `SELECT change_request_id, commit_sha, `+instant(e, "authored_at")+` FROM change_request_commit`+narrowProposed, args...)
	if err != nil {
		return err
	}
	err = scanRows(ctx, tx, 4, func(v []any) error {
		if at = find(at, number(v[0])); at < len(requests) {
			r := &requests[at]
			if began := micros(v[3]); began > 0 && began >= r.FixesSince { // of several the latest
				r.FixesSince = began
				if r.Fixes = number(v[2]); r.Fixes == 0 {
					r.Fixes = number(v[1])
				}
			}
		}
		return nil
	}, `SELECT l.change_request_id, w.id, i.id, `+instant(e, "COALESCE(i.started_at, w.created_at)")+`
FROM work_item w JOIN change_request_work_item l ON l.work_item_id = w.id LEFT JOIN incident i ON i.work_item_id = w.id
WHERE w.type = 'INCIDENT'`+narrowFixes+` ORDER BY l.change_request_id, w.id`, args...)
	if err != nil {
		return err
	}
	count := map[int64]int{}
	for i := range requests {
		count[requests[i].repository]++
	}
	for i := range requests {
		repo := requests[i].repository
		if n := count[repo]; n > 0 {
			count[repo] = 0
			g.requests[repo] = slices.Grow(g.requests[repo], n)
		}
		g.requests[repo] = append(g.requests[repo], requests[i].RequestFact)
	}
	return nil
}

// proposedList lays the commits of requests end to end in blocks; most requests have few, and a slice of its own for
// each would cost more than what is in it.
type proposedList struct {
	block []ProposedCommit
	of    *RequestFact // whose commits end the block
}

func (l *proposedList) add(r *RequestFact, c ProposedCommit) {
	n := len(r.Commits)
	if n > 0 && r != l.of {
		r.Commits = append(r.Commits, c)
		return
	}
	if len(l.block) == cap(l.block) {
		l.block = append(make([]ProposedCommit, 0, 4096+4*n), r.Commits...)
	}
	l.block, l.of = append(l.block, c), r
	r.Commits = l.block[len(l.block)-n-1 : len(l.block) : len(l.block)]
}

func readIDs(v any) []int64 {
	var ids []int64
	if json.Unmarshal([]byte(text(v)), &ids) == nil {
		return ids
	}
	var words []string // ids as decimal strings, for readers without 64-bit numbers
	if json.Unmarshal([]byte(text(v)), &words) == nil {
		for _, w := range words {
			ids = append(ids, number(w))
		}
	}
	return ids
}

// group sorts the deployments into their applications.
func (g *gatherer) group() *facts {
	f := &facts{commits: g.commits, requests: g.requests, folders: g.folders, touched: g.touched}
	order := make([]int32, len(g.names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(g.names[a], g.names[b]) })
	size := make([]int, len(g.names))
	for _, a := range g.appOf {
		size[a]++
	}
	place := make([][]DeploymentFact, len(g.names))
	all := make([]DeploymentFact, len(g.deployments))
	for at, k := 0, 0; k < len(order); k++ {
		a := order[k]
		place[a] = all[at : at : at+size[a]]
		at += size[a]
	}
	for i := range g.deployments {
		a := g.appOf[i]
		place[a] = append(place[a], g.deployments[i])
	}
	for _, a := range order {
		f.apps = append(f.apps, g.names[a])
		f.deployments = append(f.deployments, place[a])
	}
	return f
}
