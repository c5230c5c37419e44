package github

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"millrace/internal/platform/problem"
)

func TestParseConfigTakesAScopeConfig(t *testing.T) {
	rules := rulesOf(t, `{"ConnectionId":1,"Name":"acme/shop","GithubId":7,"patterns":{"DEPLOYMENT":"^d","PRODUCTION":"^p"},
		"ScopeConfig":{"PrType":"type/(.*)$","PRCOMPONENT":"c","prBodyClosePattern":"closes #%s","IssueSeverity":"s","IssuePriority":"p",
		"IssueComponent":"k","IssueTypeBug":"b","IssueTypeIncident":"","IssueTypeRequirement":"r","EnvNamePattern":"(?i)prod","Refdiff":{}}}`)
	got := []string{rules.ConnectionID, rules.RepositoryName, rules.RepositoryID, rules.DeploymentPattern, rules.ProductionPattern,
		rules.ChangeTypeLabel, rules.ChangeComponentLabel, rules.SeverityLabel, rules.PriorityLabel, rules.ComponentLabel,
		rules.BugLabel, rules.IncidentLabel, rules.RequirementLabel, rules.EnvironmentNames, rules.EnvironmentClasses[0].Class}
	want := "1 acme/shop 7 ^d ^p type/(.*)$ c s p k b  r class PRODUCTION"
	if strings.Join(got, " ") != want {
		t.Errorf("got %q", strings.Join(got, " "))
	}
	if rules.closes.String() != "closes #acme/shop" || rules.incident != nil {
		t.Errorf("closes %v, incident %v", rules.closes, rules.incident)
	}
	if strings.Join(rules.UnknownKeys(), " ") != "refdiff" {
		t.Errorf("unknown keys %v", rules.UnknownKeys())
	}
	for _, nothing := range []string{"", "null", "{}"} {
		if _, err := ParseConfig([]byte(nothing)); err != nil {
			t.Errorf("%q: %v", nothing, err)
		}
	}
}

func TestParseConfigNamesWhatIsWrong(t *testing.T) {
	for config, want := range map[string]string{
		`{"bugLabel":"(","ScopeConfig":{"PrType":"["}}`:                    "bugLabel bad_pattern changeTypeLabel bad_pattern",
		`{"deploymentsFromRuns":"sometimes"}`:                              "deploymentsFromRuns unknown_value",
		`{"environmentNames":"x"}`:                                         "environmentNames unknown_value",
		`{"environmentClasses":[{"pattern":"a","class":"PROD"}]}`:          "environmentClasses[0].class unknown_environment_class",
		`{"environmentClasses":[{"pattern":"*","class":"testing"}]}`:       "environmentClasses[0].pattern bad_pattern",
		`{"environmentClasses":["a"]}`:                                     "environmentClasses bad_value",
		`{"severityLabel":["a"],"ignoredAccounts":"x","closePattern":"("}`: "closePattern bad_pattern ignoredAccounts bad_value severityLabel bad_value",
		`[]`: "", `{`: "", strings.Repeat("[", 100): "",
	} {
		_, err := ParseConfig([]byte(config))
		p := problem.Of(err)
		if p == nil || p.Kind != problem.Invalid {
			t.Errorf("%s: %v", config, err)
			continue
		}
		told := map[string]bool{}
		for _, f := range p.Fields {
			told[f.Path+" "+f.Code] = true
		}
		got := strings.Join(sortedKeys(told), " ")
		if got != want {
			t.Errorf("%s: told %q, want %q", config, got, want)
		}
	}
}

func TestRulesSchemaNamesEveryRule(t *testing.T) {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(RulesSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	typ := reflect.TypeFor[Rules]()
	want := 0
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		want++
		if schema.Properties[name] == nil || ruleKeys[fold(name)] != name {
			t.Errorf("the schema or the loader does not know %q", name)
		}
	}
	if len(schema.Properties) != want {
		t.Errorf("the schema has %d properties, the rules %d", len(schema.Properties), want)
	}
}

// What a person is offered must be acceptable and must survive being stored.
func TestDefaultRules(t *testing.T) {
	rules := rulesOf(t, string(DefaultRules()))
	if len(rules.UnknownKeys()) > 0 || !rules.NativeDeployments {
		t.Errorf("default rules: %+v", rules)
	}
	raw, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	if again := rulesOf(t, string(raw)); again.IncidentLabel != rules.IncidentLabel || again.DeploymentPattern != rules.DeploymentPattern {
		t.Errorf("read again: %+v", again)
	}
	for label, want := range map[string]bool{"incident": true, "type: incident": true, "outage": true, "coincidental": false} {
		if rules.incident.MatchString(label) != want {
			t.Errorf("incident label %q: want %v", label, want)
		}
	}
}

func TestIgnoredAccounts(t *testing.T) {
	config := `{"ignoredAccounts":["Renovate[bot]"]}`
	for _, p := range []struct{ endpoint, payload string }{
		{"pulls", `{"id":1,"number":1,"user":{"id":2,"login":"renovate[BOT]"}}`},
		{"comments", `{"id":1,"issue_url":"x/issues/1","user":{"id":2,"login":"renovate[bot]"}}`},
		{"reviews", `{"id":1,"state":"APPROVED","pull_request_url":"x/pulls/1","user":{"id":2,"login":"renovate[bot]"}}`},
	} {
		if got, _ := mapped(t, config, page(p.endpoint, p.payload)); len(got) != 0 {
			t.Errorf("%s: %v", p.endpoint, got)
		}
		if got, _ := mapped(t, `{}`, page(p.endpoint, p.payload)); len(got) == 0 {
			t.Errorf("%s: nothing without the rule", p.endpoint)
		}
	}
}
