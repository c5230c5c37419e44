package valuestream

import (
	"cmp"
	"slices"

	"millrace/internal/platform/ref"
)

// columns holds what the metrics need of one application, each value in a slice of its own, deployments and changes
// sorted by time. It is never changed once it is in a store.
type columns struct {
	// deployments
	finish  []int64
	id      []int64
	class   []Class
	state   []uint8 // the dep… bits
	failed  []int32 // ordinals of the deployments that failed, ascending
	recover []int64 // per failed one: how long it took, or one of the recover… values below

	// changes
	changeAt    []int64
	changeID    []int64
	deployment  []int64
	firstLead   []int64 // -1 when unknown
	mergeLead   []int64
	changeClass []Class
	changeKind  []ChangeKind
	changeWhy   []Reason
	changeCount []int32 // only when some row stands for more than one change

	// incidents of the application itself
	incidentAt    []int64
	incidentID    []int64
	incidentClass []Class
	incidentWhy   []Reason
	unmapped      int               // deployments without an environment class
	withCommit    int               // deployments whose commit is known
	ofClass       [classCount]int32 // deployments by class
	compared      [classCount]int32 // changes that no rule leaves out, by class
}

// The bits of a deployment's state.
const (
	depSuccess uint8 = 1 << iota
	depCounts
	depFailed
	depRework
	depCancelled
	depUnfinished
	depRetried
	depRollback
)

// The values of columns.recover that are no span.
const (
	recoverOpen    int64 = -1 // an incident is not resolved
	recoverMissing int64 = -2 // nothing has ended it yet
)

// FailureRow ties an incident to the deployment it is put down to, or says why there is none.
type FailureRow struct {
	Incident    int64
	Class       Class
	StartedAt   int64
	ResolvedAt  int64
	Decision    Decision
	Application ref.App // the incident's
}

// newColumns lays out one application: its rows, the failures put down to its deployments, and its own incidents.
func newColumns(rows *AppRows, against, own []FailureRow) *columns {
	c := &columns{}
	c.layDeployments(rows.Deployments, against)
	c.layChanges(rows.Changes)
	c.layIncidents(own)
	return c
}

func (c *columns) layDeployments(rows []DeploymentRow, against []FailureRow) {
	n := len(rows)
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &rows[a], &rows[b]
		return cmp.Or(cmp.Compare(placeOf(x), placeOf(y)), cmp.Compare(x.ID, y.ID))
	})
	resolved := map[int64]int64{} // deployment → the last resolution, -1 while one is open
	for i := range against {
		f := &against[i]
		if f.Decision.Deployment == 0 {
			continue
		}
		at, known := resolved[f.Decision.Deployment]
		switch {
		case f.ResolvedAt == 0:
			resolved[f.Decision.Deployment] = -1
		case !known || at >= 0 && f.ResolvedAt > at:
			resolved[f.Decision.Deployment] = f.ResolvedAt
		}
	}
	c.finish, c.id = make([]int64, n), make([]int64, n)
	c.class, c.state = make([]Class, n), make([]uint8, n)
	for k, i := range order {
		d := &rows[i]
		end, incident := resolved[d.ID]
		c.finish[k], c.id[k], c.class[k] = placeOf(d), d.ID, d.Class
		c.state[k] = stateOf(d, incident)
		c.ofClass[d.Class]++
		if d.Class == ClassOther {
			c.unmapped++
		}
		if d.Flags&(FlagNoCommit|FlagCommitUnknown) == 0 {
			c.withCommit++
		}
		if c.state[k]&depFailed != 0 {
			c.failed = append(c.failed, int32(k))
			c.recover = append(c.recover, recoveryOf(d, incident, end))
		}
	}
}

// placeOf is the time a deployment is listed at: when it ended, else when it began.
func placeOf(d *DeploymentRow) int64 {
	if d.FinishedAt > 0 {
		return d.FinishedAt
	}
	return d.StartedAt
}

