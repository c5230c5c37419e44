package valuestream

import (
	"cmp"
	"slices"
)

// Times the rules rest on, in microseconds. They are part of the definitions in docs/reference/metrics.md.
const (
	second = int64(1_000_000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour

	// retryWindow: a success of the same commit this soon after a failure makes the two one deployment.
	retryWindow = 15 * minute
	// interventionWindow: a rollback or hotfix this soon after a deployment says that the deployment failed.
	interventionWindow = 7 * day
)

// Deriver turns facts into rows. It keeps buffers between calls and is for one goroutine.
type Deriver struct {
	walk, classWalk, scratch walker
}

// Application derives the rows of one application. It is a pure function of the facts.
func (v *Deriver) Application(f *AppFacts) AppRows {
	rows := make([]DeploymentRow, 0, len(f.Deployments))
	order := finishOrder(f.Deployments)
	for _, i := range order {
		rows = append(rows, newDeploymentRow(&f.Deployments[i]))
	}
	facts := make([]*DeploymentFact, len(order))
	for k, i := range order {
		facts[k] = &f.Deployments[i]
	}
	v.walkInstances(f, facts, rows)
	changes := v.changes(f, facts, rows)
	judgeInterventions(facts, rows)
	return AppRows{Deployments: rows, Changes: changes}
}

// finishOrder returns the deployments by finish and id; those that have not ended come last.
func finishOrder(ds []DeploymentFact) []int {
	order := make([]int, len(ds))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := finishOf(&ds[a]), finishOf(&ds[b])
		if (x == 0) != (y == 0) {
			return cmp.Compare(y, x)
		}
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(ds[a].ID, ds[b].ID))
	})
	return order
}

// finishOf returns when a deployment ended: its finish, or its start when it has a result and no finish.
func finishOf(d *DeploymentFact) int64 {
	switch {
	case d.Result == ResultNone:
		return 0
	case d.FinishedAt > 0:
		return d.FinishedAt
	default:
		return d.StartedAt
	}
}

func newDeploymentRow(d *DeploymentFact) DeploymentRow {
	row := DeploymentRow{
		ID: d.ID, Class: d.Class, Result: d.Result, Environment: d.Environment, FixesIncident: d.FixesIncident,
		StartedAt: d.StartedAt, FinishedAt: finishOf(d),
	}
	if row.StartedAt == 0 || (row.FinishedAt > 0 && row.StartedAt > row.FinishedAt) {
		row.StartedAt = row.FinishedAt
	}
	if len(d.Commits) == 0 {
		row.Flags |= FlagNoCommit
	}
	if d.Rollback {
		row.Flags |= FlagRollback
	}
	return row
}

// chainKey names one chain of successive deployments.
type chainKey struct {
	class       Class
	environment string
	repository  int64
}

// walkInstances follows each chain (environment instance × repository) and notes per deployment what was new to it,
// whether it went back, and whether it repeated the running commit.
func (v *Deriver) walkInstances(f *AppFacts, facts []*DeploymentFact, rows []DeploymentRow) {
	type step struct{ row, commit int32 }
	chains := map[chainKey][]step{}
	var keys []chainKey
	for i, d := range facts {
		if rows[i].FinishedAt == 0 || d.Result != ResultSuccess {
			continue
		}
		for _, c := range d.Commits {
			repo := f.Repositories[c.Repository]
			at := int32(-1)
			if repo != nil {
				at = repo.Graph.Find(c.Commit)
			}
			key := chainKey{d.Class, d.Environment, c.Repository}
			if _, known := chains[key]; !known {
				keys = append(keys, key)
			}
			chains[key] = append(chains[key], step{int32(i), at})
		}
	}
	forward := make([]bool, len(rows)) // some repository moved to a commit it had not run before
	back := make([]bool, len(rows))
	for _, key := range keys {
		repo := f.Repositories[key.repository]
		if repo == nil {
			for _, s := range chains[key] {
				rows[s.row].Flags |= FlagCommitUnknown
			}
			continue
		}
		g := repo.Graph
		v.walk.begin(g.Len())
		running, first := int32(-1), int32(-1)
		for _, s := range chains[key] {
			row := &rows[s.row]
			if s.commit < 0 {
				row.Flags |= FlagCommitUnknown
				continue
			}
			added, _ := v.walk.advance(g, s.commit)
			switch {
			case first < 0 || first == s.row:
				first = s.row
				forward[s.row] = true
			case len(added) > 0:
				row.NewCommits += int32(len(added))
				forward[s.row] = true
			case s.commit == running:
			case g.Descends(s.commit, running, &v.scratch):
				forward[s.row] = true // forward again after a rollback; nothing is new
			default:
				back[s.row] = true
			}
			running = s.commit
		}
	}
	seen := map[instance]bool{}
	for i, d := range facts {
		if rows[i].FinishedAt == 0 || d.Result != ResultSuccess {
			continue
		}
		if key := (instance{d.Class, d.Environment}); !seen[key] {
			seen[key] = true
			rows[i].Flags |= FlagFirst
		}
		switch {
		case forward[i]:
		case back[i]:
			rows[i].Flags |= FlagRollback
		case rows[i].Flags&(FlagFirst|FlagNoCommit|FlagCommitUnknown) == 0:
			rows[i].Flags |= FlagRedeploy
		}
	}
}
