package github

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"millrace/internal/connector"
	"millrace/internal/platform/problem"
)

// commits collects the commits of the default branch and of the branches the connection names. What is new on a branch
// is asked for as the difference of two commits, because dates do not tell it: a branch merged today brings commits of
// weeks ago. Where the old commit is gone after a force-push, the branch is walked from its head.
func (p *puller) commits() error {
	if p.at.Walk != nil {
		// A list that was broken off goes on, unless a force-push took its end away meanwhile.
		if err := p.walk(); refused(err) || problem.CodeOf(err) == "tool_rejected" {
			p.at.Walk = nil
		} else if err != nil {
			return err
		}
	}
	names := []string{p.repo.DefaultBranch}
	heads := map[string]string{}
	if p.branches == nil {
		head, err := p.headOf(p.repo.DefaultBranch)
		if err != nil || head == "" {
			return err
		}
		heads[p.repo.DefaultBranch] = head
	} else if err := p.listBranches(heads, &names); err != nil {
		return err
	}
	for name := range p.at.Heads {
		if heads[name] == "" {
			delete(p.at.Heads, name) // the branch is gone
		}
	}
	for _, name := range names {
		head, known := heads[name], p.at.Heads[name]
		if head == "" || head == known {
			continue
		}
		if known == "" {
			known = p.at.Heads[p.repo.DefaultBranch]
		}
		p.at.Walk = &walk{Branch: name, Base: known, Head: head}
		if err := p.walk(); err != nil {
			return err
		}
	}
	return nil
}

type branch struct {
	Name   string `json:"name"`
	Commit struct {
		SHA string `json:"sha"`
	} `json:"commit"`
}

// headOf returns the commit a branch points to; "" for a repository without commits.
func (p *puller) headOf(name string) (string, error) {
	raw, err := p.c.one(p.ctx, p.in("/branches/"+url.PathEscape(name)))
	if gone, err := p.gone(err); gone || err != nil {
		return "", err
	}
	var b branch
	if err := json.Unmarshal(raw, &b); err != nil || b.Commit.SHA == "" {
		return "", unreadable("a branch", err)
	}
	return b.Commit.SHA, nil
}

func (p *puller) listBranches(heads map[string]string, names *[]string) error {
	return p.c.all(p.ctx, p.listIn("/branches"), "", func(l listing) error {
		for _, raw := range l.items {
			var b branch
			if err := json.Unmarshal(raw, &b); err != nil || b.Commit.SHA == "" {
				return unreadable("a branch", err)
			}
			if b.Name == p.repo.DefaultBranch {
				heads[b.Name] = b.Commit.SHA
			} else if p.branches.MatchString(b.Name) {
				heads[b.Name] = b.Commit.SHA
				*names = append(*names, b.Name)
			}
		}
		return nil
	})
}

// walk collects the list of commits under way to its end.
func (p *puller) walk() error {
	w := p.at.Walk
	for {
		key, address := "commits", w.Next
		if w.Base == "" {
			key = ""
		}
		if address == "" && w.Base != "" {
			address = p.listIn("/compare/" + w.Base + "..." + w.Head)
		} else if address == "" {
			address = p.listIn("/commits", "sha", w.Head)
		}
		l, err := p.c.list(p.ctx, address, key)
		if problem.CodeOf(err) == "tool_not_found" && w.Base != "" {
			w.Base, w.Next = "", "" // a force-push took the old commit away
			continue
		}
		if err != nil {
			return err
		}
		raw, err := json.Marshal(l.items)
		if err != nil {
			return err
		}
		w.Next = l.next
		if w.Next == "" {
			if p.at.Heads == nil {
				p.at.Heads = map[string]string{}
			}
			p.at.Heads[w.Branch], p.at.Walk = w.Head, nil
		}
		var pages []connector.Page
		if len(l.items) > 0 {
			pages = append(pages, p.page("commits", l.url, nil, raw))
		}
		if err := p.give("commits of "+w.Branch, pages...); err != nil || w.Next == "" {
			return err
		}
	}
}

