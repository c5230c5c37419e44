package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// overlap is how far a run looks back before the newest change it has seen: an answer of GitHub may lag behind.
const overlap = 5 * time.Minute

// progress is the cursor: what was collected before, and where the pass under way stands.
type progress struct {
	// API is where the addresses below lead; they mean nothing at another server.
	API string `json:"api,omitempty"`
	// Step is the endpoint being collected; empty between passes.
	Step string `json:"step,omitempty"`
	// Heads are the commits up to which each branch was collected.
	Heads map[string]string `json:"heads,omitempty"`
	// Walk is the list of commits under way.
	Walk        *walk   `json:"walk,omitempty"`
	Pulls       changes `json:"pulls"`
	Issues      changes `json:"issues"`
	Runs        changes `json:"runs"`
	Deployments changes `json:"deployments"`
	// Releases and Milestones are those of the last whole list, by id, with their node ids.
	Releases   map[string]string `json:"releases,omitempty"`
	Milestones map[string]string `json:"milestones,omitempty"`
	// OpenRuns and OpenDeployments had not ended when they were last seen.
	OpenRuns        map[string]open `json:"openRuns,omitempty"`
	OpenDeployments map[string]open `json:"openDeployments,omitempty"`
	// Fresh says that this is the first pass of all.
	Fresh bool `json:"fresh,omitempty"`
	// Census is the listing of everything, for what was deleted.
	Census census `json:"census"`
}

// open is something that had not ended: when it was made, and the version that was collected.
type open struct {
	Made    time.Time `json:"made"`
	Version string    `json:"version"`
	Node    string    `json:"node,omitempty"`
}

// walk is a list of commits being collected, pinned to two commits so that its pages do not move.
type walk struct {
	Branch string `json:"branch"`
	Base   string `json:"base,omitempty"`
	Head   string `json:"head"`
	Next   string `json:"next,omitempty"`
}

// changes is how far a list that is ordered by time was collected.
type changes struct {
	// Until is the newest change of all that was collected.
	Until time.Time `json:"until"`
	// High is the newest change of the pass under way; it becomes Until when the pass is through.
	High time.Time `json:"high"`
	// At is the change the pass under way has come to, and Next the address of the page that holds it.
	At   time.Time `json:"at"`
	Next string    `json:"next,omitempty"`
	// Seen are the versions of things near Until, so that looking back does not collect them again.
	Seen map[string]string `json:"seen,omitempty"`
}

// from is where a pass begins: a little before the newest change seen, or as far back as the connection wants.
func (c changes) from(back time.Duration, first time.Time) time.Time {
	if c.Until.IsZero() {
		return first
	}
	return c.Until.Add(-back)
}

// done ends a pass.
func (c *changes) done() {
	if c.High.After(c.Until) {
		c.Until = c.High
	}
	c.High, c.At, c.Next = time.Time{}, time.Time{}, ""
}

// note remembers the version of a thing, and forgets those older than before; fresh is false when it was known.
func (c *changes) note(id, version string) (fresh bool) {
	if c.Seen[id] == version {
		return false
	}
	if c.Seen == nil {
		c.Seen = map[string]string{}
	}
	c.Seen[id] = version
	return true
}

// keep forgets what is not in the list, so that the cursor stays small.
func (c *changes) keep(ids map[string]bool) {
	for id := range c.Seen {
		if !ids[id] {
			delete(c.Seen, id)
		}
	}
}

// errStopped ends the work because nobody wants more of it.
var errStopped = errors.New("stopped")

// puller is one pass over one repository.
type puller struct {
	ctx   context.Context
	c     *client
	now   time.Time
	first time.Time
	// every is the time between two listings of everything; 0 is never.
	every    time.Duration
	known    func(ctx context.Context, kind delivery.RecordKind, repository string, until time.Time, limit int) ([]delivery.Known, error)
	branches *regexp.Regexp
	repo     repository
	scope    json.RawMessage
	at       progress
	yield    func(connector.Pulled, error) bool
	done     int64
	// lacking are the endpoints GitHub refused; the others are collected all the same.
	lacking []string
	cause   error
	// lost is what the step under way found to be gone.
	lost []lost
}

