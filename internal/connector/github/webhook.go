package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"millrace/internal/connector"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// hookEvents are the events that are mapped; others are acknowledged and not kept.
var hookEvents = map[string]bool{
	"push": true, "pull_request": true, "pull_request_review": true, "pull_request_review_comment": true,
	"issues": true, "issue_comment": true, "milestone": true, "workflow_run": true, "workflow_job": true,
	"deployment": true, "deployment_status": true, "release": true, "repository": true,
}

var (
	errSignature = problem.New(problem.Unauthenticated, "webhook_signature_invalid",
		"The request lacks a signature made with the webhook secret of this connection (X-Hub-Signature-256).")
	errHookMalformed = problem.New(problem.BadRequest, "webhook_malformed",
		"The body is not the JSON of a GitHub webhook.")
)

const longestHeader = 200

// Receive checks the signature and takes the page out of the request.
func (Connector) Receive(secret string, header http.Header, body []byte) (connector.Received, error) {
	var got connector.Received
	if !signed(secret, header.Get("X-Hub-Signature-256"), body) {
		return got, errSignature
	}
	got.DeliveryID, got.Event = header.Get("X-GitHub-Delivery"), header.Get("X-GitHub-Event")
	if got.DeliveryID == "" || got.Event == "" || len(got.DeliveryID) > longestHeader || len(got.Event) > longestHeader {
		return connector.Received{}, problem.New(problem.BadRequest, "webhook_headers_missing",
			"The request lacks the headers X-GitHub-Delivery and X-GitHub-Event.")
	}
	if !hookEvents[got.Event] {
		return got, nil // ping and what tells nothing about delivery
	}
	payload, err := payloadOf(header.Get("Content-Type"), body)
	if err != nil {
		return connector.Received{}, err
	}
	var in struct {
		Repository *struct {
			ID       int64  `json:"id"`
			FullName string `json:"full_name"`
			URL      string `json:"url"`
		} `json:"repository"`
	}
	if err := json.Unmarshal(payload, &in); err != nil {
		return connector.Received{}, errHookMalformed.Because(err)
	}
	page := connector.Page{Endpoint: "webhook." + got.Event, Payload: payload}
	if in.Repository != nil && in.Repository.ID > 0 {
		got.Scope = strconv.FormatInt(in.Repository.ID, 10)
		page.Scope = jsonOf(map[string]string{"externalId": got.Scope, "name": in.Repository.FullName})
		page.URL = in.Repository.URL
	}
	got.Pages = []connector.Page{page}
	return got, nil
}

func signed(secret, signature string, body []byte) bool {
	text, ok := strings.CutPrefix(signature, "sha256=")
	given, err := hex.DecodeString(text)
	if secret == "" || !ok || err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}

// payloadOf returns the JSON of a push; GitHub can be told to send it as a form.
func payloadOf(contentType string, body []byte) (json.RawMessage, error) {
	payload := body
	if kind, _, _ := mime.ParseMediaType(contentType); kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, errHookMalformed.Because(err)
		}
		payload = []byte(form.Get("payload"))
	}
	if err := connector.CheckDepth(payload, connector.MaxPageDepth); err != nil {
		return nil, err
	}
	if !json.Valid(payload) {
		return nil, errHookMalformed
	}
	return httpapi.WithoutZeroBytes(payload), nil
}
