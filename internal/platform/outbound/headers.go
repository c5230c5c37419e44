package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest bounds what a tool may ask for, against a header that is a mistake.
const longest = 24 * time.Hour

// retryAfter reads Retry-After, seconds or a date.
func retryAfter(h http.Header, now time.Time) (time.Time, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return time.Time{}, false
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 {
		return clamp(now.Add(time.Duration(min(s, longest.Seconds())*float64(time.Second))), now), true
	}
	if at, err := http.ParseTime(v); err == nil {
		return clamp(at, now), true
	}
	return time.Time{}, false
}

// exhausted reads the rate-limit headers: when the limit opens again, if nothing of it is left.
func exhausted(h http.Header, now time.Time) (time.Time, bool) {
	for _, prefix := range []string{"X-RateLimit-", "RateLimit-", "X-Rate-Limit-"} {
		if strings.TrimSpace(h.Get(prefix+"Remaining")) != "0" {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(h.Get(prefix+"Reset")), 64)
		if err != nil || v < 0 {
			continue
		}
		if v > 1e9 { // an instant, otherwise a number of seconds
			// A second more: the tool counts whole seconds.
			return clamp(time.Unix(int64(v), 0).Add(time.Second), now), true
		}
		return clamp(now.Add(time.Duration(min(v, longest.Seconds())*float64(time.Second))), now), true
	}
	return time.Time{}, false
}

func clamp(at, now time.Time) time.Time {
	switch {
	case at.Before(now):
		return now
	case at.After(now.Add(longest)):
		return now.Add(longest)
	}
	return at.UTC()
}

// Rate is a tool's rate limit as its answer told it.
type Rate struct {
	Limit, Remaining int64
	ResetAt          time.Time
}

// RateOf reads the rate-limit headers of an answer; ok is false when there are none.
func RateOf(h http.Header, now time.Time) (r Rate, ok bool) {
	for _, prefix := range []string{"X-RateLimit-", "RateLimit-", "X-Rate-Limit-"} {
		left, err := strconv.ParseInt(strings.TrimSpace(h.Get(prefix+"Remaining")), 10, 64)
		if err != nil {
			continue
		}
		r.Remaining = left
		r.Limit, _ = strconv.ParseInt(strings.TrimSpace(h.Get(prefix+"Limit")), 10, 64)
		if v, err := strconv.ParseInt(strings.TrimSpace(h.Get(prefix+"Reset")), 10, 64); err == nil && v >= 0 {
			if v > 1e9 {
				r.ResetAt = time.Unix(v, 0).UTC()
			} else {
				r.ResetAt = now.Add(time.Duration(v) * time.Second)
			}
		}
		return r, true
	}
	return Rate{}, false
}
