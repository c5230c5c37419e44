package delivery

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// known is what must be known to turn the records of one batch into rows: the rules, and of the stored data exactly the
// part the batch mentions.
type known struct {
	rules        *ruleset
	aliases      map[ref.Fact]ref.Fact // any name of a repository → its id
	keys         map[ref.Fact]string   // repository → its key
	applications map[ref.Fact][]repositoryApp
	names        map[string]namedApp
	persons      map[string]ref.Person // by e-mail address
	existing     map[ref.App]bool      // applications of stored rows that still exist

	urls              map[string]string // address → key, so that an address is read once a batch
	deploymentCommits map[string][]deployedCommit
	runRepository     map[string]ref.Fact
	paths             map[ref.Fact][]string // commit → touched files
}

type deployedCommit struct{ repository, commit ref.Fact }

// namedApp is what a name leads to; ambiguous when several applications bear it.
type namedApp struct {
	application ref.App
	precedence  int64
	ambiguous   bool
}

func (k *known) key(url string) string {
	if url == "" {
		return ""
	}
	key, ok := k.urls[url]
	if !ok {
		key = ref.RepositoryKey(url)
		if len(key) > maxURL {
			key = ""
		}
		k.urls[url] = key
	}
	return key
}

// repository returns the id of the repository a record names. A repository known only by the id of its tool, which has
// not arrived yet, gets a provisional id that is replaced when it does.
func (k *known) repository(conn ref.Connection, id, url string) ref.Fact {
	if strings.Contains(id, "://") {
		id, url = "", id
	}
	if id != "" {
		alias := FactID(conn, KindRepository, id)
		if to, ok := k.aliases[alias]; ok {
			return to
		}
		if url == "" {
			return alias
		}
	}
	key := k.key(url)
	if key == "" {
		return 0
	}
	own := repositoryKeyID(key)
	if to, ok := k.aliases[own]; ok {
		return to
	}
	return own
}

// isRepositoryID reports whether an external id names a repository rather than a board or a project.
func isRepositoryID(externalID string) bool { return strings.HasPrefix(externalID, "repo:") }

func (k *known) scopeRepository(conn ref.Connection, scope string) ref.Fact {
	if to, ok := k.aliases[FactID(conn, KindRepository, scope)]; ok || !isRepositoryID(scope) {
		return to
	}
	return k.repository(conn, scope, "")
}

func (k *known) boardRepository(conn ref.Connection, externalID, url string) ref.Fact {
	if r := k.scopeRepository(conn, externalID); r != 0 {
		return r
	}
	if key := k.key(url); key != "" {
		return k.aliases[repositoryKeyID(key)]
	}
	return 0
}

func (k *known) applicationsOf(repository ref.Fact) []repositoryApp {
	return k.applications[repository]
}

func (k *known) keyOf(repository ref.Fact) string { return k.keys[repository] }

// application tells the application of a record: the one it names, else what rules say. A name no application bears is
// tried as the name of a service.
func (k *known) application(_ ref.Connection, name string, s subject) (ref.App, string) {
	if name, _ = clean(name, maxName); name != "" {
		if a, ok := k.names[ref.NameKey(name)]; ok && !a.ambiguous {
			return a.application, byRecord
		}
		if r := k.rules.find(RuleService, s.connection, name); r != nil {
			return r.Application, byRule
		}
		if s.service == "" {
			s.service = name
		}
	}
	if s.service != "" && k.rules.find(RuleService, s.connection, s.service) == nil {
		// A service that bears the name of an application is that application, unless a rule says otherwise.
		if a, ok := k.names[ref.NameKey(s.service)]; ok && !a.ambiguous && name == "" {
			return a.application, byCatalog
		}
	}
	return k.rules.application(s)
}

func (k *known) class(conn ref.Connection, said string, names ...string) (string, string) {
	return k.rules.class(conn, said, names...)
}

func (k *known) person(conn ref.Connection, email, user string) (ref.Person, string) {
	if p, ok := k.persons[email]; ok && email != "" {
		return p, "email"
	}
	if e := k.rules.email(conn, user); e != "" {
		if p, ok := k.persons[e]; ok {
			return p, "rule"
		}
	}
	return "", ""
}

