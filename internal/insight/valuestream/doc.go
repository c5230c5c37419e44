// Package valuestream computes how changes flow to production: today the five metrics of software delivery performance.
//
// It owns the tables dora_application, dora_deployment, dora_change and dora_failure, which are derived from the facts of
// delivery and may be thrown away, and attribution_override, which holds what people decided and may not. It declares
// the permissions valuestream.view_metrics, valuestream.correct_attribution and valuestream.derive_metrics and the events
// valuestream.attribution_corrected, valuestream.attribution_released and valuestream.derivation_requested. It subscribes
// to what delivery ingested and to changed dependencies.
//
// The rules are pure: facts (fact.go) go through the commit graph (commit_graph.go, repository.go) and the chains of
// deployments (derive.go, change.go, intervention.go) into rows (rows.go); incidents find their deployment in
// attribution.go; rows are laid out in columns (columns.go) and measured (measure.go, statistics.go, bucket.go). The SQL
// only gathers (gather.go) and stores. docs/reference/metrics.md says what the numbers mean.
package valuestream
