package connectortest

import (
	"crypto/sha1" //nolint:gosec // names of commits, not a protection
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

const repositoryID = 1296269

// at is a moment some hours before [Now].
func at(hoursAgo float64) string {
	return Now.Add(-time.Duration(hoursAgo * float64(time.Hour))).Format(time.RFC3339)
}

func user(login string, id int) Thing {
	return Thing{"login": login, "id": id, "node_id": "U_" + login, "type": "User", "html_url": "https://github.example.com/" + login,
		"url": "https://github.example.com/api/v3/users/" + login}
}

var (
	ada   = user("ada", 101)
	brian = user("brian", 102)
	web   = "https://github.example.com/acme/shop"
	api   = "https://github.example.com/api/v3/repos/acme/shop"
)

// SHA returns the name of a commit of the history.
func SHA(label string) string {
	sum := sha1.Sum([]byte(label)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// AddCommit adds a commit, named by a label, with parents.
func (g *GitHub) AddCommit(label string, hoursAgo float64, parents ...string) string {
	sha, list := SHA(label), []Thing{}
	for _, p := range parents {
		list = append(list, Thing{"sha": SHA(p), "url": api + "/commits/" + SHA(p)})
	}
	by := Thing{"name": "Ada Byron", "email": "ada@example.com", "date": at(hoursAgo)}
	g.Commits[sha] = Thing{
		"sha": sha, "node_id": "C_" + sha[:8], "url": api + "/commits/" + sha, "html_url": web + "/commit/" + sha,
		"commit":  Thing{"message": label, "author": by, "committer": by, "tree": Thing{"sha": SHA("tree " + label)}},
		"parents": list, "author": ada, "committer": ada,
	}
	return sha
}

// AddPull adds a pull request with one commit, one review and one comment of each kind.
func (g *GitHub) AddPull(number int, hoursAgo float64, mergedAs string) Thing {
	id := 5000 + number
	n := strconv.Itoa(number)
	head := g.AddCommit("pull "+n, hoursAgo+2, "base")
	repo := Thing{"id": repositoryID, "full_name": "acme/shop", "html_url": web}
	p := Thing{
		"id": id, "node_id": "PR_" + n, "number": number, "state": "open", "title": "Change " + n, "body": "Fixes #3",
		"url": api + "/pulls/" + n, "html_url": web + "/pull/" + n, "user": brian, "draft": false, "labels": []Thing{{"name": "type/feature"}},
		"created_at": at(hoursAgo + 1), "updated_at": at(hoursAgo), "closed_at": nil, "merged_at": nil, "merge_commit_sha": nil,
		"head": Thing{"ref": "change-" + n, "sha": head, "repo": repo}, "base": Thing{"ref": "main", "sha": SHA("base"), "repo": repo},
		"additions": 10, "deletions": 2, "comments": 1, "review_comments": 1, "commits": 1, "requested_reviewers": []Thing{ada},
	}
	if mergedAs != "" {
		p["state"], p["merged"], p["merged_at"], p["closed_at"], p["merged_by"], p["merge_commit_sha"] = "closed", true, at(hoursAgo), at(hoursAgo), ada, SHA(mergedAs)
	}
	g.Pulls = append(g.Pulls, p)
	g.PullParts[n+"/commits"] = []Thing{g.Commits[head]}
	g.PullParts[n+"/reviews"] = []Thing{{"id": 7000 + number, "user": ada, "body": "Good", "state": "APPROVED", "submitted_at": at(hoursAgo + 0.5),
		"commit_id": head, "html_url": web + "/pull/" + n + "#pullrequestreview-1", "pull_request_url": api + "/pulls/" + n}}
	g.PullParts[n+"/comments"] = []Thing{{"id": 7100 + number, "pull_request_review_id": 7000 + number, "user": ada, "body": "Why?", "commit_id": head,
		"created_at": at(hoursAgo + 0.5), "updated_at": at(hoursAgo + 0.5), "html_url": web + "/pull/" + n + "#discussion_r1", "pull_request_url": api + "/pulls/" + n}}
	g.IssueParts[n+"/comments"] = []Thing{{"id": 7200 + number, "user": brian, "body": "Ready", "created_at": at(hoursAgo + 0.7), "updated_at": at(hoursAgo + 0.7),
		"html_url": web + "/pull/" + n + "#issuecomment-1", "issue_url": api + "/issues/" + n}}
	g.Issues = append(g.Issues, Thing{"id": 6000 + number, "number": number, "state": p["state"], "title": p["title"], "user": brian,
		"created_at": p["created_at"], "updated_at": p["updated_at"], "pull_request": Thing{"url": api + "/pulls/" + n},
		"repository_url": api, "html_url": web + "/pull/" + n, "url": api + "/issues/" + n})
	return p
}

// AddIssue adds an issue that was labelled, commented and, when closed, closed.
func (g *GitHub) AddIssue(number int, hoursAgo float64, label string, closed bool) Thing {
	n := strconv.Itoa(number)
	i := Thing{
		"id": 6000 + number, "node_id": "I_" + n, "number": number, "state": "open", "title": "Issue " + n, "body": "It is broken.", "user": ada,
		"labels": []Thing{{"name": label}}, "assignees": []Thing{brian}, "assignee": brian, "milestone": Thing{"id": 41, "number": 1, "title": "Q1"},
		"created_at": at(hoursAgo + 5), "updated_at": at(hoursAgo), "closed_at": nil, "repository_url": api, "html_url": web + "/issues/" + n, "url": api + "/issues/" + n,
	}
	timeline := []Thing{
		{"id": 8000 + number*10, "event": "labeled", "label": Thing{"name": label}, "actor": ada, "created_at": at(hoursAgo + 4)},
		{"id": 8001 + number*10, "event": "commented", "actor": brian, "user": brian, "body": "Seen.", "created_at": at(hoursAgo + 3), "updated_at": at(hoursAgo + 3),
			"html_url": web + "/issues/" + n + "#issuecomment-2", "issue_url": api + "/issues/" + n},
	}
	if closed {
		i["state"], i["closed_at"] = "closed", at(hoursAgo)
		timeline = append(timeline, Thing{"id": 8002 + number*10, "event": "closed", "actor": brian, "created_at": at(hoursAgo)})
	}
	g.Issues = append(g.Issues, i)
	g.IssueParts[n+"/timeline"] = timeline
	return i
}

// AddRun adds a workflow run with a test job and a deploy job.
func (g *GitHub) AddRun(id int64, hoursAgo float64, status, conclusion, commit string) Thing {
	text := strconv.FormatInt(id, 10)
	r := Thing{
		"id": id, "node_id": "WFR_" + text, "name": "Ship", "display_title": "Ship " + commit, "workflow_id": 91, "run_number": id % 1000, "run_attempt": 1,
		"status": status, "conclusion": orNil(conclusion), "head_branch": "main", "head_sha": SHA(commit), "actor": ada, "triggering_actor": ada,
		"created_at": at(hoursAgo), "run_started_at": at(hoursAgo), "updated_at": at(hoursAgo - 0.2),
		"url": api + "/actions/runs/" + text, "html_url": web + "/actions/runs/" + text,
	}
	g.Runs = append(g.Runs, r)
	for i, name := range []string{"test", "deploy production"} {
		job := id*10 + int64(i)
		g.Jobs[id] = append(g.Jobs[id], Thing{
			"id": job, "run_id": id, "run_attempt": 1, "name": name, "workflow_name": "Ship", "head_branch": "main", "head_sha": SHA(commit),
			"status": status, "conclusion": orNil(conclusion), "created_at": at(hoursAgo), "started_at": at(hoursAgo - 0.05), "completed_at": orNil(ifDone(status, at(hoursAgo-0.2))),
			"html_url": fmt.Sprintf("%s/actions/runs/%d/job/%d", web, id, job), "url": fmt.Sprintf("%s/actions/jobs/%d", api, job),
		})
	}
	return r
}

func ifDone(status, t string) string {
	if status == "completed" {
		return t
	}
	return ""
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// AddDeployment adds a deployment with the states it went through.
func (g *GitHub) AddDeployment(id int64, hoursAgo float64, environment, commit string, states ...string) Thing {
	text := strconv.FormatInt(id, 10)
	d := Thing{
		"id": id, "node_id": "DE_" + text, "sha": SHA(commit), "ref": "main", "task": "deploy", "environment": environment, "description": nil, "creator": ada,
		"created_at": at(hoursAgo), "updated_at": at(hoursAgo - 0.1*float64(len(states))), "url": api + "/deployments/" + text,
		"statuses_url": api + "/deployments/" + text + "/statuses", "repository_url": api, "production_environment": environment == "production",
	}
	g.Deployments = append(g.Deployments, d)
	g.Statuses[id] = nil
	for i, s := range states {
		g.Statuses[id] = append([]Thing{{"id": id*100 + int64(i), "node_id": "DES_" + text + strconv.Itoa(i), "state": s, "creator": ada, "environment": environment,
			"created_at": at(hoursAgo - 0.1*float64(i+1)), "updated_at": at(hoursAgo - 0.1*float64(i+1)), "deployment_url": api + "/deployments/" + text,
			"repository_url": api}}, g.Statuses[id]...)
	}
	return d
}

// seed is the history a new fake has: twelve commits with a merge, five pull requests, four issues, five runs, five
// deployments, two releases.
func (g *GitHub) seed() {
	g.Repository = Thing{
		"id": repositoryID, "node_id": "R_1", "name": "shop", "full_name": "acme/shop", "owner": user("acme", 100), "private": true, "fork": false, "archived": false,
		"html_url": web, "url": api, "clone_url": web + ".git", "description": "The shop", "language": "Go", "default_branch": "main", "has_issues": true,
		"created_at": at(9000), "updated_at": at(1), "pushed_at": at(1),
	}
	g.Commits, g.Heads = map[string]Thing{}, map[string]string{}
	g.PullParts, g.IssueParts = map[string][]Thing{}, map[string][]Thing{}
	g.Jobs, g.Statuses = map[int64][]Thing{}, map[int64][]Thing{}
	g.AddCommit("base", 2000)
	last := "base"
	for i := 1; i <= 8; i++ {
		label := "work " + strconv.Itoa(i)
		g.AddCommit(label, 2000-float64(i)*100, last)
		last = label
	}
	g.AddCommit("side 1", 1500, "work 2")
	g.AddCommit("side 2", 1400, "side 1")
	g.AddCommit("merge side", 900, last, "side 2")
	g.Heads["main"] = SHA("merge side")
	g.Heads["release/1"] = g.AddCommit("fix for release 1", 800, "work 7")
	g.Milestones = []Thing{{"id": 41, "number": 1, "title": "Q1", "state": "open", "open_issues": 1, "closed_issues": 2, "created_at": at(3000), "updated_at": at(10),
		"due_on": at(-1000), "closed_at": nil, "html_url": web + "/milestone/1", "url": api + "/milestones/1"}}
	g.AddPull(11, 1000, "work 7")
	g.AddPull(12, 950, "work 8")
	g.AddPull(13, 900, "merge side")
	g.AddPull(14, 400, "")
	g.AddPull(15, 30, "")
	g.AddIssue(3, 950, "bug", true)
	g.AddIssue(4, 600, "incident", true)
	g.AddIssue(5, 300, "enhancement", false)
	g.AddIssue(6, 20, "bug", false)
	g.AddRun(30001, 990, "completed", "success", "work 7")
	g.AddRun(30002, 940, "completed", "failure", "work 8")
	g.AddRun(30003, 890, "completed", "success", "merge side")
	g.AddRun(30004, 40, "completed", "cancelled", "merge side")
	g.AddRun(30005, 0.5, "in_progress", "", "merge side")
	g.AddDeployment(9001, 985, "production", "work 7", "queued", "success")
	g.AddDeployment(9002, 935, "staging", "work 8", "success")
	g.AddDeployment(9003, 930, "production", "work 8", "in_progress", "failure")
	g.AddDeployment(9004, 880, "production", "merge side", "success", "inactive")
	g.AddDeployment(9005, 0.4, "production", "merge side", "in_progress")
	for i, tag := range []string{"v1.0.0", "v1.1.0"} {
		g.Releases = append([]Thing{{"id": 51 + i, "node_id": "RE_" + tag, "tag_name": tag, "name": "Shop " + tag, "target_commitish": "main", "draft": false, "prerelease": false,
			"author": ada, "created_at": at(985 - float64(i)*100), "published_at": at(984 - float64(i)*100), "html_url": web + "/releases/tag/" + tag, "url": api + "/releases/" + strconv.Itoa(51+i)}}, g.Releases...)
	}
}

// Happen is what goes on after the first pass: an old branch is merged, a pull request is reviewed again, an issue is
// closed, a run ends and another is attempted again, a deployment succeeds, a release is made.
func (g *GitHub) Happen() {
	g.Do(func() {
		g.AddCommit("old branch", 1900, "base")
		g.Heads["main"] = g.AddCommit("merge old branch", 0.1, "merge side", "old branch")
		pull := g.Pulls[3]
		pull["updated_at"] = at(0.1)
		g.PullParts["14/reviews"] = append(g.PullParts["14/reviews"], Thing{"id": 7999, "user": brian, "body": "Again", "state": "CHANGES_REQUESTED",
			"submitted_at": at(0.1), "commit_id": SHA("pull 14"), "pull_request_url": api + "/pulls/14"})
		for _, i := range g.Issues {
			if i["number"] == 6 {
				i["state"], i["closed_at"], i["updated_at"] = "closed", at(0.1), at(0.1)
				g.IssueParts["6/timeline"] = append(g.IssueParts["6/timeline"], Thing{"id": 8888, "event": "closed", "actor": ada, "created_at": at(0.1)})
			}
		}
		for _, r := range g.Runs {
			switch r["id"] {
			case int64(30005):
				r["status"], r["conclusion"], r["updated_at"] = "completed", "success", at(0.1)
			case int64(30004):
				r["run_attempt"], r["conclusion"], r["updated_at"] = 2, "success", at(0.1)
			}
		}
		for _, id := range []int64{30004, 30005} {
			for _, j := range g.Jobs[id] {
				j["status"], j["conclusion"], j["completed_at"] = "completed", "success", at(0.1)
			}
		}
		g.Deployments[4]["updated_at"] = at(0.1)
		g.Statuses[9005] = append([]Thing{{"id": 900599, "node_id": "DES_last", "state": "success", "creator": ada, "environment": "production",
			"created_at": at(0.1), "updated_at": at(0.1), "deployment_url": api + "/deployments/9005", "repository_url": api}}, g.Statuses[9005]...)
		g.AddDeployment(9006, 0.05, "staging", "merge old branch", "success")
		g.Releases = append([]Thing{{"id": 60, "node_id": "RE_v2", "tag_name": "v2.0.0", "name": "Shop v2", "target_commitish": "main", "draft": false, "prerelease": false,
			"author": ada, "created_at": at(0.05), "published_at": at(0.04), "html_url": web + "/releases/tag/v2.0.0", "url": api + "/releases/60"}}, g.Releases...)
	})
}

// ForcePush takes the newest commits of the default branch away for good and puts another in their place.
func (g *GitHub) ForcePush() {
	g.Do(func() {
		delete(g.Commits, g.Heads["main"])
		g.Heads["main"] = g.AddCommit("rewritten", 0.1, "work 8")
	})
}