func stateOf(d *DeploymentRow, incident bool) uint8 {
	var s uint8
	switch {
	case d.FinishedAt == 0:
		return depUnfinished
	case d.Result == ResultSuccess:
		s |= depSuccess
	case d.Result == ResultCancelled:
		s |= depCancelled
	}
	if d.Counts() {
		s |= depCounts
	} else if d.Flags&FlagRetried != 0 {
		s |= depRetried
	}
	// An incident put down to an attempt that was otherwise a mere retry makes it a failure that reached the service.
	if incident && d.Result != ResultCancelled {
		s = s&^depRetried | depCounts | depFailed
	}
	if d.FailedWithoutIncident() {
		s |= depFailed
	}
	if d.Flags&FlagRework != 0 && s&depCounts != 0 {
		s |= depRework
	}
	if d.Flags&FlagRollback != 0 {
		s |= depRollback
	}
	return s
}

// recoveryOf is how long a failed deployment took to be made good: until the last of its incidents was resolved; without
// incidents until the rollback, hotfix or next success ended.
func recoveryOf(d *DeploymentRow, incident bool, resolved int64) int64 {
	switch {
	case incident && resolved < 0:
		return recoverOpen
	case incident:
		return max(0, resolved-d.FinishedAt)
	case d.RemediedAt > 0:
		return max(0, d.RemediedAt-d.FinishedAt)
	default:
		return recoverMissing
	}
}

func (c *columns) layChanges(rows []ChangeRow) {
	n := len(rows)
	order := make([]int32, n)
	counted := false
	for i := range order {
		order[i] = int32(i)
		counted = counted || rows[i].Count != 1
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &rows[a], &rows[b]
		return cmp.Or(cmp.Compare(x.DeployedAt, y.DeployedAt), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Kind, y.Kind))
	})
	c.changeAt, c.changeID, c.deployment = make([]int64, n), make([]int64, n), make([]int64, n)
	c.firstLead, c.mergeLead = make([]int64, n), make([]int64, n)
	c.changeClass, c.changeKind, c.changeWhy = make([]Class, n), make([]ChangeKind, n), make([]Reason, n)
	if counted {
		c.changeCount = make([]int32, n)
	}
	for k, i := range order {
		r := &rows[i]
		c.changeAt[k], c.changeID[k], c.deployment[k] = r.DeployedAt, r.ID, r.Deployment
		c.changeClass[k], c.changeKind[k], c.changeWhy[k] = r.Class, r.Kind, r.Reason
		c.firstLead[k], c.mergeLead[k] = -1, -1
		if r.Reason == ReasonNone {
			c.compared[r.Class]++
		}
		if r.Reason == ReasonNone && r.FirstAt > 0 {
			c.firstLead[k] = r.DeployedAt - r.FirstAt
		}
		if r.Reason == ReasonNone && r.MergedAt > 0 {
			c.mergeLead[k] = r.DeployedAt - r.MergedAt
		}
		if counted {
			c.changeCount[k] = r.Count
		}
	}
}

func (c *columns) layIncidents(own []FailureRow) {
	own = slices.Clone(own)
	slices.SortFunc(own, func(a, b FailureRow) int {
		return cmp.Or(cmp.Compare(a.StartedAt, b.StartedAt), cmp.Compare(a.Incident, b.Incident))
	})
	for i := range own {
		c.incidentAt = append(c.incidentAt, own[i].StartedAt)
		c.incidentID = append(c.incidentID, own[i].Incident)
		c.incidentClass = append(c.incidentClass, own[i].Class)
		c.incidentWhy = append(c.incidentWhy, own[i].Decision.Reason)
	}
}

// countOf is how many changes a row of the change columns stands for.
func (c *columns) countOf(i int) int {
	if c.changeCount == nil {
		return 1
	}
	return int(c.changeCount[i])
}

// bytes is the memory the columns hold.
func (c *columns) bytes() int {
	return 8*int(classCount) + cap(c.finish)*18 + cap(c.failed)*12 + cap(c.changeAt)*43 + cap(c.changeCount)*4 + cap(c.incidentAt)*18
}

// recoveryAt is the recovery of a failed deployment by its ordinal.
func (c *columns) recoveryAt(ordinal int32) int64 {
	if i, found := slices.BinarySearch(c.failed, ordinal); found {
		return c.recover[i]
	}
	return recoverMissing
}
