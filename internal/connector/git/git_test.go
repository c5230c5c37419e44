package git_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/connector/git"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// source is a repository that grows.
type source struct {
	t    *testing.T
	dir  string
	repo *gogit.Repository
	at   time.Time
}

func newSource(t *testing.T) *source {
	t.Helper()
	s := &source{t: t, dir: filepath.Join(t.TempDir(), "shop"), at: time.Date(2026, 1, 5, 9, 0, 0, 0, time.FixedZone("", 3600))}
	var err error
	s.repo, err = gogit.PlainInitWithOptions(s.dir, &gogit.PlainInitOptions{InitOptions: gogit.InitOptions{DefaultBranch: "refs/heads/main"}})
	s.ok(err)
	return s
}

func (s *source) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *source) who() *object.Signature {
	s.at = s.at.Add(time.Hour)
	return &object.Signature{Name: "Ada Byron", Email: "ada@example.com", When: s.at}
}

// commit writes a file and commits it; parents, when given, take the place of the head.
func (s *source) commit(path, message string, parents ...plumbing.Hash) plumbing.Hash {
	s.t.Helper()
	tree, err := s.repo.Worktree()
	s.ok(err)
	full := filepath.Join(s.dir, path)
	s.ok(os.MkdirAll(filepath.Dir(full), 0o700))
	s.ok(os.WriteFile(full, []byte(message), 0o600))
	_, err = tree.Add(path)
	s.ok(err)
	h, err := tree.Commit(message, &gogit.CommitOptions{Author: s.who(), Parents: parents})
	s.ok(err)
	return h
}

func (s *source) branch(name string, at plumbing.Hash) {
	s.t.Helper()
	s.ok(s.repo.Storer.SetReference(plumbing.NewHashReference(plumbing.NewBranchReferenceName(name), at)))
}

func (s *source) tag(name string, at plumbing.Hash, annotated bool) {
	s.t.Helper()
	var opts *gogit.CreateTagOptions
	if annotated {
		opts = &gogit.CreateTagOptions{Tagger: s.who(), Message: "Release " + name + "\n\nWith notes"}
	}
	_, err := s.repo.CreateTag(name, at, opts)
	s.ok(err)
}

// history makes two lines that are merged, and tags of both kinds.
func (s *source) history() (base, merge plumbing.Hash) {
	s.t.Helper()
	base = s.commit("a.txt", "base")
	one := s.commit("web/b.txt", "one")
	s.tag("v1.0.0", one, true)
	side := s.commit("api/c.txt", "side", base)
	merge = s.commit("d.txt", "merge", one, side)
	s.branch("side", side)
	s.tag("v1.1", merge, false)
	s.tag("nightly", merge, false)
	return base, merge
}

func (s *source) happen() {
	s.tag("v1.2.0", s.commit("e.txt", "later"), true)
}

func (s *source) fixture() connectortest.Fixture {
	session, log := connectortest.Session(s.t, map[string]string{"url": s.dir, "paths": "yes"}, "")
	return connectortest.Fixture{Connector: git.New(session.Client, s.dir, filepath.Dir(filepath.Dir(s.dir))), Session: session, Log: log, Scope: connector.Scope{ExternalID: "repository", Name: "shop"}, Happen: s.happen}
}

func TestContractByPath(t *testing.T) {
	t.Cleanup(git.SetCommitsPerPage(1))
	connectortest.Run(t, func(t *testing.T) connectortest.Fixture {
		s := newSource(t)
		s.history()
		return s.fixture()
	})
}

// all pulls to the end and maps under the default rules.
func all(t *testing.T, f connectortest.Fixture, from connector.Cursor) (made []delivery.Record, at connector.Cursor) {
	t.Helper()
	at = from
	for step, err := range f.Connector.Pull(t.Context(), f.Session, f.Scope, from) {
		if err != nil {
			t.Fatal(err)
		}
		if step.Cursor != nil {
			at = step.Cursor
		}
		for _, p := range step.Pages {
			some, left, err := f.Connector.Map(json.RawMessage(git.DefaultRules), p)
			if err != nil || len(left) > 0 {
				t.Fatal(err, left)
			}
			made = append(made, some...)
		}
	}
	return made, at
}

