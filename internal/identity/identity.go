package identity

import (
	"embed"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of the slice. They come after those of people, whose views the slice reads.
var Migrations = migrate.Dir("identity", files)

// Config is how people may sign in; the zero value of a member means its default.
type Config struct {
	// PublicURL is where browsers find Millrace, "https://millrace.example". Links and the OIDC redirect are made from it;
	// cookies are marked Secure when it is https.
	PublicURL string
	// SessionIdle ends a session that was not used for so long; default 12 hours.
	SessionIdle time.Duration
	// SessionLifetime ends a session so long after sign-in however much it is used; default 7 days.
	SessionLifetime time.Duration
	// LockAfter failed sign-ins in a row lock an account; default 10.
	LockAfter int
	// LockFor is how long a lock lasts; default 15 minutes, negative means until an administrator unlocks.
	LockFor time.Duration
	// InvitationLifetime is how long an invitation or password link works; default 7 days.
	InvitationLifetime time.Duration
	// Hash sets the cost of password hashing; see [DefaultHash].
	Hash HashParams
}

// Deps is what the slice needs from the rest of the house.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	Config Config
	People People
	Grants Grants
	Vault  Vault
	// Mail is nil where no mail is configured; links are then handed over by the person who invites.
	Mail MailSender
	// HTTP makes the requests to identity providers; nil means [http.DefaultClient].
	HTTP *http.Client
	// Permissions are the declarations of every slice: what tokens can be narrowed to and what /me lists.
	Permissions []authz.Declaration
}

// Service holds the use cases of the slice. It is the [millrace/internal/platform/httpapi.Authenticator] of the house.
type Service struct {
	db          *db.DB
	events      *events.Log
	clock       clock.Clock
	logger      *slog.Logger
	config      Config
	people      People
	grants      Grants
	vault       Vault
	mail        MailSender
	http        *http.Client
	permissions []authz.Declaration
	hasher      *hasher
	cache       *principalCache

	issuersMu sync.Mutex
	issuers   map[string]*issuer
}

// New returns the service.
func New(d Deps) *Service {
	c := d.Config
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	setDefault(&c.SessionIdle, 12*time.Hour)
	setDefault(&c.SessionLifetime, 7*24*time.Hour)
	setDefault(&c.LockAfter, 10)
	setDefault(&c.LockFor, 15*time.Minute)
	setDefault(&c.InvitationLifetime, 7*24*time.Hour)
	setDefault(&c.Hash, DefaultHash)
	s := &Service{
		db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, config: c,
		people: d.People, grants: d.Grants, vault: d.Vault, mail: d.Mail, http: d.HTTP, permissions: d.Permissions,
		hasher: newHasher(c.Hash), cache: newPrincipalCache(), issuers: map[string]*issuer{},
	}
	if s.http == nil {
		s.http = http.DefaultClient
	}
	d.Events.OnCommit(s.observe)
	return s
}

// SetPublicURL tells where browsers find Millrace when the configuration does not: the address it listens on, which is
// known only then. Call it before the first request is served.
func (s *Service) SetPublicURL(url string) { s.config.PublicURL = strings.TrimRight(url, "/") }

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// Kind says what an account stands for.
type Kind string

// The kinds of accounts.
const (
	PersonAccount  Kind = "person"
	ServiceAccount Kind = "service"
)

// State is the state of an account, and of the person behind it.
type State string

// The states. A pending account was invited and has never signed in.
const (
	Pending  State = "PENDING"
	Active   State = "ACTIVE"
	Inactive State = "INACTIVE"
)

// Account is something that can act: the sign-in of a person, or a service account.
type Account struct {
	ID   ref.Account
	Kind Kind
	// Person is set on the accounts of persons, Unit on service accounts.
	Person            ref.Person
	Unit              ref.Unit
	Name, Description string
	State             State
	PasswordHash      string
	PasswordChangedAt *time.Time
	// LockedAt is set while the account is locked; LockedUntil is nil when only an administrator can unlock it.
	LockedAt, LockedUntil *time.Time
	LastSignInAt          *time.Time
	Theme, Language       string
	CreatedAt, UpdatedAt  time.Time
	Version               int64

	// What v_person says about the person behind the account.
	PersonName, Email, TimeZone string
	PersonUnit                  ref.Unit
	PersonState                 State
	ValidUntil                  *time.Time
}

// label is how history names the account.
func (a *Account) label() string {
	if a.Kind == ServiceAccount {
		return a.Name
	}
	if a.PersonName != "" {
		return a.PersonName
	}
	return a.Email
}

// unit is where the account belongs in the organisation tree.
func (a *Account) unit() ref.Unit {
	if a.Kind == ServiceAccount {
		return a.Unit
	}
	return a.PersonUnit
}

func (a *Account) subject() Subject {
	if a.Kind == ServiceAccount {
		return Subject{Account: a.ID}
	}
	return Subject{Person: a.Person}
}

func (a *Account) locked(now time.Time) bool {
	return a.LockedAt != nil && (a.LockedUntil == nil || now.Before(*a.LockedUntil))
}

// Session is one signed-in browser.
type Session struct {
	ID                               string
	Account                          ref.Account
	Method, Address, UserAgent       string
	CreatedAt, LastSeenAt, ExpiresAt time.Time
}

// Token is an access token; its secret is never kept.
type Token struct {
	ID           ref.Token
	Account      ref.Account
	Name, Prefix string
	// Scopes are the permissions the token is narrowed to; empty means everything its account may do.
	Scopes                           []authz.Permission
	CreatedBy                        string
	CreatedAt                        time.Time
	ExpiresAt, LastUsedAt, RevokedAt *time.Time
	LastUsedAddress                  string
}
