package watch

import "millrace/internal/platform/ref"

// Reason says why somebody is told of something; a mail and the inbox show it.
type Reason string

// The reasons.
const (
	Watching    Reason = "watching"
	Holder      Reason = "holder"
	Requester   Reason = "requester"
	Assignee    Reason = "assignee"
	Approver    Reason = "approver"
	Owner       Reason = "owner"
	Stakeholder Reason = "stakeholder"
	Affected    Reason = "affected"
	Mentioned   Reason = "mentioned"
	Waiting     Reason = "waiting"
)

// Recipient is somebody to tell: a person of the organisation, or a mail address outside it.
type Recipient struct {
	Person ref.Person
	Email  string
	Reason Reason
}
