package httpapi

import (
	"bytes"

	"github.com/danielgtaylor/huma/v2"
)

// jsonFormat reads JSON bodies as huma does, and turns zero bytes, which neither engine stores, into U+FFFD, as the
// decoder does with everything else that is no text.
func jsonFormat() huma.Format {
	f := huma.DefaultJSONFormat
	read := f.Unmarshal
	f.Unmarshal = func(data []byte, v any) error { return read(WithoutZeroBytes(data), v) }
	return f
}

// WithoutZeroBytes replaces the escape \u0000 in JSON text; a backslash that is itself escaped begins none. Raw routes
// that read JSON use it themselves.
func WithoutZeroBytes(data []byte) []byte {
	const zero = "u0000"
	if !bytes.Contains(data, []byte(`\`+zero)) {
		return data
	}
	out := bytes.Clone(data)
	for i := 0; i+1 < len(out); i++ {
		if out[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(out[i+1:], []byte(zero)) {
			copy(out[i+1:], "ufffd")
		}
		i++
	}
	return out
}
