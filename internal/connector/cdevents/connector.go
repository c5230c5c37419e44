package cdevents

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"iter"
	"net/http"
	"strings"

	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// Connector is the kind "cdevents": it only receives.
type Connector struct{}

// Describe tells what a connection needs and brings.
func (Connector) Describe() connector.Description {
	return connector.Description{
		Kind: "cdevents", Title: "CDEvents",
		Summary:      "Takes CDEvents from any tool that emits them: pipeline and task runs, builds, artifacts, changes, deployments, tests, incidents and tickets.",
		Webhooks:     true,
		DefaultRules: json.RawMessage(`{}`),
		RulesSchema:  json.RawMessage(`{"type":"object","additionalProperties":false}`),
	}
}

// CheckRules accepts only the empty object: the mapping of CDEvents is fixed by their specification.
func (Connector) CheckRules(rules json.RawMessage) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(rules, &m); err != nil || len(m) > 0 {
		return problem.New(problem.Invalid, "rules_not_empty", "CDEvents have a fixed mapping; leave the rules empty.")
	}
	return nil
}

// Verify has nothing to try: the sender calls us.
func (Connector) Verify(context.Context, *connector.Session) (connector.Verification, error) {
	return connector.Verification{Notes: []string{"Ready to receive. Send events to the webhook address of this connection."}}, nil
}

// Scopes yields nothing: every event names its own subject.
func (Connector) Scopes(context.Context, *connector.Session, string) iter.Seq2[connector.Scope, error] {
	return func(func(connector.Scope, error) bool) {}
}

// Pull yields nothing.
func (Connector) Pull(context.Context, *connector.Session, connector.Scope, connector.Cursor) iter.Seq2[connector.Pulled, error] {
	return func(func(connector.Pulled, error) bool) {}
}

// Map turns a page, which is one event, into records.
func (Connector) Map(_ json.RawMessage, page connector.Page) ([]delivery.Record, []connector.Unmapped, error) {
	return Map(page.Payload)
}

// Receive accepts a request that shows the secret as a bearer token, or an HMAC-SHA-256 of the body under it in
// X-Millrace-Signature ("sha256=<hex>").
func (Connector) Receive(secret string, header http.Header, body []byte) (connector.Received, error) {
	if !proven(secret, header, body) {
		return connector.Received{}, problem.New(problem.Unauthenticated, "webhook_signature_invalid",
			"The request shows neither the secret of this connection as a bearer token nor a signature made with it.")
	}
	raws, err := Read(header, body)
	if err != nil {
		return connector.Received{}, err
	}
	got := connector.Received{Event: "cdevents"}
	ids := sha256.New()
	for _, raw := range raws {
		e, err := Parse(raw)
		if err != nil {
			return connector.Received{}, err
		}
		ids.Write([]byte(e.Context.Source + "\n" + e.Context.ID + "\n"))
		got.Event = e.Context.Type
		got.Pages = append(got.Pages, connector.Page{Endpoint: "cdevents", URL: e.Context.Type, Payload: raw})
	}
	got.DeliveryID = hex.EncodeToString(ids.Sum(nil))
	return got, nil
}

func proven(secret string, header http.Header, body []byte) bool {
	if secret == "" {
		return false
	}
	if token, ok := strings.CutPrefix(header.Get("Authorization"), "Bearer "); ok {
		return subtle.ConstantTimeCompare([]byte(token), []byte(secret)) == 1
	}
	given, err := hex.DecodeString(strings.TrimPrefix(header.Get("X-Millrace-Signature"), "sha256="))
	if err != nil || len(given) == 0 {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}
