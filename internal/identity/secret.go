package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// TokenPrefix begins every access token, so that secret scanners find one that leaked.
const TokenPrefix = "mlr_"

// secretBytes of randomness make guessing hopeless, which is why a plain SHA-256 is enough to store them.
const secretBytes = 32

var secretAlphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSecret returns a fresh random secret in lower-case letters and digits.
func newSecret() string {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails
	return strings.ToLower(secretAlphabet.EncodeToString(raw))
}

// hashSecret returns the form in which a random secret is stored and looked up.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
