package ref

import "testing"

func TestNameKey(t *testing.T) {
	for in, want := range map[string]string{" Shop  Web ": "shop web", "ÄRGER": "ärger", "": "", "a\tb\n": "a b"} {
		if got := NameKey(in); got != want {
			t.Errorf("NameKey(%q) = %q, want %q", in, got, want)
		}
	}
}
