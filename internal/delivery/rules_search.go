package delivery

import (
	"slices"
	"strings"
	"unicode"

	"millrace/internal/platform/ref"
)

const (
	// searchLetters is the shortest text facts are searched for: one letter begins half of all words.
	searchLetters = 2
	maxWords      = 60
	maxWord       = 80
)

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// searchWords returns the words texts are found by, folded: what stands between blanks, and the parts of that which
// stand between other signs.
func searchWords(texts ...string) []string {
	var out []string
	add := func(w string) {
		if w = cutWord(w); w != "" && !slices.Contains(out, w) && len(out) < maxWords {
			out = append(out, w)
		}
	}
	for _, t := range texts {
		for _, field := range strings.Fields(ref.NameKey(t)) {
			field = strings.TrimFunc(field, notLetter)
			add(field)
			for _, part := range strings.FieldsFunc(field, notLetter) {
				add(part)
			}
		}
	}
	return out
}

func cutWord(w string) string {
	if len(w) > maxWord {
		w = strings.ToValidUTF8(w[:maxWord], "")
	}
	return w
}

// askedWords returns the words of a query, the longest first, because it tells most.
func askedWords(query string) []string {
	var out []string
	for _, w := range strings.Fields(ref.NameKey(query)) {
		if w = cutWord(strings.TrimFunc(w, notLetter)); w != "" {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(out)
}

// beginning returns the range of texts that begin with a prefix, compared byte by byte.
func beginning(prefix string) (from, to string) { return prefix, prefix + "\U0010FFFF" }
