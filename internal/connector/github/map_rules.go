package github

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// The values of [Rules.DeploymentsFromRuns].
const (
	// DeploymentsAuto is "both" when a deployment pattern is set and the connection has no native deployments, else "off".
	DeploymentsAuto = "auto"
	DeploymentsOff  = "off"
	DeploymentsRuns = "runs"
	DeploymentsJobs = "jobs"
	DeploymentsBoth = "both"
)

// The values of [Rules.EnvironmentNames].
const (
	// EnvironmentAsTool keeps the environment as GitHub names it.
	EnvironmentAsTool = "tool"
	// EnvironmentAsClass names an environment by its class when one of the connection's own patterns matches it.
	EnvironmentAsClass = "class"
)

// EnvironmentClass gives environments whose name matches Pattern a class.
type EnvironmentClass struct {
	Pattern string `json:"pattern"`
	Class   string `json:"class"`

	re *regexp.Regexp
}

// Rules say how the pages of one GitHub connection become records. The patterns are Go regular expressions and match
// anywhere in the text. An empty pattern matches nothing, with one exception: without a ProductionPattern every
// pipeline counts as production.
type Rules struct {
	// RepositoryID and RepositoryName say which repository pages belong to that do not tell it themselves.
	RepositoryID   string `json:"repositoryId,omitempty"`
	RepositoryName string `json:"repositoryName,omitempty"`
	// ConnectionID, when set, leaves out pages whose scope names another connection. It comes from an import.
	ConnectionID string `json:"connectionId,omitempty"`

	ChangeTypeLabel      string `json:"changeTypeLabel,omitempty"`
	ChangeComponentLabel string `json:"changeComponentLabel,omitempty"`
	// ClosePattern finds the issues a pull request closes in its title and text; %s stands for the repository's name.
	ClosePattern string `json:"closePattern,omitempty"`

	RequirementLabel string `json:"requirementLabel,omitempty"`
	BugLabel         string `json:"bugLabel,omitempty"`
	IncidentLabel    string `json:"incidentLabel,omitempty"`
	SeverityLabel    string `json:"severityLabel,omitempty"`
	PriorityLabel    string `json:"priorityLabel,omitempty"`
	ComponentLabel   string `json:"componentLabel,omitempty"`

	DeploymentPattern   string `json:"deploymentPattern,omitempty"`
	ProductionPattern   string `json:"productionPattern,omitempty"`
	DeploymentsFromRuns string `json:"deploymentsFromRuns,omitempty"`
	// NativeDeployments is true when the connection reads GitHub's own deployments.
	NativeDeployments bool `json:"nativeDeployments,omitempty"`

	EnvironmentClasses []EnvironmentClass `json:"environmentClasses,omitempty"`
	EnvironmentNames   string             `json:"environmentNames,omitempty"`

	// IgnoredAccounts are logins whose pull requests, reviews and comments are left out, whatever their case.
	IgnoredAccounts []string `json:"ignoredAccounts,omitempty"`

	changeType, changeComponent, closes                       *regexp.Regexp
	requirement, bug, incident, severity, priority, component *regexp.Regexp
	deployment, production                                    *regexp.Regexp
	ignored                                                   map[string]bool
	unknown                                                   []string
}

// ruleKeys maps the folded names a rule may have to its own name: first ours, then those of a DevLake scope config.
var ruleKeys = map[string]string{
	"repositoryid": "repositoryId", "githubid": "repositoryId",
	"repositoryname": "repositoryName", "name": "repositoryName", "fullname": "repositoryName",
	"connectionid":    "connectionId",
	"changetypelabel": "changeTypeLabel", "prtype": "changeTypeLabel",
	"changecomponentlabel": "changeComponentLabel", "prcomponent": "changeComponentLabel",
	"closepattern": "closePattern", "prbodyclosepattern": "closePattern",
	"requirementlabel": "requirementLabel", "issuetyperequirement": "requirementLabel",
	"buglabel": "bugLabel", "issuetypebug": "bugLabel",
	"incidentlabel": "incidentLabel", "issuetypeincident": "incidentLabel",
	"severitylabel": "severityLabel", "issueseverity": "severityLabel",
	"prioritylabel": "priorityLabel", "issuepriority": "priorityLabel",
	"componentlabel": "componentLabel", "issuecomponent": "componentLabel",
	"deploymentpattern": "deploymentPattern", "deployment": "deploymentPattern",
	"productionpattern": "productionPattern", "production": "productionPattern",
	"deploymentsfromruns": "deploymentsFromRuns",
	"nativedeployments":   "nativeDeployments",
	"environmentclasses":  "environmentClasses",
	"environmentnames":    "environmentNames",
	"ignoredaccounts":     "ignoredAccounts",
	"envnamepattern":      "envNamePattern",
}

