package github

import (
	"strings"

	"millrace/internal/delivery"
)

// takeRepository maps a repository, and the board its issues lie on.
func (m *mapping) takeRepository(o object) {
	id := o.id("databaseid", "id")
	if id == 0 {
		id = repositoryOfNode(o.text("id", "nodeid"))
	}
	if id == 0 {
		m.cannot("no_id", "The repository has no id.")
		return
	}
	name := o.text("fullname", "namewithowner")
	page := o.text("htmlurl", "url")
	if isAPI(page) {
		page = "https://github.com/" + name
	}
	owner, _ := m.account(o.object("owner"))
	createdAt := m.when(o, "createdat")
	external := repoRef(id)
	forkedFrom := o.object("parent")
	m.emit(delivery.Repository{
		Head: head(delivery.KindRepository, external), Name: name, URL: page,
		CloneURL: orText(o.text("cloneurl"), page+".git"), Description: o.text("description"),
		Language: orText(o.text("language"), o.object("primarylanguage").text("name")), OwnerID: owner,
		ForkedFrom: forkedFrom.text("htmlurl", "url"),
		DefaultRef: orText(o.text("defaultbranch"), o.object("defaultbranchref").text("name")),
		IsArchived: o.flag("archived", "isarchived"), CreatedAt: createdAt, UpdatedAt: m.when(o, "updatedat"),
	})
	m.emit(delivery.Board{
		Head: head(delivery.KindBoard, external), Name: name, Description: o.text("description"),
		URL: page + "/issues", Type: "github", CreatedAt: createdAt,
	})
}

// account returns the external id and the login of a user and records what the answer tells about them. A user that is
// gone is null; both are empty then.
func (m *mapping) account(o object) (external, login string) {
	login = o.text("login")
	id := o.id("databaseid", "id")
	if id == 0 {
		return "", login
	}
	external = ref("account", id)
	account := delivery.ToolAccount{
		Head: head(delivery.KindToolAccount, external), UserName: login, FullName: o.text("name"),
		Email: o.text("email"), AvatarURL: o.text("avatarurl"), URL: o.text("htmlurl"), IsBot: isBot(o, login),
		CreatedAt: m.when(o, "createdat"),
	}
	if u := o.text("url"); account.URL == "" && !isAPI(u) {
		account.URL = u
	}
	var orgs []string
	for _, org := range o.list("organizations", "orgs") {
		if name := org.text("login"); name != "" {
			orgs = append(orgs, name)
		}
	}
	account.Organization = strings.Join(orgs, ",")
	m.emit(m.known.account(account))
	return external, login
}

func isBot(o object, login string) bool {
	return strings.EqualFold(o.text("type", "typename"), "bot") || strings.HasSuffix(login, "[bot]")
}

func (m *mapping) takeAccount(o object) {
	m.native(o)
	m.account(o)
}

// takeOrganizations maps the list of organisations of one account, which the page was asked for.
func (m *mapping) takeOrganizations(list []any) {
	m.seen++
	id := m.input.id("accountid", "githubid", "databaseid", "id")
	if id == 0 {
		m.unmapped = append(m.unmapped, Unmapped{Endpoint: onAccountOrgs,
			Reason: "no_parent", Message: "The page does not say whose organisations it lists."})
		return
	}
	items, _ := listOf(list)
	var orgs []string
	for _, org := range items {
		if name := org.text("login"); name != "" {
			orgs = append(orgs, name)
		}
	}
	m.emit(m.known.account(delivery.ToolAccount{Head: head(delivery.KindToolAccount, ref("account", id)),
		UserName: m.at.login, IsBot: strings.HasSuffix(m.at.login, "[bot]"), Organization: strings.Join(orgs, ",")}))
}

// takeOrganization maps a page that was cut into single organisations.
func (m *mapping) takeOrganization(o object) { m.takeOrganizations([]any{o}) }

