// Package vault keeps credentials encrypted at rest: AES-256-GCM under a key that lies outside the database, in a file
// of the data directory or in the environment. It owns the table vault_secret.
//
// Each secret remembers which key sealed it, so that keys can be rotated: several keys read, the newest writes, and
// [Vault.Reencrypt] moves what is old. The reference of a secret is bound into its seal: a row copied to another
// reference does not open. No error of this package contains a secret.
package vault
