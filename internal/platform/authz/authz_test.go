package authz

import (
	"context"
	"testing"

	"millrace/internal/platform/problem"
)

const (
	view   Permission = "thing.view"
	change Permission = "thing.change"
)

func person(grants ...Grant) *Principal {
	return &Principal{Kind: PersonPrincipal, Person: "p", Grants: grants}
}

func grant(path string, perms ...Permission) Grant {
	set := map[Permission]struct{}{}
	for _, p := range perms {
		set[p] = struct{}{}
	}
	return Grant{Path: path, Permissions: set}
}

func TestCheckTellsMissingFromForbidden(t *testing.T) {
	ctx := With(context.Background(), person(grant("/r/a/", view)))
	cases := []struct {
		perm Permission
		path string
		want problem.Kind
		ok   bool
	}{
		{view, "/r/a/", 0, true},
		{view, "/r/a/x/", 0, true},
		{change, "/r/a/x/", problem.Forbidden, false},
		{view, "/r/b/", problem.NotFound, false},
		{view, "/r/", problem.NotFound, false},
		{view, "/r/ab/", problem.NotFound, false},
	}
	for _, c := range cases {
		err := Check(ctx, c.perm, c.path)
		if (err == nil) != c.ok || (err != nil && problem.KindOf(err) != c.want) {
			t.Errorf("%s on %s: %v", c.perm, c.path, err)
		}
	}
	if problem.KindOf(Check(context.Background(), view, "/r/a/")) != problem.Unauthenticated {
		t.Error("nobody signed in, yet not unauthenticated")
	}
}

func TestTokensNarrowAndNestedGrantsFold(t *testing.T) {
	p := person(grant("/r/a/", view, change), grant("/r/a/x/", view), grant("/r/b/", view))
	if got := p.Paths(view); len(got) != 2 || got[0] != "/r/a/" || got[1] != "/r/b/" {
		t.Fatalf("paths %v", got)
	}
	p.Limit = []Permission{view}
	if p.Can(change, "/r/a/") || !p.Can(view, "/r/a/") {
		t.Fatal("the token's limit does not bind")
	}
	root := person(grant("/r/", view))
	if !root.Everywhere(view) || person(grant("/r/a/", view)).Everywhere(view) {
		t.Fatal("everywhere is wrong")
	}
	if !System("x", view).Can(view, "/any/") || System("x", view).Can(change, "/any/") || !System("y").Can(change, "/any/") {
		t.Fatal("system principals are wrong")
	}
}

func TestGuards(t *testing.T) {
	ctx := context.Background()
	if Public().Check(ctx) != nil || SignedIn().Check(ctx) == nil || (Guard{}).Check(With(ctx, person())) == nil {
		t.Fatal("a guard lets the wrong one in")
	}
	if Need(view).Check(With(ctx, person(grant("/r/", view)))) != nil || Need(change).Check(With(ctx, person(grant("/r/", view)))) == nil {
		t.Fatal("Need does not look at the permission")
	}
}
