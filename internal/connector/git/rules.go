package git

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"

	"millrace/internal/platform/problem"
)

// Rules are the mapping rules of a git connection.
type Rules struct {
	// DeploymentTags say which tags are deployments; the first that matches decides.
	DeploymentTags []TagRule `json:"deploymentTags"`
}

// TagRule makes a deployment of a tag.
type TagRule struct {
	// Pattern is a regular expression over the tag's name. A named group "environment", "application" or "version"
	// fills what the rule leaves open: "^deploy/(?P<environment>[^/]+)/".
	Pattern          string `json:"pattern"`
	Environment      string `json:"environment,omitempty"`
	EnvironmentClass string `json:"environmentClass,omitempty"`
	Application      string `json:"application,omitempty"`
	// Result is SUCCESS unless the rule says FAILURE, for tags that mark failed deployments.
	Result string `json:"result,omitempty"`

	re *regexp.Regexp
}

// DefaultRules take plain version tags for deployments to production.
const DefaultRules = `{"deploymentTags":[{"pattern":"^v?\\d+(\\.\\d+)+$","environment":"production","environmentClass":"PRODUCTION"}]}`

const rulesSchema = `{"type":"object","additionalProperties":false,"properties":{"deploymentTags":{"type":"array","items":{"type":"object",
"required":["pattern"],"additionalProperties":false,"properties":{"pattern":{"type":"string","description":"Regular expression over the tag's name; the groups environment, application and version fill what the rule leaves open."},
"environment":{"type":"string"},"environmentClass":{"enum":["","PRODUCTION","STAGING","TESTING","DEVELOPMENT"]},"application":{"type":"string"},"result":{"enum":["","SUCCESS","FAILURE"]}}}}}}`

// ParseRules reads rules and reports every fault by its key.
func ParseRules(raw []byte) (Rules, error) {
	var r Rules
	if len(raw) == 0 {
		return r, nil
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	in.DisallowUnknownFields()
	if err := in.Decode(&r); err != nil {
		return r, problem.New(problem.Invalid, "rules_unreadable", "The mapping rules are not the JSON this connector reads, or hold a name it does not know.").Because(err)
	}
	var faults problem.Fields
	for i := range r.DeploymentTags {
		t := &r.DeploymentTags[i]
		path := fmt.Sprintf("rules.deploymentTags[%d]", i)
		var err error
		if t.re, err = regexp.Compile(t.Pattern); err != nil || t.Pattern == "" {
			faults.Add(path+".pattern", "bad_pattern", "The pattern is not a regular expression.")
			continue
		}
		if t.Environment == "" && t.re.SubexpIndex("environment") < 0 {
			faults.Add(path+".environment", "required", "Name the environment, or give the pattern a group named environment.")
		}
		switch t.EnvironmentClass {
		case "", "PRODUCTION", "STAGING", "TESTING", "DEVELOPMENT":
		default:
			faults.Add(path+".environmentClass", "not_an_option", "The class is PRODUCTION, STAGING, TESTING or DEVELOPMENT.")
		}
		switch t.Result {
		case "", "SUCCESS", "FAILURE":
		default:
			faults.Add(path+".result", "not_an_option", "The result is SUCCESS or FAILURE.")
		}
	}
	return r, faults.Err("rules_invalid", "The mapping rules have faults.")
}

// match returns the rule completed for a tag.
func (r Rules) match(tag string) (rule TagRule, version string, ok bool) {
	for _, t := range r.DeploymentTags {
		m := t.re.FindStringSubmatch(tag)
		if m == nil {
			continue
		}
		version = tag
		for i, name := range t.re.SubexpNames() {
			switch {
			case m[i] == "":
			case name == "environment" && t.Environment == "":
				t.Environment = m[i]
			case name == "application" && t.Application == "":
				t.Application = m[i]
			case name == "version":
				version = m[i]
			}
		}
		return t, version, t.Environment != ""
	}
	return TagRule{}, "", false
}
