package github

import (
	"encoding/json"
	"strconv"
	"time"

	"millrace/internal/connector"
	"millrace/internal/platform/problem"
)

// milestones collects all milestones; there are few.
func (p *puller) milestones() error {
	if !p.repo.HasIssues {
		return nil
	}
	pages, err := p.parts("milestones", "/milestones", "", nil, "state", "all")
	if err != nil {
		return err
	}
	seen := map[string]string{}
	for _, page := range pages {
		var items []json.RawMessage
		if err := json.Unmarshal(page.Payload, &items); err != nil {
			return unreadable("a milestone", err)
		}
		if err := listed(seen, items); err != nil {
			return err
		}
	}
	p.at.Milestones = p.whole(entityMilestone, "/milestones#", p.at.Milestones, seen)
	if len(pages) == 0 {
		return nil
	}
	return p.give("milestones", pages...)
}

// issueHead is what a list tells of an issue.
type issueHead struct {
	ID          int64           `json:"id"`
	Number      int64           `json:"number"`
	UpdatedAt   time.Time       `json:"updated_at"`
	PullRequest json.RawMessage `json:"pull_request"`
}

// issuesAtOnce is how many issues with their timelines are handed over together.
const issuesAtOnce = 10

// issues collects issues that changed, the longest unchanged first, each with its timeline. The list is asked for anew
// from the last change of each page rather than by page number: issues that change while it is read move to its end,
// which would shift the pages.
func (p *puller) issues() error {
	if !p.repo.HasIssues {
		return nil
	}
	ch := &p.at.Issues
	from := ch.from(overlap, p.first)
	if ch.At.After(from) {
		from = ch.At
	}
	near := map[string]bool{}
	address := ch.Next
	if address == "" {
		address = p.issuesSince(from)
	}
	var pages []connector.Page
	flush := func() error {
		if len(pages) == 0 {
			return nil
		}
		give := pages
		pages = nil
		return p.give("issues changed until "+ch.At.Format("2006-01-02"), give...)
	}
	for address != "" {
		l, err := p.c.list(p.ctx, address, "")
		if err != nil {
			return err
		}
		begin := from
		for _, raw := range l.items {
			var h issueHead
			if err := json.Unmarshal(raw, &h); err != nil || h.Number <= 0 {
				return unreadable("an issue", err)
			}
			id := strconv.FormatInt(h.Number, 10)
			near[id] = true
			from, ch.At, ch.High = h.UpdatedAt, h.UpdatedAt, h.UpdatedAt
			if len(h.PullRequest) > 0 || !ch.note(id, stamp(h.UpdatedAt)) {
				continue
			}
			more, err := p.issue(h, raw)
			if err != nil {
				return err
			}
			if pages = append(pages, more...); len(pages) >= 2*issuesAtOnce {
				p.trim(ch)
				if err := flush(); err != nil {
					return err
				}
			}
		}
		ch.Next = ""
		switch {
		case l.next == "":
			address = ""
		case from.After(begin):
			address = p.issuesSince(from)
		default: // a whole page of one moment: only its number leads on
			address = l.next
			ch.Next = l.next
		}
	}
	if err := flush(); err != nil {
		return err
	}
	until := ch.High
	ch.done()
	for id, version := range ch.Seen {
		if !near[id] || version < stamp(until.Add(-overlap)) {
			delete(ch.Seen, id)
		}
	}
	return nil
}

func (p *puller) issuesSince(t time.Time) string {
	query := []string{"state", "all", "sort", "updated", "direction", "asc"}
	if !t.IsZero() {
		query = append(query, "since", stamp(t))
	}
	return p.listIn("/issues", query...)
}

func (p *puller) issue(h issueHead, raw json.RawMessage) ([]connector.Page, error) {
	path := "/issues/" + strconv.FormatInt(h.Number, 10)
	pages := []connector.Page{p.page("issues", p.in(path), nil, raw)}
	more, err := p.parts("timeline", path+"/timeline", "", jsonOf(map[string]int64{"id": h.ID, "number": h.Number}))
	gone, err := p.gone(err)
	if gone {
		// Only what answers itself that it is gone is: a right may be lacking for its timeline alone.
		if _, err = p.c.one(p.ctx, p.in(path)); problem.CodeOf(err) == "tool_not_found" {
			p.lose(entityIssue, h.ID, "", p.in(path), nil)
			return nil, nil
		}
	}
	return append(pages, more...), err
}
