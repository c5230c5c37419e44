package identity

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

type throttleRow struct {
	bun.BaseModel `bun:"table:sign_in_throttle,alias:th"`

	Key          string    `bun:"key,pk"`
	Failures     int       `bun:"failures"`
	LastFailedAt time.Time `bun:"last_failed_at"`
	BlockedUntil time.Time `bun:"blocked_until"`
}

// The keys of the throttle hold a hash of the email, so that the table is no list of addresses people tried.
func emailThrottleKey(email string) string { return "email:" + hashSecret(normaliseEmail(email)) }

func addressThrottleKey(address string) string { return "address:" + addressKey(address) }

// throttled is the answer to a try that came too early. It reads the same whether the email exists or not.
func throttled(wait time.Duration) error {
	seconds := max(1, int((wait+time.Second-1)/time.Second))
	return problem.Newf(problem.Limited, "too_many_sign_ins",
		"There were too many failed sign-ins with this email or from your network. Try again in %s, or ask an administrator to unlock the account.", inWords(seconds)).
		WithData("retryAfter", seconds)
}

func inWords(seconds int) string {
	switch {
	case seconds == 1:
		return "a second"
	case seconds < 120:
		return strconv.Itoa(seconds) + " seconds"
	case seconds < 2*3600:
		return strconv.Itoa((seconds+59)/60) + " minutes"
	}
	return strconv.Itoa((seconds+3599)/3600) + " hours"
}

// adminLockWait is how long a try on an account that only an administrator unlocks is told to wait.
const adminLockWait = 24 * time.Hour

func (s *Service) lockWait() time.Duration {
	if s.config.LockFor > 0 {
		return s.config.LockFor
	}
	return adminLockWait
}

// countTry refuses a try that comes too early and otherwise counts it as failed before the password is looked at, so
// that many tries at once count like many in a row. forgetTry takes it back when the password was right. The returned
// number is how many tries with this email failed in a row, this one included.
func (s *Service) countTry(ctx context.Context, tx db.Tx, email string) (int, error) {
	keys := []string{emailThrottleKey(email)}
	if address := events.OriginOf(ctx).Address; address != "" {
		keys = append(keys, addressThrottleKey(address))
	}
	return s.countTries(ctx, tx, keys...)
}

func (s *Service) countTries(ctx context.Context, tx db.Tx, keys ...string) (int, error) {
	now := s.clock.Now()
	slices.Sort(keys) // one order of locking for everybody
	failures := 0
	for _, key := range keys {
		// The insert is also the lock on the key.
		_, err := tx.ExecContext(ctx, `INSERT INTO sign_in_throttle (key, failures, last_failed_at, blocked_until) VALUES (?, 0, ?, ?)
			ON CONFLICT (key) DO UPDATE SET key = excluded.key`, key, now, now)
		if err != nil {
			return 0, err
		}
		var r throttleRow
		if err := tx.NewSelect().Model(&r).Where("th.key = ?", key).Scan(ctx); err != nil {
			return 0, err
		}
		if now.Before(r.BlockedUntil) {
			return 0, throttled(r.BlockedUntil.Sub(now))
		}
		if now.Sub(r.LastFailedAt) >= throttleForget {
			r.Failures = 0
		}
		r.Failures++
		r.LastFailedAt = now
		wait := throttleWait(r.Failures, addressFreeTries, addressLongestWait)
		if strings.HasPrefix(key, "email:") {
			failures = r.Failures
			wait = throttleWait(r.Failures, accountFreeTries, accountLongestWait)
			if r.Failures >= s.config.LockAfter {
				wait = max(wait, s.lockWait())
			}
		}
		r.BlockedUntil = now.Add(wait)
		if _, err := tx.NewUpdate().Model(&r).WherePK().Exec(ctx); err != nil {
			return 0, err
		}
	}
	return failures, nil
}

// forgetTry clears the email's count after the right password and takes the one try off the address: the address keeps
// its other failures, because an attacker may own one account.
func (s *Service) forgetTry(ctx context.Context, tx db.Tx, email string) error {
	if err := clearThrottle(ctx, tx, email); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE sign_in_throttle SET failures = failures - 1, blocked_until = ? WHERE key = ? AND failures > 0`,
		s.clock.Now(), addressThrottleKey(events.OriginOf(ctx).Address))
	return err
}

func clearThrottle(ctx context.Context, tx db.Tx, email string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM sign_in_throttle WHERE key = ?`, emailThrottleKey(email))
	return err
}
