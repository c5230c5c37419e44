package events

import (
	"testing"
	"time"
)

func TestSentencesTellTimesForPeople(t *testing.T) {
	at := time.Date(2026, 11, 22, 15, 0, 0, 0, time.FixedZone("CET", 3600))
	got := render("{actor} moved {subject} from {from} to {to} because {why} ({version})", Event{ActorName: "Ada", SubjectLabel: "BK-1", Data: map[string]any{
		"from": at, "to": "2026-11-23T14:00:00Z", "why": "2026-11-22: Today", "version": "2026-11-22T",
	}})
	if want := "Ada moved BK-1 from 22 Nov 2026, 14:00 UTC to 23 Nov 2026, 14:00 UTC because 2026-11-22: Today (2026-11-22T)"; got != want {
		t.Fatal(got)
	}
}
