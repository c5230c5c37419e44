package outbound

import (
	"regexp"
	"strings"
)

const hidden = "(hidden)"

var tokenShapes = []struct {
	shape *regexp.Regexp
	with  string
}{
	{regexp.MustCompile(`(?i)\b(bearer|basic|token)\s+[A-Za-z0-9._~+/=-]{8,}`), "$1 " + hidden},
	{regexp.MustCompile(`\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|mr[ps]_)[A-Za-z0-9_-]{8,}`), "$1" + hidden},
	{regexp.MustCompile(`://[^/\s:@"]*:[^/\s@"]+@`), "://" + hidden + "@"},
	{regexp.MustCompile(`(?i)\b((?:access|private|refresh|id)?_?token|password|passwd|secret|client_secret|api[_-]?key|code|sig|signature)=[^&\s"']+`), "$1=" + hidden},
}

// Redact removes from a text the given secrets and whatever has the shape of a credential.
func Redact(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, hidden)
		}
	}
	for _, t := range tokenShapes {
		text = t.shape.ReplaceAllString(text, t.with)
	}
	return text
}

// redacted is an error whose text was cleaned; what it wraps can still be told apart by errors.Is and errors.As.
type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.err }

// RedactError returns err with a cleaned text.
func RedactError(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := Redact(text, secrets...); clean != text {
		return &redacted{clean, err}
	}
	return err
}
