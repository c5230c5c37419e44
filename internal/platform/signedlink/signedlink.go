// Package signedlink makes and checks the tokens of links that act for a person without a sign-in: approve or reject from
// a mail, stop following a record. A token names the act, the record and the person, is signed with a key of the vault,
// and may end at a date and work once. It owns the table signed_link_use.
//
// A link is opened by more than people: mail servers and previews fetch what they find. So GET only shows what would
// happen, with [Links.Read], and POST acts, with [Links.Redeem] in the transaction of the act.
package signedlink

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the table signed_link_use.
var Migrations = migrate.Dir("signedlink", files)

// Link is what a token vouches for.
type Link struct {
	// ID is given by [Links.Make]; it is what makes a link usable once.
	ID string `json:"i"`
	// Act says what the link does: "booking.approve".
	Act string `json:"a"`
	// SubjectKind and SubjectID name the record.
	SubjectKind string `json:"k,omitempty"`
	SubjectID   string `json:"s,omitempty"`
	// Person is for whom the link acts.
	Person ref.Person `json:"p,omitempty"`
	// Version is the version of the record the person was shown, where the act depends on it.
	Version int64 `json:"v,omitempty"`
	// Expires ends the link; the zero time means never.
	Expires time.Time `json:"e,omitzero"`
}

// Signer signs; the vault does.
type Signer interface {
	Sign(purpose string, message []byte) []byte
	Verify(purpose string, message, signed []byte) bool
}

// Links makes and checks tokens. It is safe for concurrent use.
type Links struct {
	signer Signer
	clock  clock.Clock
}

// New returns links signed by the signer.
func New(signer Signer, c clock.Clock) *Links { return &Links{signer: signer, clock: c} }

const purpose = "signed link"

// The problems of a link.
var (
	ErrInvalid = problem.New(problem.NotFound, "link_invalid", "The link is not one Millrace made, or it was cut off. Open the record instead.")
	ErrExpired = problem.New(problem.Conflict, "link_expired", "The link has expired. Open the record instead.")
	ErrUsed    = problem.New(problem.Conflict, "link_used", "The link was used already.")
)

// Make returns the token of a link, made of characters that need no escaping in an address.
func (l *Links) Make(link Link) string {
	link.ID = ref.New[string]()
	if !link.Expires.IsZero() {
		link.Expires = link.Expires.UTC().Truncate(time.Second)
	}
	body, err := json.Marshal(link)
	if err != nil {
		panic(err) // a link holds nothing that cannot be written
	}
	return encode(body) + "." + encode(l.signer.Sign(purpose, body))
}

// Read returns what a token vouches for. The act must be the one the caller does; the problems are link_invalid and
// link_expired. It does not tell whether the link was used.
func (l *Links) Read(token, act string) (Link, error) {
	var link Link
	head, tail, ok := strings.Cut(token, ".")
	body, err1 := base64.RawURLEncoding.Strict().DecodeString(head)
	signed, err2 := base64.RawURLEncoding.Strict().DecodeString(tail)
	if !ok || err1 != nil || err2 != nil || !l.signer.Verify(purpose, body, signed) {
		return link, ErrInvalid
	}
	if json.Unmarshal(body, &link) != nil || link.Act != act {
		return Link{}, ErrInvalid
	}
	if !link.Expires.IsZero() && !l.clock.Now().Before(link.Expires) {
		return link, ErrExpired
	}
	return link, nil
}

// Used reports whether a link was used up.
func (l *Links) Used(ctx context.Context, tx db.Tx, link Link) (bool, error) {
	return tx.NewSelect().Table("signed_link_use").Where("link_id = ?", link.ID).Exists(ctx)
}

// Redeem reads a token and uses the link up, in the transaction of what the link does: of two at once one gets link_used.
func (l *Links) Redeem(ctx context.Context, tx db.Tx, token, act string) (Link, error) {
	link, err := l.Read(token, act)
	if err != nil {
		return link, err
	}
	expires := link.Expires
	if expires.IsZero() {
		expires = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO signed_link_use (link_id, used_at, expires_at) VALUES (?, ?, ?) ON CONFLICT (link_id) DO NOTHING`,
		link.ID, l.clock.Now(), expires)
	if err != nil {
		return link, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		if err == nil {
			err = ErrUsed
		}
		return link, err
	}
	return link, nil
}

// Purge forgets the uses of links that have expired since.
func (l *Links) Purge(ctx context.Context, d *db.DB) error {
	return d.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM signed_link_use WHERE expires_at < ?`, l.clock.Now())
		return err
	})
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }
