package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

const (
	idempotencyHeader  = "Idempotency-Key"
	idempotencyKeep    = 48 * time.Hour
	idempotencyAbandon = time.Minute
)

type idempotencyKey struct{}

// IdempotencyKey returns the key the caller sent with this request, or "". Ingestion uses it as the external id of a
// record that has none, so that even a crash between effect and answer makes no second record.
func IdempotencyKey(ctx context.Context) string {
	return claimOf(ctx).key
}

// claim is the key a request holds, and whose it is.
type claim struct{ principal, key string }

func claimOf(ctx context.Context) claim {
	c, _ := ctx.Value(idempotencyKey{}).(claim)
	return c
}

type storedAnswer struct {
	RequestHash string    `bun:"request_hash"`
	Status      int       `bun:"status"`
	ContentType string    `bun:"content_type"`
	Body        string    `bun:"body"`
	CreatedAt   time.Time `bun:"created_at"`
}

// idempotency answers a repeated POST with the first answer. Only successes are kept: a request that failed may be sent
// again under the same key. An answer that shows a secret is not kept, only what was made: its repetition is told so.
func (a *API) idempotency(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, p := r.Header.Get(idempotencyHeader), authz.From(r.Context())
		if key == "" || r.Method != http.MethodPost || p == nil {
			next.ServeHTTP(w, r)
			return
		}
		if len(key) > 200 {
			a.WriteError(w, r, problem.New(problem.BadRequest, "idempotency_key_too_long", "Idempotency-Key may have at most 200 characters."))
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBulkBody))
		if err != nil {
			a.WriteError(w, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		sum := sha256.New()
		_, _ = io.WriteString(sum, r.URL.RequestURI()+"\n")
		_, _ = sum.Write(body)
		hash := hex.EncodeToString(sum.Sum(nil))
		ctx := r.Context()
		stored, err := a.claimKey(ctx, p.ID(), key, hash)
		if err != nil {
			a.WriteError(w, r, err)
			return
		}
		if stored != nil && stored.Status == http.StatusConflict {
			a.WriteError(w, r, errSecretShown.WithData("id", stored.Body))
			return
		}
		if stored != nil {
			w.Header().Set("Content-Type", stored.ContentType)
			w.Header().Set("Idempotency-Replayed", "true")
			w.WriteHeader(stored.Status)
			_, _ = io.WriteString(w, stored.Body)
			return
		}
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		finished := false
		defer func() {
			if !finished {
				_ = a.releaseKey(context.WithoutCancel(ctx), p.ID(), key)
			}
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(ctx, idempotencyKey{}, claim{p.ID(), key})))
		switch {
		case rec.status < 200 || rec.status >= 300:
		case rec.Header().Get("Cache-Control") == "no-store":
			finished = a.keepSecret(context.WithoutCancel(ctx), claim{p.ID(), key}, rec.body.Bytes()) == nil
		default:
			finished = a.keepAnswer(context.WithoutCancel(ctx), p.ID(), key, rec) == nil
		}
	})
}

// claimKey returns nil when the request is the first under its key, and the stored answer when it is a repetition.
func (a *API) claimKey(ctx context.Context, principal, key, hash string) (*storedAnswer, error) {
	var found *storedAnswer
	err := a.config.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		found = nil
		now := a.config.Clock.Now()
		res, err := tx.ExecContext(ctx, `INSERT INTO idempotency_key (principal, key, request_hash, created_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (principal, key) DO NOTHING`, principal, key, hash, now)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n == 1 {
			return nil
		}
		var s storedAnswer
		err = tx.NewSelect().Table("idempotency_key").Column("request_hash", "status", "content_type", "body", "created_at").
			Where("principal = ? AND key = ?", principal, key).Scan(ctx, &s)
		if err != nil {
			return err
		}
		switch {
		case s.RequestHash != hash:
			return problem.New(problem.Invalid, "idempotency_key_reused", "This Idempotency-Key was used for another request. Take a new key for a new request.")
		case s.Status != 0:
			found = &s
			return nil
		case now.Sub(s.CreatedAt) < idempotencyAbandon:
			return problem.New(problem.Conflict, "idempotency_in_progress", "The first request under this Idempotency-Key is still running. Ask again in a moment.")
		}
		_, err = tx.ExecContext(ctx, `UPDATE idempotency_key SET created_at = ? WHERE principal = ? AND key = ?`, now, principal, key)
		return err
	})
	return found, err
}

func (a *API) keepAnswer(ctx context.Context, principal, key string, rec *recorder) error {
	return a.config.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE idempotency_key SET status = ?, content_type = ?, body = ? WHERE principal = ? AND key = ?`,
			rec.status, rec.Header().Get("Content-Type"), rec.body.String(), principal, key)
		return err
	})
}

func (a *API) releaseKey(ctx context.Context, principal, key string) error {
	return a.config.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM idempotency_key WHERE principal = ? AND key = ? AND status = 0`, principal, key)
		return err
	})
}

// PurgeIdempotencyKeys forgets keys older than two days; a daily job calls it.
func (a *API) PurgeIdempotencyKeys(ctx context.Context) error {
	return a.config.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM idempotency_key WHERE created_at < ?`, a.config.Clock.Now().Add(-idempotencyKeep))
		return err
	})
}

type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
