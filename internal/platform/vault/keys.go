package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// KeyFile is the name of the key file in the data directory.
const KeyFile = "vault.key"

const (
	keySize = 32
	keyHead = "# Millrace vault keys, the newest first. Keep a copy apart from the database: without it stored credentials are lost.\n"
)

// Keys are the keys a vault opens secrets with; the first one seals.
type Keys struct {
	order []string
	byID  map[string]cipher.AEAD
	// signing holds, by id, what the keys of signatures are derived from.
	signing map[string][]byte
	from    string
}

// ID returns the id of the key that seals. It tells nothing about the key.
func (k *Keys) ID() string { return k.order[0] }

// IDs returns the ids of all keys, the newest first.
func (k *Keys) IDs() []string { return append([]string(nil), k.order...) }

// LoadKeys reads the keys: from given, base64 texts of 32 bytes each with the newest first, when there are any, else
// from the file vault.key of dir, which it makes with a fresh key and mode 0600 on the first start.
func LoadKeys(dir string, given ...Secret) (*Keys, error) {
	if len(given) > 0 {
		return parseKeys("the configured vault key", given)
	}
	path := filepath.Join(dir, KeyFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if raw, err = createKeyFile(dir, path); err != nil {
			return nil, fmt.Errorf("vault key: %w", err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("vault key: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
		// The group is let through: container platforms give mounted files to one.
		return nil, fmt.Errorf("vault key: everybody may read %s (mode %04o); run chmod 600 on it", path, info.Mode().Perm())
	}
	return parseKeys(path, lines(string(raw)))
}

func lines(text string) []Secret {
	var out []Secret
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, Secret(line))
		}
	}
	return out
}

// createKeyFile writes a fresh key. Two processes that start at once end with the same one: a hard link to a complete
// file is made by exactly one of them, and the other reads it.
func createKeyFile(dir, path string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	made, err := writeBeside(dir, keyHead+newKey()+"\n")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(made) }()
	if err := os.Link(made, path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

func writeBeside(dir, text string) (string, error) {
	f, err := os.CreateTemp(dir, KeyFile+".*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// RotateKeyFile puts a fresh key in front of those in dir's key file. Processes that run read it at their next start;
// after that [Vault.Reencrypt] seals everything anew and the old keys can be deleted from the file.
func RotateKeyFile(dir string) error {
	path := filepath.Join(dir, KeyFile)
	if _, err := LoadKeys(dir); err != nil {
		return err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(keyHead + newKey() + "\n")
	for _, old := range lines(string(raw)) {
		b.WriteString(old.Reveal() + "\n")
	}
	made, err := writeBeside(dir, b.String())
	if err != nil {
		return err
	}
	return os.Rename(made, path)
}

func newKey() string {
	var key [keySize]byte
	_, _ = rand.Read(key[:]) // never fails
	return base64.StdEncoding.EncodeToString(key[:])
}

func parseKeys(from string, given []Secret) (*Keys, error) {
	k := &Keys{byID: map[string]cipher.AEAD{}, signing: map[string][]byte{}, from: from}
	for i, text := range given {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text.Reveal()))
		if err != nil || len(raw) != keySize {
			return nil, fmt.Errorf("vault key: key %d of %s is not %d bytes in base64", i+1, from, keySize)
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, errors.New("vault key: the cipher refused it")
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, errors.New("vault key: the cipher refused it")
		}
		sum := sha256.Sum256(append([]byte("millrace vault key id\x00"), raw...))
		id := hex.EncodeToString(sum[:6])
		if _, twice := k.byID[id]; !twice {
			k.order = append(k.order, id)
			k.byID[id] = aead
			k.signing[id] = derive(raw, "millrace vault signing")
		}
	}
	if len(k.order) == 0 {
		return nil, fmt.Errorf("vault key: %s holds no key", from)
	}
	return k, nil
}
