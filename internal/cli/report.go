package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"
)

// ReportCmd tells the server what happened in a CI.
type ReportCmd struct {
	Deployment ReportDeploymentCmd `cmd:"" help:"Report a deployment."`
	Incident   ReportIncidentCmd   `cmd:"" help:"Report an incident, or that one is resolved."`
	Test       ReportTestCmd       `cmd:"" help:"Report a test run, from counts or a JUnit file."`
}

// ReportDeploymentCmd reports one deployment.
type ReportDeploymentCmd struct {
	Application string    `required:"" help:"Key, alias or id of the application."`
	Environment string    `required:"" help:"Name of the environment, \"prod-eu\"."`
	Class       string    `name:"class" help:"Class of the environment: production, staging, testing or development; told from its name when left out."`
	Commit      string    `help:"Deployed commit; taken from the CI's variables when left out."`
	Repository  string    `help:"Address of the repository; taken from the CI's variables when left out."`
	Result      string    `default:"success" help:"success, failure or cancelled."`
	Started     time.Time `help:"When it began, RFC 3339; now when left out."`
	Finished    time.Time `help:"When it ended, RFC 3339; now when left out."`
	Version     string    `help:"Deployed version."`
	Link        string    `name:"link" help:"Address of the deployment or pipeline run."`
	ExternalID  string    `name:"external-id" help:"Your own id; the same id again changes the same deployment."`
	Rollback    bool      `help:"This deployment goes back to an older version."`
	Fixes       string    `help:"Incident this deployment answers: id, key or address."`
	Rework      bool      `help:"This deployment is unplanned work because of an incident."`
}

// firstOf returns the first environment variable that is set.
func firstOf(names ...string) string {
	for _, n := range names {
		if v := os.Getenv(n); v != "" {
			return v
		}
	}
	return ""
}

