package github

import (
	"encoding/json"
	"strings"

	"millrace/internal/connector"
)

// endpointGone is the endpoint of pages that say what is no longer there.
const endpointGone = "gone"

// Subject tells what a page is a version of. Pages that were collected are versions of their address, together with the
// record they were asked for; an attempt of a workflow run stands for itself. Of what was pushed only that is superseded which carries a whole thing by its id: a state
// of a deployment and a push of commits each say something of their own.
func (Connector) Subject(page connector.Page) string {
	if !strings.HasPrefix(page.Endpoint, "webhook.") {
		switch page.Endpoint {
		case "runs":
			var run identified
			if json.Unmarshal(page.Payload, &run) != nil {
				return ""
			}
			return page.URL + " " + string(run.Attempt)
		case "jobs":
			var jobs []identified
			if json.Unmarshal(page.Payload, &jobs) != nil || len(jobs) == 0 {
				return ""
			}
			return page.URL + " " + string(jobs[0].Attempt)
		case "commits", endpointGone:
			return ""
		}
		return page.URL
	}
	var told struct {
		Action  string          `json:"action"`
		Comment json.RawMessage `json:"comment"`
		Review  json.RawMessage `json:"review"`
		thing
	}
	if json.Unmarshal(page.Payload, &told) != nil || told.Comment != nil || told.Review != nil || told.Action == "deleted" || told.Action == "transferred" {
		return ""
	}
	for _, of := range []*identified{told.PullRequest, told.Issue, told.WorkflowJob, told.WorkflowRun, told.Release, told.Milestone} {
		if of != nil && len(of.ID) > 0 {
			return string(of.ID) + " " + string(of.Attempt)
		}
	}
	return ""
}

// thing is what a push is about.
type thing struct {
	PullRequest *identified `json:"pull_request"`
	Issue       *identified `json:"issue"`
	WorkflowJob *identified `json:"workflow_job"`
	WorkflowRun *identified `json:"workflow_run"`
	Release     *identified `json:"release"`
	Milestone   *identified `json:"milestone"`
}

type identified struct {
	ID json.RawMessage `json:"id"`
	// Attempt tells the runs of one workflow run apart: a new attempt has jobs of its own.
	Attempt json.RawMessage `json:"run_attempt"`
}
