package comment

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxBody     = 20_000
	maxMentions = 50
)

// cleanBody trims what surrounds the text and writes line ends in one way; the rest stays as it was written.
func cleanBody(body string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n"))
}

func checkBody(faults *problem.Fields, body string) {
	switch {
	case body == "":
		faults.Add("body.body", "required", "The comment is empty.")
	case utf8.RuneCountInString(body) > maxBody:
		faults.Add("body.body", "too_long", "A comment has at most 20,000 characters.")
	case !utf8.ValidString(body), strings.ContainsFunc(body, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		faults.Add("body.body", "not_text", "The comment holds characters that are not text.")
	}
}

var (
	mentionByID    = regexp.MustCompile(`@\[([^\]\n]{1,200})\]\(person:([0-9A-Za-z-]{1,64})\)`)
	mentionByEmail = regexp.MustCompile(`(?:^|[^\w@./+-])@([A-Za-z0-9][A-Za-z0-9._%+'-]*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)`)
	code           = regexp.MustCompile("(?s)```.*?(?:```|$)|`[^`\n]*`")
)

// mentioned is whom a text mentions, by id and by address in lower case, each once. What stands in code mentions nobody.
func mentioned(body string) (ids []ref.Person, emails []string) {
	body = code.ReplaceAllString(body, " ")
	for _, m := range mentionByID.FindAllStringSubmatch(body, -1) {
		if id := ref.Person(m[2]); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, m := range mentionByEmail.FindAllStringSubmatch(body, -1) {
		if e := strings.ToLower(m[1]); !slices.Contains(emails, e) {
			emails = append(emails, e)
		}
	}
	return ids, emails
}

// plain writes mentions as names, for those who read the text without rendering it.
func plain(body string) string { return mentionByID.ReplaceAllString(body, "@$1") }

// added are the mentions of after that before did not have.
func added(before, after []ref.Person) []ref.Person {
	out := []ref.Person{}
	for _, p := range after {
		if !slices.Contains(before, p) {
			out = append(out, p)
		}
	}
	return out
}
