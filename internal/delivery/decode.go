package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"millrace/internal/platform/problem"
)

// makers returns an empty record of each kind.
var makers = map[RecordKind]func() Record{
	KindRepository: func() Record { return &Repository{} }, KindToolAccount: func() Record { return &ToolAccount{} },
	KindBoard: func() Record { return &Board{} }, KindWorkItem: func() Record { return &WorkItem{} },
	KindWorkItemChange: func() Record { return &WorkItemChange{} }, KindWorkItemLabel: func() Record { return &WorkItemLabel{} },
	KindWorkItemAssignee: func() Record { return &WorkItemAssignee{} }, KindWorkItemComment: func() Record { return &WorkItemComment{} },
	KindBoardWorkItem: func() Record { return &BoardWorkItem{} }, KindMilestone: func() Record { return &Milestone{} },
	KindChangeRequest: func() Record { return &ChangeRequest{} }, KindChangeRequestCommit: func() Record { return &ChangeRequestCommit{} },
	KindChangeRequestLabel: func() Record { return &ChangeRequestLabel{} }, KindChangeRequestItem: func() Record { return &ChangeRequestItem{} },
	KindReviewComment: func() Record { return &ReviewComment{} }, KindReviewer: func() Record { return &Reviewer{} },
	KindCommit: func() Record { return &Commit{} }, KindPipelineRun: func() Record { return &PipelineRun{} },
	KindPipelineRunCommit: func() Record { return &PipelineRunCommit{} }, KindJobRun: func() Record { return &JobRun{} },
	KindTestRun: func() Record { return &TestRun{} }, KindArtifact: func() Record { return &Artifact{} },
	KindRelease: func() Record { return &Release{} }, KindDeployment: func() Record { return &Deployment{} },
	KindDeploymentCommit: func() Record { return &DeploymentCommit{} }, KindIncident: func() Record { return &Incident{} },
}

// DecodeRecord reads one normalised record as JSON, {"kind": …, "externalId": …, …}. Members it does not know are an
// error, so that a misspelt one is not lost silently.
func DecodeRecord(raw []byte) (Record, error) {
	var head struct {
		Kind RecordKind `json:"kind"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, malformed(err)
	}
	maker := makers[head.Kind]
	if maker == nil {
		return nil, problem.Newf(problem.Invalid, "kind_unknown", "There is no kind of record called %q.", shorten(string(head.Kind)))
	}
	record := maker()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(record); err != nil {
		return nil, malformed(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, problem.New(problem.Invalid, "record_malformed", "One record is one JSON object.")
	}
	return record, nil
}

func malformed(err error) error {
	text, _ := clean(err.Error(), 300)
	return problem.New(problem.Invalid, "record_malformed", fmt.Sprintf("The record cannot be read: %s.", text)).Because(err)
}
