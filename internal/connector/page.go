package connector

import "encoding/json"

// Page is one answer of a tool as it came, with what is needed to map it again later.
type Page struct {
	// Endpoint names what was asked; where empty it is told from URL.
	Endpoint string          `json:"endpoint"`
	Scope    json.RawMessage `json:"scope,omitempty"`
	URL      string          `json:"url"`
	Input    json.RawMessage `json:"input,omitempty"`
	Payload  json.RawMessage `json:"payload"`
}