func of[R delivery.Record](all []delivery.Record) []R {
	var out []R
	for _, r := range all {
		if one, ok := r.(R); ok {
			out = append(out, one)
		}
	}
	return out
}

func TestCommitsAndTags(t *testing.T) {
	s := newSource(t)
	base, merge := s.history()
	made, _ := all(t, s.fixture(), nil)
	seen := map[string]bool{}
	var merged delivery.Commit
	for _, c := range of[delivery.Commit](made) {
		for _, p := range c.ParentSHAs {
			if !seen[p] {
				t.Errorf("%s comes before its parent", c.SHA)
			}
		}
		seen[c.SHA] = true
		if c.SHA == merge.String() {
			merged = c
		}
	}
	if len(seen) != 4 || !seen[base.String()] || len(merged.ParentSHAs) != 2 {
		t.Errorf("commits %v, merge %+v", seen, merged)
	}
	if merged.AuthorEmail != "ada@example.com" || merged.CommittedAt == nil || merged.CommittedAt.Location() != time.UTC || !slices.Contains(merged.Paths, "d.txt") {
		t.Errorf("merge %+v", merged)
	}
	deployments := map[string]delivery.Deployment{}
	for _, d := range of[delivery.Deployment](made) {
		deployments[d.Name] = d
	}
	annotated, light := deployments["v1.0.0"], deployments["v1.1"]
	if len(deployments) != 2 || annotated.DisplayTitle != "Release v1.0.0" || annotated.DeployedByID != "ada@example.com" {
		t.Errorf("deployments %+v", deployments)
	}
	if !light.FinishedAt.Equal(*merged.CommittedAt) || light.EnvironmentClass != "PRODUCTION" || light.Result != "SUCCESS" {
		t.Errorf("lightweight tag %+v", light)
	}
	for _, c := range of[delivery.DeploymentCommit](made) {
		if !seen[c.CommitSHA] {
			t.Errorf("the deployment %s is of an unknown commit %s", c.DeploymentID, c.CommitSHA)
		}
	}
}

func TestForcePushAndMovedTag(t *testing.T) {
	s := newSource(t)
	base, merge := s.history()
	f := s.fixture()
	_, at := all(t, f, nil)
	rewritten := s.commit("x.txt", "rewritten", base)
	s.ok(s.repo.Storer.RemoveReference(plumbing.NewTagReferenceName("v1.1")))
	s.ok(s.repo.Storer.RemoveReference(plumbing.NewTagReferenceName("nightly")))
	s.tag("v1.1", rewritten, false)
	s.ok(os.Remove(filepath.Join(s.dir, ".git", "objects", merge.String()[:2], merge.String()[2:])))
	made, _ := all(t, f, at)
	commits := of[delivery.Commit](made)
	if len(commits) != 1 || commits[0].SHA != rewritten.String() {
		t.Errorf("commits %+v", commits)
	}
	found := false
	for _, c := range of[delivery.DeploymentCommit](made) {
		found = found || c.CommitSHA == rewritten.String()
	}
	if !found {
		t.Error("the moved tag does not point to its new commit")
	}
}

func TestShallowClone(t *testing.T) {
	s := newSource(t)
	s.history()
	dir := filepath.Join(t.TempDir(), "shallow")
	_, err := gogit.PlainClone(dir, false, &gogit.CloneOptions{URL: s.dir, Depth: 1, SingleBranch: true, ReferenceName: "refs/heads/main", Tags: gogit.NoTags})
	s.ok(err)
	f := s.fixture()
	f.Session.Settings["url"] = dir
	made, _ := all(t, f, nil)
	if commits := of[delivery.Commit](made); len(commits) != 1 || len(commits[0].ParentSHAs) != 2 {
		t.Errorf("commits %+v", commits)
	}
}

