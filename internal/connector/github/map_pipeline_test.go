package github

import (
	"encoding/json"
	"strings"
	"testing"

	"millrace/internal/connector"
)

func TestRunEdges(t *testing.T) {
	config := `{"deploymentPattern":"(?i)deploy","productionPattern":"prod|^main$","deploymentsFromRuns":"off"}`
	got, _ := mapped(t, config, page("runs", `{"total_count":2,"workflow_runs":[
		{"id":1,"name":"CI","head_branch":"main","head_sha":"s1","status":"completed","conclusion":"cancelled","run_attempt":3,
		"created_at":"2024-03-01T10:00:00Z","run_started_at":"2024-03-03T10:00:00+02:00","updated_at":"2024-03-03T08:01:30.900Z",
		"url":"https://api.github.com/repos/acme/shop/actions/runs/1","html_url":"https://github.com/acme/shop/actions/runs/1","display_title":"Fix"},
		{"id":2,"name":"Deploy","head_branch":"dev","head_sha":"s2","status":"in_progress","conclusion":null,
		"created_at":"2024-03-01T10:00:00Z","run_started_at":"2024-03-01T10:00:05Z","updated_at":"2024-03-01T10:01:05Z"}]}`))
	check(t, got, "pipeline_run run:7/1", fields{"attempt": 3, "result": "FAILURE", "resultRaw": "cancelled", "status": "DONE",
		"createdAt": "2024-03-01T10:00:00Z", "startedAt": "2024-03-03T08:00:00Z", "durationSec": 90, "type": "",
		"environment": "PRODUCTION", "displayTitle": "Fix", "scopeId": "repo:7"})
	check(t, got, "pipeline_run run:7/2", fields{"finishedAt": nil, "durationSec": 60, "status": "IN_PROGRESS", "result": "",
		"type": "DEPLOYMENT", "environment": ""})
	check(t, got, "pipeline_run_commit run:7/1|s1", fields{"branch": "main", "repoUrl": "https://github.com/acme/shop",
		"url": "https://github.com/acme/shop/actions/runs/1"})
	none(t, got, "deployment")
}

func TestJobEdges(t *testing.T) {
	p := page("", `{"total_count":1,"jobs":[{"id":9,"run_id":1,"name":"deploy","status":"completed","conclusion":"success",
		"created_at":"2024-03-01T10:00:00Z","started_at":"2024-03-01T10:00:05Z","completed_at":"2024-03-01T10:00:07Z"},
		{"id":10,"run_id":1,"name":"waits","status":"queued","conclusion":null,"created_at":"2024-03-01T10:00:00Z","started_at":null}]}`)
	p.URL = "https://ghe.example.test/api/v3/repos/acme/shop/actions/runs/1/attempts/2/jobs"
	got, _ := mapped(t, `{}`, p)
	check(t, got, "job_run job:1/9", fields{"pipelineRunId": "run:7/1", "result": "SUCCESS", "resultRaw": "SUCCESS",
		"statusRaw": "COMPLETED", "durationSec": 2, "environment": "PRODUCTION", "type": ""})
	check(t, got, "job_run job:1/10", fields{"status": "IN_PROGRESS", "startedAt": nil, "durationSec": nil})
	got, _ = mapped(t, `{}`, page("graphql_jobs", `{"data":{"node":{"id":"CS_x","workflowRun":{"databaseId":1},"checkRuns":{"nodes":[
		{"id":"CR_x","databaseId":9,"name":"build","status":"COMPLETED","conclusion":"FAILURE"},
		{"id":"CR_y","databaseId":8,"name":"x","startedAt":"soon"},{"id":"CR_z","databaseId":7,"name":"z"}]}}}}`))
	check(t, got, "job_run job:1/9", fields{"result": "FAILURE", "name": "build"})
	check(t, got, "job_run job:1/7", fields{"status": "OTHER"})
	none(t, got, "job_run job:1/8")
	got, _ = mapped(t, `{}`, page("graphql_jobs", `{"DatabaseId":9,"Name":"b","DetailsUrl":"https://github.com/acme/shop/actions/runs/4/job/9"}`))
	check(t, got, "job_run job:4/9", fields{"url": "https://github.com/acme/shop/actions/runs/4/job/9"})
	_, unmapped := mapped(t, `{}`, page("jobs", `{"id":9,"name":"b"}`))
	if len(unmapped) != 1 || unmapped[0].Reason != "no_parent" {
		t.Errorf("job of no run: %v", unmapped)
	}
	got, _ = mapped(t, `{}`, page("runs", `{"id":"WFR_x","databaseId":3,"workflow":{"name":"CI"},"checkSuite":{"status":"COMPLETED","conclusion":"SUCCESS"}}`))
	check(t, got, "pipeline_run run:7/3", fields{"name": "CI", "result": "SUCCESS", "status": "DONE"})
	got, _ = mapped(t, `{}`, page("graphql_jobs", `{"RunId":1,"Id":"CR_x","DatabaseId":9,"Name":"b","Status":"COMPLETED","Conclusion":"SKIPPED","StartedAt":"0001-01-01T00:00:00Z"}`))
	check(t, got, "job_run job:1/9", fields{"result": "", "resultRaw": "SKIPPED", "startedAt": nil})
}

