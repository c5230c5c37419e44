package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"millrace/internal/platform/problem"
)

// body bounds the reading of an answer in size and in silence, and says in a problem what went wrong.
type body struct {
	inner   io.ReadCloser
	head    []byte // read ahead by mentions
	left    int64
	within  time.Duration
	stall   *time.Timer
	ctx     context.Context
	cancel  context.CancelCauseFunc
	host    string
	out     *Outbound
	retryAt time.Time
}

func (b *body) Read(p []byte) (int, error) {
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	if b.left <= 0 {
		// Only a body with more to come is too large; one of exactly the limit ends here.
		var one [1]byte
		if n, err := b.pull(one[:]); n == 0 && err != nil {
			return 0, b.explain(err)
		}
		return 0, problem.Newf(problem.Unavailable, "tool_bad_answer", "The answer of %s is larger than Millrace reads.", b.host)
	}
	n, err := b.pull(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, b.explain(err)
}

// pull reads what comes next and gives up when nothing comes for too long. Pauses of the reader do not count.
func (b *body) pull(p []byte) (int, error) {
	b.stall.Reset(b.within)
	defer b.stall.Stop()
	return b.inner.Read(p)
}

type puller struct{ *body }

func (p puller) Read(to []byte) (int, error) { return p.pull(to) }

func (b *body) explain(err error) error {
	switch {
	case err == nil, err == io.EOF:
		return err
	case errors.Is(context.Cause(b.ctx), errStalled):
		return problem.Newf(problem.Unavailable, "tool_bad_answer", "The answer of %s stopped in the middle.", b.host).Because(errStalled)
	case b.ctx.Err() != nil:
		return b.ctx.Err()
	default:
		return problem.Newf(problem.Unavailable, "tool_bad_answer", "The answer of %s broke off in the middle.", b.host).Because(RedactError(err))
	}
}

func (b *body) Close() error {
	b.stall.Stop()
	err := b.inner.Close()
	b.cancel(nil)
	return err
}

// mentions looks for words in the beginning of the body without taking it away from the reader.
func (b *body) mentions(words ...string) bool {
	if b.head == nil {
		head, _ := io.ReadAll(io.LimitReader(puller{b}, 4096))
		b.head = head
	}
	text := bytes.ToLower(b.head)
	for _, w := range words {
		if bytes.Contains(text, []byte(w)) {
			return true
		}
	}
	return false
}

func rateLimited(host string, at time.Time) error {
	return problem.Newf(problem.Limited, "tool_rate_limited", "%s takes no more requests until %s.", host, at.UTC().Format("2006-01-02 15:04:05 UTC")).
		WithData("retryAt", at.UTC())
}

// Check says what the status of an answer means; nil for 2xx and 304. It does not read the body.
func Check(resp *http.Response) error {
	host := ""
	if resp.Request != nil {
		host = resp.Request.URL.Host
	}
	say := func(kind problem.Kind, code, format string) *problem.Error {
		return problem.Newf(kind, code, format, host).WithData("status", resp.StatusCode)
	}
	var retryAt time.Time
	if b, ok := resp.Body.(*body); ok {
		retryAt = b.retryAt
	}
	switch s := resp.StatusCode; {
	case s >= 200 && s < 300, s == http.StatusNotModified:
		return nil
	case s == http.StatusUnauthorized:
		return say(problem.Invalid, "tool_unauthorised", "%s does not accept the credential. It may have expired; enter a new one.")
	case s == http.StatusTooManyRequests, s == http.StatusForbidden && !retryAt.IsZero():
		if retryAt.IsZero() {
			return say(problem.Limited, "tool_rate_limited", "%s takes no more requests for now.")
		}
		return rateLimited(host, retryAt)
	case s == http.StatusForbidden:
		return say(problem.Invalid, "tool_forbidden", "%s refuses this to the credential. Give it the right that is missing.")
	case s == http.StatusNotFound, s == http.StatusGone:
		return say(problem.Invalid, "tool_not_found", "%s does not know this address, or hides it from the credential.")
	case s >= 500:
		return say(problem.Unavailable, "tool_unavailable", "%s has a failure of its own. It is tried again later.")
	case s >= 300 && s < 400:
		return say(problem.Unavailable, "tool_bad_answer", "%s redirects to nowhere.")
	default:
		return say(problem.Invalid, "tool_rejected", "%s did not take the request.")
	}
}

// Answer is a complete answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

const readTries = 3

// Fetch sends a request and reads the whole answer. An answer that breaks off in the middle is asked for again when
// that is harmless. An error of [Check] comes with the answer, whose body may explain it.
func Fetch(client *http.Client, req *http.Request) (*Answer, error) {
	for try := 1; ; try++ {
		resp, err := client.Do(req)
		if err != nil {
			if p := isProblem(err); p != nil {
				return nil, p // without the address that net/http puts around it
			}
			return nil, RedactError(err)
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil {
			return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: raw}, Check(resp)
		}
		b, ours := resp.Body.(*body)
		if !ours || b.left <= 0 || try >= readTries || !repeatable(req) || req.Context().Err() != nil || (req.Body != nil && req.GetBody == nil) {
			return nil, err
		}
		if err := b.out.opts.Sleep(req.Context(), backoff(try)); err != nil {
			return nil, err
		}
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// JSON reads the body of an answer into out. An answer of another type, or one that is not whole, is tool_bad_answer.
func (a *Answer) JSON(out any) error {
	kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err == nil && kind != "application/json" && !strings.HasSuffix(kind, "+json") && kind != "text/plain" {
		return problem.Newf(problem.Unavailable, "tool_bad_answer", "The tool answered with %s where JSON was expected; the address may be wrong, or something stands between.", kind)
	}
	if len(bytes.TrimSpace(a.Body)) == 0 {
		return problem.New(problem.Unavailable, "tool_bad_answer", "The tool answered with nothing where JSON was expected.")
	}
	if err := json.Unmarshal(a.Body, out); err != nil {
		return problem.New(problem.Unavailable, "tool_bad_answer", "The tool answered with JSON that is not whole or not of the expected shape.").Because(err)
	}
	return nil
}
