package valuestream

import (
	"cmp"
	"container/heap"
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ItemKind says what an item of a metric is.
type ItemKind string

// The kinds of items.
const (
	ItemChange     ItemKind = "change"
	ItemDeployment ItemKind = "deployment"
	ItemIncident   ItemKind = "incident"
)

// Item is one thing a metric counts or leaves out.
type Item struct {
	Kind       ItemKind
	App        ref.App
	At         int64
	ID         int64
	ChangeKind ChangeKind
	Deployment int64
	Reason     Reason   // not ReasonNone: left out
	Value      *float64 // what it contributes, in the unit of the metric
	Changes    int      // changes an excluded row of history stands for
	rank       int64    // orders items of one instant
}

// ItemsQuestion asks for the items behind one metric.
type ItemsQuestion struct {
	DoraQuestion
	Key   Key
	State string // "included", "excluded" or "" for both
	Limit int
	After *ItemPlace
}

// ItemPlace is where a page ended.
type ItemPlace struct {
	At, Rank int64
}

// place orders items: the latest first.
func (i *Item) before(o *Item) bool {
	return cmp.Or(cmp.Compare(i.At, o.At), cmp.Compare(i.rank, o.rank)) > 0
}

// Place returns where a list that ends with the item continues.
func (i *Item) Place() ItemPlace { return ItemPlace{i.At, i.rank} }

// Items returns the items behind a metric, the latest first, one more than the limit when there are more.
func (s *Service) Items(ctx context.Context, in ItemsQuestion) ([]Item, error) {
	q, err := in.complete(s.clock.Now())
	if err != nil {
		return nil, err
	}
	if in.State != "" && in.State != "included" && in.State != "excluded" {
		return nil, problem.New(problem.Invalid, "state_unknown", "The state must be included or excluded.")
	}
	if err := s.await(ctx); err != nil {
		return nil, err
	}
	var apps []ref.App
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		apps, err = scopeApps(ctx, tx, in.Scope)
		return err
	})
	if err != nil {
		return nil, err
	}
	top := &newest{limit: max(in.Limit, 1) + 1, after: in.After, state: in.State}
	snap := s.store.snapshot()
	for _, app := range apps {
		if c := snap[app]; c != nil {
			c.offer(top, app, in.Key, &q)
		}
	}
	return top.sorted(), nil
}

// newest keeps the latest items offered that lie behind a place.
type newest struct {
	limit int
	after *ItemPlace
	state string
	items []Item
}

// wants reports whether items of this time could still get in.
func (n *newest) wants(at int64) bool {
	return len(n.items) < n.limit || at >= n.items[0].At
}

func (n *newest) offer(i Item) {
	if n.state == "included" && i.Reason != ReasonNone || n.state == "excluded" && i.Reason == ReasonNone {
		return
	}
	if a := n.after; a != nil && (i.At > a.At || i.At == a.At && i.rank >= a.Rank) {
		return
	}
	if len(n.items) < n.limit {
		heap.Push(n, i)
	} else if i.before(&n.items[0]) {
		n.items[0] = i
		heap.Fix(n, 0)
	}
}

func (n *newest) sorted() []Item {
	out := make([]Item, len(n.items))
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = heap.Pop(n).(Item)
	}
	return out
}

// Len, Less, Swap, Push and Pop make a heap with the oldest item on top.
func (n *newest) Len() int           { return len(n.items) }
func (n *newest) Less(i, j int) bool { return n.items[j].before(&n.items[i]) }
func (n *newest) Swap(i, j int)      { n.items[i], n.items[j] = n.items[j], n.items[i] }

// Push adds an item at the end.
func (n *newest) Push(x any) { n.items = append(n.items, x.(Item)) }

// Pop takes the last item.
func (n *newest) Pop() any {
	last := n.items[len(n.items)-1]
	n.items = n.items[:len(n.items)-1]
	return last
}

// offer walks one application's rows from the latest back until nothing older can get in.
func (c *columns) offer(top *newest, app ref.App, key Key, q *Question) {
	to := q.To
	if top.after != nil {
		to = min(to, top.after.At+1)
	}
	if key == ChangeLeadTime {
		c.offerChanges(top, app, q, to)
		return
	}
	lo, hi := window(c.finish, q.From, to)
	for i := hi - 1; i >= lo && top.wants(c.finish[i]); i-- {
		if c.class[i] != q.Class {
			continue
		}
		item := Item{Kind: ItemDeployment, App: app, At: c.finish[i], ID: c.id[i], Deployment: c.id[i], rank: c.id[i]}
		if c.judge(&item, key, i) {
			top.offer(item)
		}
	}
	if key != RecoveryTime && key != ChangeFailRate {
		return
	}
	lo, hi = window(c.incidentAt, q.From, to)
	for i := hi - 1; i >= lo && top.wants(c.incidentAt[i]); i-- {
		if c.incidentClass[i] == q.Class && c.incidentWhy[i] != ReasonNone {
			top.offer(Item{Kind: ItemIncident, App: app, At: c.incidentAt[i], ID: c.incidentID[i], Reason: c.incidentWhy[i], rank: c.incidentID[i]})
		}
	}
}

// judge says what a deployment contributes to a metric, or why it does not; false means that the metric does not speak
// of it at all.
func (c *columns) judge(item *Item, key Key, i int) bool {
	s := c.state[i]
	number := func(v float64) { item.Value = &v }
	switch {
	case s&depUnfinished != 0:
		item.Reason = ReasonNotFinished
	case s&depCancelled != 0:
		item.Reason = ReasonCancelled
	case s&depRetried != 0 && key != DeploymentFrequency:
		item.Reason = ReasonRetried
	case key == DeploymentFrequency && s&depSuccess == 0:
		item.Reason = ReasonFailedAttempt
	case s&depCounts == 0:
		item.Reason = ReasonNotFinished
	}
	switch key {
	case DeploymentFrequency:
		number(1)
	case ChangeFailRate:
		number(truthNumber(s&depFailed != 0))
	case ReworkRate:
		number(truthNumber(s&depRework != 0))
	case RecoveryTime:
		if s&depFailed == 0 {
			return false
		}
		switch r := c.recoveryAt(int32(i)); r {
		case recoverOpen:
			item.Reason = ReasonIncidentOpen
		case recoverMissing:
			item.Reason = ReasonNotRecovered
		default:
			number(float64(r) / float64(second))
		}
	}
	if item.Reason != ReasonNone {
		item.Value = nil
	}
	return true
}

func truthNumber(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (c *columns) offerChanges(top *newest, app ref.App, q *Question, to int64) {
	lead, unknown := c.firstLead, ReasonFirstCommitUnknown
	if q.LeadFrom == LeadFromMerge {
		lead, unknown = c.mergeLead, ReasonNotMerged
	}
	lo, hi := window(c.changeAt, q.From, to)
	for i := hi - 1; i >= lo && top.wants(c.changeAt[i]); i-- {
		if c.changeClass[i] != q.Class {
			continue
		}
		item := Item{Kind: ItemChange, App: app, At: c.changeAt[i], ID: c.changeID[i], ChangeKind: c.changeKind[i],
			Deployment: c.deployment[i], Reason: c.changeWhy[i], Changes: c.countOf(i), rank: c.changeID[i]}
		switch {
		case item.Reason != ReasonNone:
		case lead[i] < 0:
			item.Reason = unknown
		default:
			v := float64(lead[i]) / float64(second)
			item.Value = &v
		}
		top.offer(item)
	}
}
