package git

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sort"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/memory"

	"millrace/internal/connector"
)

// commitsPerPage is a variable for tests.
var commitsPerPage = 500

// cursor remembers which commits every reference pointed to when it was collected.
type cursor struct {
	Heads []string `json:"heads"`
}

func (c cursor) raw() (connector.Cursor, error) {
	raw, err := json.Marshal(c)
	return connector.Cursor(raw), err
}

// frontier are the commits collected so far that no collected commit has for a parent. Commits come after their parents,
// so everything that is reachable from the frontier was collected: a run that is broken off goes on from there.
type frontier map[string]bool

func newFrontier(heads []string) frontier {
	f := frontier{}
	for _, h := range heads {
		f[h] = true
	}
	return f
}

func (f frontier) add(c rawCommit) {
	for _, p := range c.Parents {
		delete(f, p)
	}
	f[c.SHA] = true
}

func (f frontier) cursor() cursor {
	c := cursor{Heads: make([]string, 0, len(f))}
	for h := range f {
		c.Heads = append(c.Heads, h)
	}
	sort.Strings(c.Heads)
	return c
}

// Pull yields the repository, then commits that were not there the last time, parents before children, and last the
// tags.
func (c Connector) Pull(ctx context.Context, s *connector.Session, _ connector.Scope, from connector.Cursor) iter.Seq2[connector.Pulled, error] {
	return func(yield func(connector.Pulled, error) bool) {
		repo, err := c.open(ctx, s)
		if err != nil {
			yield(connector.Pulled{}, err)
			return
		}
		var known cursor
		if len(from) > 0 {
			if err := json.Unmarshal(from, &known); err != nil {
				yield(connector.Pulled{}, fmt.Errorf("cursor: %w", err))
				return
			}
		}
		if err := collect(ctx, repo, s, known, yield); err != nil {
			yield(connector.Pulled{}, err)
		}
	}
}

func collect(ctx context.Context, repo *gogit.Repository, s *connector.Session, known cursor, yield func(connector.Pulled, error) bool) error {
	address := identity(repo, s)
	heads, tags, err := references(repo)
	if err != nil {
		return err
	}
	at, err := known.raw()
	if err != nil {
		return err
	}
	first := rawRepository{URL: address, Name: nameOf(address)}
	if h, err := repo.Head(); err == nil {
		first.Head = h.Name().Short()
	}
	page, err := makePage(endpointRepository, address, first)
	if err != nil {
		return err
	}
	if !yield(connector.Pulled{Pages: []connector.Page{page}, Cursor: at, Note: "repository"}, nil) {
		return nil
	}
	fresh, err := newCommits(ctx, repo, heads, known.Heads)
	if err != nil {
		return err
	}
	withPaths := s.Settings["paths"] == "yes"
	edge := newFrontier(known.Heads)
	for done := 0; done < len(fresh); {
		n := min(commitsPerPage, len(fresh)-done)
		batch := make([]rawCommit, 0, n)
		for _, hash := range fresh[done : done+n] {
			c, err := readCommit(repo, hash, withPaths)
			if err != nil {
				return err
			}
			batch = append(batch, c)
			edge.add(c)
		}
		done += n
		page, err := makePage(endpointCommits, address, batch)
		if err != nil {
			return err
		}
		if at, err = edge.cursor().raw(); err != nil {
			return err
		}
		if !yield(connector.Pulled{Pages: []connector.Page{page}, Cursor: at, Note: "commits", Done: int64(done), Total: int64(len(fresh))}, nil) {
			return nil
		}
	}
	page, err = makePage(endpointTags, address, tags)
	if err != nil {
		return err
	}
	next := cursor{}
	for _, h := range heads {
		next.Heads = append(next.Heads, h.String())
	}
	if at, err = next.raw(); err != nil {
		return err
	}
	yield(connector.Pulled{Pages: []connector.Page{page}, Cursor: at, Note: "tags", Done: int64(len(fresh)), Total: int64(len(fresh))}, nil)
	return nil
}

func makePage(endpoint, address string, payload any) (connector.Page, error) {
	raw, err := json.Marshal(payload)
	return connector.Page{Endpoint: endpoint, URL: address, Payload: raw}, err
}

// identity is the address under which the repository is known to other tools: for a path, that of its remote "origin"
// where it has one.
func identity(repo *gogit.Repository, s *connector.Session) string {
	address := s.Settings["url"]
	if _, isLocal := local(address); isLocal {
		if r, err := repo.Remote("origin"); err == nil && len(r.Config().URLs) > 0 {
			if _, alsoLocal := local(r.Config().URLs[0]); !alsoLocal {
				return withoutSecrets(r.Config().URLs[0])
			}
		}
	}
	return withoutSecrets(address)
}

// references returns the distinct commits all branches and tags point to, and the tags.
func references(repo *gogit.Repository) (heads []plumbing.Hash, tags []rawTag, err error) {
	refs, err := repo.References()
	if err != nil {
		return nil, nil, err
	}
	seen := map[plumbing.Hash]bool{}
	tags = []rawTag{}
	err = refs.ForEach(func(r *plumbing.Reference) error {
		if r.Type() != plumbing.HashReference {
			return nil
		}
		target := r.Hash()
		if r.Name().IsTag() {
			t, ok := readTag(repo, r)
			if !ok {
				return nil // a tag of a tree or blob marks no commit
			}
			tags = append(tags, t)
			target = plumbing.NewHash(t.SHA)
		}
		if !seen[target] {
			seen[target] = true
			heads = append(heads, target)
		}
		return nil
	})
	sort.Slice(heads, func(i, j int) bool { return heads[i].String() < heads[j].String() })
	sort.Slice(tags, func(i, j int) bool { return tags[i].Name < tags[j].Name })
	return heads, tags, err
}

