package identity

import (
	"time"

	"millrace/internal/platform/ref"
)

// AccountView is a person's account as administrators see it.
type AccountView struct {
	ID           ref.Account `json:"id"`
	PersonID     ref.Person  `json:"personId"`
	Name         string      `json:"name"`
	Email        string      `json:"email"`
	UnitID       ref.Unit    `json:"unitId"`
	State        State       `json:"state" enum:"PENDING,ACTIVE,INACTIVE"`
	PersonState  State       `json:"personState" enum:"PENDING,ACTIVE,INACTIVE"`
	ValidUntil   *time.Time  `json:"validUntil,omitempty"`
	HasPassword  bool        `json:"hasPassword"`
	Locked       bool        `json:"locked"`
	LockedUntil  *time.Time  `json:"lockedUntil,omitempty" doc:"Absent on a locked account that only an administrator can unlock."`
	LastSignInAt *time.Time  `json:"lastSignInAt,omitempty"`
	CreatedAt    time.Time   `json:"createdAt"`
	Acts         []Act       `json:"acts" nullable:"false" doc:"What can be done to the account in its state."`
}

func (a *Account) accountView(now time.Time) AccountView {
	v := AccountView{
		ID: a.ID, PersonID: a.Person, Name: a.label(), Email: a.Email, UnitID: a.unit(), State: a.State, PersonState: a.PersonState,
		ValidUntil: a.ValidUntil, HasPassword: a.PasswordHash != "", Locked: a.locked(now), LastSignInAt: a.LastSignInAt,
		CreatedAt: a.CreatedAt, Acts: allowedActs(a.State),
	}
	if v.Locked {
		v.LockedUntil = a.LockedUntil
	}
	return v
}

// ServiceAccountView is a service account.
type ServiceAccountView struct {
	ID          ref.Account `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	UnitID      ref.Unit    `json:"unitId"`
	State       State       `json:"state" enum:"PENDING,ACTIVE,INACTIVE"`
	CreatedAt   time.Time   `json:"createdAt"`
	UpdatedAt   time.Time   `json:"updatedAt"`
	Version     int64       `json:"version"`
	Acts        []Act       `json:"acts" nullable:"false"`
}

func (a *Account) serviceView() ServiceAccountView {
	return ServiceAccountView{
		ID: a.ID, Name: a.Name, Description: a.Description, UnitID: a.Unit, State: a.State,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Version: a.Version, Acts: allowedActs(a.State),
	}
}

// InvitationView is an invitation without its link.
type InvitationView struct {
	ID         string          `json:"id"`
	PersonID   ref.Person      `json:"personId"`
	Name       string          `json:"name"`
	Email      string          `json:"email"`
	UnitID     ref.Unit        `json:"unitId"`
	State      InvitationState `json:"state" enum:"OPEN,ACCEPTED,REVOKED,EXPIRED"`
	CreatedAt  time.Time       `json:"createdAt"`
	ExpiresAt  time.Time       `json:"expiresAt"`
	AcceptedAt *time.Time      `json:"acceptedAt,omitempty"`
	RevokedAt  *time.Time      `json:"revokedAt,omitempty"`
}

// LinkView is the answer to making a link, the only time it is shown.
type LinkView struct {
	InvitationView
	Link   string `json:"link" doc:"Hand it to the person; it works once and is never shown again."`
	Mailed bool   `json:"mailed" doc:"Whether it was also sent to the person."`
}

func (i *Invitation) view() InvitationView {
	return InvitationView{
		ID: i.ID, PersonID: i.Person, Name: i.Name, Email: i.Email, UnitID: i.Unit, State: i.State,
		CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, AcceptedAt: i.AcceptedAt, RevokedAt: i.RevokedAt,
	}
}

func (l *Link) view() LinkView {
	return LinkView{InvitationView: l.Invitation.view(), Link: l.URL, Mailed: l.Mailed}
}

// SignInProvider is an identity provider as the sign-in page offers it.
type SignInProvider struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind" enum:"oidc"`
}

// ProviderView is an identity provider without its secret.
type ProviderView struct {
	ID                  string      `json:"id"`
	Name                string      `json:"name"`
	Kind                string      `json:"kind" enum:"oidc"`
	Issuer              string      `json:"issuer"`
	ClientID            string      `json:"clientId"`
	HasSecret           bool        `json:"hasSecret"`
	Scopes              []string    `json:"scopes" nullable:"false"`
	GroupsClaim         string      `json:"groupsClaim"`
	GroupRoles          []GroupRole `json:"groupRoles" nullable:"false"`
	AllowedDomains      []string    `json:"allowedDomains" nullable:"false"`
	AutoProvision       bool        `json:"autoProvision"`
	DefaultUnitID       ref.Unit    `json:"defaultUnitId,omitempty"`
	TrustUnmarkedEmails bool        `json:"trustUnmarkedEmails"`
	Enabled             bool        `json:"enabled"`
	CreatedAt           time.Time   `json:"createdAt"`
	UpdatedAt           time.Time   `json:"updatedAt"`
	Version             int64       `json:"version"`
}

func (p *Provider) view() ProviderView {
	return ProviderView{
		ID: p.ID, Name: p.Name, Kind: p.Kind, Issuer: p.Issuer, ClientID: p.ClientID, HasSecret: p.SecretRef != "", Scopes: p.Scopes,
		GroupsClaim: p.GroupsClaim, GroupRoles: p.GroupRoles, AllowedDomains: p.AllowedDomains, AutoProvision: p.AutoProvision,
		DefaultUnitID: value(p.DefaultUnit), TrustUnmarkedEmails: p.TrustUnmarkedEmails, Enabled: p.Enabled,
		CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(), Version: p.Version,
	}
}
