package httpapi

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Optional is a member of a PATCH body that tells "not sent" from "sent as null". Tag such members omitzero.
type Optional[T any] struct {
	// Set is true when the member was sent, Null when it was sent as null: clear the field.
	Set, Null bool
	Value     T
}

// Some returns a member that was sent with the given value.
func Some[T any](v T) Optional[T] { return Optional[T]{Set: true, Value: v} }

// Cleared returns a member that was sent as null.
func Cleared[T any]() Optional[T] { return Optional[T]{Set: true, Null: true} }

// UnmarshalJSON is only called for members that were sent.
func (o *Optional[T]) UnmarshalJSON(raw []byte) error {
	o.Set = true
	if string(raw) == "null" {
		o.Null = true
		return nil
	}
	return json.Unmarshal(raw, &o.Value)
}

// MarshalJSON writes the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.Null || !o.Set {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// Schema describes the member as its value or null. A value with a schema of its own name is written out, because a reference
// cannot be made nullable.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), true, "")
	if s.Ref != "" {
		s = *r.SchemaFromRef(s.Ref)
	}
	s.Nullable = true
	return &s
}

// Pointer returns the new value of a nullable field: nil when cleared. Use it only where Set is true.
func (o Optional[T]) Pointer() *T {
	if o.Null {
		return nil
	}
	return &o.Value
}