// Pull collects one repository: commits, pull requests, issues, runs, deployments, releases, each from where the cursor
// says. Every step carries a cursor from which a later run goes on.
func (Connector) Pull(ctx context.Context, s *connector.Session, scope connector.Scope, from connector.Cursor) iter.Seq2[connector.Pulled, error] {
	return func(yield func(connector.Pulled, error) bool) {
		err := pull(ctx, s, scope, from, yield)
		if err != nil && err != errStopped {
			yield(connector.Pulled{}, err)
		}
	}
}

func pull(ctx context.Context, s *connector.Session, scope connector.Scope, from connector.Cursor, yield func(connector.Pulled, error) bool) error {
	c, err := newClient(s)
	if err != nil {
		return err
	}
	p := &puller{ctx: ctx, c: c, now: s.Clock().UTC(), yield: yield, known: s.Known}
	if err := p.settings(s.Settings); err != nil {
		return err
	}
	if p.at.Fresh = len(from) == 0; !p.at.Fresh {
		if err := json.Unmarshal(from, &p.at); err != nil {
			return fmt.Errorf("cursor: %w", err)
		}
	}
	if api := c.base.String(); p.at.API != api {
		p.at.API, p.at.Walk = api, nil
		p.at.Pulls.Next, p.at.Issues.Next, p.at.Runs.Next, p.at.Deployments.Next = "", "", "", ""
		p.at.Census.forget()
	}
	if err := p.repository(scope); err != nil {
		return err
	}
	steps := []struct {
		name, right string
		run         func() error
	}{
		{"commits", "commits (Contents: read)", p.commits},
		{"pulls", "pull requests (Pull requests: read)", p.pulls},
		{"milestones", "milestones (Issues: read)", p.milestones},
		{"issues", "issues (Issues: read)", p.issues},
		{"runs", "workflow runs (Actions: read)", p.runs},
		{"deployments", "deployments (Deployments: read)", p.deployments},
		{"releases", "releases (Contents: read)", p.releases},
		{"census", "pull requests, issues or deployments", p.census},
	}
	start := max(0, slices.IndexFunc(steps, func(s struct {
		name, right string
		run         func() error
	}) bool {
		return s.name == p.at.Step
	}))
	for _, step := range steps[start:] {
		p.at.Step, p.lost = step.name, nil
		err := step.run()
		if err == nil {
			err = p.tellLost()
		}
		if refused(err) {
			if hidden := p.visible(); hidden != nil {
				return hidden
			}
			p.lacking, p.cause = append(p.lacking, step.right), err
			continue
		}
		if err != nil {
			return err
		}
	}
	p.at.Step, p.at.Fresh = "", false
	if err := p.give("complete"); err != nil {
		return err
	}
	if len(p.lacking) > 0 {
		return problem.Newf(problem.Invalid, "tool_forbidden", "The token may not read %s of %s; the rest was collected. Give it the right that is missing.",
			strings.Join(p.lacking, ", "), p.repo.FullName).Because(p.cause)
	}
	return nil
}

// repository asks for the repository by its id, which survives a rename, and gives its page.
func (p *puller) repository(scope connector.Scope) error {
	path := "/repos/" + scope.Name
	if n, err := strconv.ParseInt(scope.ExternalID, 10, 64); err == nil && n > 0 {
		path = "/repositories/" + scope.ExternalID
	}
	address := p.c.address(path, nil)
	raw, err := p.c.one(p.ctx, address)
	if err != nil {
		return err
	}
	if p.repo, err = readRepository(raw); err != nil {
		return err
	}
	if p.scope, err = json.Marshal(map[string]string{"externalId": strconv.FormatInt(p.repo.ID, 10), "name": p.repo.FullName}); err != nil {
		return err
	}
	return p.give("repository", p.page("repositories", address, nil, raw))
}

// visible reports why the repository can no longer be seen, or nil. GitHub answers "not found" for what was deleted and
// for what a credential has lost the sight of; only the first may be passed over.
func (p *puller) visible() error {
	_, err := p.c.one(p.ctx, p.c.address("/repositories/"+strconv.FormatInt(p.repo.ID, 10), nil))
	return err
}

