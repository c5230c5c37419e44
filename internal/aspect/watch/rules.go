package watch

import (
	"net/mail"
	"strings"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// maxPerRecord bounds the watchers of one record; more are a team.
const maxPerRecord = 500

// NewWatcher is who shall follow: exactly one of the three.
type NewWatcher struct {
	Person ref.Person `json:"personId,omitempty" doc:"Send exactly one of personId, teamId and email."`
	Team   ref.Team   `json:"teamId,omitempty"`
	Email  string     `json:"email,omitempty" maxLength:"254" doc:"An address outside the organisation; it gets mail with a link to stop it."`
}

func (n NewWatcher) check() error {
	given := 0
	for _, set := range []bool{n.Person != "", n.Team != "", n.Email != ""} {
		if set {
			given++
		}
	}
	var faults problem.Fields
	if given != 1 {
		faults.Add("body", "one_of", "A watcher is either a person, a team or a mail address.")
	} else if n.Email != "" && !validEmail(n.Email) {
		faults.Add("body.email", "email_invalid", "This is not a mail address.")
	}
	return faults.Err("watcher_invalid", "Name a person, a team or a mail address.")
}

// validEmail takes a bare address, without a name or comments around it.
func validEmail(address string) bool {
	read, err := mail.ParseAddress(address)
	if err != nil || read.Address != address || len(address) > 254 {
		return false
	}
	_, domain, _ := strings.Cut(address, "@")
	return strings.Contains(domain, ".") && !strings.ContainsAny(address, " \t\r\n<>\"")
}

func emailKey(address string) string { return strings.ToLower(strings.TrimSpace(address)) }
