package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/problem"
)

type secretOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
	}
}

// TestSecretsAreMadeOnce asks for secrets again whose making was noted by the handler, or by their answer alone, also when the
// handler failed after it had made one.
func TestSecretsAreMadeOnce(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		calls := 0
		c := clock.NewFake(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
		s := httpapitest.New(t, d, c, func(a *httpapi.API) {
			httpapi.Handle(a, httpapi.Operation{Method: "POST", Path: "/secrets", ID: "make-secret", Summary: "Make a secret", Tag: "secrets", Status: 201}, authz.SignedIn(),
				func(ctx context.Context, i *in) (*secretOut, error) {
					calls++
					if i.Body.Name != "unnoted" {
						err := d.Write(ctx, func(ctx context.Context, tx db.Tx) error { return httpapi.SecretMade(ctx, tx, i.Body.Name) })
						if err != nil {
							return nil, err
						}
					}
					if i.Body.Name == "late failure" {
						return nil, problem.New(problem.Unavailable, "mail_down", "The mail server does not answer.")
					}
					out := &secretOut{CacheControl: "no-store"}
					out.Body.ID, out.Body.Secret = i.Body.Name, "hush-hush"
					return out, nil
				})
		})
		for _, name := range []string{"noted", "unnoted", "late failure"} {
			before := calls
			first := s.Do(t, "POST", "/secrets", thing{Name: name}, "Idempotency-Key", name)
			if (first.Status == 201) != (name != "late failure") {
				t.Fatalf("%s: %d %s", name, first.Status, first.Body)
			}
			c.Advance(time.Hour)
			again := s.Do(t, "POST", "/secrets", thing{Name: name}, "Idempotency-Key", name)
			if again.Status != 409 || again.Code() != "secret_shown_once" || !strings.Contains(string(again.Body), `"id":"`+name+`"`) || calls != before+1 {
				t.Errorf("%s again: %d %s after %d calls", name, again.Status, again.Body, calls-before)
			}
			if other := s.Do(t, "POST", "/secrets", thing{Name: "x"}, "Idempotency-Key", name); other.Code() != "idempotency_key_reused" {
				t.Errorf("%s with another body: %d %s", name, other.Status, other.Body)
			}
		}
		var kept int64
		err := d.Read(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
			kept, err = tx.NewSelect().Table("idempotency_key").Where("body LIKE '%hush-hush%'").Count(ctx)
			return err
		})
		if err != nil || kept != 0 {
			t.Errorf("%d rows keep a secret, %v", kept, err)
		}
		for range 2 {
			if a := s.Do(t, "POST", "/secrets", thing{Name: "noted"}); a.Status != 201 {
				t.Errorf("without a key: %d %s", a.Status, a.Body)
			}
		}
	})
}
