package vault

import (
	"context"

	"millrace/internal/platform/db"
)

// ByName is the vault for callers that keep secrets under names of their own, one secret a name.
type ByName struct{ *Vault }

func named(name string) SecretRef { return SecretRef("name:" + name) }

// Put stores a secret under a name, in place of what is there.
func (v ByName) Put(ctx context.Context, tx db.Tx, name, secret string) error {
	return v.PutAt(ctx, tx, named(name), name, Secret(secret))
}

// Get returns the secret stored under a name.
func (v ByName) Get(ctx context.Context, tx db.Tx, name string) (string, error) {
	s, err := v.Vault.Get(ctx, tx, named(name))
	return s.Reveal(), err
}

// Delete forgets the secret stored under a name.
func (v ByName) Delete(ctx context.Context, tx db.Tx, name string) error {
	return v.Vault.Delete(ctx, tx, named(name))
}

// ByReference is the vault for callers that keep the reference of each secret in a record of theirs.
type ByReference struct{ *Vault }

// Put stores a secret and returns its reference, which is old when that is not empty.
func (v ByReference) Put(ctx context.Context, tx db.Tx, old, name, plaintext string) (string, error) {
	if old != "" {
		return old, v.PutAt(ctx, tx, SecretRef(old), name, Secret(plaintext))
	}
	at, err := v.Vault.Put(ctx, tx, name, Secret(plaintext))
	return string(at), err
}

// Get returns the secret of a reference.
func (v ByReference) Get(ctx context.Context, tx db.Tx, reference string) (string, error) {
	s, err := v.Vault.Get(ctx, tx, SecretRef(reference))
	return s.Reveal(), err
}

// Delete forgets the secret of a reference.
func (v ByReference) Delete(ctx context.Context, tx db.Tx, reference string) error {
	return v.Vault.Delete(ctx, tx, SecretRef(reference))
}