// gone reports whether err says that one thing was deleted while the list that named it was read.
func (p *puller) gone(err error) (bool, error) {
	if problem.CodeOf(err) != "tool_not_found" {
		return false, err
	}
	if hidden := p.visible(); hidden != nil {
		return false, hidden
	}
	return true, nil
}

// lost is one thing that is gone, and how the cursor forgets it.
type lost struct {
	page   connector.Page
	forget func()
}

// lose notes that a thing is gone. It is told when the step has read everything it wanted: a credential that lost a right
// in between makes things look gone.
func (p *puller) lose(entity string, id int64, node, address string, forget func()) {
	thing := map[string]any{"entity": entity, "id": id}
	if node != "" {
		thing["node_id"] = node
	}
	p.lost = append(p.lost, lost{p.page(endpointGone, address, nil, jsonOf(thing)), forget})
}

// tellLost hands over what the step found to be gone.
func (p *puller) tellLost() error {
	if len(p.lost) == 0 {
		return nil
	}
	pages := make([]connector.Page, len(p.lost))
	for i, l := range p.lost {
		pages[i] = l.page
		if l.forget != nil {
			l.forget()
		}
	}
	p.lost = nil
	return p.give("what is gone", pages...)
}

// whole compares a list that was read to its end with the one before, and loses what is no longer in it.
func (p *puller) whole(entity, path string, before, now map[string]string) map[string]string {
	for id, node := range before {
		if _, there := now[id]; !there {
			if n, err := strconv.ParseInt(id, 10, 64); err == nil {
				p.lose(entity, n, node, p.in(path+id), nil)
			}
		}
	}
	if len(now) > mostListed {
		return nil
	}
	return now
}

// mostListed is how many ids of a list the cursor remembers.
const mostListed = 2000

// listed adds the elements of a list to what was seen of it.
func listed(into map[string]string, items []json.RawMessage) error {
	for _, raw := range items {
		var h struct {
			ID     int64  `json:"id"`
			NodeID string `json:"node_id"`
		}
		if err := json.Unmarshal(raw, &h); err != nil || h.ID <= 0 {
			return unreadable("an element of a list", err)
		}
		into[strconv.FormatInt(h.ID, 10)] = h.NodeID
	}
	return nil
}

// page makes a page of this repository.
func (p *puller) page(endpoint, address string, input, payload json.RawMessage) connector.Page {
	return connector.Page{Endpoint: endpoint, Scope: p.scope, URL: address, Input: input, Payload: payload}
}

// give hands over pages with the cursor as it stands.
func (p *puller) give(note string, pages ...connector.Page) error {
	cursor, err := json.Marshal(p.at)
	if err != nil {
		return err
	}
	p.done += int64(len(pages))
	step := connector.Pulled{Pages: pages, Cursor: connector.Cursor(cursor), Note: note, Done: p.done}
	if p.c.rate != nil {
		rate := *p.c.rate
		step.Rate = &rate
	}
	if !p.yield(step, nil) {
		return errStopped
	}
	return p.ctx.Err()
}

// in returns an address below the repository.
func (p *puller) in(path string, query ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	return p.c.address("/repos/"+p.repo.FullName+path, q)
}

// listIn is in for a list.
func (p *puller) listIn(path string, query ...string) string {
	return p.in(path, append(query, "per_page", strconv.Itoa(p.c.size))...)
}

// parts asks for all pages of what belongs to one thing.
func (p *puller) parts(endpoint, path, key string, input json.RawMessage, query ...string) ([]connector.Page, error) {
	var pages []connector.Page
	err := p.c.all(p.ctx, p.listIn(path, query...), key, func(l listing) error {
		if len(l.items) == 0 {
			return nil
		}
		raw, err := json.Marshal(l.items)
		pages = append(pages, p.page(endpoint, l.url, input, raw))
		return err
	})
	return pages, err
}

func jsonOf(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of texts and numbers always marshal
	}
	return raw
}

// stamp is a time as GitHub's queries take it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// unreadable is an answer whose elements lack what every such element has.
func unreadable(what string, err error) error {
	return problem.Newf(problem.Unavailable, "tool_bad_answer", "GitHub answered with %s that cannot be read.", what).Because(err)
}
