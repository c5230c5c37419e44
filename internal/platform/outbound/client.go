package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/problem"
)

// Options say how requests are made; the zero value is right for most.
type Options struct {
	// AllowPrivate are address ranges that may be reached although they are private.
	AllowPrivate []netip.Prefix
	// Tries is how often a request is sent at most; 0 means 5.
	Tries int
	// PerSecond and Burst bound the requests to one host; 0 means 20 a second and bursts of 40.
	PerSecond float64
	Burst     int
	// MaxWait is the longest pause that is waited out inside a request, when a tool asks for one. A longer one ends the
	// request with tool_rate_limited, so that the worker can be put off; 0 means 30 seconds.
	MaxWait time.Duration
	// AnswerWithin is how long a tool may take to begin its answer, and to go on with it; 0 means one minute.
	AnswerWithin time.Duration
	// MaxBytes bounds one answer, after decompression; 0 means 64 MiB.
	MaxBytes int64
	// UserAgent names the product; empty means "millrace".
	UserAgent string
	// TLS is for tests and private certificate authorities.
	TLS    *tls.Config
	Logger *slog.Logger
	Clock  clock.Clock
	// Sleep waits, or returns early with the context's error; nil means really waiting. Tests advance their clock in it.
	Sleep func(ctx context.Context, d time.Duration) error
}

func (o Options) withDefaults() Options {
	if o.Tries <= 0 {
		o.Tries = 5
	}
	if o.PerSecond <= 0 {
		o.PerSecond = 20
	}
	if o.Burst <= 0 {
		o.Burst = max(1, int(2*o.PerSecond))
	}
	if o.MaxWait <= 0 {
		o.MaxWait = 30 * time.Second
	}
	if o.AnswerWithin <= 0 {
		o.AnswerWithin = time.Minute
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.UserAgent == "" {
		o.UserAgent = "millrace"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Outbound makes HTTP clients that share connections, rate limits and the address guard. It is safe for concurrent use.
type Outbound struct {
	opts  Options
	guard *Guard
	base  *http.Transport

	mu     sync.Mutex
	hosts  map[string]*rate.Limiter
	closed map[string]time.Time // account and resource → when the tool's rate limit opens again
}

// New returns the maker of clients.
func New(opts Options) *Outbound {
	opts = opts.withDefaults()
	guard := NewGuard(opts.AllowPrivate)
	return &Outbound{
		opts: opts, guard: guard, hosts: map[string]*rate.Limiter{}, closed: map[string]time.Time{},
		base: &http.Transport{
			DialContext:            guard.Dialer(10 * time.Second).DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  opts.AnswerWithin,
			MaxResponseHeaderBytes: 1 << 20,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        90 * time.Second,
			ForceAttemptHTTP2:      true,
			TLSClientConfig:        opts.TLS,
		},
	}
}

// Guard returns the address guard, for connections that are not HTTP.
func (o *Outbound) Guard() *Guard { return o.guard }

// Close drops idle connections.
func (o *Outbound) Close() { o.base.CloseIdleConnections() }

// Client returns a client. The secrets it is used with are removed from its errors.
func (o *Outbound) Client(secrets ...string) *http.Client {
	return &http.Client{
		Transport:     &transport{out: o, secrets: secrets},
		CheckRedirect: redirect,
	}
}

const maxRedirects = 5

// redirect lets a request go on to another address without the headers that were meant for the first host, GET and
// HEAD alone when the host is another, and never from https down to http.
func redirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return problem.New(problem.Unavailable, "tool_bad_answer", "The tool redirects in circles.")
	}
	first := via[0].URL
	if first.Scheme == "https" && req.URL.Scheme != "https" {
		return problem.Newf(problem.Invalid, "outbound_blocked", "The tool redirects from https to the unprotected address of %s; Millrace does not follow.", req.URL.Host)
	}
	if sameHost(first, req.URL) {
		return nil
	}
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return problem.Newf(problem.Invalid, "outbound_blocked", "The tool redirects what was sent to it to the other host %s; Millrace does not follow.", req.URL.Host)
	}
	for name := range req.Header {
		switch name {
		case "Accept", "Accept-Language", "User-Agent", "If-None-Match", "If-Modified-Since", "Range":
		default:
			delete(req.Header, name)
		}
	}
	return nil
}

func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

func (o *Outbound) limiter(host string) *rate.Limiter {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := o.hosts[host]
	if l == nil {
		if len(o.hosts) > 1000 {
			clear(o.hosts)
		}
		l = rate.NewLimiter(rate.Limit(o.opts.PerSecond), o.opts.Burst)
		o.hosts[host] = l
	}
	return l
}

func (o *Outbound) closedUntil(account string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := o.closed[account]
	if !at.IsZero() && !at.After(o.opts.Clock.Now()) {
		delete(o.closed, account)
		return time.Time{}
	}
	return at
}

func (o *Outbound) close(account string, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.closed) > 1000 {
		clear(o.closed)
	}
	o.closed[account] = until
}

// isProblem returns the problem inside err, whatever net/http wrapped around it.
func isProblem(err error) *problem.Error {
	var p *problem.Error
	if errors.As(err, &p) {
		return p
	}
	return nil
}
