package valuestream

import (
	"slices"
	"strings"

	"millrace/internal/platform/ref"
)

// Folder says that a folder of a repository belongs to an application; the empty prefix stands for the rest of the
// repository.
type Folder struct {
	Application ref.App
	Prefix      string
}

// touchedBy returns the applications whose folders hold one of the paths, the longest prefix deciding for each path.
func touchedBy(folders []Folder, paths []string) []ref.App {
	var out []ref.App
	for _, p := range paths {
		p = strings.Trim(p, "/")
		longest := -1
		for _, f := range folders {
			if len(f.Prefix) > longest && inFolder(p, f.Prefix) {
				longest = len(f.Prefix)
			}
		}
		for _, f := range folders {
			if len(f.Prefix) == longest && inFolder(p, f.Prefix) && !slices.Contains(out, f.Application) {
				out = append(out, f.Application)
			}
		}
	}
	return out
}

func inFolder(path, prefix string) bool {
	return prefix == "" || path == prefix || strings.HasPrefix(path, prefix+"/")
}

// Divide says which applications each commit (by its id) touches, where a repository holds several. Commits that are
// not mentioned touch all: the source does not tell their paths.
func (r *Repository) Divide(folders []Folder, touched map[int64][]ref.App) *Repository {
	if len(folders) == 0 || len(touched) == 0 {
		return r
	}
	r.mapped = map[ref.App]bool{}
	for _, f := range folders {
		r.mapped[f.Application] = true
	}
	r.touched = touched
	r.parts = map[int32][]int32{}
	for c, q := range r.owner {
		if q >= 0 {
			r.parts[q] = append(r.parts[q], int32(c))
		}
	}
	for c, e := range r.first {
		for ; e >= 0; e = r.entries[e].next {
			q := r.entries[e].request
			r.parts[q] = append(r.parts[q], int32(c))
		}
	}
	return r
}

// concerns returns which requests and commits are changes of an application: nil where all are.
func (r *Repository) concerns(app ref.App) func(commits ...int32) bool {
	if !r.mapped[app] {
		return nil
	}
	return func(commits ...int32) bool {
		known := false
		for _, c := range commits {
			apps, told := r.touched[r.Graph.commits[c].ID]
			if told && slices.Contains(apps, app) {
				return true
			}
			known = known || told
		}
		return !known
	}
}
