package connectortest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Thing is one JSON object as GitHub shows it.
type Thing = map[string]any

// GitHub is a fake GitHub Enterprise Server with one repository, acme/shop. Its fields may be changed between requests
// through [GitHub.Do].
type GitHub struct {
	*httptest.Server
	// Token is what requests must show; Scopes is what a classic token may do.
	Token, Scopes string
	// PerPage is the largest page it gives.
	PerPage int

	mu          sync.Mutex
	requests    []string
	fault       func(r *http.Request) *Fault
	remaining   int
	Repository  Thing
	Commits     map[string]Thing
	Heads       map[string]string
	Pulls       []Thing
	PullParts   map[string][]Thing // "7/reviews", "7/commits", "7/comments"
	Issues      []Thing
	IssueParts  map[string][]Thing // "3/timeline", "7/comments"
	Milestones  []Thing
	Runs        []Thing
	Jobs        map[int64][]Thing
	Deployments []Thing
	Statuses    map[int64][]Thing
	Releases    []Thing
}

// NewGitHub starts the fake with the history of [GitHub.seed].
func NewGitHub(t testing.TB) *GitHub {
	t.Helper()
	g := &GitHub{Token: "ghp_0123456789abcdefSECRET", Scopes: "repo", PerPage: 100, remaining: 5000}
	g.seed()
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.Server.Close)
	return g
}

// Settings are those of a connection to the fake.
func (g *GitHub) Settings() map[string]string {
	return map[string]string{"baseUrl": g.URL, "historyDays": "0"}
}

// Do changes the fake between requests.
func (g *GitHub) Do(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

// Fail makes requests fail for which fault returns something; nil heals the fake.
func (g *GitHub) Fail(fault func(r *http.Request) *Fault) {
	g.Do(func() { g.fault = fault })
}

// Use uses up so many requests of the rate limit; a negative number gives them back.
func (g *GitHub) Use(requests int) {
	g.Do(func() { g.remaining -= requests })
}

// Requests returns path and query of every request so far.
func (g *GitHub) Requests() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.requests)
}

