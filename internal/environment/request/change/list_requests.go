package change

import (
	"context"
	"strings"

	"millrace/internal/environment/request"
	"millrace/internal/platform/httpapi"
)

// List returns a page of the change requests the caller may see. The first page carries the total.
func (s *Service) List(ctx context.Context, f request.Filter) (httpapi.Page[Item], error) {
	return request.List(ctx, s.Requests, kind, f, func(r Request) request.Core { return r.Core }, s.items)
}

var columns = append(request.HeadColumns(func(i Item) request.Head { return i.Head }),
	request.Column[Item]{Name: "Path", Cell: func(i Item) string {
		var texts []string
		for _, c := range i.Cards {
			text := c.name() + " " + words(c.Status)
			for _, t := range c.Targets {
				text += " " + strings.TrimSpace(t.Name+" "+t.Version)
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, "; ")
	}},
	request.Column[Item]{Name: "Outage from", Cell: func(i Item) string {
		if i.Outage == nil {
			return ""
		}
		return request.Shown(&i.Outage.From)
	}},
	request.Column[Item]{Name: "Outage to", Cell: func(i Item) string {
		if i.Outage == nil {
			return ""
		}
		return request.Shown(&i.Outage.To)
	}},
	request.Column[Item]{Name: "Begun", Cell: func(i Item) string { return request.Shown(i.StartedAt) }},
	request.Column[Item]{Name: "Completed", Cell: func(i Item) string { return request.Shown(i.CompletedAt) }},
)