// ciCommit and ciRepository read what the common CI systems tell about the present job.
func ciCommit() string {
	return firstOf("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "BUILD_SOURCEVERSION", "CIRCLE_SHA1", "BITBUCKET_COMMIT", "BUILDKITE_COMMIT")
}

func ciRepository() string {
	if server, name := os.Getenv("GITHUB_SERVER_URL"), os.Getenv("GITHUB_REPOSITORY"); server != "" && name != "" {
		return server + "/" + name
	}
	return firstOf("CI_PROJECT_URL", "GIT_URL", "BUILD_REPOSITORY_URI", "CIRCLE_REPOSITORY_URL", "BITBUCKET_GIT_HTTP_ORIGIN", "BUILDKITE_REPO")
}

func ciLink() string {
	if server, name, run := os.Getenv("GITHUB_SERVER_URL"), os.Getenv("GITHUB_REPOSITORY"), os.Getenv("GITHUB_RUN_ID"); server != "" && run != "" {
		return server + "/" + name + "/actions/runs/" + run
	}
	return firstOf("CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL")
}

func orElse(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}

func put(body map[string]any, name, value string) {
	if value != "" {
		body[name] = value
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		t = time.Now()
	}
	return t.UTC().Format(time.RFC3339)
}

// Run sends the deployment.
func (r *ReportDeploymentCmd) Run(c *Context) error {
	if r.Started.IsZero() && !r.Finished.IsZero() {
		r.Started = r.Finished
	}
	body := map[string]any{
		"application": r.Application, "environment": r.Environment, "result": r.Result,
		"startedAt": stamp(r.Started), "finishedAt": stamp(r.Finished),
	}
	put(body, "environmentClass", r.Class)
	put(body, "commit", orElse(r.Commit, ciCommit()))
	put(body, "repository", orElse(r.Repository, ciRepository()))
	put(body, "version", r.Version)
	put(body, "url", orElse(r.Link, ciLink()))
	put(body, "externalId", r.ExternalID)
	put(body, "fixesIncident", r.Fixes)
	if r.Rollback {
		body["rollback"] = true
	}
	if r.Rework {
		body["rework"] = true
	}
	return c.report("/deployments", body, "deployment")
}

// ReportIncidentCmd reports one incident.
type ReportIncidentCmd struct {
	Application string    `help:"Key, alias or id of the application; needed for a new incident."`
	Title       string    `help:"What is wrong, in a sentence; needed for a new incident."`
	Started     time.Time `help:"When it began, RFC 3339; now when left out."`
	Resolved    time.Time `help:"When it was resolved, RFC 3339."`
	CausedBy    string    `name:"caused-by" help:"Deployment that caused it: id, external id or address."`
	Severity    string    `help:"As your team calls it."`
	Link        string    `name:"link" help:"Address of the incident."`
	ExternalID  string    `name:"external-id" help:"Your own id; the same id again changes the same incident."`
}

// Run sends the incident.
func (r *ReportIncidentCmd) Run(c *Context) error {
	if r.Application == "" || r.Title == "" {
		return UsageError{"report incident needs --application and --title"}
	}
	body := map[string]any{"application": r.Application, "title": r.Title, "startedAt": stamp(r.Started)}
	if !r.Resolved.IsZero() {
		body["resolvedAt"] = stamp(r.Resolved)
	}
	put(body, "causedBy", r.CausedBy)
	put(body, "severity", r.Severity)
	put(body, "url", r.Link)
	put(body, "externalId", r.ExternalID)
	return c.report("/incidents", body, "incident")
}

// ReportTestCmd reports one test run.
type ReportTestCmd struct {
	Application string    `required:"" help:"Key, alias or id of the application."`
	Name        string    `default:"tests" help:"Name of the suite."`
	JUnit       string    `name:"junit" help:"JUnit XML file to take the counts from; - for standard input."`
	Passed      int64     `help:"Tests that passed."`
	Failed      int64     `help:"Tests that failed."`
	Skipped     int64     `help:"Tests that were skipped."`
	Environment string    `help:"Environment the tests ran in."`
	Commit      string    `help:"Tested commit; taken from the CI's variables when left out."`
	Repository  string    `help:"Address of the repository; taken from the CI's variables when left out."`
	Started     time.Time `help:"When it began, RFC 3339; now when left out."`
	Finished    time.Time `help:"When it ended, RFC 3339; now when left out."`
	Link        string    `name:"link" help:"Address of the test report."`
	ExternalID  string    `name:"external-id" help:"Your own id."`
}

// Run sends the test run.
func (r *ReportTestCmd) Run(c *Context) error {
	if r.JUnit != "" {
		raw, err := c.readFile(r.JUnit)
		if err != nil {
			return err
		}
		counts, err := countJUnit(raw)
		if err != nil {
			return UsageError{fmt.Sprintf("%s: %v", r.JUnit, err)}
		}
		r.Passed, r.Failed, r.Skipped = counts.passed(), counts.failed(), counts.Skipped
	}
	result := "success"
	if r.Failed > 0 {
		result = "failure"
	}
	if r.Started.IsZero() && !r.Finished.IsZero() {
		r.Started = r.Finished
	}
	body := map[string]any{
		"application": r.Application, "name": r.Name, "result": result, "passed": r.Passed, "failed": r.Failed, "skipped": r.Skipped,
		"startedAt": stamp(r.Started), "finishedAt": stamp(r.Finished),
	}
	put(body, "environment", r.Environment)
	put(body, "commit", orElse(r.Commit, ciCommit()))
	put(body, "repository", orElse(r.Repository, ciRepository()))
	put(body, "url", orElse(r.Link, ciLink()))
	put(body, "externalId", r.ExternalID)
	return c.report("/test-runs", body, "test run")
}

func (c *Context) report(path string, body map[string]any, what string) error {
	client, err := c.Client()
	if err != nil {
		return err
	}
	var answer json.RawMessage
	if err := client.Do(c.Ctx, http.MethodPost, path, url.Values{}, body, &answer); err != nil {
		return err
	}
	if c.Global.Output == "json" {
		return c.printJSON(answer)
	}
	var made struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(answer, &made)
	fmt.Fprintf(c.Out, "Reported the %s as %s.\n", what, made.ID)
	return nil
}