const (
	greenRun = `{"endpoint":"runs","scope":{"id":7},"payload":{"id":1,"name":"NAME","head_sha":"s1","head_branch":"main","status":"completed",` +
		`"conclusion":"success","created_at":"2024-03-01T10:00:00Z","run_started_at":"2024-03-01T10:00:00Z","updated_at":"2024-03-01T10:05:00Z"}}`
	deployJob = `{"endpoint":"jobs","scope":{"id":7},"payload":{"id":9,"run_id":1,"workflow_name":"NAME","name":"deploy","head_sha":"s1",` +
		`"status":"completed","conclusion":"RESULT","started_at":"2024-03-01T10:04:00Z","completed_at":"2024-03-01T10:05:00Z"}}`
)

// deployed returns the external ids of the deployments that succeeded in production.
func deployed(records map[string]fields) string {
	var ids []string
	for key, r := range records {
		if strings.HasPrefix(key, "deployment ") && r["result"] == "SUCCESS" && r["environmentClass"] == "PRODUCTION" {
			ids = append(ids, r["externalId"].(string))
		}
	}
	return strings.Join(ids, " ")
}

func TestTheJobDecidesWhetherARunDeployed(t *testing.T) {
	for _, c := range []struct{ name, rules, workflow, result, want string }{
		{"skipped job of a green build", `"deploymentPattern":"(?i)deploy"`, "CI", "skipped", ""},
		{"skipped job of a green deploy run", `"deploymentPattern":"(?i)deploy"`, "Build and deploy", "skipped", ""},
		{"failed job", `"deploymentPattern":"(?i)deploy"`, "Deploy", "failure", ""},
		{"cancelled job", `"deploymentPattern":"(?i)deploy"`, "Deploy", "cancelled", ""},
		{"green job", `"deploymentPattern":"(?i)deploy"`, "Deploy", "success", "job:1/9"},
		{"run without a job that matches", `"deploymentPattern":"^Release$"`, "Release", "success", "run:7/1"},
		{"runs alone", `"deploymentPattern":"(?i)deploy","deploymentsFromRuns":"runs"`, "Deploy", "success", "run:7/1"},
		{"jobs alone", `"deploymentPattern":"^Release$","deploymentsFromRuns":"jobs"`, "Release", "success", ""},
		{"native deployments", `"deploymentPattern":"(?i)deploy","nativeDeployments":true`, "Deploy", "success", ""},
		{"no pattern", `"productionPattern":"."`, "Deploy", "success", ""},
		{"not production", `"deploymentPattern":"(?i)deploy","productionPattern":"prod"`, "Deploy", "success", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			fill := strings.NewReplacer("NAME", c.workflow, "RESULT", c.result)
			run, job := fill.Replace(greenRun), fill.Replace(deployJob)
			for _, lines := range []string{run + "\n" + job, job + "\n" + run} {
				if got := deployed(mapLines(t, "{"+c.rules+"}", lines)); got != c.want {
					t.Errorf("deployed %q, want %q", got, c.want)
				}
			}
			// Page by page, without a memory, the later job withdraws what its run seemed to be.
			stored := map[string]fields{}
			for _, line := range []string{run, job} {
				var p connector.Page
				if err := json.Unmarshal([]byte(line), &p); err != nil {
					t.Fatal(err)
				}
				records, _ := mapped(t, "{"+c.rules+"}", p)
				for k, v := range records {
					stored[k] = v
				}
			}
			for key, r := range stored {
				if strings.HasPrefix(key, "deployment_commit ") && r["result"] == "SUCCESS" &&
					stored["deployment "+r["deploymentId"].(string)]["result"] != "SUCCESS" {
					t.Errorf("%s still says that it succeeded", key)
				}
			}
			if got := deployed(stored); got != c.want {
				t.Errorf("page by page deployed %q, want %q", got, c.want)
			}
		})
	}
}

