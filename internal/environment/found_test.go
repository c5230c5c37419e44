package environment

import "testing"

func TestNumberSought(t *testing.T) {
	for text, want := range map[string]string{"12": "12", "BK-12": "12", " bk-7 ": "7", "bk": "", "bk-": "", "EB-12": "", "12a": "", "": "", "BK-1-2": "", "-3": ""} {
		if got := NumberSought(text, "BK-"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
