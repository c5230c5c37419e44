package identity

import (
	"time"

	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

// Act is something that moves an account from one state to another.
type Act string

// The acts on an account.
const (
	ActAccept     Act = "accept"
	ActDeactivate Act = "deactivate"
	ActActivate   Act = "activate"
)

type transition struct {
	From State
	Act  Act
	To   State
	Kind events.Kind
}

// accountLifecycle lists every move an account can make; what is not listed is refused.
var accountLifecycle = []transition{
	{Pending, ActAccept, Active, InvitationAccepted},
	{Active, ActAccept, Active, InvitationAccepted},
	{Pending, ActDeactivate, Inactive, AccountDeactivated},
	{Active, ActDeactivate, Inactive, AccountDeactivated},
	{Inactive, ActActivate, Active, AccountActivated},
}

// move returns where an act leads from a state.
func move(from State, act Act) (transition, error) {
	for _, t := range accountLifecycle {
		if t.From == from && t.Act == act {
			return t, nil
		}
	}
	return transition{}, problem.Newf(problem.Conflict, "account_state",
		"The account is %s; it cannot be changed in this way.", map[State]string{Pending: "pending", Active: "active", Inactive: "inactive"}[from]).
		WithData("state", string(from))
}

// allowedActs returns what can be done to an account in a state.
func allowedActs(from State) []Act {
	acts := []Act{}
	for _, t := range accountLifecycle {
		if t.From == from && t.Act != ActAccept {
			acts = append(acts, t.Act)
		}
	}
	return acts
}

// mayAct reports whether the account may be used at the moment: it is active, and
// the person behind it is active and has not left. It is asked at sign-in and on each request. Locks end sign-in only:
// an attacker who guesses passwords must not be able to throw people out of their sessions.
func (a *Account) mayAct(now time.Time) bool {
	if a.State != Active {
		return false
	}
	if a.Kind == ServiceAccount {
		return true
	}
	return a.PersonState == Active && (a.ValidUntil == nil || now.Before(*a.ValidUntil))
}