func TestJobsRecordedWithTheirRunDecide(t *testing.T) {
	p := page("runs", `{"id":1,"name":"Deploy","head_sha":"s1","status":"completed","conclusion":"success","updated_at":"2024-03-01T10:05:00Z"}`)
	p.Input = json.RawMessage(`{"jobs":[{"id":9,"run_id":1,"name":"deploy","conclusion":"skipped"}]}`)
	got, _ := mapped(t, `{"deploymentPattern":"(?i)deploy"}`, p)
	none(t, got, "deployment")
	check(t, got, "pipeline_run run:7/1", fields{"type": "DEPLOYMENT"})
}

func TestRunDeploymentNamesItsEnvironment(t *testing.T) {
	for _, c := range []struct{ rules, name, class string }{
		{`"deploymentPattern":"deploy"`, "deploy", "PRODUCTION"},
		{`"deploymentPattern":"deploy"`, "deploy-staging", "STAGING"},
		{`"deploymentPattern":"deploy","productionPattern":"deploy-live"`, "deploy-live", "PRODUCTION"},
		{`"deploymentPattern":"deploy","productionPattern":"deploy-live"`, "deploy-qa", "TESTING"},
		{`"deploymentPattern":"deploy","productionPattern":"deploy"`, "deploy-qa", "PRODUCTION"},
		{`"deploymentPattern":"deploy","environmentClasses":[{"pattern":"blue","class":"staging"}]`, "deploy blue", "STAGING"},
	} {
		line := strings.NewReplacer("NAME", "CI", `"name":"deploy"`, `"name":"`+c.name+`"`, "RESULT", "success").Replace(deployJob)
		got := mapLines(t, "{"+c.rules+"}", line)
		check(t, got, "deployment job:1/9", fields{"environmentClass": c.class, "environment": c.class, "environmentRaw": c.name,
			"pipelineRunId": "run:7/1"})
		check(t, got, "deployment_commit job:1/9|s1", fields{"deploymentId": "job:1/9", "repoId": "repo:7"})
	}
}

