// Package problem is the one vocabulary of failure: a kind, which transport turns into a status, a stable code, which
// is API, and a sentence for a person. Domain code returns these; everything else is an internal error.
package problem

import (
	"errors"
	"fmt"
)

// Kind classes a problem by what the caller can do about it.
type Kind int

// The kinds, from the caller's point of view.
const (
	Internal        Kind = iota // our fault; nothing was changed
	BadRequest                  // the request could not be read at all
	Invalid                     // the request was read but a value in it is not acceptable
	Unauthenticated             // sign in first
	Forbidden                   // signed in, sees the thing, may not do this
	NotFound                    // does not exist, or lies outside what the caller may see
	Conflict                    // contradicts another record or the record's state
	Stale                       // somebody changed the record since it was read
	TooLarge                    // more than this door takes at once
	Limited                     // too many tries; wait
	Unavailable                 // a tool, the disk or the database cannot answer now; try again
	Unsupported                 // a media type or method this door does not take
	Precondition                // If-Match is missing where it is required
)

// Field points at the part of the input that is wrong.
type Field struct {
	// Path names the place in the input: "body.email", "row 3, column Unit".
	Path string `json:"path"`
	// Code is stable; Message is a sentence.
	Code    string `json:"code"`
	Message string `json:"message"`
	// Value is the offending value, shortened; never a secret.
	Value string `json:"value,omitempty"`
}

// Error is a problem with a stable code.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Fields  []Field
	// Data is shown to the caller beside the message, for instance the current version of a stale record.
	Data  map[string]any
	cause error
}

// New makes a problem. The code is snake_case and never changes once published; the message is a whole sentence that
// says what happened and what to do.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Newf is [New] with a formatted message.
func Newf(kind Kind, code, format string, args ...any) *Error {
	return New(kind, code, fmt.Sprintf(format, args...))
}

// Error returns the code, the message and the cause.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s]", f.Path, f.Message)
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy that carries its cause for the log; the cause is never shown to the caller.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// With returns a copy that also points at the given fields.
func (e *Error) With(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), fields...)
	return &c
}

// WithData returns a copy that shows one more value to the caller.
func (e *Error) WithData(key string, value any) *Error {
	c := *e
	c.Data = make(map[string]any, len(e.Data)+1)
	for k, v := range e.Data {
		c.Data[k] = v
	}
	c.Data[key] = value
	return &c
}

// Is makes errors.Is compare problems by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Of returns the problem inside err, or nil when there is none.
func Of(err error) *Error {
	var p *Error
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// CodeOf returns the stable code of err, or "" when it carries none.
func CodeOf(err error) string {
	if p := Of(err); p != nil {
		return p.Code
	}
	return ""
}

// KindOf returns the kind of err; anything that is not a problem is Internal.
func KindOf(err error) Kind {
	if p := Of(err); p != nil {
		return p.Kind
	}
	return Internal
}

// Fields collects what is wrong with one input, so that a person sees everything at once.
type Fields []Field

// Add notes one fault.
func (f *Fields) Add(path, code, message string) {
	*f = append(*f, Field{Path: path, Code: code, Message: message})
}

// Err returns an Invalid problem that carries the faults, or nil when there are none.
func (f Fields) Err(code, message string) error {
	if len(f) == 0 {
		return nil
	}
	return New(Invalid, code, message).With(f...)
}
