package cdevents

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

const deployed = `{"context":{"version":"0.4.1","id":"e1","source":"/ci/prod","type":"dev.cdevents.service.deployed.0.2.0","timestamp":"2025-03-01T12:00:00+01:00"},
"subject":{"id":"checkout","source":"/ci/prod","type":"service","content":{"environment":{"id":"prod-eu","name":"prod-eu"},
"artifactId":"pkg:github/acme/checkout@0123456789abcdef0123456789abcdef01234567"}}}`

func structured(data string) string {
	return `{"specversion":"1.0","id":"e1","source":"/ci/prod","type":"dev.cdevents.service.deployed.0.2.0","datacontenttype":"application/json","data":` + data + `}`
}

func TestThreeModesCarryTheSameEvent(t *testing.T) {
	binary := http.Header{}
	for k, v := range map[string]string{"Ce-Id": "e1", "Ce-Source": "/ci/prod", "Ce-Type": "dev.cdevents.service.deployed.0.2.0", "Ce-Specversion": "1.0", "Content-Type": "application/json"} {
		binary.Set(k, v)
	}
	cases := map[string]struct {
		header http.Header
		body   string
		want   int
	}{
		"structured": {http.Header{"Content-Type": {"application/cloudevents+json; charset=utf-8"}}, structured(deployed), 1},
		"batched":    {http.Header{"Content-Type": {"application/cloudevents-batch+json"}}, "[" + structured(deployed) + "," + structured(deployed) + "]", 2},
		"binary":     {binary, deployed, 1},
		"bare":       {http.Header{"Content-Type": {"application/json"}}, deployed, 1},
	}
	for name, c := range cases {
		raws, err := Read(c.header, []byte(c.body))
		if err != nil || len(raws) != c.want {
			t.Errorf("%s: %d events, %v", name, len(raws), err)
			continue
		}
		e, err := Parse(raws[0])
		if err != nil || e.Context.ID != "e1" || e.Subject.ID != "checkout" {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
}

func TestBadRequestsAreRefusedClearly(t *testing.T) {
	js := http.Header{"Content-Type": {"application/cloudevents+json"}}
	cases := map[string]struct {
		header http.Header
		body   string
		code   string
	}{
		"empty":       {js, "", "cdevent_malformed"},
		"not json":    {js, "{", "cdevent_malformed"},
		"no data":     {js, `{"specversion":"1.0","id":"1","type":"t","source":"s"}`, "cdevent_malformed"},
		"old spec":    {js, strings.Replace(structured(deployed), `"1.0"`, `"0.3"`, 1), "cdevent_malformed"},
		"too deep":    {js, strings.Repeat("[", 5000), "json_too_deep"},
		"media type":  {http.Header{"Content-Type": {"text/plain"}}, "x", "cdevent_media_type"},
		"media parse": {http.Header{"Content-Type": {"a/b; ="}}, "x", "cdevent_media_type"},
		"half binary": {http.Header{"Ce-Type": {"x"}, "Content-Type": {"application/json"}}, deployed, "cdevent_headers_missing"},
		"big batch":   {http.Header{"Content-Type": {"application/json"}}, "[" + strings.Repeat("1,", MaxEvents) + "1]", "cdevent_batch_too_large"},
	}
	for name, c := range cases {
		if _, err := Read(c.header, []byte(c.body)); problem.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if _, err := Parse([]byte(`{"context":{"id":"x"},"subject":{}}`)); problem.CodeOf(err) != "cdevent_incomplete" || len(problem.Of(err).Fields) < 3 {
		t.Errorf("incomplete event: %v", err)
	}
}

func event(kind, predicate, content, custom string) string {
	if custom == "" {
		custom = "{}"
	}
	return fmt.Sprintf(`{"context":{"id":"e9","source":"/s","type":"dev.cdevents.%s.%s.0.2.0","timestamp":"2025-03-01T12:00:00Z"},"subject":{"id":"x1","type":"%s","content":%s},"customData":%s}`,
		kind, predicate, kind, content, custom)
}

func TestMapDeployment(t *testing.T) {
	records, _, err := Map([]byte(deployed))
	if err != nil || len(records) != 2 {
		t.Fatal(records, err)
	}
	d, link := records[0].(delivery.Deployment), records[1].(delivery.DeploymentCommit)
	want := time.Date(2025, 3, 1, 11, 0, 0, 0, time.UTC)
	if d.ExternalID != "deployment:/ci/prod/e1" || d.Service != "checkout" || d.Environment != "prod-eu" || d.Result != "SUCCESS" || !d.FinishedAt.Equal(want) || !d.Partial {
		t.Errorf("%+v", d)
	}
	if link.CommitSHA != "0123456789abcdef0123456789abcdef01234567" || link.RepoURL != "https://github.com/acme/checkout" || link.DeploymentID != d.ExternalID {
		t.Errorf("%+v", link)
	}
	records, _, _ = Map([]byte(event("service", "rolledback", `{"environment":{"id":"prod"}}`, `{"commit":"abc","repository":"https://h/r","application":"APP"}`)))
	if d := records[0].(delivery.Deployment); !d.IsRollback || d.Application != "APP" || len(records) != 2 {
		t.Errorf("%+v", records)
	}
}

func TestMapTheOtherSubjects(t *testing.T) {
	first := func(kind, predicate, content, custom string) delivery.Record {
		t.Helper()
		records, unmapped, err := Map([]byte(event(kind, predicate, content, custom)))
		if err != nil || len(records) == 0 || len(unmapped) > 0 {
			t.Fatalf("%s.%s: %v %v %v", kind, predicate, records, unmapped, err)
		}
		return records[0]
	}
	if r := first("pipelinerun", "finished", `{"pipelineName":"ci","outcome":"failure"}`, "").(delivery.PipelineRun); r.Result != "FAILURE" || r.Status != "DONE" || r.FinishedAt == nil || r.StartedAt != nil {
		t.Errorf("%+v", r)
	}
	if r := first("taskrun", "started", `{"taskName":"unit","pipelineRun":{"id":"p"}}`, "").(delivery.JobRun); r.PipelineRunID != "pipeline_run:/s/p" || r.Status != "IN_PROGRESS" {
		t.Errorf("%+v", r)
	}
	if r := first("build", "finished", `{"artifactId":"pkg:oci/app@sha256%3Aaa?tag=1.2"}`, "").(delivery.PipelineRun); r.Type != "BUILD" || r.Result != "SUCCESS" {
		t.Errorf("%+v", r)
	}
	if r := first("change", "merged", `{"repository":{"id":"acme/x","source":"https://github.com"}}`, `{"commit":"m1"}`).(delivery.ChangeRequest); r.Status != "MERGED" || r.MergeCommitSHA != "m1" || r.BaseRepoID != "https://github.com/acme/x" {
		t.Errorf("%+v", r)
	}
	if r := first("artifact", "published", `{}`, `{"commit":"c"}`).(delivery.Artifact); r.PURL != "x1" || r.CommitSHA != "c" {
		t.Errorf("%+v", r)
	}
	if r := first("testsuiterun", "finished", `{"outcome":"pass","testSuite":{"id":"s","name":"smoke"},"environment":{"id":"qa"}}`, `{"passed":3}`).(delivery.TestRun); r.Result != "SUCCESS" || r.Name != "smoke" || *r.Passed != 3 {
		t.Errorf("%+v", r)
	}
	if r := first("ticket", "closed", `{"summary":"It broke","ticketType":"bug"}`, "").(delivery.WorkItem); r.Status != "DONE" || r.Type != "BUG" || r.ResolvedAt == nil {
		t.Errorf("%+v", r)
	}
	detected := first("incident", "detected", `{"description":"500s","service":{"id":"checkout"}}`, "").(delivery.Incident)
	resolved := first("incident", "resolved", `{}`, "").(delivery.Incident)
	if detected.ExternalID != resolved.ExternalID || detected.StartedAt == nil || resolved.ResolvedAt == nil || resolved.StartedAt != nil || resolved.Title != "" {
		t.Errorf("%+v then %+v", detected, resolved)
	}
	if _, unmapped, err := Map([]byte(event("spaceship", "landed", `{}`, ""))); err != nil || len(unmapped) != 1 {
		t.Errorf("an unknown type: %v %v", unmapped, err)
	}
}

func TestReceiveChecksTheSecret(t *testing.T) {
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write([]byte(deployed))
	signature := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	for name, c := range map[string]struct {
		secret, header, value string
		ok                    bool
	}{
		"bearer":          {"s3cret", "Authorization", "Bearer s3cret", true},
		"signature":       {"s3cret", "X-Millrace-Signature", signature, true},
		"wrong bearer":    {"s3cret", "Authorization", "Bearer x", false},
		"wrong signature": {"s3cret", "X-Millrace-Signature", "sha256=00", false},
		"nothing":         {"s3cret", "X-Other", "", false},
		"no secret set":   {"", "Authorization", "Bearer ", false},
	} {
		h := http.Header{"Content-Type": {"application/json"}}
		h.Set(c.header, c.value)
		got, err := Connector{}.Receive(c.secret, h, []byte(deployed))
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if c.ok && (len(got.Pages) != 1 || got.DeliveryID == "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("application/cloudevents+json", structured(deployed))
	f.Add("application/json", deployed)
	f.Add("application/cloudevents-batch+json", "["+structured(deployed)+"]")
	f.Add("", "{}")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		raws, err := Read(http.Header{"Content-Type": {contentType}}, []byte(body))
		if err != nil {
			if problem.Of(err) == nil {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		for _, raw := range raws {
			if !json.Valid(raw) {
				t.Fatalf("not JSON: %q", raw)
			}
			if _, _, err := Map(raw); err != nil && problem.Of(err) == nil {
				t.Fatalf("an error without a code: %v", err)
			}
		}
	})
}
