package git

import (
	"path/filepath"
	"strings"

	"millrace/internal/platform/problem"
)

// allowed refuses a path that does not lie below one of the allowed folders, wherever symbolic links lead. What lies
// outside is refused alike whether it is there or not, so that nobody can look around on the server.
func (c Connector) allowed(path string) error {
	at := real(path)
	for _, folder := range c.folders {
		rest, err := filepath.Rel(real(folder), at)
		if err == nil && filepath.IsAbs(path) && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator)) {
			return nil
		}
	}
	if len(c.folders) == 0 {
		return problem.New(problem.Invalid, "repository_path_not_allowed",
			"Repositories on the server's disk are not read here. The operator allows folders with the setting git.paths (MILLRACE_GIT_PATHS); or give the https:// address.")
	}
	return problem.Newf(problem.Invalid, "repository_path_not_allowed",
		"%s lies below none of the folders the operator allows with the setting git.paths (MILLRACE_GIT_PATHS).", path)
}

// real resolves symbolic links; of what is not there the part that is.
func real(path string) string {
	path = filepath.Clean(path)
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(real(parent), filepath.Base(path))
}
