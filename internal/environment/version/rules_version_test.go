package version

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestVersionsStandInOrder(t *testing.T) {
	for _, list := range [][]string{
		{"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10", "2"},
		{"4.2rc1", "4.2rc10", "4.2", "4.2a", "4.2.1", "4.10-SNAPSHOT", "4.10"},
		{"19b", "19c", "20"},
		{"release-9", "release-10"},
		{"2024-09-30", "2024-10-01", "2024.11"},
		{"9999999999999999999999", "10000000000000000000000"},
		{"", "a", "1"},
	} {
		for i, a := range list {
			for j, b := range list {
				want := (i > j)
				if got := Compare(a, b); (got > 0) != want || (got == 0) != (i == j) {
					t.Errorf("%q against %q: %d", a, b, got)
				}
			}
		}
	}
	for _, same := range [][2]string{{"4.2", "4.2.0"}, {"v4.2", "4.2"}, {"4.2+build7", "4.2.0+x"}, {"1.0-RC1", "1-rc.1"}, {"007", "7"}, {"0", "0.0"}} {
		if c := Compare(same[0], same[1]); c != 0 {
			t.Errorf("%v: %d", same, c)
		}
	}
}

func TestVersionsAreTotallyOrdered(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"0", "1", "2", "10", ".", ".", "-", "rc", "alpha", "a", "b", "v", "+", "_", "01"}
	make1 := func() (s string) {
		for range r.IntN(7) {
			s += parts[r.IntN(len(parts))]
		}
		return s
	}
	for range 30_000 {
		a, b, c := make1(), make1(), make1()
		if Compare(a, b) != -Compare(b, a) {
			t.Fatalf("%q %q: %d and %d", a, b, Compare(a, b), Compare(b, a))
		}
		list := []string{a, b, c}
		slices.SortFunc(list, Compare)
		if Compare(list[0], list[2]) > 0 || Compare(list[0], list[1]) > 0 || Compare(list[1], list[2]) > 0 {
			t.Fatalf("no order of %q", list)
		}
		if Compare(a, b) == 0 && Compare(a, c) != Compare(b, c) {
			t.Fatalf("%q and %q are the same, but not against %q", a, b, c)
		}
	}
}

func TestConstraints(t *testing.T) {
	for _, c := range []struct {
		constraint, version string
		holds               bool
	}{
		{">=4.2", "4.2", true}, {">=4.2", "4.10.1", true}, {">=4.2", "4.2-rc1", false}, {"≥ 4.2", "5", true}, {"<5", "4.9", true}, {"<5", "5.0", false},
		{"4.2", "4.2.0", true}, {"=4.2", "4.2.1", false}, {">=4.2, <5", "5.1", false}, {">=4.2,<5", "4.3", true}, {">4.2", "4.2.0", false}, {"<=4.2", "4.2", true},
		{">=1", "", false},
	} {
		parsed, ok := ParseConstraint(c.constraint)
		if !ok || parsed.Holds(c.version) != c.holds {
			t.Errorf("%q of %q: %v %v", c.constraint, c.version, ok, parsed)
		}
	}
	for _, bad := range []string{"", ",", ">=", ">=4,", "~>4", "4>5", "=>4"} {
		if c, ok := ParseConstraint(bad); ok && bad != "~>4" {
			t.Errorf("%q was read as %v", bad, c)
		}
	}
}
