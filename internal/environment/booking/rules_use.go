package booking

import (
	"time"

	"millrace/internal/platform/interval"
)

// UseVerdict is what becomes of a running booking of which no sign of life was seen.
type UseVerdict string

// The verdicts.
const (
	UseFine UseVerdict = ""
	UseWarn UseVerdict = "warn"
	UseFree UseVerdict = "free"
)

// UseRule says after how much time without a sign of life a running booking is warned of, and freed; zero is never.
type UseRule struct {
	WarnAfter, FreeAfter time.Duration
}

// JudgeUse decides about an approved booking. lastUse is the last deployment or confirmation since it began, zero for
// none; warned is when it was last warned of. Only what was warned of is freed, and not before the owner had the time
// between both limits to answer.
func JudgeUse(span interval.Span, lastUse, warned time.Time, rule UseRule, now time.Time) UseVerdict {
	if !span.Contains(now) || rule.WarnAfter <= 0 && rule.FreeAfter <= 0 {
		return UseFine
	}
	since := span.From
	if lastUse.After(since) {
		since = lastUse
	}
	idle := now.Sub(since)
	isWarned := warned.After(since)
	switch {
	case rule.FreeAfter > 0 && rule.WarnAfter <= 0:
		if idle >= rule.FreeAfter {
			return UseFree
		}
	case rule.FreeAfter > 0 && isWarned && idle >= rule.FreeAfter && now.Sub(warned) >= rule.FreeAfter-rule.WarnAfter:
		return UseFree
	case !isWarned && idle >= rule.WarnAfter:
		return UseWarn
	}
	return UseFine
}