// load reads what the collected mentions need.
func (k *known) load(ctx context.Context, tx db.Tx, m *mentions) error {
	if err := k.loadAliases(ctx, tx, m.repositoryIDs()); err != nil {
		return err
	}
	if err := k.loadRepositories(ctx, tx); err != nil {
		return err
	}
	if err := k.loadNames(ctx, tx, m.names); err != nil {
		return err
	}
	return k.loadPersons(ctx, tx, m)
}

func (k *known) loadAliases(ctx context.Context, tx db.Tx, ids []ref.Fact) error {
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []struct{ ID, RepositoryID ref.Fact }
		if err := tx.NewSelect().Table("repository_alias").Column("id", "repository_id").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			k.aliases[r.ID] = r.RepositoryID
		}
	}
	return nil
}

// loadRepositories reads the keys and the applications of all repositories the aliases lead to.
func (k *known) loadRepositories(ctx context.Context, tx db.Tx) error {
	var ids []ref.Fact
	seen := map[ref.Fact]bool{}
	for _, id := range k.aliases {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []struct {
			ID            ref.Fact
			RepositoryKey string
		}
		if err := tx.NewSelect().Table("repository").Column("id", "repository_key").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			k.keys[r.ID] = r.RepositoryKey
		}
		apps, err := readRepositoryApplications(ctx, tx, chunk)
		if err != nil {
			return err
		}
		for id, list := range apps {
			k.applications[id] = list
		}
	}
	return nil
}

func readRepositoryApplications(ctx context.Context, tx db.Tx, ids []ref.Fact) (map[ref.Fact][]repositoryApp, error) {
	var rows []struct {
		RepositoryID  ref.Fact
		ApplicationID ref.App
		PathPrefix    string
		Source        string
	}
	q := tx.NewSelect().Table("repository_application").Column("repository_id", "application_id", "path_prefix", "source").
		OrderExpr("repository_id, path_prefix, application_id")
	if ids != nil {
		q = q.Where("repository_id IN (?)", bun.In(ids))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := map[ref.Fact][]repositoryApp{}
	for _, r := range rows {
		out[r.RepositoryID] = append(out[r.RepositoryID], repositoryApp{application: r.ApplicationID, prefix: r.PathPrefix, rule: r.Source == byRule})
	}
	return out, nil
}

func (k *known) loadNames(ctx context.Context, tx db.Tx, names map[string]bool) error {
	list := make([]string, 0, len(names))
	for n := range names {
		list = append(list, n)
	}
	for _, chunk := range db.Chunks(list, 500) {
		var rows []struct {
			NameKey       string
			ApplicationID ref.App
			Precedence    int64
		}
		if err := tx.NewSelect().Table("v_application_name").Column("name_key", "application_id", "precedence").
			Where("name_key IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			k.addName(r.NameKey, r.ApplicationID, r.Precedence)
		}
	}
	return nil
}

func (k *known) addName(name string, app ref.App, precedence int64) {
	have, ok := k.names[name]
	switch {
	case !ok || precedence < have.precedence:
		k.names[name] = namedApp{application: app, precedence: precedence}
	case precedence == have.precedence && app != have.application:
		have.ambiguous = true
		k.names[name] = have
	}
}

func (k *known) loadPersons(ctx context.Context, tx db.Tx, m *mentions) error {
	want := map[string]bool{}
	for e := range m.emails {
		want[e] = true
	}
	for user, conn := range m.users {
		if e := k.rules.email(conn, user); e != "" {
			want[e] = true
		}
	}
	list := make([]string, 0, len(want))
	for e := range want {
		list = append(list, e)
	}
	for _, chunk := range db.Chunks(list, 500) {
		var rows []struct {
			ID    ref.Person
			Email string
		}
		if err := tx.NewSelect().Table("v_person").Column("id", "email").Where("LOWER(email) IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			k.persons[fold(r.Email)] = r.ID
		}
	}
	return nil
}

func newKnown(rules *ruleset) *known {
	return &known{
		rules: rules, aliases: map[ref.Fact]ref.Fact{}, keys: map[ref.Fact]string{}, applications: map[ref.Fact][]repositoryApp{},
		names: map[string]namedApp{}, persons: map[string]ref.Person{}, existing: map[ref.App]bool{}, urls: map[string]string{},
		deploymentCommits: map[string][]deployedCommit{}, runRepository: map[string]ref.Fact{}, paths: map[ref.Fact][]string{},
	}
}

// earliest keeps the earlier of two instants; the zero time is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
