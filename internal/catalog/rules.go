package catalog

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxKey         = 100
	maxName        = 200
	maxVendor      = 200
	maxDescription = 10_000
	maxNote        = 2_000
	maxAliases     = 100
	maxRepos       = 100
)

var (
	keyShape      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	criticalities = []Criticality{MissionCritical, High, Medium, Low}
	depTypes      = []DependencyType{Runtime, Build, Data, Other}
	// reservedKeys are words that stand in the place of a key in the API's addresses.
	reservedKeys = []string{"bulk", "bulk-edit", "export", "imports"}
)

// checkKey notes what is wrong with a key. Keys stand in addresses and in pipelines, so they are kept plain.
func checkKey(faults *problem.Fields, place, key string) {
	switch {
	case key == "":
		faults.Add(place, "required", "An application needs a key.")
	case len(key) > maxKey:
		faults.Add(place, "too_long", fmt.Sprintf("A key has at most %d characters.", maxKey))
	case !keyShape.MatchString(key):
		faults.Add(place, "key_invalid", "A key begins with a letter or digit and holds only letters, digits, dots, dashes and underscores.")
	case ref.Valid(ref.App(key)):
		faults.Add(place, "key_invalid", "A key must not look like an id.")
	case slices.Contains(reservedKeys, strings.ToLower(key)):
		faults.Add(place, "key_reserved", "This word is part of the API's addresses. Choose another key.")
	}
}

// checkText notes a text that is empty where it must not be, too long, or not text.
func checkText(faults *problem.Fields, place, s string, required bool, limit int) {
	switch {
	case required && s == "":
		faults.Add(place, "required", "This must not be empty.")
	case utf8.RuneCountInString(s) > limit:
		faults.Add(place, "too_long", fmt.Sprintf("This has more than %d characters.", limit))
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		faults.Add(place, "not_text", "This holds characters that are not text.")
	}
}

// line puts a text into the form in which one-line texts are kept: single spaces, nothing around it.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// check notes what is wrong with an application; prefix is where it stands in the input.
func (a *Application) check(faults *problem.Fields, prefix string) {
	checkKey(faults, prefix+"key", a.Key)
	checkText(faults, prefix+"name", a.Name, true, maxName)
	checkText(faults, prefix+"description", a.Description, false, maxDescription)
	checkText(faults, prefix+"vendor", a.Vendor, false, maxVendor)
	if a.Unit == "" {
		faults.Add(prefix+"unitId", "required", "Say which unit the application belongs to.")
	}
	if !slices.Contains(criticalities, a.Criticality) {
		faults.Add(prefix+"criticality", "criticality_unknown", "A criticality is MISSION_CRITICAL, HIGH, MEDIUM or LOW.")
	}
	if a.Status != Active && a.Status != Inactive {
		faults.Add(prefix+"status", "status_unknown", "A status is ACTIVE or INACTIVE.")
	}
}

// tidy brings the texts into the form in which they are kept and fills what was left out.
func (a *Application) tidy() {
	a.Key, a.Name, a.Vendor = strings.TrimSpace(a.Key), line(a.Name), line(a.Vendor)
	a.Description = strings.TrimSpace(a.Description)
	if a.Criticality == "" {
		a.Criticality = Medium
	}
	if a.Status == "" {
		a.Status = Active
	}
	a.KeyFolded, a.NameFolded = ref.NameKey(a.Key), ref.NameKey(a.Name)
}

// cleanAliases returns the aliases of an application without empty ones, repetitions and those that say no more than its
// key and name.
func cleanAliases(faults *problem.Fields, place string, a Application, aliases []string) []Alias {
	seen := map[string]bool{a.KeyFolded: true, a.NameFolded: true}
	out := []Alias{}
	for i, s := range aliases {
		s = line(s)
		folded := ref.NameKey(s)
		if s == "" || seen[folded] {
			continue
		}
		seen[folded] = true
		checkText(faults, fmt.Sprintf("%s[%d]", place, i), s, true, maxName)
		out = append(out, Alias{Folded: folded, Application: a.ID, Alias: s})
	}
	if len(out) > maxAliases {
		faults.Add(place, "too_many", fmt.Sprintf("An application has at most %d aliases.", maxAliases))
	}
	return out
}

// cleanRepository returns the row of a repository path, without id and owner.
func cleanRepository(faults *problem.Fields, place string, in RepositoryPath) Repository {
	r := Repository{Key: ref.RepositoryKey(in.URL), URL: showURL(in.URL), PathPrefix: cleanPrefix(in.PathPrefix)}
	if r.Key == "" {
		faults.Add(place+".url", "repository_unreadable", "This is not the address of a repository, such as https://github.com/owner/name.")
	}
	checkText(faults, place+".url", in.URL, false, 1000)
	checkText(faults, place+".pathPrefix", r.PathPrefix, false, 500)
	return r
}

// cleanRepositories is cleanRepository for a list, without repetitions.
func cleanRepositories(faults *problem.Fields, place string, in []RepositoryPath) []Repository {
	out, seen := []Repository{}, map[[2]string]bool{}
	for i, p := range in {
		r := cleanRepository(faults, fmt.Sprintf("%s[%d]", place, i), p)
		if at := [2]string{r.Key, r.PathPrefix}; !seen[at] {
			seen[at] = true
			out = append(out, r)
		}
	}
	if len(out) > maxRepos {
		faults.Add(place, "too_many", fmt.Sprintf("An application has at most %d repositories.", maxRepos))
	}
	return out
}

// cleanPrefix brings a folder into the form "services/web"; the whole repository is "".
func cleanPrefix(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, `\`, "/"))
	s = strings.TrimSuffix(strings.TrimSuffix(s, "**"), "*")
	return strings.Trim(path.Clean("/"+s), "/")
}

// showURL is the address as it is shown again: without user, password, query and fragment.
func showURL(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		if at := strings.LastIndexByte(s, '@'); at >= 0 && strings.Contains(s[:at], ":") {
			return ref.RepositoryKey(s)
		}
		return s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" && u.Scheme != "file" || strings.Contains(u.Path, "@") {
		return ref.RepositoryKey(s)
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment = nil, "", "", ""
	return u.String()
}

// parseCriticality reads the words people write in tables.
func parseCriticality(s string) (Criticality, bool) {
	word := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(s))
	for _, c := range criticalities {
		if strings.ReplaceAll(string(c), "_", "") == word {
			return c, true
		}
	}
	if word == "CRITICAL" {
		return MissionCritical, true
	}
	return "", false
}

// check notes what is wrong with a dependency beside its ends.
func (d *Dependency) check(faults *problem.Fields) {
	if !slices.Contains(depTypes, d.Type) {
		faults.Add("body.type", "type_unknown", "A type is RUNTIME, BUILD, DATA or OTHER.")
	}
	if !slices.Contains(criticalities, d.Criticality) {
		faults.Add("body.criticality", "criticality_unknown", "A criticality is MISSION_CRITICAL, HIGH, MEDIUM or LOW.")
	}
	checkText(faults, "body.note", d.Note, false, maxNote)
}

// blocks reports whether any consequence keeps the change from happening.
func blocks(list []Consequence) bool {
	return slices.ContainsFunc(list, func(c Consequence) bool { return c.Blocking })
}

// quantity is a number with its noun.
func quantity(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
