package ref

import "testing"

func TestNewIsValidAndOrdered(t *testing.T) {
	a, b := New[Unit](), New[Unit]()
	if !Valid(a) || !Valid(b) {
		t.Fatalf("not valid: %q %q", a, b)
	}
	if a >= b {
		t.Fatalf("ids are not ordered by time: %q then %q", a, b)
	}
	if Valid(Unit("")) || Valid(Unit("x")) {
		t.Fatal("rubbish counts as valid")
	}
}

func TestFactsNeverRepeatAndGrow(t *testing.T) {
	g := NewFacts()
	last := Fact(0)
	for range 20_000 {
		id := g.Next()
		if id <= last {
			t.Fatalf("%d after %d", id, last)
		}
		last = id
	}
	back, err := ParseFact(last.String())
	if err != nil || back != last {
		t.Fatalf("round trip: %v %v", back, err)
	}
	for _, bad := range []string{"", "-1", "0", "abc", "99999999999999999999"} {
		if _, err := ParseFact(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
