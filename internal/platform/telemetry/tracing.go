package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// TracingOptions say where traces go.
type TracingOptions struct {
	// Endpoint is the URL of an OTLP/HTTP collector; empty means that no traces are made.
	Endpoint string
	// Headers are sent along, "name=value" each.
	Headers []string
	// SampleRatio is the share of traces begun here that is kept; a caller's decision is followed.
	SampleRatio float64
	Version     string
	// Client makes the requests; nil means the exporter's own. A collector usually stands in the private network, so it
	// does not go through the address guard.
	Client *http.Client
}

// Tracing makes spans. A nil or switched-off Tracing makes none.
type Tracing struct {
	tracer   trace.Tracer
	provider *sdk.TracerProvider
}

// StartTracing begins to export traces where an endpoint is configured; without one everything it does is nothing.
func StartTracing(ctx context.Context, o TracingOptions) (*Tracing, error) {
	if o.Endpoint == "" {
		return &Tracing{tracer: noop.NewTracerProvider().Tracer(namespace)}, nil
	}
	endpoint := o.Endpoint
	if rest := strings.SplitN(endpoint, "://", 2); len(rest) == 2 && !strings.Contains(strings.TrimSuffix(rest[1], "/"), "/") {
		endpoint = strings.TrimSuffix(endpoint, "/") + "/v1/traces"
	}
	headers := map[string]string{}
	for _, h := range o.Headers {
		name, value, _ := strings.Cut(h, "=")
		headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	opts := []otlptracehttp.Option{otlptracehttp.WithEndpointURL(endpoint), otlptracehttp.WithHeaders(headers)}
	if o.Client != nil {
		opts = append(opts, otlptracehttp.WithHTTPClient(o.Client))
	}
	exporter, err := otlptracehttp.New(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(exporter),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.SampleRatio))),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", namespace), attribute.String("service.version", o.Version))),
	)
	return &Tracing{tracer: provider.Tracer(namespace), provider: provider}, nil
}

// On reports whether spans are made.
func (t *Tracing) On() bool { return t != nil && t.provider != nil }

// Span begins a span inside the product, for a job or a run; call end with its outcome.
func (t *Tracing) Span(ctx context.Context, name string) (_ context.Context, end func(error)) {
	if !t.On() {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, func(err error) {
		if err != nil {
			span.SetAttributes(attribute.Bool("error", true))
		}
		span.End()
	}
}

// Stop sends what is left and ends the export.
func (t *Tracing) Stop(ctx context.Context) error {
	if !t.On() {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
