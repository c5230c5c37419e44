package github

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"

	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// MapLines maps recorded pages, one JSON object a line, to records, one a line. A line that cannot be mapped, in whole
// or in part, is told with its number at the end and does not stop the others.
//
// A line {"table":…,"row":{…}} is no page but something that is known already: the row of an issue or a pull request
// whose number pages refer to. Records that refer to a number nobody has told the id of yet wait until the end.
func MapLines(rules Rules, r io.Reader, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	mapper := NewMapper(rules)
	var waiting []delivery.Record
	write := func(record delivery.Record) error {
		if err := encoder.Encode(record); err != nil {
			return connector.Stop(err)
		}
		return nil
	}
	err := connector.ReadPages(r, func(_ int, raw []byte) error {
		page, isPage, err := mapper.readLine(raw)
		if err != nil || !isPage {
			return err
		}
		records, unmapped, err := mapper.Map(page)
		for _, record := range records {
			if gone, ok := record.(delivery.Retraction); ok {
				unmapped = append(unmapped, Unmapped{Endpoint: page.Endpoint, Reason: "deleted", Message: "The record " + gone.ID + " was " + gone.Reason + "."})
				continue
			}
			if _, open := resolved(record, mapper.known); open {
				waiting = append(waiting, record)
			} else if writeErr := write(record); writeErr != nil {
				return writeErr
			}
		}
		if err == nil && len(unmapped) > 0 {
			err = problem.New(problem.Invalid, "unmapped_elements", reasons(unmapped))
		}
		return err
	})
	for _, record := range waiting {
		record, _ = resolved(record, mapper.known)
		if writeErr := write(record); writeErr != nil {
			return writeErr
		}
	}
	if flushErr := out.Flush(); flushErr != nil {
		return flushErr
	}
	return err
}

// readLine reads a line: a page, or a row that is known already.
func (p *Mapper) readLine(raw []byte) (page connector.Page, isPage bool, err error) {
	if err := connector.CheckDepth(raw, connector.MaxPageDepth+4); err != nil {
		return page, false, err
	}
	var line struct {
		connector.Page
		Table string          `json:"table"`
		Row   json.RawMessage `json:"row"`
	}
	if err := json.Unmarshal(raw, &line); err != nil {
		return page, false, problem.Newf(problem.Invalid, "bad_json", "The line is not a JSON object of a page: %s.", err)
	}
	if line.Table == "" || line.Row == nil {
		return line.Page, true, nil
	}
	v, err := decode(line.Row)
	if err != nil {
		return page, false, err
	}
	row, _ := v.(object)
	entity := ""
	switch strings.TrimPrefix(fold(line.Table), "tool") {
	case "githubissues", "githubissue":
		entity = "issue"
	case "githubpullrequests", "githubpullrequest":
		entity = "pull_request"
	}
	if id := row.id("githubid"); entity != "" && id != 0 {
		p.known.learn(entity, repoRef(row.id("repoid")), row.text("number"), ref(entity, id))
	}
	return page, false, nil
}

func reasons(unmapped []Unmapped) string {
	seen := map[string]bool{}
	var all []string
	for _, u := range unmapped {
		if !seen[u.Message] {
			seen[u.Message] = true
			all = append(all, u.Message)
		}
	}
	return strings.Join(all, " ")
}

// resolved replaces references by number with ids where they are known; open tells that one is left.
func resolved(record delivery.Record, known *memory) (_ delivery.Record, open bool) {
	look := func(external string) string {
		if !strings.Contains(external, "#") {
			return external
		}
		if id, ok := known.ids[external]; ok {
			return id
		}
		open = true
		return external
	}
	switch r := record.(type) {
	case delivery.ChangeRequestItem:
		r.WorkItemID = look(r.WorkItemID)
		r.ExternalID = r.ChangeRequestID + "|" + r.WorkItemID
		return r, open
	case delivery.WorkItemComment:
		r.WorkItemID = look(r.WorkItemID)
		return r, open
	case delivery.WorkItemChange:
		r.WorkItemID = look(r.WorkItemID)
		return r, open
	case delivery.ReviewComment:
		r.ChangeRequestID = look(r.ChangeRequestID)
		return r, open
	case delivery.Reviewer:
		r.ChangeRequestID = look(r.ChangeRequestID)
		r.ExternalID = r.ChangeRequestID + "|" + r.AccountID
		return r, open
	case delivery.ChangeRequestCommit:
		r.ChangeRequestID = look(r.ChangeRequestID)
		r.ExternalID = r.CommitSHA + "|" + r.ChangeRequestID
		return r, open
	}
	return record, false
}
