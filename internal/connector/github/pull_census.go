package github

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"millrace/internal/delivery"
)

// The bounds of what one run spends on a census; the next run goes on where it stopped.
const (
	censusPages = 200
	censusAsked = 500
	// censusChunk is how many things a list lacks are asked for before that is written down.
	censusChunk = 25
	// censusKnown is how many records of a repository are compared.
	censusKnown = 500_000
	// censusLeaves is the part of the rate limit that is left to everybody else: a quarter.
	censusLeaves = 4
)

// census is where the listing of everything stands. GitHub tells nobody but its webhooks what was deleted, so from time to
// time everything is listed and compared with what was brought before.
type census struct {
	// Done is when the last one was through, and Begun when the one under way began.
	Done  time.Time `json:"done,omitzero"`
	Begun time.Time `json:"begun,omitzero"`
	// Entity is what is being listed, and Next the address of its next page.
	Entity string `json:"entity,omitempty"`
	Next   string `json:"next,omitempty"`
	// Until is when the last thing of the pages before was made, and Edge the things made in that very moment.
	Until time.Time `json:"until,omitzero"`
	Edge  []string  `json:"edge,omitempty"`
	// Asked is the last thing the next page lacks that was asked for by itself, and AskedMade when that was made.
	Asked     string    `json:"asked,omitempty"`
	AskedMade time.Time `json:"askedMade,omitzero"`
}

// forget begins the listing under way anew.
func (c *census) forget() { *c = census{Done: c.Done} }

// turn goes on to another entity.
func (c *census) turn(entity string) { *c = census{Done: c.Done, Begun: c.Begun, Entity: entity} }

// counted is one sort of things that a census lists, the last made first.
type counted struct {
	entity string
	kind   delivery.RecordKind
	prefix string
	list   []string // path and query
}

var censuses = []counted{
	{entityPullRequest, delivery.KindChangeRequest, "pull_request:", []string{"/pulls", "state", "all", "sort", "created", "direction", "desc"}},
	{entityIssue, delivery.KindWorkItem, "issue:", []string{"/issues", "state", "all", "sort", "created", "direction", "desc"}},
	{entityDeployment, delivery.KindDeployment, "deployment:", []string{"/deployments"}},
}

// census lists everything once in a while, and loses what was brought before and is no longer there. What a list lacks is
// asked for by itself before it counts as gone, because lists move while they are read.
func (p *puller) census() error {
	c := &p.at.Census
	switch {
	case p.every == 0 || p.known == nil:
		c.forget()
		return nil
	case c.Done.IsZero() && p.at.Fresh:
		c.Done = p.now // everything has just been listed for the first time
		return nil
	case c.Begun.IsZero() && p.now.Sub(c.Done) < p.every:
		return nil
	}
	if c.Begun.IsZero() {
		c.Begun = p.now
		c.turn(censuses[0].entity)
	}
	left := budget{pages: censusPages, asked: censusAsked}
	start := max(0, slices.IndexFunc(censuses, func(s counted) bool { return s.entity == c.Entity }))
	for _, sort := range censuses[start:] {
		if sort.entity != c.Entity {
			c.turn(sort.entity)
		}
		if sort.entity == entityIssue && !p.repo.HasIssues {
			continue // what a repository that switched them off had is neither there nor gone
		}
		through, err := p.count(sort, &left)
		if refused(err) && p.visible() == nil {
			continue // the step that collects these says what is lacking
		}
		if err != nil || !through {
			return err
		}
	}
	c.forget()
	c.Done = p.now
	return nil
}

// budget is what is left of the bounds of a run.
type budget struct{ pages, asked int }

// spent reports whether the run has done its part, or the others need what is left of the rate limit.
func (b *budget) spent(c *client) bool {
	return b.pages <= 0 || b.asked <= 0 || c.rate != nil && c.rate.Remaining < c.rate.Limit/censusLeaves
}

// count lists the things of a sort from where the cursor says; through is false when the next run must go on.
func (p *puller) count(sort counted, left *budget) (through bool, err error) {
	c := &p.at.Census
	until := c.Until
	if until.IsZero() {
		until = c.Begun
	}
	known, err := p.known(p.ctx, sort.kind, repoRef(p.repo.ID), until, censusKnown)
	if err != nil {
		return false, err
	}
	// Other records of the kind have other makers: a deployment may be made of a workflow run.
	known = slices.DeleteFunc(known, func(k delivery.Known) bool { return !strings.HasPrefix(k.ExternalID, sort.prefix) })
	slices.SortFunc(known, func(a, b delivery.Known) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(a.ExternalID, b.ExternalID))
	})
	if c.Next == "" {
		c.Next = p.listIn(sort.list[0], append(slices.Clone(sort.list[1:]), "page", "1")...)
	}
	for len(known) > 0 && c.Next != "" {
		if left.spent(p.c) {
			return false, p.told()
		}
		left.pages--
		l, err := p.c.list(p.ctx, c.Next, "")
		if err != nil {
			return false, err
		}
		there, last, err := made(l.items)
		if err != nil {
			return false, err
		}
		if l.next == "" {
			last = time.Time{} // whatever is older would have to be on this page
		}
		missing, rest := c.compare(sort, known, there, last)
		for some := range slices.Chunk(missing, censusChunk) {
			if left.spent(p.c) {
				return false, p.told()
			}
			left.asked -= len(some)
			if err := p.confirm(sort, some, l.url); err != nil {
				return false, err
			}
		}
		known = rest
		c.pass(there, last, l.next)
		if err := p.told(); err != nil {
			return false, err
		}
	}
	return true, nil
}

// told hands over what was found to be gone, with how far the census is.
func (p *puller) told() error {
	if len(p.lost) > 0 {
		return p.tellLost()
	}
	return p.give("looked for what was deleted")
}
