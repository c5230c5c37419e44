package attachment

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"millrace/internal/platform/problem"
)

func TestNamesAreCleaned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plan.pdf": "plan.pdf", `C:\Users\ada\plan  v2.pdf`: "plan v2.pdf", "../../etc/passwd": "passwd", "a/": "a", "/": "", "..": "", "": "",
		"line\nbreak\x00.txt": "line break.txt", "right\u202eto-left.exe": "rightto-left.exe", `"q"<x>.txt`: "qx.txt", "Größe.xlsx": "Größe.xlsx",
		strings.Repeat("ä", 300) + ".pdf": strings.Repeat("ä", 196) + ".pdf",
	} {
		if got := cleanName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("a/b\\c.txt\x00")
	f.Fuzz(func(t *testing.T, in string) {
		got := cleanName(in)
		if strings.ContainsAny(got, "/\\\r\n\x00\"") || utf8.RuneCountInString(got) > maxName || !utf8.ValidString(got) {
			t.Fatalf("%q", got)
		}
	})
}

func TestTypesComeFromTheContent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ content, name, want string }{
		{"%PDF-1.7", "x.html", "application/pdf"}, {"<html><script>", "x.pdf", "application/octet-stream"}, {"<?xml version='1.0'?><svg>", "x.svg", "application/octet-stream"},
		{"a,b\n1,2\n", "x.csv", "text/csv; charset=utf-8"}, {"plain", "x.docx", "text/plain; charset=utf-8"}, {"plain", "x.html", "text/plain; charset=utf-8"},
		{"PK\x03\x04aaaa", "x.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, {"PK\x03\x04aaaa", "x.csv", "application/zip"},
		{"\x89PNG\r\n\x1a\n", "x", "image/png"}, {"", "x", "text/plain; charset=utf-8"},
	} {
		if got := contentType(http.DetectContentType([]byte(c.content)), c.name); got != c.want {
			t.Errorf("%q as %s: %s, want %s", c.content, c.name, got, c.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for in, code := range map[string]string{"https://wiki.example.org/a?b#c": "", "http://intranet/x": "", "": "required", "javascript:alert(1)": "url_invalid",
		"data:text/html,x": "url_invalid", "//host/x": "url_invalid", "https://": "url_invalid", "https://u:p@host/": "url_with_password",
		"ftp://host/x": "url_invalid", "https://h/" + strings.Repeat("x", 2000): "too_long", "http://[bad": "url_invalid"} {
		var faults problem.Fields
		checkURL(&faults, in)
		got := ""
		if len(faults) > 0 {
			got = faults[0].Code
		}
		if got != code {
			t.Errorf("%.40q: %q, want %q", in, got, code)
		}
	}
}
