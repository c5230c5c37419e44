package people

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Rehomer is another slice that owns records of units. When a unit is deleted, its records move to another unit in the
// same transaction; the record's own rules may refuse with a problem, which keeps the unit.
type Rehomer interface {
	Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error
}

// RehomePreviewer is a Rehomer that can say beforehand what it would move, one sentence a line: "12 applications".
type RehomePreviewer interface {
	RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error)
}

// Reassigner is another slice whose records name persons. Reassign moves what scope selects from one person to another
// and says in sentences what it moved; a dry run calls it too and rolls the transaction back. scope is one of [ScopeOpen],
// [ScopeFuture] and [ScopeAll].
type Reassigner interface {
	Reassign(ctx context.Context, tx db.Tx, from, to ref.Person, scope string) (moved []string, err error)
}

// The scopes of a reassignment: everything that is not finished, only what has not begun, or finished things too.
const (
	ScopeOpen   = "open"
	ScopeFuture = "future"
	ScopeAll    = "all"
)

// ServiceAccounts names service accounts; identity implements it.
type ServiceAccounts interface {
	// ServiceAccountName returns a not-found problem when there is no such service account.
	ServiceAccountName(ctx context.Context, tx db.Tx, id ref.Account) (string, error)
}

// Forgetter is a Reassigner that can also drop what names a person who is deleted, and says in sentences what it dropped.
type Forgetter interface {
	Forget(ctx context.Context, tx db.Tx, person ref.Person) (removed []string, err error)
}

// TeamForgetter is a Reassigner that can also drop what names a team that is deleted.
type TeamForgetter interface {
	ForgetTeam(ctx context.Context, tx db.Tx, team ref.Team) (removed []string, err error)
}
