package valuestream

import (
	"math"
	"testing"
	"time"

	"millrace/internal/platform/ref"
)

// monday is where the stories of the tests begin.
var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).UnixMicro()

// h is the instant so many hours into the story.
func h(hours float64) int64 { return monday + int64(hours*float64(hour)) }

// c is a commit authored and committed at the same hour.
func c(sha string, hours float64, parents ...string) CommitFact {
	f := CommitFact{ID: id(sha), AuthoredAt: h(hours), CommittedAt: h(hours)}
	if len(parents) > 0 {
		f.Parent1 = id(parents[0])
	}
	if len(parents) > 1 {
		f.Parent2 = id(parents[1])
	}
	return f
}

// id makes a number of a short word, so that tests can speak of commits, deployments and incidents by name.
func id(word string) int64 {
	n := int64(0)
	for _, b := range []byte(word) {
		n = n<<8 | int64(b)
	}
	return n
}

// word is the inverse of id.
func word(n int64) string {
	var b []byte
	for ; n > 0; n >>= 8 {
		b = append([]byte{byte(n)}, b...)
	}
	return string(b)
}

// d is a successful production deployment that took six minutes.
func d(name, environment string, hours float64, sha string) DeploymentFact {
	f := DeploymentFact{
		ID: id(name), Environment: environment, Class: ClassProduction, Result: ResultSuccess,
		StartedAt: h(hours - 0.1), FinishedAt: h(hours),
	}
	if sha != "" {
		f.Commits = []CommitRef{{Repository: 1, Commit: id(sha)}}
	}
	return f
}

func failing(f DeploymentFact) DeploymentFact { f.Result = ResultFailure; return f }
func inClass(f DeploymentFact, class Class) DeploymentFact {
	f.Class = class
	return f
}

// merged is a change request with its proposed commits, each given as sha and hour.
func merged(name string, hours float64, mergeSHA string, proposed ...any) RequestFact {
	r := RequestFact{ID: id(name), State: RequestMerged, Merge: id(mergeSHA), MergedAt: h(hours)}
	for i := 0; i < len(proposed); i += 2 {
		r.Commits = append(r.Commits, ProposedCommit{Commit: id(proposed[i].(string)), AuthoredAt: h(float64(proposed[i+1].(int)))})
	}
	return r
}

// app makes an application of one repository.
func app(name string, commits []CommitFact, requests []RequestFact, deployments ...DeploymentFact) *AppFacts {
	return &AppFacts{Application: ref.App(name), Deployments: deployments,
		Repositories: map[int64]*Repository{1: NewRepository(1, NewGraph(commits), requests)}}
}

func deploymentOf(t *testing.T, rows AppRows, name string) DeploymentRow {
	t.Helper()
	for _, r := range rows.Deployments {
		if r.ID == id(name) {
			return r
		}
	}
	t.Fatalf("no deployment %s", name)
	return DeploymentRow{}
}

// leads lists the included changes of a class as "name@deployment" → hours from the first commit.
func leads(rows AppRows, class Class) map[string]float64 {
	out := map[string]float64{}
	for _, r := range rows.Changes {
		if r.Class == class && r.Reason == ReasonNone {
			out[word(r.ID)+"@"+word(r.Deployment)] = float64(r.DeployedAt-r.FirstAt) / float64(hour)
		}
	}
	return out
}

// excluded lists the left-out changes of a class by name with their reason.
func excluded(rows AppRows, class Class) map[string]string {
	out := map[string]string{}
	for _, r := range rows.Changes {
		if r.Class == class && r.Reason != ReasonNone {
			out[word(r.ID)] = r.Reason.String()
		}
	}
	return out
}

func sameMap[V comparable](t *testing.T, what string, got, want map[string]V) {
	t.Helper()
	for k, w := range want {
		if g, ok := got[k]; !ok || g != w {
			t.Errorf("%s: %s is %v (present: %v), want %v", what, k, g, ok, w)
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: unexpected %s = %v", what, k, g)
		}
	}
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is null, want %v", what, want)
	} else if math.Abs(*got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, *got, want)
	}
}
