package identity

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// People keeps the persons behind accounts. Every method runs in the caller's transaction and decides nothing about
// access: this slice asked before.
type People interface {
	// PersonByEmail returns the person with the address, whatever its case; a not-found problem or "" says that there is
	// none.
	PersonByEmail(ctx context.Context, tx db.Tx, email string) (ref.Person, error)
	// EnsurePerson returns the person with the address and adds them, pending, when there is none. A person who exists is
	// returned unchanged.
	EnsurePerson(ctx context.Context, tx db.Tx, p NewPerson) (ref.Person, error)
	// SetPersonState moves a person to [Active] or [Inactive]; a person already there is left alone.
	SetPersonState(ctx context.Context, tx db.Tx, id ref.Person, state State) error
	// UpdateProfile changes what persons may change about themselves.
	UpdateProfile(ctx context.Context, tx db.Tx, id ref.Person, p Profile) error
}

// NewPerson is a person to add.
type NewPerson struct {
	Email, Name string
	// Unit is where they belong; "" means the root.
	Unit ref.Unit
	// FromDirectory marks persons whom a sign-in provider keeps.
	FromDirectory bool
}

// Profile is a change of one's own person; nil members stay as they are.
type Profile struct {
	Name     *string
	TimeZone *string
}

// Subject is who holds a role: a person, directly or through a team, or a service account. Exactly one is set.
type Subject struct {
	Person  ref.Person
	Account ref.Account
}

// Grant is one role somebody holds on a unit and everything below it, with the permissions it means. Beside those, only
// what /me shows is told, where it is known.
type Grant struct {
	authz.Grant
	ID       ref.Grant
	Role     ref.Role
	RoleName string
	UnitName string
	// Team is set when the role comes through a team.
	Team ref.Team
	// ExpiresAt is when the grant ends by itself; nil means never.
	ExpiresAt *time.Time
}

// Grants knows and changes who holds which role where. Every method runs in the caller's transaction and decides nothing
// about access: this slice asked before.
type Grants interface {
	// GrantsOf returns everything the subject holds at the moment, directly and through teams.
	GrantsOf(ctx context.Context, tx db.Tx, s Subject) ([]Grant, error)
	// GrantRole gives the subject a role on a unit. created is false when they held exactly that already.
	GrantRole(ctx context.Context, tx db.Tx, s Subject, role ref.Role, unit ref.Unit) (created bool, err error)
	// WithdrawRole takes a role on a unit back; one that is gone already is not an error.
	WithdrawRole(ctx context.Context, tx db.Tx, s Subject, role ref.Role, unit ref.Unit) error
	// WithdrawAll takes everything back from a subject that is deleted.
	WithdrawAll(ctx context.Context, tx db.Tx, s Subject) error
	// AdministratorExists reports whether anybody holds the administrator role on the root.
	AdministratorExists(ctx context.Context, tx db.Tx) (bool, error)
	// GrantAdministrator gives a person the administrator role on the root.
	GrantAdministrator(ctx context.Context, tx db.Tx, id ref.Person) error
}

// Vault keeps secrets encrypted outside this slice's tables. It touches no network, so that it may be called in the
// caller's transaction.
type Vault interface {
	// Put stores a secret under a name, replacing what was there.
	Put(ctx context.Context, tx db.Tx, name, secret string) error
	// Get returns the secret stored under a name.
	Get(ctx context.Context, tx db.Tx, name string) (string, error)
	// Delete forgets the secret stored under a name.
	Delete(ctx context.Context, tx db.Tx, name string) error
}

// MailSender sends mail, where mail is configured.
type MailSender interface {
	// Send hands one plain-text message over; it is called after the transaction and may take its time.
	Send(ctx context.Context, to, subject, text string) error
}