// ruleGroups are keys under which an import keeps further rules.
var ruleGroups = []string{"options", "scopeconfig", "patterns"}

// ParseConfig reads the mapping rules of a connection. It takes our own names and, whatever their case, those of a
// DevLake scope config, so that a team can bring the one it has. Every value that is not acceptable is named.
func ParseConfig(raw []byte) (Rules, error) {
	var rules Rules
	v, err := decode(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	if err != nil {
		return rules, err
	}
	top, ok := v.(object)
	if !ok && v != nil {
		return rules, problem.New(problem.Invalid, "bad_mapping_rules", "The mapping rules must be a JSON object.")
	}
	var faults problem.Fields
	flat := map[string]any{}
	rules.gather(top, flat, 0)
	rules.take(flat, &faults)
	rules.compile(&faults)
	if err := faults.Err("bad_mapping_rules", "The mapping rules cannot be used."); err != nil {
		return Rules{}, err
	}
	return rules, nil
}

// UnknownKeys are the names in the rules that mean nothing here, so that a person who mistyped one can be told.
func (r Rules) UnknownKeys() []string { return r.unknown }

func (r *Rules) gather(o object, flat map[string]any, depth int) {
	for _, k := range sortedKeys(o) {
		if name, ok := ruleKeys[k]; ok && o[k] != nil {
			if _, twice := flat[name]; !twice {
				flat[name] = o[k]
			}
		} else if !ok && !isGroup(k) {
			r.unknown = append(r.unknown, k)
		}
	}
	for _, group := range ruleGroups {
		if inner := o.object(group); inner != nil && depth < 4 {
			r.gather(inner, flat, depth+1)
		}
	}
}

func isGroup(key string) bool {
	for _, g := range ruleGroups {
		if g == key {
			return true
		}
	}
	return false
}

func (r *Rules) take(flat map[string]any, faults *problem.Fields) {
	texts := map[string]*string{
		"repositoryId": &r.RepositoryID, "repositoryName": &r.RepositoryName, "connectionId": &r.ConnectionID,
		"changeTypeLabel": &r.ChangeTypeLabel, "changeComponentLabel": &r.ChangeComponentLabel,
		"closePattern": &r.ClosePattern, "requirementLabel": &r.RequirementLabel, "bugLabel": &r.BugLabel,
		"incidentLabel": &r.IncidentLabel, "severityLabel": &r.SeverityLabel, "priorityLabel": &r.PriorityLabel,
		"componentLabel": &r.ComponentLabel, "deploymentPattern": &r.DeploymentPattern,
		"productionPattern": &r.ProductionPattern, "deploymentsFromRuns": &r.DeploymentsFromRuns,
		"environmentNames": &r.EnvironmentNames,
	}
	for _, name := range sortedKeys(flat) {
		switch v := flat[name].(type) {
		case string:
			if to := texts[name]; to != nil {
				*to = v
				continue
			}
			if name == "envNamePattern" {
				if v != "" {
					r.EnvironmentClasses = append(r.EnvironmentClasses,
						EnvironmentClass{Pattern: v, Class: delivery.EnvironmentProduction})
					r.EnvironmentNames = EnvironmentAsClass
				}
				continue
			}
		case json.Number:
			if name == "repositoryId" || name == "connectionId" {
				*texts[name] = v.String()
				continue
			}
		case bool:
			if name == "nativeDeployments" {
				r.NativeDeployments = v
				continue
			}
		case []any:
			if name == "environmentClasses" && r.takeClasses(v, faults) {
				continue
			}
			if name == "ignoredAccounts" && r.takeAccounts(v) {
				continue
			}
		}
		faults.Add(name, "bad_value", "This rule does not take a value of this type.")
	}
}

func (r *Rules) takeClasses(list []any, faults *problem.Fields) bool {
	for i, e := range list {
		o, ok := e.(object)
		if !ok {
			return false
		}
		c := EnvironmentClass{Pattern: o.text("pattern"), Class: strings.ToUpper(o.text("class"))}
		switch c.Class {
		case delivery.EnvironmentProduction, delivery.EnvironmentStaging, delivery.EnvironmentTesting,
			delivery.EnvironmentDevelopment:
		default:
			faults.Add(fmt.Sprintf("environmentClasses[%d].class", i), "unknown_environment_class",
				"The class must be PRODUCTION, STAGING, TESTING or DEVELOPMENT.")
		}
		r.EnvironmentClasses = append(r.EnvironmentClasses, c)
	}
	return true
}

func (r *Rules) takeAccounts(list []any) bool {
	for _, e := range list {
		login, ok := e.(string)
		if !ok {
			return false
		}
		r.IgnoredAccounts = append(r.IgnoredAccounts, login)
	}
	return true
}
