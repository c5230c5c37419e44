package delivery

import (
	"strings"
	"unicode/utf8"
)

// The sizes to which text is cut before it is stored. What is longer says so in a note of the ingestion's result.
const (
	maxName  = 500
	maxTitle = 1_000
	maxURL   = 2_000
	maxBody  = 16_000
)

// clean returns s without NUL characters and broken UTF-8, which PostgreSQL refuses, and cut to at most limit bytes
// between two characters. cut reports whether something was cut off.
func clean(s string, limit int) (out string, cut bool) {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if len(s) <= limit {
		return s, false
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit], true
}

// fold returns the form under which names are compared: trimmed, lower case, inner white space as one space.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// words cuts s at everything that is neither letter nor digit and drops digits at the end of a word, so that "prod2"
// is "prod".
func words(s string) []string {
	parts := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r < utf8.RuneSelf
	})
	out := parts[:0]
	for _, p := range parts {
		if t := strings.TrimRight(p, "0123456789"); t != "" {
			out = append(out, t)
		}
	}
	return out
}
