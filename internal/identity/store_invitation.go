package identity

import (
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/ref"
)

// The purposes of a link.
const (
	purposeInvitation = "invitation"
	purposeReset      = "password_reset"
)

// InvitationState is what became of an invitation.
type InvitationState string

// The states of an invitation.
const (
	InvitationOpen    InvitationState = "OPEN"
	InvitationUsed    InvitationState = "ACCEPTED"
	InvitationEnded   InvitationState = "REVOKED"
	InvitationExpired InvitationState = "EXPIRED"
)

// Invitation is a link with which a person chooses a password; its secret is never kept.
type Invitation struct {
	ID                    string
	Person                ref.Person
	Name, Email           string
	Unit                  ref.Unit
	State                 InvitationState
	CreatedAt, ExpiresAt  time.Time
	AcceptedAt, RevokedAt *time.Time
}

type invitationRow struct {
	bun.BaseModel `bun:"table:invitation,alias:i"`

	ID         string     `bun:"id,pk"`
	Purpose    string     `bun:"purpose"`
	Person     ref.Person `bun:"person_id"`
	Email      string     `bun:"email"`
	TokenHash  string     `bun:"token_hash"`
	CreatedBy  string     `bun:"created_by"`
	CreatedAt  time.Time  `bun:"created_at"`
	ExpiresAt  time.Time  `bun:"expires_at"`
	AcceptedAt *time.Time `bun:"accepted_at"`
	RevokedAt  *time.Time `bun:"revoked_at"`

	Name *string   `bun:"person_name,scanonly"`
	Unit *ref.Unit `bun:"person_unit,scanonly"`
}

func (r *invitationRow) invitation(now time.Time) Invitation {
	i := Invitation{
		ID: r.ID, Person: r.Person, Email: r.Email, Name: value(r.Name), Unit: value(r.Unit), State: InvitationOpen,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), AcceptedAt: utc(r.AcceptedAt), RevokedAt: utc(r.RevokedAt),
	}
	switch {
	case r.AcceptedAt != nil:
		i.State = InvitationUsed
	case r.RevokedAt != nil:
		i.State = InvitationEnded
	case !now.Before(r.ExpiresAt):
		i.State = InvitationExpired
	}
	return i
}
