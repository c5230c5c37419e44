package vault

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that must not be seen. However it is printed, logged or marshalled, it shows as "(hidden)"; only
// [Secret.Reveal] gives it out.
type Secret string

const hidden = "(hidden)"

// Reveal returns the text itself, for the one place that uses it.
func (s Secret) Reveal() string { return string(s) }

// String returns "(hidden)", or nothing when there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// Format prints String whatever the verb is, %x and %q included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret in every encoding of text. It does not help a secret used as the key of a map, which
// encoding/json prints as it is: never do that.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON hides the secret in JSON.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// LogValue hides the secret in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
