package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client calls the API of one server.
type Client struct {
	Base  string
	Token string
	HTTP  *http.Client
	// Pause waits between tries; tests replace it.
	Pause func(context.Context, time.Duration) error
}

// NewClient returns a client for the server at base.
func NewClient(base, token string) *Client {
	return &Client{Base: strings.TrimRight(base, "/"), Token: token, HTTP: &http.Client{Timeout: 5 * time.Minute}, Pause: pause}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Problem is the server's answer when something fails.
type Problem struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	RequestID string `json:"requestId"`
	Errors    []struct {
		Path    string `json:"path"`
		Message string `json:"message"`
	} `json:"errors"`
}

// Error returns the detail, the code and the fields.
func (p *Problem) Error() string {
	s := p.Detail
	if p.Code != "" {
		s += " [" + p.Code + "]"
	}
	for _, e := range p.Errors {
		s += "\n  " + e.Path + ": " + e.Message
	}
	return s
}

const tries = 4

// Do sends a request below /api/v1 and decodes the answer into out, which may be nil or an *[]byte for the raw body. A
// request that failed for a reason that passes is sent again; a POST carries an idempotency key so that this has no
// second effect.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, out any) error {
	var raw []byte
	contentType := "application/json"
	match := ""
	if m, ok := body.(Matched); ok {
		match, body = fmt.Sprintf(`"%d"`, m.Version), m.Body
	}
	switch b := body.(type) {
	case nil:
	case Upload:
		raw, contentType = b.Content, b.Type
	default:
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	key := ""
	if method == http.MethodPost {
		key = newKey()
	}
	var last error
	for try := range tries {
		if try > 0 {
			if err := c.Pause(ctx, time.Duration(1<<(2*try))*250*time.Millisecond); err != nil {
				return errors.Join(last, err)
			}
		}
		answer, again, err := c.once(ctx, method, path, query, raw, contentType, key, match)
		if err == nil {
			return decode(answer, out)
		}
		if last = err; !again {
			return err
		}
	}
	return last
}

// Upload is a body that is not JSON.
type Upload struct {
	Content []byte
	Type    string
}

// Matched is a body for a record as it was read in a version.
type Matched struct {
	Version int64
	Body    any
}

func newKey() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err)
	}
	return "cli-" + hex.EncodeToString(b[:])
}

func (c *Client) once(ctx context.Context, method, path string, query url.Values, raw []byte, contentType, key, match string) (answer []byte, again bool, err error) {
	target := c.Base + "/api/v1" + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(raw))
	if err != nil {
		return nil, false, err
	}
	if raw != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if match != "" {
		req.Header.Set("If-Match", match)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, ctx.Err() == nil, fmt.Errorf("%w: %w", errUnreachable, err)
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	if err != nil {
		return nil, true, fmt.Errorf("%w: %w", errUnreachable, err)
	}
	if res.StatusCode < 300 {
		return answer, false, nil
	}
	p := &Problem{Status: res.StatusCode}
	if json.Unmarshal(answer, p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("%s answered %s; is it Millrace?", c.Base, res.Status)
	}
	p.Status = res.StatusCode
	return nil, p.Status == 429 || p.Status == 502 || p.Status == 503 || p.Status == 504 || p.Code == "idempotency_in_progress", p
}

var errUnreachable = errors.New("the server does not answer")

func decode(answer []byte, out any) error {
	switch o := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*o = answer
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("the answer is not the expected JSON: %w", err)
	}
	return nil
}

// List reads every page of a list.
func (c *Client) List(ctx context.Context, path string, query url.Values, each func(json.RawMessage) error) error {
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	if q.Get("limit") == "" {
		q.Set("limit", "500")
	}
	for {
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next"`
		}
		if err := c.Do(ctx, http.MethodGet, path, q, nil, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := each(item); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Set("cursor", page.Next)
	}
}
