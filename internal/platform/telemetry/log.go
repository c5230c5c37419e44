package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"millrace/internal/platform/outbound"
)

// ContextAttrs returns the attributes a context adds to every log line written with it: the request id, the actor.
type ContextAttrs func(ctx context.Context) []slog.Attr

type attrsKey struct{}

// With returns a context whose log lines carry the attributes too, for instance the job or the unit that is worked.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	have, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return context.WithValue(ctx, attrsKey{}, slices.Concat(have, attrs))
}

// NewLogger returns a logger that writes lines of the format ("json", or else text) to w. Lines carry the attributes of
// their context; values of sensitive keys and whatever has the shape of a credential in errors is hidden.
func NewLogger(w io.Writer, level slog.Leveler, format string, attrs ...ContextAttrs) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: hide}
	var h slog.Handler
	if format == "json" {
		h = slog.NewJSONHandler(w, opts)
	} else {
		h = slog.NewTextHandler(w, opts)
	}
	return slog.New(&contextual{Handler: h, attrs: attrs})
}

// contextual adds the attributes of the context at the root of the record, whatever group the logger is in.
type contextual struct {
	slog.Handler
	attrs []ContextAttrs
	// nest repeats on the plain handler what WithGroup and WithAttrs did, innermost last, once a group is open.
	root slog.Handler
	nest []func(slog.Handler) slog.Handler
}

func (c *contextual) Handle(ctx context.Context, r slog.Record) error {
	var add []slog.Attr
	for _, f := range c.attrs {
		add = append(add, f(ctx)...)
	}
	if have, ok := ctx.Value(attrsKey{}).([]slog.Attr); ok {
		add = append(add, have...)
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		add = append(add, slog.String("trace", span.TraceID().String()))
	}
	if len(add) == 0 {
		return c.Handler.Handle(ctx, r)
	}
	if c.root == nil {
		r = r.Clone()
		r.AddAttrs(add...)
		return c.Handler.Handle(ctx, r)
	}
	h := c.root.WithAttrs(add)
	for _, again := range c.nest {
		h = again(h)
	}
	return h.Handle(ctx, r)
}

func (c *contextual) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *c
	next.Handler = c.Handler.WithAttrs(attrs)
	if c.root != nil {
		next.nest = append(slices.Clip(c.nest), func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
	}
	return &next
}

func (c *contextual) WithGroup(name string) slog.Handler {
	if name == "" {
		return c
	}
	next := *c
	if c.root == nil {
		next.root = c.Handler
	}
	next.Handler = c.Handler.WithGroup(name)
	next.nest = append(slices.Clip(c.nest), func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
	return &next
}

const hidden = "(hidden)"

// sensitive are words that mark a key whose value is a credential.
var sensitive = []string{"password", "passwd", "secret", "token", "authorization", "cookie", "credential", "apikey", "privatekey", "signature", "vaultkey"}

// harmless are keys that contain such a word and hold none.
var harmless = []string{"tokenid", "tokenname", "tokencount", "tokens", "secretref"}

// Sensitive reports whether the value of a key must not be shown.
func Sensitive(key string) bool {
	plain := strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(key))
	if slices.Contains(harmless, plain) {
		return false
	}
	return slices.ContainsFunc(sensitive, func(word string) bool { return strings.Contains(plain, word) })
}

func hide(_ []string, a slog.Attr) slog.Attr {
	if Sensitive(a.Key) {
		if a.Value.Kind() == slog.KindString && a.Value.String() == "" {
			return a
		}
		return slog.String(a.Key, hidden)
	}
	switch a.Value.Kind() {
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			return slog.String(a.Key, outbound.Redact(err.Error()))
		}
	case slog.KindString:
		switch a.Key {
		case "error", "url", "panic", "message", slog.MessageKey:
			return slog.String(a.Key, outbound.Redact(a.Value.String()))
		}
	}
	return a
}
