package github_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"millrace/internal/connector/github"
	"millrace/internal/platform/problem"
)

const hookSecret = "It's a Secret to Everybody"

func sign(body string) string {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func hookHeader(event, signature string) http.Header {
	return http.Header{"X-Hub-Signature-256": {signature}, "X-Github-Delivery": {"72d3162e-cc78-11e3-81ab-4c9367dc0958"}, "X-Github-Event": {event}}
}

// GitHub's own documentation gives this secret, body and signature to check an implementation with.
func TestSignatureOfTheDocumentation(t *testing.T) {
	header := hookHeader("ping", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
	if _, err := (github.New()).Receive(hookSecret, header, []byte("Hello, World!")); err != nil {
		t.Error(err)
	}
}

func TestReceive(t *testing.T) {
	const push = `{"ref":"refs/heads/main","repository":{"id":9,"full_name":"acme/shop","html_url":"https://github.com/acme/shop","url":"https://api.github.com/repos/acme/shop"},` +
		`"commits":[{"id":"ad4f","message":"m","timestamp":"2026-01-02T03:04:05Z","author":{"name":"A","email":"a@example.com"},"modified":["web/x.go"]}]}`
	c := github.New()
	got, err := c.Receive(hookSecret, hookHeader("push", sign(push)), []byte(push))
	if err != nil || got.Scope != "9" || got.Event != "push" || got.DeliveryID == "" || len(got.Pages) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	records, unmapped, err := c.Map(github.DefaultRules(), got.Pages[0])
	if err != nil || len(unmapped) > 0 || len(records) == 0 {
		t.Fatalf("%v %v %v", records, unmapped, err)
	}
	form := "payload=" + url.QueryEscape(push)
	header := hookHeader("push", sign(form))
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	if asForm, err := c.Receive(hookSecret, header, []byte(form)); err != nil || string(asForm.Pages[0].Payload) != push {
		t.Errorf("as a form: %+v, %v", asForm, err)
	}
	for _, event := range []string{"ping", "star"} {
		if got, err := c.Receive(hookSecret, hookHeader(event, sign(`{}`)), []byte(`{}`)); err != nil || len(got.Pages) > 0 {
			t.Errorf("%s: %+v, %v", event, got, err)
		}
	}
}

func TestReceiveRefuses(t *testing.T) {
	c := github.New()
	deep := strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100)
	good := hookHeader("push", sign(`{}`))
	noID := good.Clone()
	noID.Del("X-Github-Delivery")
	for name, try := range map[string]struct {
		secret string
		header http.Header
		body   string
		code   string
	}{
		"no signature":       {hookSecret, hookHeader("push", ""), `{}`, "webhook_signature_invalid"},
		"wrong signature":    {hookSecret, hookHeader("push", sign(`{} `)), `{}`, "webhook_signature_invalid"},
		"another secret":     {"other", good, `{}`, "webhook_signature_invalid"},
		"no secret":          {"", hookHeader("push", "sha256="), `{}`, "webhook_signature_invalid"},
		"not hexadecimal":    {hookSecret, hookHeader("push", "sha256=zz"), `{}`, "webhook_signature_invalid"},
		"the older SHA-1":    {hookSecret, hookHeader("push", "sha1="+sign(`{}`)[7:]), `{}`, "webhook_signature_invalid"},
		"ping unsigned":      {hookSecret, hookHeader("ping", ""), `{}`, "webhook_signature_invalid"},
		"no delivery id":     {hookSecret, noID, `{}`, "webhook_headers_missing"},
		"not JSON":           {hookSecret, hookHeader("push", sign(`{`)), `{`, "webhook_malformed"},
		"not an object":      {hookSecret, hookHeader("push", sign(`[]`)), `[]`, "webhook_malformed"},
		"deep":               {hookSecret, hookHeader("push", sign(deep)), deep, "json_too_deep"},
		"wrong kind of id":   {hookSecret, hookHeader("push", sign(`{"repository":{"id":"x"}}`)), `{"repository":{"id":"x"}}`, "webhook_malformed"},
		"form without field": {hookSecret, formHeader("push", "x=1"), "x=1", "webhook_malformed"},
	} {
		got, err := c.Receive(try.secret, try.header, []byte(try.body))
		if problem.CodeOf(err) != try.code || len(got.Pages) > 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func formHeader(event, body string) http.Header {
	h := hookHeader(event, sign(body))
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	return h
}

// FuzzReceive makes sure that no push, however it looks, stops the process: what is not signed is refused, and what is
// signed and accepted can be mapped or is told to be unmapped.
func FuzzReceive(f *testing.F) {
	for _, event := range []string{"push", "pull_request", "pull_request_review", "issues", "issue_comment", "workflow_run", "workflow_job", "deployment", "deployment_status", "release", "ping"} {
		f.Add(event, "application/json", `{"action":"opened","repository":{"id":1,"full_name":"a/b"},"pull_request":{"id":1,"number":2},"commits":[{}],"ref":"x"}`)
	}
	f.Add("push", "application/x-www-form-urlencoded", "payload=%7B%7D")
	f.Add("push", "application/json", "{\"repository\":{\"full_name\":\"\x00\xff\"}}")
	c := github.New()
	f.Fuzz(func(t *testing.T, event, contentType, body string) {
		header := http.Header{"X-Github-Event": {event}, "X-Github-Delivery": {"1"}, "Content-Type": {contentType}}
		if _, err := c.Receive(hookSecret, header, []byte(body)); problem.CodeOf(err) != "webhook_signature_invalid" {
			t.Fatalf("an unsigned push was taken: %v", err)
		}
		header.Set("X-Hub-Signature-256", sign(body))
		got, err := c.Receive(hookSecret, header, []byte(body))
		if err != nil {
			if problem.Of(err) == nil {
				t.Fatalf("not a problem: %v", err)
			}
			return
		}
		for _, p := range got.Pages {
			if _, _, err := c.Map(github.DefaultRules(), p); err != nil && problem.Of(err) == nil {
				t.Fatalf("not a problem: %v", err)
			}
		}
	})
}
