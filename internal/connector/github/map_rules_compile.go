package github

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// GitHub itself closes an issue at these words; the pattern is used when the rules name none.
const githubCloses = `(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+` +
	`(?:#\d+|https://github\.com/%s/issues/\d+)` +
	`(?:\s*(?:,|and|,\s*and)\s*(?:#\d+|https://github\.com/%s/issues/\d+))*`

// compile turns the patterns into regular expressions and checks the enumerations. An error names the rule.
func (r *Rules) compile(faults *problem.Fields) {
	add := func(name, pattern string) *regexp.Regexp {
		if pattern == "" {
			return nil
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			faults.Add(name, "bad_pattern", fmt.Sprintf("The pattern is not a regular expression: %s.", err))
		}
		return re
	}
	closePattern := r.ClosePattern
	if closePattern == "" {
		closePattern = githubCloses
	}
	name := regexp.QuoteMeta(r.RepositoryName)
	if name == "" {
		name = `[\w.-]+/[\w.-]+`
	}
	r.closes = add("closePattern", strings.ReplaceAll(closePattern, "%s", name))
	r.changeType = add("changeTypeLabel", r.ChangeTypeLabel)
	r.changeComponent = add("changeComponentLabel", r.ChangeComponentLabel)
	r.requirement = add("requirementLabel", r.RequirementLabel)
	r.bug = add("bugLabel", r.BugLabel)
	r.incident = add("incidentLabel", r.IncidentLabel)
	r.severity = add("severityLabel", r.SeverityLabel)
	r.priority = add("priorityLabel", r.PriorityLabel)
	r.component = add("componentLabel", r.ComponentLabel)
	r.deployment = add("deploymentPattern", r.DeploymentPattern)
	r.production = add("productionPattern", r.ProductionPattern)
	for i := range r.EnvironmentClasses {
		c := &r.EnvironmentClasses[i]
		c.re = add(fmt.Sprintf("environmentClasses[%d].pattern", i), c.Pattern)
	}
	switch r.DeploymentsFromRuns {
	case "", DeploymentsAuto, DeploymentsOff, DeploymentsRuns, DeploymentsJobs, DeploymentsBoth:
	default:
		faults.Add("deploymentsFromRuns", "unknown_value", "The value must be auto, off, runs, jobs or both.")
	}
	switch r.EnvironmentNames {
	case "", EnvironmentAsTool, EnvironmentAsClass:
	default:
		faults.Add("environmentNames", "unknown_value", "The value must be tool or class.")
	}
	r.ignored = make(map[string]bool, len(r.IgnoredAccounts))
	for _, login := range r.IgnoredAccounts {
		r.ignored[strings.ToLower(login)] = true
	}
}

// deployments tells whether runs, and whether jobs, that match the deployment pattern become deployments.
func (r *Rules) deployments() (fromRuns, fromJobs bool) {
	switch r.DeploymentsFromRuns {
	case DeploymentsRuns:
		return true, false
	case DeploymentsJobs:
		return false, true
	case DeploymentsBoth:
		return true, true
	case DeploymentsOff:
		return false, false
	}
	on := r.deployment != nil && !r.NativeDeployments
	return on, on
}

// pipelineType is DEPLOYMENT when the name matches the deployment pattern.
func (r *Rules) pipelineType(name string) string {
	if matches(r.deployment, name) {
		return delivery.PipelineDeployment
	}
	return ""
}

// pipelineEnvironment is PRODUCTION when one of the names matches the production pattern, or when there is none.
func (r *Rules) pipelineEnvironment(names ...string) string {
	if r.production == nil {
		return delivery.EnvironmentProduction
	}
	for _, n := range names {
		if r.production.MatchString(n) {
			return delivery.EnvironmentProduction
		}
	}
	return ""
}

// The names that are common enough to need no rule, asked in this order: "pre-prod" must not be taken for production.
var commonClasses = []EnvironmentClass{
	{re: regexp.MustCompile(`(?i)(^|[^a-z])non[-_ ]?prod(uction)?([^a-z]|$)`), Class: delivery.EnvironmentTesting},
	{re: regexp.MustCompile(`(?i)(^|[^a-z])(stage|staging|stg|uat|pre[-_ ]?(prod|prd|production))([^a-z]|$)`),
		Class: delivery.EnvironmentStaging},
	{re: regexp.MustCompile(`(?i)(^|[^a-z])(prod|production|live|prd)([^a-z]|$)`), Class: delivery.EnvironmentProduction},
	{re: regexp.MustCompile(`(?i)(^|[^a-z])(test|testing|qa|sit)([^a-z]|$)`), Class: delivery.EnvironmentTesting},
	{re: regexp.MustCompile(`(?i)(^|[^a-z])(dev|develop|development)([^a-z]|$)`), Class: delivery.EnvironmentDevelopment},
}

// environmentClass derives the class of an environment's name: the connection's own patterns first, then the common
// names. own is true when a pattern of the connection decided.
func (r *Rules) environmentClass(name string) (class string, own bool) {
	for i := range r.EnvironmentClasses {
		if matches(r.EnvironmentClasses[i].re, name) {
			return r.EnvironmentClasses[i].Class, true
		}
	}
	for i := range commonClasses {
		if commonClasses[i].re.MatchString(name) {
			return commonClasses[i].Class, false
		}
	}
	return "", false
}

func matches(re *regexp.Regexp, s string) bool { return re != nil && re.MatchString(s) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