func TestNativeDeployments(t *testing.T) {
	rest := `{"id":77,"node_id":"DE_a","sha":"s1","ref":"v1.2","task":"deploy","environment":"prod-eu","production_environment":false,
		"creator":{"id":3,"login":"ann"},"created_at":"2024-03-01T10:00:00Z","updated_at":"2024-03-09T10:00:00Z",
		"statuses_url":"x","repository_url":"https://api.github.com/repos/acme/shop"`
	statuses := `[{"id":3,"state":"inactive","created_at":"2024-03-09T10:00:00Z","updated_at":"2024-03-09T10:00:00Z"},
		{"id":2,"state":"STATE","created_at":"2024-03-01T10:02:00Z","updated_at":"2024-03-01T10:02:30.500Z"},
		{"id":1,"state":"in_progress","created_at":"2024-03-01T10:00:10Z","updated_at":"2024-03-01T10:00:10Z"}]`
	at := func(p connector.Page) connector.Page {
		p.URL = "https://api.github.com/repos/acme/shop/deployments/77/statuses"
		return p
	}
	for _, c := range []struct{ state, result, finished string }{
		{"success", "SUCCESS", "2024-03-01T10:02:30.5Z"}, {"failure", "FAILURE", "2024-03-09T10:00:00Z"},
	} {
		list := strings.Replace(statuses, "STATE", c.state, 1)
		embedded, _ := mapped(t, `{}`, page("deployments", rest+`,"statuses":`+list+`}`))
		status := at(page("", list))
		status.Input = json.RawMessage(rest + "}")
		asked, unmapped := mapped(t, `{}`, status)
		if len(unmapped) != 0 {
			t.Errorf("unmapped: %v", unmapped)
		}
		for _, got := range []map[string]fields{embedded, asked} {
			check(t, got, "deployment deployment:DE_a", fields{"result": c.result, "statusRaw": "inactive", "status": "DONE",
				"environment": "prod-eu", "environmentClass": "PRODUCTION", "finishedAt": c.finished, "deployedById": "account:3",
				"url": "https://github.com/acme/shop/deployments/prod-eu", "name": "s1"})
			check(t, got, "deployment_commit deployment:DE_a|s1", fields{"refName": "v1.2", "commitSha": "s1", "scopeId": "repo:7"})
		}
	}
	pushed, _ := mapped(t, `{}`, page("webhook.deployment_status", `{"action":"created","deployment":`+rest+`},
		"deployment_status":{"state":"in_progress","updated_at":"2024-03-01T10:00:10Z"},"repository":{"id":7,"html_url":"https://github.com/acme/shop"}}`))
	check(t, pushed, "deployment deployment:DE_a", fields{"status": "IN_PROGRESS", "result": "", "finishedAt": nil, "durationSec": nil})
	_, unmapped := mapped(t, `{}`, at(page("", statuses)))
	if len(unmapped) != 3 || unmapped[0].Reason != "no_parent" {
		t.Errorf("statuses alone: %v", unmapped)
	}
	graphql, _ := mapped(t, `{"envNamePattern":"(?i)pages"}`, connector.Page{Payload: json.RawMessage(`{"data":{"repository":{"deployments":{"edges":[{"node":
		{"id":"DE_kwDOFAKDls7nWeuH","commitOid":"s2","environment":"github-pages","state":"ACTIVE","task":"deploy","ref":{"name":"v2","prefix":"refs/tags/"},
		"createdAt":"2024-03-01T10:00:00Z","updatedAt":"2024-03-01T10:01:00Z","repository":{"url":"https://github.com/acme/shop"}}}]}}}}`)})
	check(t, graphql, "deployment deployment:DE_kwDOFAKDls7nWeuH", fields{"environment": "PRODUCTION", "environmentRaw": "github-pages",
		"environmentClass": "PRODUCTION", "version": "v2", "scopeId": "repo:335709078", "durationSec": 60})
}

func TestEnvironmentClass(t *testing.T) {
	rules := rulesOf(t, `{"environmentClasses":[{"pattern":"^canary$","class":"PRODUCTION"},{"pattern":"^live-test$","class":"TESTING"}]}`)
	for name, want := range map[string]string{
		"prod": "PRODUCTION", "Production": "PRODUCTION", "prod-eu": "PRODUCTION", "eu_prod2": "PRODUCTION", "live": "PRODUCTION",
		"prd": "PRODUCTION", "canary": "PRODUCTION", "live-test": "TESTING", "pre-prod": "STAGING", "preproduction": "STAGING",
		"uat": "STAGING", "stage": "STAGING", "staging-2": "STAGING", "test": "TESTING", "QA1": "TESTING", "sit": "TESTING",
		"non-prod": "TESTING", "dev": "DEVELOPMENT", "development": "DEVELOPMENT", "github-pages": "", "products": "",
		"delivery": "", "contest": "", "": "",
	} {
		if got, _ := rules.environmentClass(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}
