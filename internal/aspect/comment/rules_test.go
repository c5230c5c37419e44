package comment

import (
	"fmt"
	"strings"
	"testing"

	"millrace/internal/platform/problem"
)

func TestMentioned(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"": "[] []",
		"@[Ada L](person:a-1) and @[Bob](person:b2)": "[a-1 b2] []",
		"@[Ada](person:a) @[Ada again](person:a)":    "[a] []",
		"hello @Ada@Example.org, see":                "[] [ada@example.org]",
		"(@a@b.c)(@a@b.c).":                          "[] [a@b.c]",
		"mail ada@example.org is no mention":         "[] []",
		"`@[Ada](person:a)` and\n```\n@b@c.de\n```":  "[] []",
		"```\n@b@c.de never closed":                  "[] []",
		"@[two\nlines](person:a)":                    "[] []",
		"@[x](person:a'; DROP TABLE)":                "[] []",
		"@one@example.org.":                          "[] [one@example.org]",
	} {
		ids, emails := mentioned(body)
		if got := fmt.Sprint(ids, emails); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
	if got := plain("@[Ada L](person:a-1), look"); got != "@Ada L, look" {
		t.Error(got)
	}
}

func TestTheTextIsKeptAsWritten(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]string{
		"": "required", "  \n ": "required", strings.Repeat("ä", maxBody): "", strings.Repeat("ä", maxBody+1): "too_long",
		"nul \x00": "not_text", "bell \a": "not_text", "bad \xff": "not_text", "<script>alert(1)</script>": "", "a\tb\r\nc": "",
	} {
		var faults problem.Fields
		checkBody(&faults, cleanBody(body))
		got := ""
		if len(faults) > 0 {
			got = faults[0].Code
		}
		if got != code {
			t.Errorf("%.20q: %q, want %q", body, got, code)
		}
	}
	if cleanBody(" a\r\nb\rc\n") != "a\nb\nc" {
		t.Error("line ends")
	}
}

func FuzzMentioned(f *testing.F) {
	f.Add("@[a](person:b) @c@d.e `x` ```")
	f.Fuzz(func(t *testing.T, body string) {
		ids, emails := mentioned(body)
		for _, id := range ids {
			if !strings.Contains(body, "(person:"+string(id)+")") {
				t.Fatalf("%q is not in the text", id)
			}
		}
		for _, e := range emails {
			if !strings.Contains(strings.ToLower(body), "@"+e) {
				t.Fatalf("%q is not in the text", e)
			}
		}
	})
}
