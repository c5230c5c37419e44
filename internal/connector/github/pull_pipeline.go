package github

import (
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"millrace/internal/connector"
)

const (
	// runsBack is how far a pass looks back for runs that were attempted again: GitHub lists runs by the day they were
	// made, not by their last change.
	runsBack = 48 * time.Hour
	// openFor is how long a run or deployment that does not end is asked for again, and mostOpen how many.
	openFor  = 35 * 24 * time.Hour
	mostOpen = 200
	// runsAtOnce is how many runs with their jobs are handed over together.
	runsAtOnce = 10
)

type runHead struct {
	ID        int64     `json:"id"`
	Status    string    `json:"status"`
	Attempt   int64     `json:"run_attempt"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (h runHead) version() string { return strconv.FormatInt(h.Attempt, 10) + " " + stamp(h.UpdatedAt) }

// runs collects workflow runs with their jobs, the newest first, and asks again for those that had not ended. A list
// of runs ends after a thousand, so each page is asked for from where the one before it ended.
func (p *puller) runs() error {
	ch := &p.at.Runs
	if err := p.openRuns(); err != nil {
		return err
	}
	from := ch.from(runsBack, p.first)
	until := ch.At
	near, before := map[string]bool{}, map[string]bool{}
	give := &batch{p: p, note: "workflow runs"}
	address := p.runsBetween(from, until)
	for address != "" {
		l, err := p.c.list(p.ctx, address, "workflow_runs")
		if err != nil {
			return err
		}
		last := until
		page := map[string]bool{}
		for _, raw := range l.items {
			var h runHead
			if err := json.Unmarshal(raw, &h); err != nil || h.ID <= 0 {
				return unreadable("a workflow run", err)
			}
			if h.CreatedAt.After(ch.High) {
				ch.High = h.CreatedAt
			}
			last, ch.At = h.CreatedAt, h.CreatedAt
			id := strconv.FormatInt(h.ID, 10)
			page[id] = true
			if ch.High.Sub(h.CreatedAt) <= runsBack {
				near[id] = true
			}
			if before[id] || ch.Seen[id] == h.version() {
				continue // the last of one page is the first of the next
			}
			if err := p.run(give, h, raw); err != nil {
				return err
			}
		}
		before = page
		switch {
		case l.next == "":
			address = ""
		case until.IsZero() || last.Before(until):
			until = last
			address = p.runsBetween(from, until)
		default:
			address = l.next
		}
	}
	if err := give.flush(); err != nil {
		return err
	}
	ch.done()
	ch.keep(near)
	return nil
}

func (p *puller) runsBetween(from, until time.Time) string {
	switch {
	case until.IsZero() && from.IsZero():
		return p.listIn("/actions/runs")
	case until.IsZero():
		return p.listIn("/actions/runs", "created", ">="+stamp(from))
	case from.IsZero():
		return p.listIn("/actions/runs", "created", "<="+stamp(until))
	}
	return p.listIn("/actions/runs", "created", stamp(from)+".."+stamp(until))
}

// openRuns asks again for runs that had not ended.
func (p *puller) openRuns() error {
	give := &batch{p: p, note: "unfinished workflow runs"}
	for _, id := range keysOf(p.at.OpenRuns) {
		known := p.at.OpenRuns[id]
		if p.now.Sub(known.Made) > openFor {
			delete(p.at.OpenRuns, id)
			continue
		}
		raw, err := p.c.one(p.ctx, p.in("/actions/runs/"+id))
		gone, err := p.gone(err)
		if err != nil {
			return err
		}
		if gone {
			if n, err := strconv.ParseInt(id, 10, 64); err == nil {
				p.lose(entityRun, n, "", p.in("/actions/runs/"+id), func() { delete(p.at.OpenRuns, id) })
			}
			continue
		}
		var h runHead
		if err := json.Unmarshal(raw, &h); err != nil || h.ID <= 0 {
			return unreadable("a workflow run", err)
		}
		if known.Version == h.version() {
			continue
		}
		if err := p.run(give, h, raw); err != nil {
			return err
		}
	}
	return give.flush()
}

// run collects one run with its jobs. The run's page carries what its jobs are called and how they ended, so that the
// mapping sees at once whether one of them is the deployment.
func (p *puller) run(give *batch, h runHead, raw json.RawMessage) error {
	id := strconv.FormatInt(h.ID, 10)
	path := "/actions/runs/" + id
	var jobs []connector.Page
	var brief []map[string]any
	if h.Status != "queued" && h.Status != "waiting" && h.Status != "pending" {
		var err error
		jobs, err = p.parts("jobs", path+"/jobs", "jobs", jsonOf(map[string]int64{"runId": h.ID}))
		if _, err := p.gone(err); err != nil {
			return err
		}
		for _, page := range jobs {
			var some []map[string]any
			if err := json.Unmarshal(page.Payload, &some); err != nil {
				return unreadable("a job", err)
			}
			for _, j := range some {
				brief = append(brief, map[string]any{"id": j["id"], "run_id": j["run_id"], "name": j["name"], "conclusion": j["conclusion"]})
			}
		}
	}
	var input json.RawMessage
	if len(brief) > 0 {
		input = jsonOf(map[string]any{"jobs": brief})
	}
	if ch := &p.at.Runs; h.CreatedAt.After(newest(ch.High, ch.Until).Add(-runsBack)) {
		ch.note(id, h.version())
	}
	if h.Status == "completed" {
		delete(p.at.OpenRuns, id)
	} else {
		p.at.OpenRuns = remember(p.at.OpenRuns, id, open{Made: h.CreatedAt, Version: h.version()})
	}
	return give.add(append([]connector.Page{p.page("runs", p.in(path), input, raw)}, jobs...)...)
}

func newest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func remember(all map[string]open, id string, o open) map[string]open {
	if all == nil {
		all = map[string]open{}
	}
	if all[id] = o; len(all) <= mostOpen {
		return all
	}
	oldest := id
	for other, at := range all {
		if at.Made.Before(all[oldest].Made) {
			oldest = other
		}
	}
	delete(all, oldest)
	return all
}

// batch hands pages over some at a time.
type batch struct {
	p     *puller
	note  string
	pages []connector.Page
	n     int
}

func (b *batch) add(pages ...connector.Page) error {
	b.pages = append(b.pages, pages...)
	if b.n++; b.n < runsAtOnce {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	if len(b.pages) == 0 {
		return nil
	}
	pages := b.pages
	b.pages, b.n = nil, 0
	return b.p.give(b.note, pages...)
}

type deploymentHead struct {
	ID        int64     `json:"id"`
	NodeID    string    `json:"node_id"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// deployments collects deployments with their statuses, the newest first, and asks again for those that had not ended.
func (p *puller) deployments() error {
	ch := &p.at.Deployments
	give := &batch{p: p, note: "deployments"}
	for _, id := range keysOf(p.at.OpenDeployments) {
		if err := p.openDeployment(give, id); err != nil {
			return err
		}
	}
	until := ch.from(overlap, p.first)
	near := map[string]bool{}
	address := ch.Next
	if address == "" {
		address = p.listIn("/deployments", "page", "1")
	}
	for address != "" {
		l, err := p.c.list(p.ctx, address, "")
		if err != nil {
			return err
		}
		ch.Next = l.url
		for _, raw := range l.items {
			var h deploymentHead
			if err := json.Unmarshal(raw, &h); err != nil || h.ID <= 0 {
				return unreadable("a deployment", err)
			}
			if h.CreatedAt.Before(until) {
				l.next = ""
				break
			}
			if ch.High.IsZero() {
				ch.High = h.CreatedAt
			}
			if !ch.At.IsZero() && h.CreatedAt.After(ch.At) {
				continue // collected by the run that was broken off, or made since
			}
			ch.At = h.CreatedAt
			id := strconv.FormatInt(h.ID, 10)
			if ch.High.Sub(h.CreatedAt) <= overlap {
				near[id] = true
				if !ch.note(id, "seen") {
					continue
				}
			}
			if err := p.deployment(give, h, raw); err != nil {
				return err
			}
		}
		address = l.next
	}
	if err := give.flush(); err != nil {
		return err
	}
	ch.done()
	ch.keep(near)
	return nil
}

func (p *puller) openDeployment(give *batch, id string) error {
	known := p.at.OpenDeployments[id]
	if p.now.Sub(known.Made) > openFor {
		delete(p.at.OpenDeployments, id)
		return nil
	}
	raw, err := p.c.one(p.ctx, p.in("/deployments/"+url.PathEscape(id)))
	gone, err := p.gone(err)
	if err != nil {
		return err
	}
	if gone {
		if n, err := strconv.ParseInt(id, 10, 64); err == nil {
			p.lose(entityDeployment, n, known.Node, p.in("/deployments/"+id), func() { delete(p.at.OpenDeployments, id) })
		}
		return nil
	}
	var h deploymentHead
	if err := json.Unmarshal(raw, &h); err != nil || h.ID <= 0 {
		return unreadable("a deployment", err)
	}
	if known.Version == stamp(h.UpdatedAt) {
		return nil
	}
	return p.deployment(give, h, raw)
}

// deployment puts the statuses of a deployment into its page: alone they say too little.
func (p *puller) deployment(give *batch, h deploymentHead, raw json.RawMessage) error {
	id := strconv.FormatInt(h.ID, 10)
	path := "/deployments/" + id
	statuses := []json.RawMessage{}
	err := p.c.all(p.ctx, p.listIn(path+"/statuses"), "", func(l listing) error {
		statuses = append(statuses, l.items...)
		return nil
	})
	if _, err := p.gone(err); err != nil {
		return err
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		return unreadable("a deployment", err)
	}
	whole["statuses"] = jsonOf(statuses)
	if ended(statuses) {
		delete(p.at.OpenDeployments, id)
	} else {
		p.at.OpenDeployments = remember(p.at.OpenDeployments, id, open{Made: h.CreatedAt, Version: stamp(h.UpdatedAt), Node: h.NodeID})
	}
	return give.add(p.page("deployments", p.in(path), nil, jsonOf(whole)))
}

// ended tells whether one of the statuses says how the deployment came out.
func ended(statuses []json.RawMessage) bool {
	for _, raw := range statuses {
		var s struct {
			State string `json:"state"`
		}
		if json.Unmarshal(raw, &s) == nil && deploymentStatus(s.State) == "DONE" {
			return true
		}
	}
	return false
}

// releases collects all releases; there are few, and they change after they were made.
func (p *puller) releases() error {
	seen := map[string]string{}
	err := p.c.all(p.ctx, p.listIn("/releases"), "", func(l listing) error {
		if len(l.items) == 0 {
			return nil
		}
		if err := listed(seen, l.items); err != nil {
			return err
		}
		return p.give("releases", p.page("releases", l.url, nil, jsonOf(l.items)))
	})
	if err == nil {
		p.at.Releases = p.whole(entityRelease, "/releases/", p.at.Releases, seen)
	}
	return err
}