// pullHead is what a list tells of a pull request.
type pullHead struct {
	ID             int64     `json:"id"`
	Number         int64     `json:"number"`
	UpdatedAt      time.Time `json:"updated_at"`
	Comments       *int64    `json:"comments"`
	ReviewComments *int64    `json:"review_comments"`
}

// pulls collects pull requests that changed, the latest first, each with its reviews, commits and comments. The list
// moves while it is read: what changes meanwhile moves to its front and is met by the next pass.
func (p *puller) pulls() error {
	ch := &p.at.Pulls
	until := ch.from(overlap, p.first)
	near := map[string]bool{}
	address := ch.Next
	if address == "" {
		address = p.listIn("/pulls", "state", "all", "sort", "updated", "direction", "desc", "page", "1")
	}
	for address != "" {
		l, err := p.c.list(p.ctx, address, "")
		if err != nil {
			return err
		}
		ch.Next = l.url
		for _, raw := range l.items {
			var h pullHead
			if err := json.Unmarshal(raw, &h); err != nil || h.Number <= 0 {
				return unreadable("a pull request", err)
			}
			if h.UpdatedAt.Before(until) {
				l.next = ""
				break
			}
			if ch.High.IsZero() {
				ch.High = h.UpdatedAt
			}
			id := strconv.FormatInt(h.Number, 10)
			if !h.UpdatedAt.Before(ch.High.Add(-overlap)) {
				near[id] = true
			}
			if !ch.At.IsZero() && h.UpdatedAt.After(ch.At) {
				continue // collected by the run that was broken off, or changed since
			}
			if err := p.pullRequest(h); err != nil {
				return err
			}
		}
		address = l.next
	}
	ch.done()
	ch.keep(near)
	return nil
}

func (p *puller) pullRequest(h pullHead) error {
	id := strconv.FormatInt(h.Number, 10)
	ch := &p.at.Pulls
	ch.At = h.UpdatedAt
	if ch.Seen[id] == stamp(h.UpdatedAt) {
		return nil
	}
	path := "/pulls/" + id
	address := p.in(path)
	raw, err := p.c.one(p.ctx, address)
	if gone, err := p.gone(err); gone || err != nil {
		if gone {
			p.lose(entityPullRequest, h.ID, "", address, nil)
		}
		return err
	}
	var full pullHead
	if err := json.Unmarshal(raw, &full); err != nil || full.ID <= 0 {
		return unreadable("a pull request", err)
	}
	pages := []connector.Page{p.page("pull_requests", address, nil, raw)}
	input := jsonOf(map[string]int64{"id": full.ID, "number": full.Number})
	for _, part := range []struct {
		endpoint, path string
		input          json.RawMessage
		count          *int64
	}{
		{"pull_request_commits", path + "/commits", input, nil},
		{"pull_request_reviews", path + "/reviews", input, nil},
		{"pull_request_review_comments", path + "/comments", input, full.ReviewComments},
		{"comments", "/issues/" + id + "/comments", jsonOf(map[string]int64{"pullrequestid": full.ID, "number": full.Number}), full.Comments},
	} {
		if part.count != nil && *part.count == 0 {
			continue
		}
		more, err := p.parts(part.endpoint, part.path, "", part.input)
		if _, err := p.gone(err); err != nil {
			return err
		}
		pages = append(pages, more...)
	}
	ch.note(id, stamp(h.UpdatedAt))
	p.trim(ch)
	return p.give("pull request #"+id, pages...)
}

// trim keeps the cursor from growing with a long pass: only what lies near its newest change is looked at again.
func (p *puller) trim(ch *changes) {
	if len(ch.Seen) < 100 {
		return
	}
	limit := stamp(ch.High.Add(-overlap))
	for id, version := range ch.Seen {
		if version < limit {
			delete(ch.Seen, id)
		}
	}
}

func keysOf(m map[string]open) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
