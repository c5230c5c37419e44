package watch

import (
	"slices"

	"millrace/internal/platform/ref"
)

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
	// Chosen is for those whom an administrator named to be told.
	Chosen Reason = "chosen"
)

// reasons are in the order of weight: what asks somebody to act comes first, and whoever has several shows the first.
var reasons = []struct {
	reason  Reason
	because string
}{
	{Approver, "because you may approve it"},
	{Assignee, "because it is assigned to you"},
	{Mentioned, "because you were mentioned"},
	{Holder, "because you hold it"},
	{Requester, "because you asked for it"},
	{Affected, "because it affects you"},
	{Waiting, "because you wait for it"},
	{Owner, "because you own it"},
	{Stakeholder, "because you are a stakeholder"},
	{Watching, "because you follow it"},
	{Chosen, "because an administrator chose you"},
}

// Reasons returns every reason, the weightiest first.
func Reasons() []Reason {
	out := make([]Reason, len(reasons))
	for i, r := range reasons {
		out[i] = r.reason
	}
	return out
}

// Because tells the reason to the person: "because you hold it".
func (r Reason) Because() string {
	for _, known := range reasons {
		if known.reason == r {
			return known.because
		}
	}
	return "because it concerns you"
}

func (r Reason) weight() int {
	at := slices.Index(Reasons(), r)
	if at < 0 {
		return len(reasons)
	}
	return at
}

// Asks reports whether the reason asks the person to do something; such notices come through to those who muted a record.
func (r Reason) Asks() bool { return r == Approver || r == Assignee || r == Mentioned }

// Recipient is somebody to tell: a person of the organisation, or a mail address outside it.
type Recipient struct {
	Person ref.Person
	Email  string
	Reason Reason
}

// Merge joins lists of recipients: each person and address stands once, with the weightiest reason, in the order in which
// they first appear.
func Merge(lists ...[]Recipient) []Recipient {
	type who struct {
		person ref.Person
		email  string
	}
	at := map[who]int{}
	var out []Recipient
	for _, list := range lists {
		for _, r := range list {
			key := who{person: r.Person}
			if r.Person == "" {
				key.email = emailKey(r.Email)
			}
			if key == (who{}) {
				continue
			}
			i, known := at[key]
			if !known {
				at[key] = len(out)
				out = append(out, r)
			} else if r.Reason.weight() < out[i].Reason.weight() {
				out[i].Reason = r.Reason
			}
		}
	}
	return out
}
