package outbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"millrace/internal/platform/problem"
)

type idempotentKey struct{}

// Idempotent marks requests of ctx as harmless to repeat although their method is POST, as queries of GraphQL are.
func Idempotent(ctx context.Context) context.Context {
	return context.WithValue(ctx, idempotentKey{}, true)
}

func repeatable(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete:
		return true
	}
	yes, _ := req.Context().Value(idempotentKey{}).(bool)
	return yes
}

// transport is the RoundTripper of the clients. It returns the last answer as it is, whatever its status, when trying
// again does not help; [Check] says what the status means.
type transport struct {
	out     *Outbound
	secrets []string
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.tries(req)
	if err != nil {
		return nil, t.explain(req, err)
	}
	return resp, nil
}

func (t *transport) explain(req *http.Request, err error) error {
	if ctx := req.Context(); ctx.Err() != nil {
		return ctx.Err()
	}
	if p := isProblem(err); p != nil {
		return p
	}
	return problem.Newf(problem.Unavailable, "tool_unavailable", "%s does not answer. It is tried again later.", req.URL.Host).
		Because(RedactError(err, t.secrets...))
}

func (t *transport) tries(req *http.Request) (*http.Response, error) {
	o := t.out.opts
	ctx := req.Context()
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, problem.New(problem.Invalid, "outbound_blocked", "Only http and https addresses can be reached.")
	}
	if req.URL.User != nil {
		return nil, problem.New(problem.Invalid, "outbound_blocked", "The address holds a user name or password. Enter the credential in its own field.")
	}
	account := accountOf(req)
	for try := 1; ; try++ {
		if err := t.await(ctx, req.URL.Host, account); err != nil {
			return nil, err
		}
		sent, err := again(req, try, o.UserAgent)
		if err != nil {
			return nil, err
		}
		began := o.Clock.Now()
		resp, err := t.once(sent)
		t.log(ctx, req, resp, err, try, o.Clock.Now().Sub(began))
		last := try >= o.Tries || (req.Body != nil && req.Body != http.NoBody && req.GetBody == nil)
		if err != nil {
			if last || ctx.Err() != nil || isProblem(err) != nil || !repeatable(req) {
				return nil, err
			}
			if err := o.Sleep(ctx, backoff(try)); err != nil {
				return nil, err
			}
			continue
		}
		pause, retry := t.verdict(req, resp, account, try)
		if !retry || last || pause > o.MaxWait {
			return resp, nil
		}
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
		_ = resp.Body.Close()
		if err := o.Sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// await waits for the turn of the host and for the tool's rate limit to open, as far as that is soon enough.
func (t *transport) await(ctx context.Context, host, account string) error {
	o := t.out.opts
	if until := t.out.closedUntil(account); !until.IsZero() {
		pause := until.Sub(o.Clock.Now())
		if pause > o.MaxWait {
			return rateLimited(host, until)
		}
		if err := o.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	now := o.Clock.Now()
	if pause := t.out.limiter(host).ReserveN(now, 1).DelayFrom(now); pause > 0 {
		return o.Sleep(ctx, pause)
	}
	return ctx.Err()
}

func again(req *http.Request, try int, agent string) (*http.Request, error) {
	sent := req.Clone(req.Context())
	if try > 1 && req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		sent.Body = body
	}
	if sent.Header.Get("User-Agent") == "" {
		sent.Header.Set("User-Agent", agent)
	}
	return sent, nil
}

// once sends the request and dresses the body of the answer with its bounds.
func (t *transport) once(req *http.Request) (*http.Response, error) {
	o := t.out.opts
	ctx, cancel := context.WithCancelCause(req.Context())
	resp, err := t.out.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel(nil)
		return nil, err
	}
	b := &body{inner: resp.Body, left: o.MaxBytes, within: o.AnswerWithin, cancel: cancel, ctx: ctx, host: req.URL.Host, out: t.out}
	b.stall = time.AfterFunc(o.AnswerWithin, func() { cancel(errStalled) })
	b.stall.Stop()
	resp.Body = b
	return resp, nil
}

// verdict says whether an answer is worth another try and after what pause, and remembers rate limits.
func (t *transport) verdict(req *http.Request, resp *http.Response, account string, try int) (pause time.Duration, retry bool) {
	o := t.out.opts
	now := o.Clock.Now()
	b := resp.Body.(*body)
	asked, told := retryAfter(resp.Header, now)
	reset, spent := exhausted(resp.Header, now)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusForbidden && (told || spent || b.mentions("rate limit", "abuse detection")):
		at := now.Add(max(backoff(try), time.Second))
		switch {
		case told:
			at = asked
		case spent:
			at = reset
		case resp.StatusCode == http.StatusForbidden:
			at = now.Add(time.Minute) // a secondary limit that does not say for how long
		}
		b.retryAt = at
		t.out.close(account, at)
		return at.Sub(now), true
	case resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented && resp.StatusCode != http.StatusHTTPVersionNotSupported:
		pause = backoff(try)
		if told {
			pause, b.retryAt = max(0, asked.Sub(now)), asked
		}
		return pause, repeatable(req) || (told && resp.StatusCode == http.StatusServiceUnavailable)
	}
	if spent {
		t.out.close(account, reset) // this answer is good; the next request would be refused
	}
	return 0, false
}

func (t *transport) log(ctx context.Context, req *http.Request, resp *http.Response, err error, try int, took time.Duration) {
	log := t.out.opts.Logger
	if !log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{slog.String("method", req.Method), slog.String("host", req.URL.Host), slog.String("path", Redact(req.URL.Path, t.secrets...)),
		slog.Int("try", try), slog.Duration("took", took)}
	if err != nil {
		attrs = append(attrs, slog.String("error", Redact(err.Error(), t.secrets...)))
	} else {
		attrs = append(attrs, slog.Int("status", resp.StatusCode))
	}
	log.LogAttrs(ctx, slog.LevelDebug, "request to the outside", attrs...)
}

// accountOf tells apart whose rate limit a request counts against: host, credential and, where a tool counts some of
// its doors apart, the door. The credential itself is not kept.
func accountOf(req *http.Request) string {
	door := ""
	for _, d := range []string{"/graphql", "/search/"} {
		if strings.Contains(req.URL.Path+"/", d) {
			door = d
		}
	}
	h := sha256.New()
	for _, name := range []string{"Authorization", "Private-Token", "X-Api-Key"} {
		_, _ = io.WriteString(h, req.Header.Get(name)+"\x00")
	}
	return req.URL.Host + door + " " + hex.EncodeToString(h.Sum(nil)[:8])
}

func backoff(try int) time.Duration {
	d := min(500*time.Millisecond<<(try-1), 15*time.Second)
	return d + rand.N(d/2)
}

var errStalled = errors.New("the answer stopped in the middle")
