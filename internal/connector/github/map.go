package github

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// Unmapped is [connector.Unmapped].
type Unmapped = connector.Unmapped

// Map turns one recorded page into normalised records. It is pure: the same rules and page give the same records. An
// element that cannot be read is told in the second result and the others are mapped; the error is for a page of
// which nothing can be read.
//
// A page alone cannot always tell the id of a work item or change request it points at, only the number. Such a
// reference is written "issue:<repository id>#<number>" or "pull_request:<repository id>#<number>"; a [Mapper] that
// has seen the thing, and the store, know the id.
func Map(rules Rules, page connector.Page) ([]delivery.Record, []Unmapped, error) {
	return mapPage(&rules, page, nil)
}

func mapPage(rules *Rules, page connector.Page, known *memory) ([]delivery.Record, []Unmapped, error) {
	m := mapping{rules: rules, known: known, place: map[delivery.Head]int{}}
	for _, part := range []struct {
		name string
		raw  json.RawMessage
		to   *object
	}{{"scope", page.Scope, &m.scope}, {"input", page.Input, &m.input}} {
		v, err := decode(part.raw)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", part.name, err)
		}
		*part.to, _ = v.(object)
	}
	payload, err := decode(page.Payload)
	if err != nil {
		return nil, nil, err
	}
	if m.otherConnection() {
		return nil, nil, nil
	}
	m.at = m.locate(page)
	m.walk(m.at.what, payload, 0)
	if len(m.unmapped) == 0 && m.seen == 0 && m.at.what == "" && payload != nil && !isEmpty(payload) {
		return nil, nil, problem.New(problem.Invalid, "unknown_endpoint",
			"Neither the endpoint, the address nor the payload says what the page holds.")
	}
	return m.out, m.unmapped, nil
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0
	case object:
		return len(v) == 0
	}
	return false
}

// mapping is the work on one page.
type mapping struct {
	rules *Rules
	known *memory
	scope object
	input object
	at    location

	out      []delivery.Record
	place    map[delivery.Head]int
	unmapped []Unmapped
	// seen counts the elements taken up; fault is why the current one cannot be mapped.
	seen  int
	fault *Unmapped
	// repository is what the elements lie in, when a wrapper says so.
	repository object
	// statuses collects what a page of statuses says of each deployment.
	statuses map[string][]object
}

func (m *mapping) otherConnection() bool {
	mine, theirs := m.rules.ConnectionID, m.scope.text("connectionid")
	return mine != "" && theirs != "" && mine != theirs
}

// emit adds a record. The same record twice on a page is kept once, in its last state.
func (m *mapping) emit(r delivery.Record) {
	head := r.RecordHead()
	if i, twice := m.place[head]; twice {
		if account, ok := r.(delivery.ToolAccount); ok {
			r = mergeAccounts(m.out[i].(delivery.ToolAccount), account)
		}
		m.out[i] = r
		return
	}
	m.place[head] = len(m.out)
	m.out = append(m.out, r)
}

// element maps one element and takes its records back when it turns out to be unreadable.
func (m *mapping) element(what string, o object) {
	take, ok := takers[what]
	if !ok {
		return
	}
	m.seen++
	m.fault = nil
	before := len(m.out)
	take(m, o)
	if m.fault == nil {
		return
	}
	for _, r := range m.out[before:] {
		delete(m.place, r.RecordHead())
	}
	m.out = m.out[:before]
	m.fault.Endpoint, m.fault.Sample = what, sample(o)
	m.unmapped = append(m.unmapped, *m.fault)
	m.fault = nil
}

const sampleLength = 300

func sample(o object) string {
	raw, err := json.Marshal(o)
	if err != nil {
		return ""
	}
	if len(raw) > sampleLength {
		return strings.ToValidUTF8(string(raw[:sampleLength]), "") + "…"
	}
	return string(raw)
}

// cannot says why the current element is not mapped; the first reason stands.
func (m *mapping) cannot(reason, format string, args ...any) {
	if m.fault == nil {
		m.fault = &Unmapped{Reason: reason, Message: fmt.Sprintf(format, args...)}
	}
}

