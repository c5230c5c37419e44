package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
)

// Sign returns a signature of a message made with the newest key. The purpose keeps signatures made for one thing from
// being good for another.
func (v *Vault) Sign(purpose string, message []byte) []byte {
	return signature(v.keys.signing[v.keys.ID()], purpose, message)
}

// Verify reports whether a signature was made for this purpose and message with any key the vault still has.
func (v *Vault) Verify(purpose string, message, signed []byte) bool {
	good := false
	for _, id := range v.keys.order {
		good = hmac.Equal(signed, signature(v.keys.signing[id], purpose, message)) || good
	}
	return good
}

func signature(key []byte, purpose string, message []byte) []byte {
	h := hmac.New(sha256.New, derive(key, purpose))
	_, _ = h.Write(message)
	return h.Sum(nil)
}

func derive(key []byte, purpose string) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, purpose, sha256.Size)
	if err != nil {
		panic(err) // only for lengths no hash can give
	}
	return out
}
