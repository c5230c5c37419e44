package git

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/client"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// Connector is the kind "git".
type Connector struct {
	// folders are those below which repositories of this machine may be read.
	folders []string
}

// New returns the connector. Requests over HTTP go through client, which guards against addresses inside the network;
// go-git keeps its transports in one table of the process, which this fills. Repositories of this machine are read only
// below the given folders, because whoever may add a connection could read any of them otherwise.
func New(guarded *http.Client, folders ...string) Connector {
	t := githttp.NewClient(withChecks(guarded))
	client.InstallProtocol("https", t)
	client.InstallProtocol("http", t)
	return Connector{folders: folders}
}

// Describe tells what a connection needs and brings.
func (Connector) Describe() connector.Description {
	return connector.Description{
		Kind: "git", Title: "Git repository",
		Summary: "Commits and tags of any repository by path or address; deployments from tags by rule.",
		Settings: []connector.Setting{
			{Name: "url", Title: "Address or path", Required: true, Address: true, Help: "https://… of the repository, or a path on the server below a folder its operator allows (setting git.paths)."},
			{Name: "username", Title: "User name", Help: "For https with a password or token; most hosts take any name with a token."},
			{Name: "paths", Title: "Touched paths", Default: "no", Options: []string{"no", "yes"}, Help: "Collect the paths of each commit too, for repositories that hold several applications. Slower."},
		},
		Credential: "Password or token", CredentialHelp: "Leave empty for public repositories and paths.",
		Pulls: true, DefaultRules: json.RawMessage(DefaultRules), RulesSchema: json.RawMessage(rulesSchema),
	}
}

// CheckRules reports what is wrong with rules.
func (Connector) CheckRules(raw json.RawMessage) error {
	_, err := ParseRules(raw)
	return err
}

// Map turns one page into records.
func (Connector) Map(raw json.RawMessage, page connector.Page) ([]delivery.Record, []connector.Unmapped, error) {
	rules, err := ParseRules(raw)
	if err != nil {
		return nil, nil, err
	}
	return Map(rules, page)
}

// Verify reaches the repository and counts its references.
func (c Connector) Verify(ctx context.Context, s *connector.Session) (connector.Verification, error) {
	refs, err := c.listRefs(ctx, s)
	if err != nil {
		return connector.Verification{}, err
	}
	v := connector.Verification{Account: s.Settings["username"]}
	v.Notes = append(v.Notes, refs)
	return v, nil
}

// Scopes yields the one repository the connection names.
func (Connector) Scopes(_ context.Context, s *connector.Session, query string) iter.Seq2[connector.Scope, error] {
	return func(yield func(connector.Scope, error) bool) {
		address := s.Settings["url"]
		name := strings.TrimSuffix(path.Base(strings.TrimRight(filepath.ToSlash(address), "/")), ".git")
		if strings.Contains(strings.ToLower(name), strings.ToLower(query)) {
			yield(connector.Scope{ExternalID: "repository", Name: name, URL: withoutSecrets(address)}, nil)
		}
	}
}

// local reports whether the address is a path of this machine.
func local(address string) (string, bool) {
	if p, ok := strings.CutPrefix(address, "file://"); ok {
		return p, true
	}
	return address, !strings.Contains(address, "://") && !scpLike(address)
}

// scpLike tells "git@host:owner/name" from a path.
func scpLike(address string) bool {
	colon, slash := strings.IndexByte(address, ':'), strings.IndexByte(address, '/')
	return colon > 1 && (slash < 0 || colon < slash)
}

func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}

var errScheme = problem.New(problem.Invalid, "repository_address_unsupported", "The address must be https://…, http://… or a path on the server.")

func auth(s *connector.Session) transport.AuthMethod {
	if s.Credential == "" {
		return nil
	}
	name := s.Settings["username"]
	if name == "" {
		name = "x-access-token"
	}
	return &githttp.BasicAuth{Username: name, Password: s.Credential}
}

func checkAddress(address string) error {
	if _, isLocal := local(address); isLocal {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return errScheme
	}
	return nil
}

// open returns the repository, mirrored or brought up to date first when it is remote.
func (c Connector) open(ctx context.Context, s *connector.Session) (*gogit.Repository, error) {
	address := s.Settings["url"]
	if err := checkAddress(address); err != nil {
		return nil, err
	}
	if p, isLocal := local(address); isLocal {
		if err := c.allowed(p); err != nil {
			return nil, err
		}
		repo, err := gogit.PlainOpenWithOptions(p, &gogit.PlainOpenOptions{DetectDotGit: false, EnableDotGitCommonDir: true})
		if err != nil {
			return nil, problem.Newf(problem.Invalid, "repository_not_found", "There is no git repository at %s that this server may read.", p).Because(err)
		}
		return repo, nil
	}
	dir := filepath.Join(s.WorkDir, "mirror.git")
	repo, err := gogit.PlainOpen(dir)
	if errors.Is(err, gogit.ErrRepositoryNotExists) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		repo, err = gogit.PlainInit(dir, true)
		if err == nil {
			_, err = repo.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{address}, Mirror: true,
				Fetch: []config.RefSpec{"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"}})
		}
	}
	if err != nil {
		return nil, err
	}
	var told error
	err = repo.FetchContext(listening(ctx, &told), &gogit.FetchOptions{RemoteName: "origin", RemoteURL: address, Auth: auth(s), Force: true, Prune: true, Tags: gogit.AllTags,
		RefSpecs: []config.RefSpec{"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"}})
	if err != nil && !errors.Is(err, gogit.NoErrAlreadyUpToDate) {
		return nil, explain(address, cmp.Or(told, err))
	}
	if err := complete(repo); err != nil {
		// An answer that broke off moved references to commits that never came. Only a new mirror heals that.
		_ = os.RemoveAll(dir)
		return nil, problem.Newf(problem.Unavailable, "tool_bad_answer", "The answer of %s was not whole. It is fetched anew the next time.", withoutSecrets(address)).Because(err)
	}
	return repo, nil
}

// complete checks that the commits the branches point to are there.
func complete(repo *gogit.Repository) error {
	branches, err := repo.Branches()
	if err != nil {
		return err
	}
	return branches.ForEach(func(r *plumbing.Reference) error {
		if r.Type() != plumbing.HashReference {
			return nil
		}
		_, err := repo.CommitObject(r.Hash())
		return err
	})
}

func explain(address string, err error) error {
	address = withoutSecrets(address)
	switch {
	case problem.Of(err) != nil:
		return err
	case errors.Is(err, transport.ErrAuthorizationFailed):
		return problem.Newf(problem.Invalid, "tool_forbidden", "%s refuses this to the credential. Give it the right to read the repository.", address).Because(err)
	case errors.Is(err, transport.ErrAuthenticationRequired):
		return problem.Newf(problem.Invalid, "tool_unauthorised", "%s wants a user name and a password or token that it accepts.", address).Because(err)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return problem.Newf(problem.Invalid, "repository_not_found", "%s is not there, or not visible without a credential.", address).Because(err)
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return problem.Newf(problem.Invalid, "repository_empty", "%s has no commits yet.", address).Because(err)
	}
	return problem.Newf(problem.Unavailable, "tool_unavailable", "%s could not be fetched.", address).Because(err)
}
