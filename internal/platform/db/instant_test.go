package db

import (
	"math/rand/v2"
	"testing"
	"time"
)

func FuzzParseMicros(f *testing.F) {
	for _, s := range []string{"2026-01-31 12:00:00", "2026-01-31 12:00:00.123456+00:00", "2026-01-31 12:00:00.5+02:00", "2026-01-31T12:00:00Z", "", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { _ = parseMicros(s) })
}

func TestParseMicrosEqualsTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		us := r.Int64N(4_000_000_000_000_000)
		want := time.UnixMicro(us).UTC()
		for _, layout := range []string{"2006-01-02 15:04:05.999999-07:00", "2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999Z07:00"} {
			if got := parseMicros(want.Format(layout)); got != us {
				t.Fatalf("%s: %d, want %d", want.Format(layout), got, us)
			}
		}
	}
	if got := parseMicros("2026-01-31 14:00:00.5+02:00"); got != parseMicros("2026-01-31 12:00:00.5") {
		t.Fatal("an offset is lost")
	}
}
