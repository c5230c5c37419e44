package environment

import "strings"

// Found is a record of the slice, or of one of those about environments, that holds a text. The wiring makes hits of the
// search of it.
type Found struct {
	Kind, ID, Key, Name, Subtitle string
	// Names are the other texts it is known by.
	Names []string
}

// NumberSought returns the digits of a text that may be the beginning of a numbered record's name: "12" and "bk-12" where
// the prefix is "BK-"; "" for anything else.
func NumberSought(text, prefix string) string {
	text = strings.TrimSpace(text)
	if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
		text = text[len(prefix):]
	}
	if strings.Trim(text, "0123456789") != "" {
		return ""
	}
	return text
}