// when reads a time; one that cannot be read makes the element unmapped, for a missing time would bend every metric.
func (m *mapping) when(o object, keys ...string) *time.Time {
	for _, k := range keys {
		if o[k] == nil {
			continue
		}
		t, ok := parseTime(o[k])
		if !ok {
			m.cannot("unreadable_time", "The time in %q cannot be read.", k)
			return nil
		}
		if t != nil {
			return t
		}
	}
	return nil
}

// native returns GitHub's numeric id of an element; without one it is not mapped.
func (m *mapping) native(o object) int64 {
	id := o.id("databaseid", "id", "fulldatabaseid")
	if id == 0 {
		m.cannot("no_id", "The element has no id.")
	}
	return id
}

// repoID returns the external id of the repository an element lies in. What the connection says about the scope comes
// first, since it survives a rename; then what the element says.
func (m *mapping) repoID(o object) string {
	if id := scopeID(m.scope); id != 0 {
		return repoRef(id)
	}
	name := m.scope.text("name", "fullname")
	if m.rules.RepositoryID != "" &&
		(m.rules.RepositoryName == "" || name == "" || strings.EqualFold(name, m.rules.RepositoryName)) {
		return "repo:" + m.rules.RepositoryID
	}
	for _, r := range []object{o.object("repository"), o.object("base").object("repo"), m.repository} {
		if id := r.id("databaseid", "id"); id != 0 {
			return repoRef(id)
		}
		if id := repositoryOfNode(r.text("id", "nodeid")); id != 0 {
			return repoRef(id)
		}
	}
	if m.at.repositoryID != 0 {
		return repoRef(m.at.repositoryID)
	}
	if id := repositoryOfNode(o.text("nodeid", "id")); id != 0 {
		return repoRef(id)
	}
	if name == "" {
		name = m.at.repository
	}
	if name == "" {
		name = m.rules.RepositoryName
	}
	if name == "" {
		return ""
	}
	return "repo:" + strings.ToLower(name)
}

// scopeID reads the repository's id from a scope in any of the shapes a scope is written in.
func scopeID(scope object) int64 {
	if id := scope.id("githubid", "repositoryid", "repoid", "externalid", "id"); id != 0 {
		return id
	}
	id, _ := strconv.ParseInt(strings.TrimPrefix(scope.text("externalid"), "repo:"), 10, 64)
	return max(id, 0)
}

// repoURL returns the page of the repository an element lies in.
func (m *mapping) repoURL(o object) string {
	for _, r := range []object{o.object("repository"), o.object("base").object("repo"), m.repository, m.scope} {
		if u := r.text("htmlurl"); u != "" {
			return u
		}
		if u := r.text("url"); u != "" && !isAPI(u) {
			return strings.TrimSuffix(u, ".git")
		}
	}
	u := o.text("htmlurl", "url", "detailsurl")
	if isAPI(u) {
		return orText(webOf(u), m.at.web)
	}
	for _, part := range []string{"/commit/", "/pull/", "/issues/", "/actions/", "/releases/", "/deployments/", "/runs/"} {
		if i := strings.Index(u, part); i > 0 {
			return u[:i]
		}
	}
	return orText(webOf(o.text("repositoryurl")), m.at.web)
}

// webOf returns the page of the repository that an address of the API lies in: api.github.com/repos/o/r/… is shown at
// github.com/o/r, and host/api/v3/repos/o/r/… at host/o/r.
func webOf(api string) string {
	u, err := url.Parse(api)
	if err != nil {
		return ""
	}
	_, path, ok := strings.Cut(u.Path, "/repos/")
	parts := strings.SplitN(path, "/", 3)
	if !ok || len(parts) < 2 || parts[0] == "" || parts[1] == "" {
		return ""
	}
	return u.Scheme + "://" + strings.TrimPrefix(u.Host, "api.") + "/" + parts[0] + "/" + parts[1]
}

func isAPI(u string) bool {
	return strings.HasPrefix(u, "https://api.") || strings.Contains(u, "/api/v3/") || strings.Contains(u, "/api/graphql")
}

func (m *mapping) ignores(login string) bool {
	return login != "" && m.rules.ignored[strings.ToLower(login)]
}

func head(kind delivery.RecordKind, externalID string) delivery.Head {
	return delivery.Head{Kind: kind, ExternalID: externalID}
}

func ref(entity string, id int64) string { return entity + ":" + strconv.FormatInt(id, 10) }

func repoRef(id int64) string { return ref("repo", id) }
