package attachment

import (
	"mime"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"millrace/internal/platform/problem"
)

const (
	maxName = 200
	maxURL  = 2000
)

// cleanName keeps the last part of whatever path a browser sent, without what does not print or could mislead in the name
// of a file.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, name)), " ")
	if name == "." || name == ".." || name == "/" {
		return ""
	}
	if utf8.RuneCountInString(name) > maxName {
		extension := path.Ext(name)
		if utf8.RuneCountInString(extension) > 20 {
			extension = ""
		}
		keep := []rune(strings.TrimSuffix(name, extension))
		name = string(keep[:maxName-utf8.RuneCountInString(extension)]) + extension
	}
	return name
}

// checkURL takes addresses a browser may open without running anything.
func checkURL(faults *problem.Fields, address string) {
	u, err := url.Parse(address)
	switch {
	case address == "":
		faults.Add("body.url", "required", "The address is missing.")
	case len(address) > maxURL:
		faults.Add("body.url", "too_long", "An address has at most 2,000 characters.")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		faults.Add("body.url", "url_invalid", "An address begins with https:// or http:// and names a host.")
	case u.User != nil:
		faults.Add("body.url", "url_with_password", "The address holds a user or password, which everybody who sees the record would see.")
	}
}

// office are types that content alone does not show: they are archives or text.
var office = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".csv":  "text/csv; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".json": "application/json",
}

// contentType makes a type of what the content shows; the name only refines archives and text. What a browser could run
// counts as bytes.
func contentType(sniffed, name string) string {
	kind, _, err := mime.ParseMediaType(sniffed)
	if err != nil {
		return "application/octet-stream"
	}
	if kind == "application/zip" || kind == "text/plain" {
		finer := office[strings.ToLower(path.Ext(name))]
		if strings.HasPrefix(finer, "application/vnd.") == (kind == "application/zip") && finer != "" {
			return finer
		}
	}
	for _, active := range []string{"html", "xml", "svg", "script"} {
		if strings.Contains(kind, active) {
			return "application/octet-stream"
		}
	}
	return sniffed
}
