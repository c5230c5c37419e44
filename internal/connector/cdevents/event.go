package cdevents

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"time"

	"millrace/internal/connector"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// MaxEvents bounds how many events one batch may hold.
const MaxEvents = 5000

// Event is one CDEvent, freed from its envelope.
type Event struct {
	Context struct {
		ID        string    `json:"id"`
		Source    string    `json:"source"`
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		ChainID   string    `json:"chainId"`
	} `json:"context"`
	Subject struct {
		ID      string          `json:"id"`
		Source  string          `json:"source"`
		Type    string          `json:"type"`
		Content json.RawMessage `json:"content"`
	} `json:"subject"`
	CustomData json.RawMessage `json:"customData"`
}

// envelope is a CloudEvent in structured mode.
type envelope struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Type        string          `json:"type"`
	Source      string          `json:"source"`
	Time        *time.Time      `json:"time"`
	Data        json.RawMessage `json:"data"`
	DataBase64  []byte          `json:"data_base64"`
}

var errMalformed = problem.New(problem.BadRequest, "cdevent_malformed",
	"The body is not a CloudEvent that carries a CDEvent: structured mode wants application/cloudevents+json, binary mode the ce- headers.")

// Read takes the raw events out of a request, in structured, batched or binary mode.
func Read(header http.Header, body []byte) ([]json.RawMessage, error) {
	if err := connector.CheckDepth(body, connector.MaxPageDepth); err != nil {
		return nil, err
	}
	mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && header.Get("Content-Type") != "" {
		return nil, problem.New(problem.Unsupported, "cdevent_media_type", "The Content-Type cannot be read.")
	}
	trimmed := httpapi.WithoutZeroBytes(bytes.TrimSpace(body))
	switch {
	case mediaType == "application/cloudevents-batch+json" || (len(trimmed) > 0 && trimmed[0] == '['):
		return readBatch(trimmed)
	case mediaType == "application/cloudevents+json":
		one, err := unwrap(trimmed)
		return []json.RawMessage{one}, err
	case header.Get("Ce-Type") != "":
		if header.Get("Ce-Id") == "" || header.Get("Ce-Source") == "" {
			return nil, problem.New(problem.BadRequest, "cdevent_headers_missing", "Binary mode needs the headers ce-id, ce-type and ce-source.")
		}
		if !json.Valid(trimmed) {
			return nil, errMalformed
		}
		return []json.RawMessage{trimmed}, nil
	case mediaType == "application/json" || mediaType == "":
		return readPlain(trimmed)
	}
	return nil, problem.Newf(problem.Unsupported, "cdevent_media_type", "%s is not a media type CDEvents travel in.", mediaType)
}

// readPlain takes a bare CDEvent, or an envelope somebody sent as plain JSON.
func readPlain(body []byte) ([]json.RawMessage, error) {
	var probe struct {
		SpecVersion string          `json:"specversion"`
		Context     json.RawMessage `json:"context"`
	}
	if err := json.Unmarshal(body, &probe); err != nil {
		return nil, errMalformed.Because(err)
	}
	if probe.SpecVersion != "" {
		one, err := unwrap(body)
		return []json.RawMessage{one}, err
	}
	if probe.Context == nil {
		return nil, errMalformed
	}
	return []json.RawMessage{body}, nil
}

func readBatch(body []byte) ([]json.RawMessage, error) {
	var all []json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, errMalformed.Because(err)
	}
	if len(all) > MaxEvents {
		return nil, problem.Newf(problem.TooLarge, "cdevent_batch_too_large", "A batch may hold %d events; this one holds %d.", MaxEvents, len(all))
	}
	out := make([]json.RawMessage, 0, len(all))
	for _, raw := range all {
		one, err := readPlain(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

func unwrap(body []byte) (json.RawMessage, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, errMalformed.Because(err)
	}
	data := []byte(e.Data)
	if len(data) == 0 {
		data = httpapi.WithoutZeroBytes(e.DataBase64)
	}
	if !strings.HasPrefix(e.SpecVersion, "1.") || e.ID == "" || e.Type == "" || e.Source == "" || !json.Valid(data) || len(data) == 0 {
		return nil, errMalformed
	}
	return data, nil
}

// Parse reads one CDEvent.
func Parse(raw []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, errMalformed.Because(err)
	}
	var faults problem.Fields
	for path, v := range map[string]string{
		"context.id": e.Context.ID, "context.source": e.Context.Source, "context.type": e.Context.Type, "subject.id": e.Subject.ID,
	} {
		if v == "" {
			faults.Add(path, "required", path+" is missing.")
		}
	}
	if e.Context.Timestamp.IsZero() {
		faults.Add("context.timestamp", "required", "context.timestamp is missing.")
	}
	return e, faults.Err("cdevent_incomplete", "The event lacks members that every CDEvent has.")
}

// kind returns the subject and the predicate of an event type: "dev.cdevents.service.deployed.0.2.0" is service and
// deployed.
func (e Event) kind() (subject, predicate string) {
	parts := strings.Split(e.Context.Type, ".")
	if len(parts) < 4 || parts[0] != "dev" || parts[1] != "cdevents" {
		return "", ""
	}
	return parts[2], parts[3]
}
