package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// HashParams are the costs of argon2id.
type HashParams struct {
	// Memory is in KiB.
	Memory  uint32
	Time    uint32
	Threads uint8
}

// DefaultHash is 19 MiB of memory, two passes and one lane, which OWASP gives as the minimum that resists graphics cards;
// a sign-in costs about 40 ms of one core. A stored hash names its own parameters, so they can be raised at any time:
// hashes made with others are made anew at the next sign-in.
var DefaultHash = HashParams{Memory: 19 * 1024, Time: 2, Threads: 1}

const (
	hashSalt = 16
	hashKey  = 32
	// hashAtOnce bounds the memory that many sign-ins at once can take.
	hashAtOnce = 4
)

// hasher makes and checks password hashes in the PHC string format.
type hasher struct {
	params HashParams
	slots  chan struct{}
	dummy  func() string
}

func newHasher(p HashParams) *hasher {
	h := &hasher{params: p, slots: make(chan struct{}, hashAtOnce)}
	h.dummy = sync.OnceValue(func() string { return h.hash("no account has this password") })
	return h
}

func (h *hasher) hash(password string) string {
	salt := make([]byte, hashSalt)
	_, _ = rand.Read(salt) // never fails
	p := h.params
	h.slots <- struct{}{}
	key := argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, hashKey)
	<-h.slots
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Time, p.Threads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// check reports whether password belongs to the hash, and whether the hash was made with other parameters than today's.
// An empty hash costs the same time as a wrong password.
func (h *hasher) check(password, encoded string) (ok, outdated bool) {
	known := encoded != ""
	if !known {
		encoded = h.dummy()
	}
	p, salt, want, err := parseHash(encoded)
	if err != nil {
		return false, false
	}
	h.slots <- struct{}{}
	got := argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, uint32(len(want)))
	<-h.slots
	return subtle.ConstantTimeCompare(got, want) == 1 && known, p != h.params
}

var errHashFormat = errors.New("password hash: not an argon2id PHC string")

func parseHash(encoded string) (p HashParams, salt, key []byte, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, nil, nil, errHashFormat
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, nil, nil, errHashFormat
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil {
		return p, nil, nil, errHashFormat
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) < 16 || p.Time == 0 || p.Threads == 0 {
		return p, nil, nil, errHashFormat
	}
	return p, salt, key, nil
}
