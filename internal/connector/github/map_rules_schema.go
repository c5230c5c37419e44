package github

import (
	_ "embed"
	"encoding/json"
)

//go:embed map_rules.schema.json
var rulesSchema []byte

// RulesSchema returns the JSON Schema of [Rules], for the form a person fills in.
func RulesSchema() json.RawMessage { return rulesSchema }

// DefaultRules returns the rules a new connection starts with: the labels many teams use, and GitHub's own
// deployments, which exist as soon as a workflow names an environment.
func DefaultRules() json.RawMessage {
	return json.RawMessage(`{
  "requirementLabel": "(?i)^(type[:/] ?)?(feature|feat|enhancement|proposal|requirement)$",
  "bugLabel": "(?i)^(type[:/] ?|kind/)?(bug|defect|failure|regression)$",
  "incidentLabel": "(?i)^(type[:/] ?|kind/)?(incident|outage)$",
  "severityLabel": "(?i)^(severity[:/]|sev-?[0-9])",
  "priorityLabel": "(?i)^(priority[:/].*|p[0-4]|highest|high|medium|low)$",
  "componentLabel": "(?i)^(component|area)[:/]",
  "changeTypeLabel": "(?i)^type[:/]",
  "changeComponentLabel": "(?i)^(component|area)[:/]",
  "deploymentPattern": "(?i)\\b(deploy|release|rollout)",
  "deploymentsFromRuns": "auto",
  "nativeDeployments": true,
  "environmentNames": "tool"
}`)
}
