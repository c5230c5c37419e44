package delivery

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// RuleKind says what of a record a mapping rule looks at.
type RuleKind string

// The kinds of mapping rules. All but the last two lead to an application.
const (
	RuleService     RuleKind = "service"
	RulePipeline    RuleKind = "pipeline"
	RuleEnvironment RuleKind = "environment"
	RuleBoard       RuleKind = "board"
	// RulePath matches "<repository>//<folder>": the pattern before the two slashes is matched against the repository,
	// what follows is a folder of it.
	RulePath       RuleKind = "path"
	RuleRepository RuleKind = "repository"
	// RuleEnvironmentClass leads from the name of an environment to its class.
	RuleEnvironmentClass RuleKind = "environment_class"
	// RuleAccount leads from the user name of a tool account to the e-mail address of a person.
	RuleAccount RuleKind = "account"
)

// RuleMatch says how a pattern is read. All three ignore case.
type RuleMatch string

// The ways to match. In a glob, * stands for any characters and ? for one; a regex may match anywhere.
const (
	MatchExact RuleMatch = "exact"
	MatchGlob  RuleMatch = "glob"
	MatchRegex RuleMatch = "regex"
)

// subject is what is known of a record whose application is sought.
type subject struct {
	connection    ref.Connection
	service       string
	pipeline      string
	environment   string
	board         string
	boardID       string
	boardURL      string
	repositoryKey string
	repositoryIDs []ref.Fact
	repositories  []repositoryApp
	paths         []string
}

// repositoryApp is one application a repository belongs to, with the folder it has there.
type repositoryApp struct {
	application ref.App
	prefix      string
	rule        bool
}

type compiledRule struct {
	Rule
	re     *regexp.Regexp // nil for exact rules
	folded string
	prefix string // of path rules
}

// ruleset is all enabled rules, compiled. It is safe for concurrent use.
type ruleset struct {
	version int64
	byKind  map[RuleKind][]compiledRule
	mu      sync.RWMutex
	memo    map[memoKey]int
}

type memoKey struct {
	kind       RuleKind
	connection ref.Connection
	value      string
}

const memoLimit = 50_000

// compileRules prepares rules for matching. Rules that cannot be compiled are left out; they are refused when made.
func compileRules(version int64, rules []Rule) *ruleset {
	s := &ruleset{version: version, byKind: map[RuleKind][]compiledRule{}, memo: map[memoKey]int{}}
	for _, r := range rules {
		if c, err := compileRule(r); err == nil && r.Enabled {
			s.byKind[r.Kind] = append(s.byKind[r.Kind], c)
		}
	}
	for _, list := range s.byKind {
		slices.SortStableFunc(list, func(a, b compiledRule) int {
			return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(matchRank(a.Match), matchRank(b.Match)),
				cmp.Compare(len(b.prefix), len(a.prefix)), cmp.Compare(a.ID, b.ID))
		})
	}
	return s
}

func matchRank(m RuleMatch) int {
	return slices.Index([]RuleMatch{MatchExact, MatchGlob, MatchRegex}, m)
}

func compileRule(r Rule) (compiledRule, error) {
	c := compiledRule{Rule: r}
	pattern := strings.TrimSpace(r.Pattern)
	if r.Kind == RulePath {
		repo, folder, ok := strings.Cut(pattern, "//")
		folder = strings.Trim(folder, "/")
		if !ok || folder == "" || repo == "" {
			return c, problem.New(problem.Invalid, "rule_path_malformed",
				"The pattern of a path rule names a repository, two slashes and a folder: github.com/acme/shop//services/cart.")
		}
		pattern, c.prefix = repo, folder
	}
	c.folded = fold(pattern)
	var source string
	switch r.Match {
	case MatchExact:
		return c, nil
	case MatchGlob:
		source = `(?is)^` + strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern)) + `$`
	case MatchRegex:
		source = `(?is)` + pattern
	default:
		return c, problem.Newf(problem.Invalid, "rule_match_unknown", "A rule matches exact, glob or regex, not %q.", r.Match)
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return c, problem.Newf(problem.Invalid, "rule_pattern_malformed", "The pattern cannot be read: %s.", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).Because(err)
	}
	c.re = re
	return c, nil
}

func (c *compiledRule) matches(connection ref.Connection, value string) bool {
	if c.Connection != "" && c.Connection != connection {
		return false
	}
	if c.re == nil {
		return fold(value) == c.folded
	}
	return c.re.MatchString(value)
}

// find returns the first rule of a kind that matches a value, or nil.
func (s *ruleset) find(kind RuleKind, connection ref.Connection, value string) *compiledRule {
	list := s.byKind[kind]
	if len(list) == 0 || value == "" {
		return nil
	}
	key := memoKey{kind, connection, value}
	s.mu.RLock()
	at, known := s.memo[key]
	s.mu.RUnlock()
	if !known {
		at = slices.IndexFunc(list, func(c compiledRule) bool { return c.matches(connection, value) })
		s.mu.Lock()
		if len(s.memo) >= memoLimit {
			clear(s.memo)
		}
		s.memo[key] = at
		s.mu.Unlock()
	}
	if at < 0 {
		return nil
	}
	return &list[at]
}

// The ways an application is found, as stored in application_by.
const (
	byRecord  = "record"
	byRule    = "rule"
	byCatalog = "catalog"
)

