package github

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/internal/delivery"
)

// made returns when the elements of a page were made, by the ids records have, and when the last of them was.
func made(items []json.RawMessage) (there map[string]time.Time, last time.Time, err error) {
	there = make(map[string]time.Time, len(items))
	for _, raw := range items {
		var h deploymentHead // what all have
		if err := json.Unmarshal(raw, &h); err != nil || h.ID <= 0 || h.CreatedAt.IsZero() {
			return nil, last, unreadable("an element of a list", err)
		}
		last = h.CreatedAt
		there[strconv.FormatInt(h.ID, 10)] = last
		if h.NodeID != "" {
			there[h.NodeID] = last
		}
	}
	return there, last, nil
}

// compare returns the known things that a page should hold and does not, as far as they were not asked for yet, and those
// that later pages will tell of. Things made in the same moment as the last of the page may be on the next one.
func (c *census) compare(sort counted, known []delivery.Known, there map[string]time.Time, last time.Time) (missing, rest []delivery.Known) {
	for i, k := range known {
		if !last.IsZero() && !k.CreatedAt.After(last) {
			return missing, known[i:]
		}
		id := strings.TrimPrefix(k.ExternalID, sort.prefix)
		if _, listed := there[id]; listed || k.CreatedAt.Equal(c.Until) && slices.Contains(c.Edge, id) {
			continue
		}
		before := c.Asked != "" && (k.CreatedAt.After(c.AskedMade) || k.CreatedAt.Equal(c.AskedMade) && k.ExternalID <= c.Asked)
		if !before {
			missing = append(missing, k)
		}
	}
	return missing, nil
}

// pass goes on to the next page.
func (c *census) pass(there map[string]time.Time, last time.Time, next string) {
	if c.Until.IsZero() || last.Before(c.Until) {
		c.Until, c.Edge = last, nil
	}
	for id, at := range there {
		if at.Equal(c.Until) && !slices.Contains(c.Edge, id) {
			c.Edge = append(c.Edge, id)
		}
	}
	slices.Sort(c.Edge)
	c.Next, c.Asked, c.AskedMade = next, "", time.Time{}
}

// confirm asks for things that a list lacks, and loses those that are gone. The list is read again afterwards: a credential
// that lost a right in between makes things look gone.
func (p *puller) confirm(sort counted, missing []delivery.Known, list string) error {
	before := len(p.lost)
	for _, k := range missing {
		gone, err := p.isGone(sort, k)
		if err != nil {
			return err
		}
		p.at.Census.Asked, p.at.Census.AskedMade = k.ExternalID, k.CreatedAt
		if !gone {
			continue
		}
		id := strings.TrimPrefix(k.ExternalID, sort.prefix)
		number, err := strconv.ParseInt(id, 10, 64)
		if err == nil {
			id = ""
		}
		p.lose(sort.entity, number, id, list, nil)
	}
	if len(p.lost) == before {
		return nil
	}
	if _, err := p.c.list(p.ctx, list, ""); err != nil {
		p.lost = p.lost[:before]
		return err
	}
	return p.told()
}

// isGone asks GitHub for one thing.
func (p *puller) isGone(sort counted, k delivery.Known) (bool, error) {
	id := strings.TrimPrefix(k.ExternalID, sort.prefix)
	if sort.entity == entityDeployment {
		if k.Commit == "" {
			return false, nil // there is no way to ask for it
		}
		return p.deploymentGone(id, k.Commit)
	}
	raw, err := p.c.one(p.ctx, p.in(sort.list[0]+"/"+url.PathEscape(k.Number)))
	if gone, err := p.gone(err); gone || err != nil {
		return gone, err
	}
	var h struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(raw, &h); err != nil || h.ID <= 0 {
		return false, unreadable("an element", err)
	}
	return strconv.FormatInt(h.ID, 10) != id, nil // it moved to another repository, which answers in its place
}

// deploymentGone looks among the deployments of a commit: the id that records have is not one to ask by.
func (p *puller) deploymentGone(id, commit string) (bool, error) {
	found := false
	err := p.c.all(p.ctx, p.listIn("/deployments", "sha", commit), "", func(l listing) error {
		there, _, err := made(l.items)
		_, here := there[id]
		found = found || here
		return err
	})
	if err != nil || found {
		return false, err
	}
	return true, p.visible()
}
