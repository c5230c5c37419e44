// Package outbound makes the requests of the product to the outside: to the tools it reads, to identity providers, to
// webhooks of others. What everybody would otherwise do by hand, and forget once, happens in the transport of the
// [http.Client] it hands out:
//
//   - the address guard: the address that is connected to, after name resolution, is neither link-local nor a metadata
//     service nor, unless the settings allow it, private. A name that resolves differently the second time gains nothing;
//   - retries with back-off for 429, 5xx and broken connections, honouring Retry-After and rate-limit headers, and a
//     limit of requests a second per host;
//   - bounds on waiting and on the size of an answer;
//   - credentials do not follow a redirect to another host, and do not appear in errors and logs.
//
// [Fetch] and [Check] turn answers into problems with stable codes: outbound_blocked, tool_unauthorised,
// tool_forbidden, tool_not_found, tool_rejected, tool_rate_limited (Data "retryAt" is a time.Time), tool_unavailable,
// tool_bad_answer.
package outbound
