package git

import (
	"context"
	"errors"
	"net/http"

	"millrace/internal/platform/outbound"
	"millrace/internal/platform/problem"
)

// checked turns answers that git's protocol has no word for into problems: a rate limit, and failures of the server.
type checked struct{ next http.RoundTripper }

// RoundTrip sends a request.
func (c checked) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	failed := outbound.Check(resp)
	switch problem.CodeOf(failed) {
	case "tool_rate_limited", "tool_unavailable":
		if told, ok := req.Context().Value(failureKey{}).(*error); ok {
			*told = failed
		}
		return nil, errors.Join(failed, resp.Body.Close())
	}
	return resp, nil
}

type failureKey struct{}

// listening returns a context whose requests tell into failure why they failed, because go-git keeps only the text.
func listening(ctx context.Context, failure *error) context.Context {
	return context.WithValue(ctx, failureKey{}, failure)
}

// withChecks returns a client as guarded as the given one.
func withChecks(guarded *http.Client) *http.Client {
	c := *guarded
	next := c.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	c.Transport = checked{next}
	return &c
}