func TestRemoteIsMirrored(t *testing.T) {
	s := newSource(t)
	s.history()
	f := s.fixture()
	mirror := filepath.Join(f.Session.WorkDir, "mirror.git")
	f.Session.Settings["url"] = "file://" + s.dir
	if made, _ := all(t, f, nil); len(of[delivery.Commit](made)) != 4 {
		t.Errorf("%d commits", len(of[delivery.Commit](made)))
	}
	if _, err := os.Stat(mirror); err == nil {
		t.Error("a path needs no mirror")
	}
}

func TestIdentityIsThatOfTheOrigin(t *testing.T) {
	s := newSource(t)
	s.history()
	_, err := s.repo.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{"https://u:secret@git.example.com/acme/shop.git"}})
	s.ok(err)
	made, _ := all(t, s.fixture(), nil)
	if r := of[delivery.Repository](made); len(r) != 1 || r[0].URL != "https://git.example.com/acme/shop.git" || r[0].DefaultRef != "main" {
		t.Errorf("repository %+v", r)
	}
}

func TestRefusals(t *testing.T) {
	s := newSource(t)
	f := s.fixture()
	for address, code := range map[string]string{
		filepath.Join(s.dir, "nothing"): "repository_not_found", "ssh://git@example.com/x": "repository_address_unsupported",
		"git@example.com:x/y": "repository_address_unsupported", "https://": "repository_address_unsupported",
		"https://127.0.0.9:1/x.git": "tool_unavailable", "http://169.254.169.254/x.git": "outbound_blocked",
	} {
		f.Session.Settings["url"] = address
		_, err := f.Connector.Verify(t.Context(), f.Session)
		if problem.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", address, err, code)
		}
	}
}

func TestEmptyRepositoryBringsOnlyItself(t *testing.T) {
	s := newSource(t)
	made, _ := all(t, s.fixture(), nil)
	if len(made) != 1 {
		t.Errorf("%d records", len(made))
	}
}

func TestRules(t *testing.T) {
	for raw, code := range map[string]string{
		`{"deploymentTags":[{"pattern":"("}]}`:                                                    "bad_pattern",
		`{"deploymentTags":[{"pattern":""}]}`:                                                     "bad_pattern",
		`{"deploymentTags":[{"pattern":"x"}]}`:                                                    "required",
		`{"deploymentTags":[{"pattern":"x","environment":"p","environmentClass":"PROD"}]}`:        "not_an_option",
		`{"deploymentTags":[{"pattern":"x","environment":"p","result":"MAYBE"}]}`:                 "not_an_option",
		`{"deploymentTags":[{"pattern":"^d/(?P<environment>[^/]+)/(?P<version>.+)$"}]}`:           "",
		`{"deploymentTags":[{"pattern":"x","environment":"p","environmentClass":"PRODUCTION"}]} `: "",
	} {
		err := (git.Connector{}).CheckRules(json.RawMessage(raw))
		if code == "" {
			if err != nil {
				t.Errorf("%s: %v", raw, err)
			}
			continue
		}
		if p := problem.Of(err); p == nil || len(p.Fields) != 1 || p.Fields[0].Code != code {
			t.Errorf("%s: %v", raw, err)
		}
	}
	page := connector.Page{Endpoint: "tags", URL: "https://git.example.com/a", Payload: json.RawMessage(`[{"name":"d/staging/2.1","sha":"abc","committed":"2026-01-01T00:00:00Z"}]`)}
	made, _, err := (git.Connector{}).Map(json.RawMessage(`{"deploymentTags":[{"pattern":"^d/(?P<environment>[^/]+)/(?P<version>.+)$","environmentClass":"STAGING"}]}`), page)
	if d := of[delivery.Deployment](made); err != nil || len(d) != 1 || d[0].Environment != "staging" || d[0].Version != "2.1" || d[0].EnvironmentClass != "STAGING" {
		t.Errorf("%+v, %v", made, err)
	}
}