func (g *GitHub) serve(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = append(g.requests, r.URL.RequestURI())
	g.remaining--
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-RateLimit-Limit", "5000")
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(g.remaining))
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(Now.Add(time.Hour).Unix(), 10))
	if g.fault != nil {
		if f := g.fault(r); f != nil {
			f.write(w)
			return
		}
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v3")
	if !ok {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	if got := r.Header.Get("Authorization"); got != "Bearer "+g.Token && got != "" {
		refuse(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	g.route(w, r, path)
}

func (g *GitHub) route(w http.ResponseWriter, r *http.Request, path string) {
	repo := "/repos/" + g.Repository["full_name"].(string)
	switch path {
	case "/user":
		w.Header().Set("X-OAuth-Scopes", g.Scopes)
		answer(w, r, Thing{"login": "robot", "id": 4242})
	case "/user/repos":
		g.page(w, r, []Thing{g.Repository}, "")
	case "/rate_limit":
		answer(w, r, Thing{"resources": Thing{}})
	case repo, fmt.Sprintf("/repositories/%v", g.Repository["id"]):
		answer(w, r, g.Repository)
	default:
		rest, ok := strings.CutPrefix(path, repo+"/")
		if !ok || !g.inRepository(w, r, strings.Split(rest, "/")) {
			refuse(w, http.StatusNotFound, "Not Found")
		}
	}
}

func (g *GitHub) inRepository(w http.ResponseWriter, r *http.Request, path []string) bool {
	q := r.URL.Query()
	shape, id := make([]string, len(path)), int64(0)
	for i, part := range path {
		shape[i] = part
		if n, err := strconv.ParseInt(part, 10, 64); err == nil {
			shape[i] = "N"
			if id == 0 {
				id = n
			}
		}
	}
	number := strconv.FormatInt(id, 10)
	switch s := strings.Join(shape, "/"); {
	case s == "branches":
		g.page(w, r, g.branches(), "")
	case path[0] == "branches" && len(path) == 2:
		return one(w, r, g.branches(), "name", path[1])
	case s == "commits":
		g.commits(w, r, q.Get("sha"))
	case path[0] == "compare" && len(path) == 2:
		return g.compare(w, r, path[1])
	case s == "pulls":
		g.page(w, r, sorted(g.Pulls, orderOf(q), true), "")
	case s == "pulls/N":
		return one(w, r, g.Pulls, "number", id)
	case strings.HasPrefix(s, "pulls/N/") && len(path) == 3:
		g.page(w, r, g.PullParts[number+"/"+path[2]], "")
	case s == "issues":
		g.page(w, r, since(sorted(g.Issues, orderOf(q), q.Get("direction") == "desc"), "updated_at", q.Get("since")), "")
	case s == "issues/N":
		return one(w, r, g.Issues, "number", id)
	case strings.HasPrefix(s, "issues/N/") && len(path) == 3:
		g.page(w, r, g.IssueParts[number+"/"+path[2]], "")
	case s == "milestones":
		g.page(w, r, g.Milestones, "")
	case s == "actions/runs":
		g.page(w, r, created(sorted(g.Runs, "created_at", true), q.Get("created")), "workflow_runs")
	case s == "actions/runs/N":
		return one(w, r, g.Runs, "id", id)
	case s == "actions/runs/N/jobs":
		g.page(w, r, g.Jobs[id], "jobs")
	case s == "deployments":
		g.page(w, r, of(sorted(g.Deployments, "created_at", true), "sha", q.Get("sha")), "")
	case s == "deployments/N":
		return one(w, r, g.Deployments, "id", id)
	case s == "deployments/N/statuses":
		g.page(w, r, g.Statuses[id], "")
	case s == "releases":
		g.page(w, r, g.Releases, "")
	default:
		return false
	}
	return true
}

func (g *GitHub) branches() []Thing {
	var out []Thing
	for name, sha := range g.Heads {
		out = append(out, Thing{"name": name, "commit": Thing{"sha": sha}})
	}
	return sorted(out, "name", false)
}

// reachable returns the commits that lead to sha, the newest first.
func (g *GitHub) reachable(sha string) []string {
	seen, stack := map[string]bool{}, []string{sha}
	var all []Thing
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		c := g.Commits[at]
		if seen[at] || c == nil {
			continue
		}
		seen[at] = true
		all = append(all, Thing{"sha": at, "at": c["commit"].(Thing)["committer"].(Thing)["date"]})
		for _, p := range c["parents"].([]Thing) {
			stack = append(stack, p["sha"].(string))
		}
	}
	var out []string
	for _, c := range sorted(all, "at", true) {
		out = append(out, c["sha"].(string))
	}
	return out
}

func (g *GitHub) commits(w http.ResponseWriter, r *http.Request, sha string) {
	if sha == "" {
		sha = "main"
	}
	if head := g.Heads[sha]; head != "" {
		sha = head
	}
	if g.Commits[sha] == nil {
		refuse(w, http.StatusNotFound, "No commit found for SHA: "+sha)
		return
	}
	var out []Thing
	for _, s := range g.reachable(sha) {
		out = append(out, g.Commits[s])
	}
	g.page(w, r, out, "")
}

func (g *GitHub) compare(w http.ResponseWriter, r *http.Request, spec string) bool {
	base, head, _ := strings.Cut(spec, "...")
	if g.Commits[base] == nil || g.Commits[head] == nil {
		return false
	}
	old := g.reachable(base)
	out := []Thing{}
	for _, sha := range g.reachable(head) {
		if !slices.Contains(old, sha) {
			out = append(out, g.Commits[sha])
		}
	}
	slices.Reverse(out)
	g.page(w, r, out, "commits")
	return true
}

// page answers with a part of a list and the link to the next.
func (g *GitHub) page(w http.ResponseWriter, r *http.Request, all []Thing, key string) {
	q := r.URL.Query()
	per, _ := strconv.Atoi(q.Get("per_page"))
	if per <= 0 {
		per = 30
	}
	per = min(per, g.PerPage)
	at, _ := strconv.Atoi(q.Get("page"))
	at = max(at, 1)
	from, to := min((at-1)*per, len(all)), min(at*per, len(all))
	if to < len(all) {
		q.Set("page", strconv.Itoa(at+1))
		q.Set("per_page", strconv.Itoa(per))
		next := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: q.Encode()}
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next", <%s>; rel="last"`, &next, &next))
	}
	part := append([]Thing{}, all[from:to]...)
	if key == "" {
		answer(w, r, part)
		return
	}
	answer(w, r, Thing{"total_count": len(all), key: part})
}

func answer(w http.ResponseWriter, r *http.Request, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(raw)
	tag := `W/"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(raw)
}

func one(w http.ResponseWriter, r *http.Request, all []Thing, key string, value any) bool {
	for _, t := range all {
		if fmt.Sprint(t[key]) == fmt.Sprint(value) {
			answer(w, r, t)
			return true
		}
	}
	return false
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(Thing{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

func sorted(all []Thing, key string, desc bool) []Thing {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b Thing) int {
		n := strings.Compare(fmt.Sprint(a[key]), fmt.Sprint(b[key]))
		if desc {
			n = -n
		}
		return n
	})
	return out
}

// orderOf is what a list of pull requests or issues is sorted by.
func orderOf(q url.Values) string {
	if q.Get("sort") == "created" {
		return "created_at"
	}
	return "updated_at"
}

// of keeps the things whose member has a value; "" keeps all.
func of(all []Thing, key, value string) []Thing {
	return slices.DeleteFunc(slices.Clone(all), func(t Thing) bool { return value != "" && fmt.Sprint(t[key]) != value })
}

func since(all []Thing, key, from string) []Thing {
	return slices.DeleteFunc(slices.Clone(all), func(t Thing) bool { return fmt.Sprint(t[key]) < from })
}

// created understands ">=a", "<=b" and "a..b". GitHub shows at most a thousand of what matches.
func created(all []Thing, filter string) []Thing {
	if filter == "" {
		return all
	}
	from, to := "", "9"
	if a, ok := strings.CutPrefix(filter, ">="); ok {
		from = a
	} else if b, ok := strings.CutPrefix(filter, "<="); ok {
		to = b
	} else {
		from, to, _ = strings.Cut(filter, "..")
	}
	out := slices.DeleteFunc(slices.Clone(all), func(t Thing) bool {
		at := fmt.Sprint(t["created_at"])
		return at < from || at > to
	})
	return out[:min(len(out), 1000)]
}
