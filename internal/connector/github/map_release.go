package github

import (
	"regexp"

	"millrace/internal/delivery"
)

var fullHash = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// takeRelease maps a published version, or the draft of one.
func (m *mapping) takeRelease(o object) {
	node := o.text("nodeid", "id")
	if node == "" {
		m.cannot("no_id", "The release has no id.")
		return
	}
	author, _ := m.account(o.object("author"))
	sha := o.object("tagcommit").text("oid")
	if target := o.text("targetcommitish"); sha == "" && fullHash.MatchString(target) {
		sha = target
	}
	m.emit(delivery.Release{
		Head: head(delivery.KindRelease, "release:"+node), RepoID: m.repoID(o), RepoURL: m.repoURL(o),
		Name: o.text("name"), TagName: o.text("tagname"), Description: o.text("body", "description"),
		URL: o.text("htmlurl", "url"), CommitSHA: sha, IsDraft: o.flag("draft", "isdraft"),
		IsLatest: o.flag("islatest"), IsPrerelease: o.flag("prerelease", "isprerelease"), AuthorID: author,
		CreatedAt: m.when(o, "createdat"), PublishedAt: m.when(o, "publishedat"), UpdatedAt: m.when(o, "updatedat"),
	})
}