func readTag(repo *gogit.Repository, r *plumbing.Reference) (rawTag, bool) {
	t := rawTag{Name: r.Name().Short()}
	target := r.Hash()
	if o, err := repo.TagObject(target); err == nil {
		c, err := o.Commit()
		if err != nil {
			return t, false
		}
		target = c.Hash
		t.Message = o.Message
		t.Tagger = &rawPerson{Name: o.Tagger.Name, Email: o.Tagger.Email, Date: o.Tagger.When}
	}
	c, err := repo.CommitObject(target)
	if err != nil {
		return t, false
	}
	t.SHA, t.Committed = c.Hash.String(), c.Committer.When
	return t, true
}

// newCommits returns what is reachable from heads and not from known, parents first. Known commits that a force-push
// took away are passed over.
func newCommits(ctx context.Context, repo *gogit.Repository, heads []plumbing.Hash, known []string) ([]plumbing.Hash, error) {
	seen := map[plumbing.Hash]bool{}
	var start []plumbing.Hash
	for _, k := range known {
		start = append(start, plumbing.NewHash(k))
	}
	if _, err := walk(ctx, repo, start, seen); err != nil {
		return nil, err
	}
	fresh, err := walk(ctx, repo, heads, seen)
	if err != nil {
		return nil, err
	}
	return fresh, nil
}

// walk visits what is reachable from start and not yet seen, depth first without recursion, and returns it with parents
// before children.
func walk(ctx context.Context, repo *gogit.Repository, start []plumbing.Hash, seen map[plumbing.Hash]bool) ([]plumbing.Hash, error) {
	type step struct {
		hash plumbing.Hash
		done bool
	}
	var order []plumbing.Hash
	stack := make([]step, 0, len(start))
	for _, h := range start {
		stack = append(stack, step{hash: h})
	}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if top.done {
			order = append(order, top.hash)
			continue
		}
		if seen[top.hash] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seen[top.hash] = true
		c, err := object.GetCommit(repo.Storer, top.hash)
		if err != nil {
			continue // a shallow clone's edge, or taken away by a force-push
		}
		stack = append(stack, step{top.hash, true})
		for _, p := range c.ParentHashes {
			if !seen[p] {
				stack = append(stack, step{hash: p})
			}
		}
	}
	return order, nil
}

func readCommit(repo *gogit.Repository, hash plumbing.Hash, withPaths bool) (rawCommit, error) {
	c, err := repo.CommitObject(hash)
	if err != nil {
		return rawCommit{}, fmt.Errorf("commit %s: %w", hash, err)
	}
	out := rawCommit{
		SHA: hash.String(), Message: c.Message,
		Author:    rawPerson{Name: c.Author.Name, Email: c.Author.Email, Date: c.Author.When},
		Committer: rawPerson{Name: c.Committer.Name, Email: c.Committer.Email, Date: c.Committer.When},
	}
	for _, p := range c.ParentHashes {
		out.Parents = append(out.Parents, p.String())
	}
	if withPaths {
		out.Paths, err = touched(c)
	}
	return out, err
}

const maxPaths = 1000

// touched lists the paths a commit changes against its first parent.
func touched(c *object.Commit) ([]string, error) {
	tree, err := c.Tree()
	if err != nil {
		return nil, err
	}
	var before *object.Tree
	if p, err := c.Parent(0); err == nil {
		if before, err = p.Tree(); err != nil {
			return nil, err
		}
	}
	changes, err := object.DiffTree(before, tree)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, ch := range changes {
		name := ch.To.Name
		if name == "" {
			name = ch.From.Name
		}
		if out = append(out, name); len(out) == maxPaths {
			break
		}
	}
	return out, nil
}

func nameOf(address string) string {
	for scope := range (Connector{}).Scopes(context.Background(), &connector.Session{Settings: map[string]string{"url": address}}, "") {
		return scope.Name
	}
	return address
}

// listRefs reaches the repository without fetching it and tells what it saw in a sentence.
func (c Connector) listRefs(ctx context.Context, s *connector.Session) (string, error) {
	address := s.Settings["url"]
	if _, isLocal := local(address); isLocal {
		repo, err := c.open(ctx, s)
		if err != nil {
			return "", err
		}
		heads, tags, err := references(repo)
		return fmt.Sprintf("The repository has %d tags and %d distinct heads.", len(tags), len(heads)), err
	}
	if err := checkAddress(address); err != nil {
		return "", err
	}
	remote := gogit.NewRemote(memory.NewStorage(), &config.RemoteConfig{Name: "origin", URLs: []string{address}})
	var told error
	refs, err := remote.ListContext(listening(ctx, &told), &gogit.ListOptions{Auth: auth(s)})
	if err != nil {
		return "", explain(address, cmp.Or(told, err))
	}
	tags := 0
	for _, r := range refs {
		if r.Name().IsTag() {
			tags++
		}
	}
	return fmt.Sprintf("The repository answers with %d references, %d of them tags.", len(refs), tags), nil
}
