package git_test

import (
	"os"
	"path/filepath"
	"testing"

	"millrace/internal/connector/connectortest"
	"millrace/internal/connector/git"
	"millrace/internal/platform/problem"
)

// TestOnlyAllowedFoldersAreRead tries the ways out of an allowed folder.
func TestOnlyAllowedFoldersAreRead(t *testing.T) {
	s := newSource(t)
	s.history()
	parent, beside := filepath.Dir(s.dir), s.dir+"-other"
	inside := t.TempDir()
	link := filepath.Join(inside, "link")
	if err := os.Symlink(s.dir, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, path string
		folders    []string
		code       string
	}{
		{"the folder itself", s.dir, []string{s.dir}, ""},
		{"below the folder", s.dir, []string{"/nowhere", parent}, ""},
		{"as a file address", "file://" + s.dir, []string{parent}, ""},
		{"through a link to an allowed folder", link, []string{parent}, ""},
		{"no folder is allowed", s.dir, nil, "repository_path_not_allowed"},
		{"beside the folder", beside, []string{s.dir}, "repository_path_not_allowed"},
		{"above the folder", parent, []string{s.dir}, "repository_path_not_allowed"},
		{"out of the folder by dots", inside + "/../" + filepath.Base(filepath.Dir(s.dir)), []string{inside}, "repository_path_not_allowed"},
		{"out of the folder by a link", link, []string{inside}, "repository_path_not_allowed"},
		{"a relative path", "shop", []string{"/"}, "repository_path_not_allowed"},
		{"what is not there, outside", "/no/such/place", []string{s.dir}, "repository_path_not_allowed"},
		{"what is not there, inside", s.dir + "/none", []string{s.dir}, "repository_not_found"},
	} {
		session, _ := connectortest.Session(t, map[string]string{"url": c.path}, "")
		connector := git.New(session.Client, c.folders...)
		_, err := connector.Verify(t.Context(), session)
		if problem.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", c.what, err, c.code)
		}
		for _, err = range connector.Pull(t.Context(), session, (s.fixture()).Scope, nil) {
			if err != nil {
				break
			}
		}
		if problem.CodeOf(err) != c.code {
			t.Errorf("collecting, %s: %v, want %q", c.what, err, c.code)
		}
	}
}
