package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"millrace/internal/connector"
	"millrace/internal/platform/outbound"
	"millrace/internal/platform/problem"
)

// client asks GitHub's REST API. It is used by one goroutine at a time.
type client struct {
	http  *http.Client
	base  *url.URL
	token string
	now   func() time.Time
	rate  *connector.Rate
	size  int // elements a page; see shrink
	fine  int // answers since size was last changed
}

// sizes are the page sizes that are tried. Each divides the one before, so that a list can go on in smaller pages
// where it stands.
var sizes = []int{100, 50, 25, 5, 1}

func newClient(s *connector.Session) (*client, error) {
	base, err := baseOf(s.Settings[settingBaseURL])
	if err != nil {
		return nil, err
	}
	return &client{http: s.Client, base: base, token: strings.TrimSpace(s.Credential), now: s.Clock, size: sizes[0]}, nil
}

// baseOf completes an address a person entered: the site of GitHub or of an own server stands for its API.
func baseOf(address string) (*url.URL, error) {
	if address == "" {
		address = publicAPI
	}
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(address), "/"))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return nil, problem.New(problem.Invalid, "github_address_invalid",
			"The address of the API must look like https://api.github.com or https://github.example.com/api/v3.")
	}
	u.RawQuery, u.Fragment = "", ""
	switch host := strings.ToLower(u.Host); {
	case host == "github.com" || host == "www.github.com":
		u.Host, u.Path = "api.github.com", ""
	case u.Path == "" && !strings.HasPrefix(host, "api."):
		u.Path = "/api/v3"
	}
	return u, nil
}

// address returns the full address of a path below the API with a query.
func (c *client) address(path string, query url.Values) string {
	u := *c.base
	u.Path += path
	u.RawQuery = query.Encode()
	return u.String()
}

func (c *client) fetch(ctx context.Context, address string) (*outbound.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, problem.New(problem.Unavailable, "tool_bad_answer", "GitHub gave an address that cannot be read.").Because(err)
	}
	if req.URL.Host != c.base.Host || req.URL.Scheme != c.base.Scheme {
		return nil, problem.Newf(problem.Unavailable, "tool_bad_answer", "GitHub points to the other host %s; the token is not sent there.", req.URL.Host)
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := outbound.Fetch(c.http, req)
	if answer != nil {
		if r, ok := outbound.RateOf(answer.Header, c.now()); ok {
			c.rate = &connector.Rate{Limit: r.Limit, Remaining: r.Remaining, ResetAt: r.ResetAt}
		}
	}
	return answer, c.explain(err)
}

// explain adds to a rate limit the moment to try again when it lacks one.
func (c *client) explain(err error) error {
	p := problem.Of(err)
	if p == nil || p.Code != "tool_rate_limited" {
		return err
	}
	if _, told := p.Data["retryAt"].(time.Time); told {
		return err
	}
	return p.WithData("retryAt", c.now().Add(time.Minute))
}

// one asks for a single thing.
func (c *client) one(ctx context.Context, address string) (json.RawMessage, error) {
	answer, err := c.fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	var o map[string]json.RawMessage
	if err := answer.JSON(&o); err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// listing is one page of a list.
type listing struct {
	url   string
	items []json.RawMessage
	next  string
}

// list asks for one page of a list; key names the member that holds the elements where the answer is an object. An
// answer that fails for its size is asked for again in smaller pages.
func (c *client) list(ctx context.Context, address, key string) (listing, error) {
	for {
		address = c.fit(address)
		answer, err := c.fetch(ctx, address)
		if err == nil {
			var l listing
			if l, err = c.read(answer, address, key); err == nil {
				c.grow()
				return l, nil
			}
		}
		if ctx.Err() != nil || !tooMuch(err) || !c.shrink(address) {
			return listing{}, err
		}
	}
}

func (c *client) read(answer *outbound.Answer, address, key string) (listing, error) {
	l := listing{url: address, next: nextOf(answer.Header)}
	if key == "" {
		return l, answer.JSON(&l.items)
	}
	var o map[string]json.RawMessage
	if err := answer.JSON(&o); err != nil {
		return l, err
	}
	if bytes.Equal(o[key], []byte("null")) {
		return l, nil
	}
	if o[key] == nil || json.Unmarshal(o[key], &l.items) != nil {
		return l, problem.Newf(problem.Unavailable, "tool_bad_answer", "The answer of GitHub lacks the list %q.", key)
	}
	return l, nil
}

// all asks for every page of a short list.
func (c *client) all(ctx context.Context, address, key string, use func(listing) error) error {
	for address != "" {
		l, err := c.list(ctx, address, key)
		if err != nil {
			return err
		}
		if err := use(l); err != nil {
			return err
		}
		address = l.next
	}
	return nil
}

// tooMuch tells failures that a smaller page may heal: GitHub gives up on answers that take it too long.
func tooMuch(err error) bool {
	p := problem.Of(err)
	if p == nil {
		return false
	}
	if p.Code == "tool_bad_answer" {
		return true
	}
	var slow net.Error
	status, _ := p.Data["status"].(int)
	return p.Code == "tool_unavailable" && (status == 500 || status == 502 || status == 504 || (errors.As(err, &slow) && slow.Timeout()))
}

// shrink makes pages smaller; false when they are as small as they get.
func (c *client) shrink(address string) bool {
	at, _ := sizeOf(address)
	for _, s := range sizes {
		if s < at && s < c.size {
			c.size, c.fine = s, 0
			return true
		}
	}
	return false
}

const fineAnswers = 5

// grow makes pages larger again after some good answers.
func (c *client) grow() {
	if c.fine++; c.fine < fineAnswers || c.size == sizes[0] {
		return
	}
	for i, s := range sizes {
		if s == c.size {
			c.size, c.fine = sizes[i-1], 0
			return
		}
	}
}

func sizeOf(address string) (int, url.Values) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, nil
	}
	q := u.Query()
	n, _ := strconv.Atoi(q.Get("per_page"))
	return n, q
}

// fit gives an address the present page size without leaving out or repeating elements, where that can be done.
func (c *client) fit(address string) string {
	old, q := sizeOf(address)
	if old == 0 || old == c.size {
		return address
	}
	if text := q.Get("page"); text != "" && q.Get("after") == "" {
		page, err := strconv.Atoi(text)
		before := (page - 1) * old
		if err != nil || page < 1 || before%c.size != 0 {
			return address
		}
		q.Set("page", strconv.Itoa(before/c.size+1))
	}
	q.Set("per_page", strconv.Itoa(c.size))
	u, _ := url.Parse(address)
	u.RawQuery = q.Encode()
	return u.String()
}

var linkNext = regexp.MustCompile(`<([^>]+)>\s*;[^,]*\brel="?next\b`)

func nextOf(h http.Header) string {
	for _, v := range h.Values("Link") {
		if m := linkNext.FindStringSubmatch(v); m != nil {
			return m[1]
		}
	}
	return ""
}

// refused tells that GitHub does not let the credential see something, or has switched it off.
func refused(err error) bool {
	switch problem.CodeOf(err) {
	case "tool_forbidden", "tool_not_found":
		return true
	}
	return false
}
