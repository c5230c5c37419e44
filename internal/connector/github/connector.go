package github

import (
	"encoding/json"
	"strconv"
	"sync"

	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// Connector is the kind "github".
type Connector struct {
	rules *rulesCache
}

// New returns the connector.
func New() Connector { return Connector{rules: &rulesCache{all: map[string]Rules{}}} }

// The settings of a connection.
const (
	settingBaseURL  = "baseUrl"
	settingHistory  = "historyDays"
	settingBranches = "branches"
	settingCensus   = "censusDays"
)

const publicAPI = "https://api.github.com"

// Describe tells what a connection needs and brings.
func (Connector) Describe() connector.Description {
	return connector.Description{
		Kind: "github", Title: "GitHub",
		Summary: "Commits, pull requests with reviews, issues, workflow runs and jobs, deployments and releases of GitHub or GitHub Enterprise Server.",
		Settings: []connector.Setting{
			{Name: settingBaseURL, Title: "Address of the API", Default: publicAPI, Address: true,
				Help: "Leave it for github.com. For GitHub Enterprise Server: https://github.example.com/api/v3."},
			{Name: settingHistory, Title: "Days of history", Default: "365",
				Help: "How far back the first run goes for pull requests, issues, runs and deployments; 0 means everything. Commits are always collected whole."},
			{Name: settingCensus, Title: "Days between full listings", Default: "7",
				Help: "How often all pull requests, issues and deployments are listed again to find those that were deleted at GitHub; what is gone is taken back here too. 0 means never: then only a webhook tells of what was deleted."},
			{Name: settingBranches, Title: "Further branches",
				Help: "A regular expression of branches whose commits are collected beside those of the default branch, such as ^release/. Needed where releases are deployed from branches."},
		},
		Credential: "Access token",
		CredentialHelp: "A fine-grained token with read access to Metadata, Contents, Issues, Pull requests, Actions and Deployments of the repositories, " +
			"or a classic token with the scope repo (public_repo for public repositories alone). Without a token only public repositories can be read, 60 requests an hour.",
		Pulls: true, Webhooks: true, DefaultRules: DefaultRules(), RulesSchema: RulesSchema(),
	}
}

// CheckRules reports what is wrong with rules, and names keys that mean nothing.
func (Connector) CheckRules(raw json.RawMessage) error {
	rules, err := ParseConfig(raw)
	if err != nil {
		return err
	}
	var faults problem.Fields
	for _, key := range rules.UnknownKeys() {
		faults.Add("rules."+key, "unknown", "No rule has this name; it may be mistyped.")
	}
	return faults.Err("bad_mapping_rules", "The mapping rules cannot be used.")
}

// Map turns one page into records.
func (c Connector) Map(raw json.RawMessage, page connector.Page) ([]delivery.Record, []connector.Unmapped, error) {
	var in struct {
		ExternalID string `json:"externalId"`
		Name       string `json:"name"`
	}
	// A scope of another shape, as an import may have, is read by the mapping itself.
	_ = json.Unmarshal(page.Scope, &in)
	rules, err := c.rules.get(raw, in.ExternalID, in.Name)
	if err != nil {
		return nil, nil, err
	}
	return Map(rules, page)
}

// rulesCache keeps compiled rules by their text and the scope they were completed for.
type rulesCache struct {
	mu  sync.Mutex
	all map[string]Rules
}

const cachedRules = 500

func (c *rulesCache) get(raw json.RawMessage, id, name string) (Rules, error) {
	key := id + "\x00" + name + "\x00" + string(raw)
	c.mu.Lock()
	rules, ok := c.all[key]
	c.mu.Unlock()
	if ok {
		return rules, nil
	}
	rules, err := rulesFor(raw, id, name)
	if err != nil {
		return Rules{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) >= cachedRules {
		clear(c.all)
	}
	c.all[key] = rules
	return rules, nil
}

// rulesFor compiles rules; a repository they do not name is that of the scope, which patterns may speak of.
func rulesFor(raw json.RawMessage, id, name string) (Rules, error) {
	rules, err := ParseConfig(raw)
	if err != nil || (rules.RepositoryID != "" || rules.RepositoryName != "") {
		return rules, err
	}
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 {
		rules.RepositoryID = id
	}
	rules.RepositoryName = name
	var faults problem.Fields
	rules.compile(&faults)
	return rules, faults.Err("bad_mapping_rules", "The mapping rules cannot be used.")
}
