package notify

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

// builtIn are the placeholders every template may hold.
var builtIn = []Placeholder{
	{Name: "Title", Title: "The title of the topic", Sample: "A record was changed"},
	{Name: "Sentence", Title: "What happened, in a sentence", Sample: "Ada Lovelace moved Release rehearsal to Monday"},
	{Name: "Actor", Title: "Who did it", Sample: "Ada Lovelace"},
	{Name: "Record", Title: "The record it is about", Sample: "Release rehearsal"},
	{Name: "Kind", Title: "What kind of record that is", Sample: "booking"},
	{Name: "Link", Title: "Where the record is shown", Sample: "https://millrace.example/records/1"},
	{Name: "Time", Title: "When it happened, in the recipient's time zone", Sample: "Mon 2 Mar 2026 09:00 CET"},
	{Name: "Changes", Title: "The fields that changed, a line each", Sample: "from: 2026-03-01 → 2026-03-02"},
	{Name: "Person", Title: "The name of the recipient", Sample: "Bob Example"},
	{Name: "Reason", Title: "Why the recipient is told", Sample: "because you hold it"},
}

var placeholder = regexp.MustCompile(`\[\[([^\[\]]*)\]\]`)

const (
	maxSubject = 300
	maxBody    = 20_000
)

// checkText notes what is wrong with a template: names nobody fills, brackets that never close, an empty part.
func checkText(t Text, known []Placeholder) error {
	var faults problem.Fields
	names := make([]string, len(known))
	for i, p := range known {
		names[i] = p.Name
	}
	for _, part := range []struct {
		place, text string
		most        int
	}{{"body.subject", t.Subject, maxSubject}, {"body.body", t.Body, maxBody}} {
		if strings.TrimSpace(part.text) == "" {
			faults.Add(part.place, "required", "This part of the mail is empty.")
		}
		if utf8.RuneCountInString(part.text) > part.most {
			faults.Add(part.place, "too_long", fmt.Sprintf("This part has at most %d characters.", part.most))
		}
		for _, m := range placeholder.FindAllStringSubmatch(part.text, -1) {
			if !slices.Contains(names, m[1]) {
				faults.Add(part.place, "placeholder_unknown", fmt.Sprintf("There is no placeholder [[%s]]. There are: %s.", m[1], strings.Join(names, ", ")))
			}
		}
		if rest := placeholder.ReplaceAllString(part.text, ""); strings.Contains(rest, "[[") || strings.Contains(rest, "]]") {
			faults.Add(part.place, "placeholder_open", "A placeholder is not closed, or brackets stand alone.")
		}
	}
	if strings.ContainsAny(t.Subject, "\r\n") {
		faults.Add("body.subject", "one_line", "The subject is one line.")
	}
	return faults.Err("template_invalid", "The template cannot be used like this.")
}

var emptyLines = regexp.MustCompile(`\n{3,}`)

// fill puts values in the place of placeholders. A value is never read for placeholders itself.
func fill(text string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(m string) string { return values[m[2:len(m)-2]] })
}

// fillBody is fill for the body: where a placeholder was empty no gap is left.
func fillBody(text string, values map[string]string) string {
	return strings.TrimSpace(emptyLines.ReplaceAllString(fill(text, values), "\n\n"))
}

// fillSubject is fill for the subject: one line.
func fillSubject(text string, values map[string]string) string {
	line := strings.Join(strings.Fields(fill(text, values)), " ")
	if utf8.RuneCountInString(line) > maxSubject {
		line = string([]rune(line)[:maxSubject-1]) + "…"
	}
	return line
}

// samples are the values a preview shows.
func samples(known []Placeholder) map[string]string {
	out := make(map[string]string, len(known))
	for _, p := range known {
		out[p.Name] = p.Sample
	}
	return out
}

const maxChangeLines = 30

// changeLines writes down what an event changed, a line for each field.
func changeLines(changes map[string]events.Change) string {
	fields := make([]string, 0, len(changes))
	for f := range changes {
		fields = append(fields, f)
	}
	sort.Strings(fields)
	var lines []string
	for i, f := range fields {
		if i == maxChangeLines {
			lines = append(lines, fmt.Sprintf("and %d more", len(fields)-i))
			break
		}
		c := changes[f]
		lines = append(lines, fmt.Sprintf("%s: %s → %s", f, shown(c[0]), shown(c[1])))
	}
	return strings.Join(lines, "\n")
}

func shown(v any) string {
	if v == nil || v == "" {
		return "(empty)"
	}
	if text, ok := v.(string); ok {
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return clock.Tell(t.UTC())
		}
	}
	text := strings.Join(strings.Fields(fmt.Sprint(v)), " ")
	if utf8.RuneCountInString(text) > 200 {
		text = string([]rune(text)[:199]) + "…"
	}
	return text
}

var address = regexp.MustCompile(`https?://[^\s<>"']+`)

// longAddress is from which length on an address says nothing to a reader.
const longAddress = 100

// label is what stands before an address on its line: "Approve: ".
var label = regexp.MustCompile(`(?:^|\n)([^\n:]{1,60}): $`)

// asHTML writes a text as HTML: nothing in it is markup, addresses become links. A long one that has a label is shown as it.
func asHTML(text string) string {
	var b strings.Builder
	b.WriteString(`<div style="font-family:system-ui,sans-serif;line-height:1.5">`)
	at := 0
	for _, m := range address.FindAllStringIndex(text, -1) {
		end := m[0] + len(strings.TrimRight(text[m[0]:m[1]], ".,;:!?)"))
		before, link := text[at:m[0]], html.EscapeString(text[m[0]:end])
		shown := link
		if named := label.FindStringSubmatchIndex(before); named != nil && end-m[0] > longAddress {
			before, shown = before[:named[2]], html.EscapeString(before[named[2]:named[3]])
		}
		b.WriteString(lines(before) + `<a href="` + link + `">` + shown + `</a>`)
		at = end
	}
	b.WriteString(lines(text[at:]))
	b.WriteString("</div>")
	return b.String()
}

func lines(text string) string { return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\n") }
