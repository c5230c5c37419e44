// Package telemetry is how the product tells what it does to those who run it: structured logs with the request, the
// actor and the unit on every line and without credentials; metrics for Prometheus; traces over OTLP/HTTP, made only
// where an endpoint is configured. The request id itself is given by httpapi and reaches the log as a context
// attribute.
package telemetry