// mergeAccounts joins what two answers tell about one account: a user beside a commit tells less than the user's page.
func mergeAccounts(old, fresh delivery.ToolAccount) delivery.ToolAccount {
	fresh.UserName = orText(fresh.UserName, old.UserName)
	fresh.FullName = orText(fresh.FullName, old.FullName)
	fresh.Email = orText(fresh.Email, old.Email)
	fresh.AvatarURL = orText(fresh.AvatarURL, old.AvatarURL)
	fresh.URL = orText(fresh.URL, old.URL)
	fresh.IsBot = fresh.IsBot || old.IsBot
	if fresh.CreatedAt == nil {
		fresh.CreatedAt = old.CreatedAt
	}
	for _, org := range strings.Split(old.Organization, ",") {
		if org != "" && !strings.Contains(","+fresh.Organization+",", ","+org+",") {
			fresh.Organization = strings.Trim(fresh.Organization+","+org, ",")
		}
	}
	return fresh
}

func (m *mapping) takeCommit(o object) {
	if commit, ok := m.commit(o); ok {
		m.emit(commit)
	}
}

// commit reads a commit in the shapes GitHub has: the REST list, one commit with numbers and files, GraphQL with and
// without a wrapper, and the short form in a push.
func (m *mapping) commit(o object) (delivery.Commit, bool) {
	inner := o
	if c := o.object("commit"); c != nil {
		inner = c
	}
	sha := o.text("sha", "oid")
	if sha == "" {
		sha = inner.text("oid", "sha", "id")
	}
	if sha == "" {
		m.cannot("no_id", "The commit has no hash.")
		return delivery.Commit{}, false
	}
	author, committer := inner.object("author"), inner.object("committer")
	repo := m.repoID(o)
	c := delivery.Commit{
		Head:           head(delivery.KindCommit, "commit:"+strings.TrimPrefix(repo, "repo:")+"/"+sha),
		RepoID:         repo,
		RepoURL:        m.repoURL(o),
		SHA:            sha,
		Message:        inner.text("message"),
		AuthorName:     author.text("name"),
		AuthorEmail:    author.text("email"),
		AuthoredAt:     m.when(author, "date"),
		CommitterName:  committer.text("name"),
		CommitterEmail: committer.text("email"),
		CommittedAt:    m.when(committer, "date"),
	}
	if c.AuthoredAt == nil {
		c.AuthoredAt = m.when(inner, "authoreddate", "timestamp")
	}
	if c.CommittedAt == nil {
		c.CommittedAt = m.when(inner, "committeddate", "timestamp")
	}
	c.AuthorID, _ = m.account(userOf(o, "author", author))
	c.CommitterID, _ = m.account(userOf(o, "committer", committer))
	parents := o.list("parents")
	if parents == nil {
		parents = inner.list("parents")
	}
	for _, p := range parents {
		if sha := p.text("sha", "oid"); sha != "" {
			c.ParentSHAs = append(c.ParentSHAs, sha)
		}
	}
	stats := o.object("stats")
	if stats == nil {
		stats = inner
	}
	c.Additions, c.Deletions = stats.count("additions"), stats.count("deletions")
	c.Paths = pathsOf(o)
	return c, true
}

// userOf returns the account behind an author: beside the commit in REST, below the author in GraphQL.
func userOf(o object, key string, signature object) object {
	if user := signature.object("user"); user != nil {
		return user
	}
	if user := o.object(key); user.has("login") {
		return user
	}
	return nil
}

func pathsOf(o object) []string {
	var paths []string
	for _, f := range o.list("files") {
		paths = append(paths, f.text("filename"))
		if was := f.text("previousfilename"); was != "" {
			paths = append(paths, was)
		}
	}
	for _, key := range []string{"added", "modified", "removed"} {
		names, _ := o[key].([]any)
		for _, n := range names {
			if name, ok := n.(string); ok {
				paths = append(paths, name)
			}
		}
	}
	return paths
}
