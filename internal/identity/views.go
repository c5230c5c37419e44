package identity

import (
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/ref"
)

// Me is the caller as the API shows them.
type Me struct {
	Kind string `json:"kind" enum:"person,service,system"`
	Name string `json:"name"`
	// Person is absent for service accounts.
	Person  *MePerson  `json:"person,omitempty"`
	Account *MeAccount `json:"account,omitempty"`
	// Units are the tops of the subtrees the caller sees.
	Units []MeUnit `json:"units" nullable:"false" doc:"The tops of the subtrees you see."`
	// Permissions are what the caller may do on at least one unit.
	Permissions []authz.Permission `json:"permissions" nullable:"false" doc:"What you may do on at least one unit."`
	Grants      []MeGrant          `json:"grants" nullable:"false"`
	TimeZone    string             `json:"timeZone" doc:"An IANA name; empty means the one of the browser."`
	Theme       string             `json:"theme" enum:",light,dark,auto"`
	Language    string             `json:"language"`
	Narrowed    bool               `json:"narrowed" doc:"Whether the token used carries only some of the permissions of its account."`
}

// MePerson is the person behind the caller's account.
type MePerson struct {
	ID         ref.Person `json:"id"`
	Name       string     `json:"name"`
	Email      string     `json:"email"`
	UnitID     ref.Unit   `json:"unitId"`
	State      State      `json:"state" enum:"PENDING,ACTIVE,INACTIVE"`
	ValidUntil *time.Time `json:"validUntil,omitempty"`
}

// MeAccount is the caller's account.
type MeAccount struct {
	ID           ref.Account `json:"id"`
	State        State       `json:"state" enum:"PENDING,ACTIVE,INACTIVE"`
	HasPassword  bool        `json:"hasPassword" doc:"False when the account only signs in through an identity provider."`
	LastSignInAt *time.Time  `json:"lastSignInAt,omitempty"`
	Version      int64       `json:"version"`
}

// MeUnit is a unit the caller sees with everything below it.
type MeUnit struct {
	ID   ref.Unit `json:"id"`
	Name string   `json:"name"`
	Path string   `json:"path"`
}

// MeGrant is a role the caller holds.
type MeGrant struct {
	ID        ref.Grant  `json:"id"`
	RoleID    ref.Role   `json:"roleId"`
	RoleName  string     `json:"roleName"`
	UnitID    ref.Unit   `json:"unitId"`
	UnitName  string     `json:"unitName"`
	Path      string     `json:"path"`
	TeamID    ref.Team   `json:"teamId,omitempty" doc:"Set when the role comes through a team."`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"`
	// All says that the role holds every permission.
	All         bool               `json:"allPermissions"`
	Permissions []authz.Permission `json:"permissions" nullable:"false"`
}

func (s *Self) view() Me {
	m := Me{
		Kind: string(s.Principal.Kind), Name: s.Principal.Name, Permissions: s.Permissions, Grants: make([]MeGrant, 0, len(s.Grants)),
		Units: []MeUnit{}, Narrowed: s.Principal.Limit != nil,
	}
	if a := s.Account; a != nil {
		m.TimeZone, m.Theme, m.Language, m.Name = a.TimeZone, a.Theme, a.Language, a.label()
		m.Account = &MeAccount{ID: a.ID, State: a.State, HasPassword: a.PasswordHash != "", LastSignInAt: a.LastSignInAt, Version: a.Version}
		if a.Kind == PersonAccount {
			m.Person = &MePerson{ID: a.Person, Name: a.PersonName, Email: a.Email, UnitID: a.PersonUnit, State: a.PersonState, ValidUntil: a.ValidUntil}
		}
	}
	for i := range s.Grants {
		g := &s.Grants[i]
		m.Grants = append(m.Grants, MeGrant{
			ID: g.ID, RoleID: g.Role, RoleName: g.RoleName, UnitID: g.Unit, UnitName: g.UnitName, Path: g.Path, TeamID: g.Team,
			ExpiresAt: g.ExpiresAt, All: g.All, Permissions: sortedPermissions(g.Permissions),
		})
	}
	for _, path := range topPaths(s.Grants) {
		for i := range s.Grants {
			if g := &s.Grants[i]; g.Path == path {
				m.Units = append(m.Units, MeUnit{ID: g.Unit, Name: g.UnitName, Path: path})
				break
			}
		}
	}
	return m
}

// SessionView is one signed-in browser.
type SessionView struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current" doc:"The one you are using."`
	Method     string    `json:"method"`
	Address    string    `json:"address"`
	UserAgent  string    `json:"userAgent"`
	CreatedAt  time.Time `json:"createdAt"`
	LastSeenAt time.Time `json:"lastSeenAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

func (s *Session) view(current string) SessionView {
	return SessionView{
		ID: s.ID, Current: s.ID == current, Method: s.Method, Address: s.Address, UserAgent: s.UserAgent,
		CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt,
	}
}

// TokenView is an access token without its secret.
type TokenView struct {
	ID              ref.Token          `json:"id"`
	Name            string             `json:"name"`
	Prefix          string             `json:"prefix" doc:"How the token begins, to recognise it."`
	Scopes          []authz.Permission `json:"scopes" nullable:"false" doc:"Empty means everything the account may do."`
	CreatedAt       time.Time          `json:"createdAt"`
	ExpiresAt       *time.Time         `json:"expiresAt,omitempty"`
	LastUsedAt      *time.Time         `json:"lastUsedAt,omitempty" doc:"Exact to a minute."`
	LastUsedAddress string             `json:"lastUsedAddress,omitempty"`
	RevokedAt       *time.Time         `json:"revokedAt,omitempty"`
}

// CreatedTokenView is the answer to creating a token, the only time its secret is shown.
type CreatedTokenView struct {
	TokenView
	Token string `json:"token" doc:"Send it as Authorization: Bearer; it is never shown again."`
}

func (t *Token) view() TokenView {
	scopes := t.Scopes
	if scopes == nil {
		scopes = []authz.Permission{}
	}
	return TokenView{
		ID: t.ID, Name: t.Name, Prefix: t.Prefix, Scopes: scopes, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
		LastUsedAt: t.LastUsedAt, LastUsedAddress: t.LastUsedAddress, RevokedAt: t.RevokedAt,
	}
}

func (t *CreatedToken) view() CreatedTokenView {
	return CreatedTokenView{TokenView: t.Token.view(), Token: t.Secret}
}
