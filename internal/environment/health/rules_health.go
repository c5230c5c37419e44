package health

import (
	"strings"
	"time"

	"millrace/internal/platform/ref"
)

// parseHealth reads a health in the words monitors use; ok is false for what none of them means.
func parseHealth(s string) (Health, bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "online", "up", "ok", "healthy", "pass", "passed", "available":
		return Online, true
	case "offline", "down", "critical", "fail", "failed", "unavailable":
		return Offline, true
	case "issue", "degraded", "warning", "warn", "unstable":
		return Issue, true
	case "unknown":
		return Unknown, true
	}
	return "", false
}

// last is the last word about an environment.
type last struct {
	Health Health
	Since  time.Time
	At     time.Time
	Event  ref.Fact
}

// effect is what an event brings about.
type effect struct {
	// Current says whether the event is the last word now.
	Current bool
	// Changed says whether the health differs from before.
	Changed bool
	Next    last
	// Opens and Ends say what becomes of the outage of the environment.
	Opens, Ends bool
}

// weigh tells what an event brings about. The event with the latest time wins; of two at the same moment, the one that
// came later. An event from before the last word is history and moves nothing.
func weigh(now last, e Event) effect {
	if now.Health != "" && e.At.Before(now.At) {
		return effect{Next: now}
	}
	next := last{Health: e.Health, Since: e.At, At: e.At, Event: e.ID}
	changed := now.Health != e.Health
	if !changed {
		next.Since = now.Since
	}
	return effect{
		Current: true, Changed: changed, Next: next,
		Opens: e.Health == Offline && changed,
		Ends:  e.Health == Online,
	}
}

// Times are how long the steps of an outage took, in seconds; nil where a step is not reached. They follow the usual
// terms: detect from beginning to being known, find from being known to the cause, restore from beginning to end.
type Times struct {
	Detect  *int64 `json:"detectSeconds,omitempty"`
	Find    *int64 `json:"findSeconds,omitempty"`
	Restore *int64 `json:"restoreSeconds,omitempty"`
}

func timesOf(o Outage) Times {
	var t Times
	t.Detect = seconds(o.StartedAt, &o.DetectedAt)
	t.Find = seconds(o.DetectedAt, o.FoundAt)
	t.Restore = seconds(o.StartedAt, o.EndedAt)
	return t
}

func seconds(from time.Time, to *time.Time) *int64 {
	if to == nil {
		return nil
	}
	n := max(0, int64(to.Sub(from)/time.Second))
	return &n
}

// Summary is what outages of one kind come to.
type Summary struct {
	Count       int    `json:"count"`
	Open        int    `json:"open"`
	OutSeconds  int64  `json:"outSeconds" doc:"Time out within the period; environments that were out at once count each."`
	MeanDetect  *int64 `json:"meanDetectSeconds,omitempty"`
	MeanFind    *int64 `json:"meanFindSeconds,omitempty"`
	MeanRestore *int64 `json:"meanRestoreSeconds,omitempty"`
	// Detected, Found and Restored are how many outages each mean rests on.
	Detected int `json:"detected"`
	Found    int `json:"found"`
	Restored int `json:"restored"`
}

// summarise adds outages up within a period; an open one is out until now.
func summarise(outages []Outage, from, to, now time.Time) Summary {
	var s Summary
	var detect, find, restore int64
	for _, o := range outages {
		s.Count++
		end := now
		if o.EndedAt != nil {
			end = *o.EndedAt
		} else {
			s.Open++
		}
		begin := o.StartedAt
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if end.After(begin) {
			s.OutSeconds += int64(end.Sub(begin) / time.Second)
		}
		t := timesOf(o)
		add(&detect, &s.Detected, t.Detect)
		add(&find, &s.Found, t.Find)
		add(&restore, &s.Restored, t.Restore)
	}
	s.MeanDetect, s.MeanFind, s.MeanRestore = mean(detect, s.Detected), mean(find, s.Found), mean(restore, s.Restored)
	return s
}

func add(sum *int64, n *int, v *int64) {
	if v != nil {
		*sum += *v
		*n++
	}
}

func mean(sum int64, n int) *int64 {
	if n == 0 {
		return nil
	}
	m := sum / int64(n)
	return &m
}
