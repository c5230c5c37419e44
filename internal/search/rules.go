package search

import (
	"strings"
	"unicode"
)

// The ranks of a hit, the best first.
const (
	rankExact = iota
	rankPrefix
	rankWord
	rankInside
	rankOther
)

// rank judges how well a text answers a query: it is the query, begins with it, holds a word that begins with it, or
// holds it somewhere.
func rank(text, query string) int {
	text, query = strings.ToLower(text), strings.ToLower(strings.TrimSpace(query))
	switch i := strings.Index(text, query); {
	case text == query:
		return rankExact
	case i == 0:
		return rankPrefix
	case i < 0:
		return rankOther
	}
	for i := 1; i+len(query) <= len(text); i++ {
		if text[i:i+len(query)] == query && !isWord(rune(text[i-1])) {
			return rankWord
		}
	}
	return rankInside
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// best returns the best rank among the texts a record is known by.
func best(query string, texts ...string) int {
	b := rankOther
	for _, t := range texts {
		if t != "" {
			b = min(b, rank(t, query))
		}
	}
	return b
}
