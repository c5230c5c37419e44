package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// errSecretShown answers the repetition of a request whose answer showed a secret; the id of what was made goes with it.
var errSecretShown = problem.New(problem.Conflict, "secret_shown_once",
	"This request was carried out before, under the same Idempotency-Key. The secret it made was shown then and is kept nowhere. If it is lost, revoke what was made and ask again under a new key.")

// SecretMade notes under the request's Idempotency-Key, in the transaction that makes a secret, the id of what was made, so
// that no repetition makes another one, not even after a crash before the answer. Without a key it does nothing.
func SecretMade(ctx context.Context, tx db.Tx, id string) error {
	return noteSecret(ctx, tx, claimOf(ctx), id)
}

// A stored conflict is not an answer but stands for a secret that was shown; its body is the id of what was made.
func noteSecret(ctx context.Context, tx db.Tx, c claim, id string) error {
	if c.key == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE idempotency_key SET status = ?, body = ? WHERE principal = ? AND key = ? AND status = 0`,
		http.StatusConflict, id, c.principal, c.key)
	return err
}

// keepSecret notes what an answer that must not be kept was about.
func (a *API) keepSecret(ctx context.Context, c claim, answer []byte) error {
	var made struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(answer, &made) // without an id, the repetition is still told that there was a secret
	return a.config.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error { return noteSecret(ctx, tx, c, made.ID) })
}
