// Package version compares versions and reads demands on them. It is pure: it knows no database and no transport.
package version

import (
	"regexp"
	"strings"
	"unicode"
)

// Versions are compared by what they are made of: numbers by their value, words by the alphabet whatever their case,
// and what follows a hyphen behind a numeric version, or a word such as rc, comes before the version itself. So
// semantic versions stand in their order, and others in the order a person expects: 9 before 10, 19b before 19c.

// maxLength bounds a version in a demand.
const maxLength = 200

type tokenKind int

// The kinds of tokens in the order in which they sort. A version ends with the end of its release or of its pre-release.
const (
	preEnd tokenKind = iota
	preNumber
	preWord
	end
	word
	number
)

type token struct {
	kind tokenKind
	text string
}

var (
	numericRelease = regexp.MustCompile(`^[vV]?[0-9]+(\.[0-9]+)*$`)
	preWords       = map[string]bool{"alpha": true, "beta": true, "rc": true, "cr": true, "pre": true, "preview": true, "snapshot": true, "dev": true, "milestone": true}
)

// cut cuts a version; what stands behind a plus sign says how it was built and does not count.
func cut(version string) []token {
	s := strings.ToLower(strings.TrimSpace(version))
	s, _, _ = strings.Cut(s, "+")
	if len(s) > 1 && s[0] == 'v' && s[1] >= '0' && s[1] <= '9' {
		s = s[1:]
	}
	hyphen := -1
	if i := strings.IndexByte(s, '-'); i > 0 && numericRelease.MatchString(s[:i]) {
		hyphen = i
	}
	var out []token
	pre := false
	enter := func() {
		if !pre {
			out, pre = trimZeros(out), true
		}
	}
	for i := 0; i < len(s); {
		if i == hyphen {
			enter()
		}
		start := i
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				i++
			}
			digits := strings.TrimLeft(s[start:i], "0")
			out = append(out, token{kindOf(pre, number), digits})
		default:
			for i < len(s) && !(s[i] >= '0' && s[i] <= '9') && (i == start || s[i] != '-' || i != hyphen) {
				i++
			}
			for _, w := range strings.FieldsFunc(s[start:i], func(r rune) bool { return !unicode.IsLetter(r) }) {
				if preWords[w] && len(out) > 0 {
					enter()
				}
				out = append(out, token{kindOf(pre, word), w})
			}
		}
	}
	if pre {
		return append(out, token{kind: preEnd})
	}
	return append(trimZeros(out), token{kind: end})
}

func kindOf(pre bool, kind tokenKind) tokenKind {
	switch {
	case !pre:
		return kind
	case kind == number:
		return preNumber
	}
	return preWord
}

// trimZeros makes 4.2 and 4.2.0 the same version.
func trimZeros(list []token) []token {
	for len(list) > 1 && list[len(list)-1] == (token{number, ""}) {
		list = list[:len(list)-1]
	}
	return list
}

// Compare returns -1 when a comes before b, 1 when after, and 0 when they are the same version.
func Compare(a, b string) int {
	x, y := cut(a), cut(b)
	for i := range min(len(x), len(y)) {
		if c := compareTokens(x[i], y[i]); c != 0 {
			return c
		}
	}
	return len(x) - len(y) // never differs: both end with an end
}

func compareTokens(a, b token) int {
	switch {
	case a.kind != b.kind:
		if a.kind < b.kind {
			return -1
		}
		return 1
	case (a.kind == number || a.kind == preNumber) && len(a.text) != len(b.text):
		if len(a.text) < len(b.text) {
			return -1
		}
		return 1
	}
	return strings.Compare(a.text, b.text)
}

// Constraint is a demand on a version: all its terms must hold.
type Constraint []term

type term struct{ op, version string }

// ParseConstraint reads ">=4.2", "<5", "=4.2.1", "4.2" (the same as "=4.2") or several of them separated by commas. ok is
// false when the text is none.
func ParseConstraint(s string) (c Constraint, ok bool) {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		op := "="
		for _, known := range []string{">=", "<=", "≥", "≤", "==", ">", "<", "="} {
			if rest, found := strings.CutPrefix(part, known); found {
				op, part = known, strings.TrimSpace(rest)
				break
			}
		}
		switch op {
		case "≥":
			op = ">="
		case "≤":
			op = "<="
		case "==":
			op = "="
		}
		if part == "" || strings.ContainsAny(part, "<>=≥≤") || len(part) > maxLength {
			return nil, false
		}
		c = append(c, term{op, part})
	}
	return c, len(c) > 0
}

// Holds reports whether a version meets the constraint; an unknown version meets none.
func (c Constraint) Holds(version string) bool {
	if strings.TrimSpace(version) == "" {
		return len(c) == 0
	}
	for _, t := range c {
		order := Compare(version, t.version)
		met := map[string]bool{">=": order >= 0, "<=": order <= 0, ">": order > 0, "<": order < 0, "=": order == 0}[t.op]
		if !met {
			return false
		}
	}
	return true
}

// String tells the constraint as it is written.
func (c Constraint) String() string {
	parts := make([]string, len(c))
	for i, t := range c {
		parts[i] = t.op + t.version
	}
	return strings.Join(parts, ", ")
}

// Shared tells how many of the first numbers or words two versions have in common, at most limit.
func Shared(a, b string, limit int) int {
	x, y := cut(a), cut(b)
	n := 0
	for n < limit && n < len(x)-1 && n < len(y)-1 && x[n] == y[n] {
		n++
	}
	return n
}