// application tells the application of a record that names none itself: by the most specific kind of rule that matches,
// then by what its repository belongs to.
func (s *ruleset) application(sub subject) (ref.App, string) {
	for _, try := range [...]struct {
		kind  RuleKind
		value string
	}{
		{RuleService, sub.service}, {RulePipeline, sub.pipeline}, {RuleEnvironment, sub.environment},
		{RuleBoard, sub.board}, {RuleBoard, sub.boardID}, {RuleBoard, sub.boardURL},
	} {
		if r := s.find(try.kind, sub.connection, try.value); r != nil {
			return r.Application, byRule
		}
	}
	return chooseByRepository(sub)
}

// chooseByRepository picks among the applications a record's repositories belong to: the only one; else the one that has
// all touched paths; else the one whose folder the service, the pipeline or the environment names; else the one that has
// the whole repository rather than a folder.
func chooseByRepository(sub subject) (ref.App, string) {
	all := sub.repositories
	if len(all) == 0 {
		return "", ""
	}
	if app, ok := single(all); ok {
		return app.application, origin(app)
	}
	if len(sub.paths) > 0 {
		var hit []repositoryApp
		for _, p := range sub.paths {
			if c, ok := longestPrefix(all, p); ok {
				hit = append(hit, c)
			}
		}
		if app, ok := single(hit); ok {
			return app.application, origin(app)
		}
	}
	var named []repositoryApp
	for _, c := range all {
		if c.prefix != "" && namesFolder(c.prefix, sub.service, sub.pipeline, sub.environment) {
			named = append(named, c)
		}
	}
	if app, ok := single(named); ok {
		return app.application, origin(app)
	}
	var whole []repositoryApp
	for _, c := range all {
		if c.prefix == "" {
			whole = append(whole, c)
		}
	}
	if app, ok := single(whole); ok && len(named) == 0 {
		return app.application, origin(app)
	}
	return "", ""
}

func origin(c repositoryApp) string {
	if c.rule {
		return byRule
	}
	return byCatalog
}

// single returns the application all candidates agree on.
func single(list []repositoryApp) (repositoryApp, bool) {
	if len(list) == 0 {
		return repositoryApp{}, false
	}
	for _, c := range list[1:] {
		if c.application != list[0].application {
			return repositoryApp{}, false
		}
	}
	return list[0], true
}

func longestPrefix(list []repositoryApp, path string) (best repositoryApp, ok bool) {
	for _, c := range list {
		inside := c.prefix == "" || path == c.prefix || strings.HasPrefix(path, c.prefix+"/")
		if inside && (!ok || len(c.prefix) > len(best.prefix)) {
			best, ok = c, true
		}
	}
	return best, ok
}

// namesFolder reports whether one of the texts holds the last part of a folder as whole words: "deploy cart-api to prod"
// names "services/cart-api".
func namesFolder(prefix string, texts ...string) bool {
	last := prefix[strings.LastIndexByte(prefix, '/')+1:]
	want := " " + strings.Join(words(last), " ") + " "
	if strings.TrimSpace(want) == "" {
		return false
	}
	for _, t := range texts {
		if t != "" && strings.Contains(" "+strings.Join(words(t), " ")+" ", want) {
			return true
		}
	}
	return false
}

// repositoryApplications tells what a repository belongs to: per folder what a rule says, else what the catalogue says.
func (s *ruleset) repositoryApplications(connection ref.Connection, key string, catalogue []repositoryApp) []repositoryApp {
	short := key
	if host, rest, ok := strings.Cut(key, "/"); ok && strings.Contains(host, ".") {
		short = rest
	}
	var out []repositoryApp
	add := func(c repositoryApp) {
		if !slices.ContainsFunc(out, func(have repositoryApp) bool { return have.prefix == c.prefix }) {
			out = append(out, c)
		}
	}
	for i := range s.byKind[RulePath] {
		if r := &s.byKind[RulePath][i]; r.matches(connection, key) || r.matches(connection, short) {
			add(repositoryApp{application: r.Application, prefix: r.prefix, rule: true})
		}
	}
	r := s.find(RuleRepository, connection, key)
	if r == nil {
		r = s.find(RuleRepository, connection, short)
	}
	if r != nil {
		add(repositoryApp{application: r.Application, rule: true})
	}
	for _, c := range catalogue {
		add(c)
	}
	return out
}

// The ways an environment class is found, as stored in class_by.
const byName = "name"

// class tells the class of an environment: what the record says, else what a rule says, else what its name says.
func (s *ruleset) class(connection ref.Connection, said string, names ...string) (class, by string) {
	if c, ok := ParseEnvironmentClass(said); ok && c != "" {
		return c, byRecord
	}
	for _, n := range names {
		if r := s.find(RuleEnvironmentClass, connection, n); r != nil {
			return r.Target, byRule
		}
	}
	for _, n := range names {
		if c := ClassOfEnvironment(n); c != "" {
			return c, byName
		}
	}
	return "", ""
}

// email tells the e-mail address of the person behind a user name, or "".
func (s *ruleset) email(connection ref.Connection, user string) string {
	r := s.find(RuleAccount, connection, user)
	if r == nil {
		return ""
	}
	if r.re == nil {
		return fold(r.Target)
	}
	m := r.re.FindStringSubmatchIndex(user)
	return fold(string(r.re.ExpandString(nil, r.Target, user, m)))
}
