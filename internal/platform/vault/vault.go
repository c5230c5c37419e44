package vault

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the table vault_secret.
var Migrations = migrate.Dir("vault", files)

// SecretRef names a stored secret. It is not secret itself.
type SecretRef string

// Vault stores secrets in the caller's transaction. It is safe for concurrent use.
type Vault struct {
	keys  *Keys
	clock clock.Clock
}

// New returns a vault that opens with the given keys and seals with the newest.
func New(keys *Keys, clk clock.Clock) *Vault { return &Vault{keys: keys, clock: clk} }

type row struct {
	bun.BaseModel `bun:"table:vault_secret"`

	Ref       SecretRef `bun:"ref,pk"`
	Name      string    `bun:"name"`
	KeyID     string    `bun:"key_id"`
	Sealed    string    `bun:"sealed"`
	CreatedAt time.Time `bun:"created_at"`
	UpdatedAt time.Time `bun:"updated_at"`
}

// Put stores a secret under a fresh reference. The name says to an administrator what it is for ("github: acme"); it
// need not be unique.
func (v *Vault) Put(ctx context.Context, tx db.Tx, name string, plaintext Secret) (SecretRef, error) {
	at := ref.New[SecretRef]()
	return at, v.PutAt(ctx, tx, at, name, plaintext)
}

// PutAt stores a secret under a reference of the caller's choice, in place of what is there.
func (v *Vault) PutAt(ctx context.Context, tx db.Tx, at SecretRef, name string, plaintext Secret) error {
	sealed, err := v.seal(at, plaintext)
	if err != nil {
		return err
	}
	now := v.clock.Now()
	r := row{Ref: at, Name: name, KeyID: v.keys.ID(), Sealed: sealed, CreatedAt: now, UpdatedAt: now}
	_, err = tx.NewInsert().Model(&r).On("CONFLICT (ref) DO UPDATE").
		Set("name = EXCLUDED.name").Set("key_id = EXCLUDED.key_id").Set("sealed = EXCLUDED.sealed").
		Set("updated_at = EXCLUDED.updated_at").Exec(ctx)
	if err != nil {
		// The driver's message may quote the statement; it holds only the sealed form, and still it is not passed on.
		return keepClass("store the secret "+name, err)
	}
	return nil
}

// Get opens a secret. The problems are secret_not_found, vault_key_mismatch and secret_damaged.
func (v *Vault) Get(ctx context.Context, tx db.Tx, at SecretRef) (Secret, error) {
	var rows []row
	if err := tx.NewSelect().Model(&rows).Where("ref = ?", at).Scan(ctx); err != nil {
		return "", keepClass("read a secret", err)
	}
	if len(rows) == 0 {
		return "", problem.New(problem.NotFound, "secret_not_found", "The stored credential is gone. Enter it again.")
	}
	return v.open(rows[0])
}

// Delete forgets a secret; one that is gone already is not an error.
func (v *Vault) Delete(ctx context.Context, tx db.Tx, at SecretRef) error {
	_, err := tx.NewDelete().Model((*row)(nil)).Where("ref = ?", at).Exec(ctx)
	return err
}

// Check reports whether every stored secret was sealed with a key this vault has. It is meant for the start of the
// product, so that a missing key shows before the first connection fails.
func (v *Vault) Check(ctx context.Context, d *db.DB) error {
	type use struct {
		KeyID string `bun:"key_id"`
		N     int64  `bun:"n"`
	}
	var uses []use
	err := d.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewRaw(`SELECT key_id, count(*) AS n FROM vault_secret GROUP BY key_id ORDER BY key_id`).Scan(ctx, &uses)
	})
	if err != nil {
		return err
	}
	for _, u := range uses {
		if _, known := v.keys.byID[u.KeyID]; !known {
			return v.mismatch(u.KeyID).WithData("secrets", u.N)
		}
	}
	return nil
}

// Reencrypt seals with the newest key everything that was sealed with an older one, in small transactions, and returns
// how many secrets that were. It may be broken off and called again.
func (v *Vault) Reencrypt(ctx context.Context, d *db.DB) (int, error) {
	total := 0
	for {
		n := 0
		err := d.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			n = 0
			var rows []row
			if err := tx.NewSelect().Model(&rows).Where("key_id <> ?", v.keys.ID()).OrderExpr("ref").Limit(100).Scan(ctx); err != nil {
				return err
			}
			for _, r := range rows {
				plain, err := v.open(r)
				if err != nil {
					return err
				}
				sealed, err := v.seal(r.Ref, plain)
				if err != nil {
					return err
				}
				// The old seal is part of the condition: a secret changed meanwhile is left to its newer seal.
				if _, err := tx.ExecContext(ctx, `UPDATE vault_secret SET key_id = ?, sealed = ? WHERE ref = ? AND sealed = ?`,
					v.keys.ID(), sealed, r.Ref, r.Sealed); err != nil {
					return keepClass("seal a secret anew", err)
				}
			}
			n = len(rows)
			return nil
		})
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

func bound(at SecretRef, keyID string) []byte {
	return []byte("millrace vault 1\x00" + keyID + "\x00" + string(at))
}

func (v *Vault) seal(at SecretRef, plaintext Secret) (string, error) {
	id := v.keys.ID()
	aead := v.keys.byID[id]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plaintext)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(plaintext), bound(at, id))), nil
}

func (v *Vault) open(r row) (Secret, error) {
	aead, known := v.keys.byID[r.KeyID]
	if !known {
		return "", v.mismatch(r.KeyID)
	}
	raw, err := base64.StdEncoding.DecodeString(r.Sealed)
	if err == nil && len(raw) >= aead.NonceSize() {
		if plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], bound(r.Ref, r.KeyID)); err == nil {
			return Secret(plain), nil
		}
	}
	return "", problem.Newf(problem.Unavailable, "secret_damaged",
		"The stored credential %q cannot be opened: it was changed outside Millrace. Enter it again.", r.Name)
}

func (v *Vault) mismatch(keyID string) *problem.Error {
	return problem.Newf(problem.Unavailable, "vault_key_mismatch",
		"Stored credentials were sealed with key %s, and %s has only %s. Put the file %s that belongs to this database back, or set MILLRACE_VAULT_KEY to its key; without it the credentials have to be entered again.",
		keyID, v.keys.from, strings.Join(v.keys.order, ", "), KeyFile)
}

// keepClass wraps a database error so that its class can still be told (a busy file is retried, a full disk explained)
// while its text, which may quote values, is not printed.
func keepClass(what string, err error) error { return &quiet{what, err} }

type quiet struct {
	what string
	err  error
}

func (q *quiet) Error() string { return fmt.Sprintf("vault: could not %s", q.what) }
func (q *quiet) Unwrap() error { return q.err }
