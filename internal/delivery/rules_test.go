package delivery

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/quick"
	"time"
	"unicode/utf8"

	"millrace/internal/platform/ref"
)

func TestClassOfEnvironment(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"prod": EnvironmentProduction, "Production": EnvironmentProduction, "prod-eu-2": EnvironmentProduction, "PRD": EnvironmentProduction, "live": EnvironmentProduction,
		"eu.prod1": EnvironmentProduction, "pre-prod": EnvironmentStaging, "preprod": EnvironmentStaging, "non-production": EnvironmentStaging, "staging/eu": EnvironmentStaging,
		"uat2": EnvironmentStaging, "qa": EnvironmentTesting, "int-01": EnvironmentTesting, "dev-anna": EnvironmentDevelopment, "sandbox": EnvironmentDevelopment,
		"": "", "blue": "", "prod-test": "", "product": "", "devices": "", "delivery": "", "latest": "",
	} {
		if got := ClassOfEnvironment(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestParseResult(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"SUCCESS": ResultSuccess, "Succeeded": ResultSuccess, "passed": ResultSuccess, "failed": ResultFailure, "ERROR": ResultFailure, "timed_out": ResultFailure,
		"startup-failure": ResultFailure, "cancelled": ResultCancelled, "canceled": ResultCancelled, "skipped": ResultCancelled, "": "", "in_progress": "", "pending": "",
	} {
		if got, ok := ParseResult(word); got != want || !ok {
			t.Errorf("%q is %q %v, want %q", word, got, ok, want)
		}
	}
	if _, ok := ParseResult("banana"); ok {
		t.Error("a banana is a result")
	}
}

func TestCleanTextIsTextAndShort(t *testing.T) {
	t.Parallel()
	if err := quick.Check(func(raw []byte, limit uint8) bool {
		out, cut := clean(string(raw), int(limit))
		again, more := clean(out, int(limit))
		return utf8.ValidString(out) && !strings.Contains(out, "\x00") && len(out) <= int(limit) && again == out && !more && (cut || len(raw) > 0 || out == "")
	}, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

func TestRevisionsOrderVersions(t *testing.T) {
	t.Parallel()
	at := func(h int) *time.Time {
		v := time.Date(2026, 1, 1, h, 0, 0, 0, time.UTC)
		return &v
	}
	order := []int64{
		runRevision(0, StatusTodo, nil, at(1)), runRevision(0, StatusInProgress, nil, at(0)), runRevision(0, StatusInProgress, nil, at(2)),
		runRevision(0, StatusDone, nil, at(1)), runRevision(0, StatusDone, at(5), at(1)), runRevision(2, StatusTodo, nil, at(0)), runRevision(2, StatusDone, nil, at(0)),
	}
	for i := 1; i < len(order); i++ {
		if order[i] <= order[i-1] {
			t.Errorf("version %d does not come after version %d", i, i-1)
		}
	}
	if runRevision(1<<40, StatusDone, at(1)) <= 0 || revisionOf(nil) != 0 {
		t.Error("extremes overflow")
	}
}

func rules(list ...Rule) *ruleset {
	for i := range list {
		list[i].Enabled, list[i].ID = true, string(rune('a'+i))
	}
	return compileRules(1, list)
}

func TestTheMoreSpecificRuleDecides(t *testing.T) {
	t.Parallel()
	s := rules(
		Rule{Kind: RuleService, Match: MatchGlob, Pattern: "cart*", Application: "by-glob"},
		Rule{Kind: RuleService, Match: MatchExact, Pattern: "Cart", Application: "by-exact"},
		Rule{Kind: RuleService, Match: MatchRegex, Pattern: "api$", Application: "by-regex", Priority: 5},
		Rule{Kind: RuleService, Match: MatchExact, Pattern: "own", Application: "of-c1", Connection: "c1"},
		Rule{Kind: RulePipeline, Match: MatchGlob, Pattern: "deploy ?", Application: "by-pipeline"},
		Rule{Kind: RuleEnvironmentClass, Match: MatchGlob, Pattern: "*-blue", Target: EnvironmentProduction},
		Rule{Kind: RuleService, Match: MatchExact, Pattern: "a.c", Application: "dot"},
	)
	s.byKind[RuleService][0].Enabled = true
	for _, c := range []struct {
		sub  subject
		want ref.App
	}{
		{subject{service: "CART"}, "by-exact"}, {subject{service: "cart-2"}, "by-glob"}, {subject{service: "cart-api"}, "by-regex"},
		{subject{service: "own", connection: "c1"}, "of-c1"}, {subject{service: "own", connection: "c2"}, ""}, {subject{service: "abc"}, ""},
		{subject{service: "x", pipeline: "Deploy 1"}, "by-pipeline"}, {subject{pipeline: "deploy 12"}, ""},
		{subject{repositories: []repositoryApp{{"only", "sub", false}}}, "only"},
		{subject{repositories: []repositoryApp{{"one", "a", false}, {"two", "b", false}}}, ""},
		{subject{repositories: []repositoryApp{{"one", "a", false}, {"two", "a/b", false}}, paths: []string{"a/b/c", "a/b/d"}}, "two"},
		{subject{repositories: []repositoryApp{{"one", "a", false}, {"two", "ab", false}}, paths: []string{"ab/c"}}, "two"},
		{subject{repositories: []repositoryApp{{"one", "a", false}, {"two", "b", false}}, paths: []string{"a/x", "b/x"}}, ""},
		{subject{repositories: []repositoryApp{{"one", "a", false}, {"two", "svc/cart-api", false}}, pipeline: "deploy cart api to prod"}, "two"},
		{subject{repositories: []repositoryApp{{"one", "a", false}, {"whole", "", false}}}, "whole"},
	} {
		if got, _ := s.application(c.sub); got != c.want {
			t.Errorf("%+v leads to %q, want %q", c.sub, got, c.want)
		}
	}
	if c, by := s.class("", "", "eu-blue"); c != EnvironmentProduction || by != byRule {
		t.Errorf("eu-blue is %q by %q", c, by)
	}
	if c, by := s.class("", EnvironmentTesting, "eu-blue"); c != EnvironmentTesting || by != byRecord {
		t.Errorf("what the record says counts first: %q by %q", c, by)
	}
}

func TestRulesOfRepositoriesWinOverTheCatalogueFolderByFolder(t *testing.T) {
	t.Parallel()
	s := rules(
		Rule{Kind: RuleRepository, Match: MatchGlob, Pattern: "acme/*", Application: "rule"},
		Rule{Kind: RulePath, Match: MatchExact, Pattern: "github.com/acme/mono//services/cart/", Application: "cart"},
	)
	got := s.repositoryApplications("", "github.com/acme/mono", []repositoryApp{{"old", "", false}, {"pay", "services/pay", false}, {"x", "services/cart", false}})
	want := []repositoryApp{{"cart", "services/cart", true}, {"rule", "", true}, {"pay", "services/pay", false}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

func TestRememberedMatchesAreTheMatches(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	letters := func(n int) string {
		b := make([]byte, 1+r.IntN(n))
		for i := range b {
			b[i] = "ab*?-"[r.IntN(5)]
		}
		return string(b)
	}
	var list []Rule
	for range 40 {
		list = append(list, Rule{Kind: RuleService, Match: MatchGlob, Pattern: letters(4), Application: ref.App(letters(3)), Priority: r.Int64N(3)})
	}
	s := rules(list[:26]...)
	for range 5000 {
		value := letters(5)
		first, second := s.find(RuleService, "", value), s.find(RuleService, "", value)
		if first != second {
			t.Fatalf("%q matches %v, then %v", value, first, second)
		}
		for i := range s.byKind[RuleService] {
			c := &s.byKind[RuleService][i]
			if c.matches("", value) {
				if first != c {
					t.Fatalf("%q: not the first match", value)
				}
				break
			}
		}
	}
}

func FuzzRules(f *testing.F) {
	f.Add("service", "glob", "a*b?", "axxbc")
	f.Add("path", "exact", "github.com/acme/mono//services/cart", "github.com/acme/mono")
	f.Add("account", "regex", "^(.*)$", "ada")
	f.Fuzz(func(t *testing.T, kind, match, pattern, value string) {
		r := Rule{ID: "r", Kind: RuleKind(kind), Match: RuleMatch(match), Pattern: pattern, Application: "app", Target: "$1@x", Enabled: true}
		if _, err := compileRule(r); err != nil {
			return
		}
		s := compileRules(1, []Rule{r})
		s.application(subject{service: value, pipeline: value, environment: value, board: value})
		s.repositoryApplications("", value, nil)
		s.class("", "", value)
		s.email("", value)
	})
}
