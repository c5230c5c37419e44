// Package authz decides access, at two doors: a [Guard] every route must be registered with, together with [Check] in
// the use case that holds the object, and [Filter] for every query that lists. It knows permissions, principals and
// unit paths; who has which role is the business of people and identity.
package authz

import (
	"context"
	"slices"
	"strings"

	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Permission names one thing a principal may do, "catalog.manage_application". Slices declare theirs as constants.
type Permission string

// Declaration describes a permission for the role editor.
type Declaration struct {
	Permission Permission `json:"permission"`
	// Title says in plain words what it allows.
	Title string `json:"title"`
	// View marks permissions that only show; every built-in role has them.
	View bool `json:"view"`
	// Roles are the built-in roles, beside administrator, that hold it.
	Roles []string `json:"-"`
}

// PrincipalKind says what sort of actor acts.
type PrincipalKind string

// The kinds of principals.
const (
	PersonPrincipal  PrincipalKind = "person"
	ServicePrincipal PrincipalKind = "service"
	SystemPrincipal  PrincipalKind = "system"
)

// Grant is a set of permissions on one unit and everything below it.
type Grant struct {
	Unit ref.Unit
	// Path is the unit's materialised path, "/<root>/<unit>/".
	Path        string
	Permissions map[Permission]struct{}
	// All is set on grants of roles that hold every permission.
	All bool
}

func (g *Grant) holds(p Permission) bool {
	if g.All {
		return true
	}
	_, ok := g.Permissions[p]
	return ok
}

// Principal is who acts: a person, a service account, or a named part of the system with narrow grants.
type Principal struct {
	Kind    PrincipalKind
	Account ref.Account
	Person  ref.Person
	// Name is how the actor appears in history.
	Name   string
	Grants []Grant
	// Limit narrows a token to some permissions; nil means no narrowing.
	Limit []Permission
	// Token is the token that signed the request, if any.
	Token ref.Token
	// Trusted marks system principals that hold every permission everywhere (migrations, the demo loader).
	Trusted bool
}

// System returns the principal a named background part of the product acts as. It holds the given permissions
// everywhere; without any it holds all.
func System(name string, permissions ...Permission) *Principal {
	p := &Principal{Kind: SystemPrincipal, Name: name}
	if len(permissions) == 0 {
		p.Trusted = true
		return p
	}
	set := make(map[Permission]struct{}, len(permissions))
	for _, perm := range permissions {
		set[perm] = struct{}{}
	}
	p.Grants = []Grant{{Path: "/", Permissions: set}}
	return p
}

// ID returns what identifies the actor in the event table.
func (p *Principal) ID() string {
	switch {
	case p.Person != "":
		return string(p.Person)
	case p.Account != "":
		return string(p.Account)
	}
	return p.Name
}

func (p *Principal) limited(perm Permission) bool {
	return p.Limit != nil && !slices.Contains(p.Limit, perm)
}

// Can reports whether the principal holds perm on the unit with the given path.
func (p *Principal) Can(perm Permission, unitPath string) bool {
	if p == nil || p.limited(perm) {
		return false
	}
	if p.Trusted {
		return true
	}
	for i := range p.Grants {
		if strings.HasPrefix(unitPath, p.Grants[i].Path) && p.Grants[i].holds(perm) {
			return true
		}
	}
	return false
}

// CanSomewhere reports whether the principal holds perm on any unit.
func (p *Principal) CanSomewhere(perm Permission) bool {
	if p == nil || p.limited(perm) {
		return false
	}
	if p.Trusted {
		return true
	}
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.holds(perm) })
}

// Sees reports whether the unit with the given path lies inside the principal's visible units.
func (p *Principal) Sees(unitPath string) bool {
	if p == nil {
		return false
	}
	if p.Trusted {
		return true
	}
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return strings.HasPrefix(unitPath, g.Path) })
}

// Everywhere reports whether the principal holds perm on the whole tree.
func (p *Principal) Everywhere(perm Permission) bool {
	return p.Can(perm, "/") || slices.ContainsFunc(p.Paths(perm), func(path string) bool { return strings.Count(path, "/") == 2 })
}

// Paths returns the unit paths on which the principal holds perm, without those that lie below another of them.
func (p *Principal) Paths(perm Permission) []string {
	if p == nil || p.limited(perm) {
		return nil
	}
	if p.Trusted {
		return []string{"/"}
	}
	var all []string
	for i := range p.Grants {
		if p.Grants[i].holds(perm) {
			all = append(all, p.Grants[i].Path)
		}
	}
	slices.Sort(all)
	kept := all[:0]
	for _, path := range all {
		if len(kept) == 0 || !strings.HasPrefix(path, kept[len(kept)-1]) {
			kept = append(kept, path)
		}
	}
	return kept
}

type key struct{}

// With returns a context in which p acts.
func With(ctx context.Context, p *Principal) context.Context { return context.WithValue(ctx, key{}, p) }

// From returns who acts, or nil when nobody signed in.
func From(ctx context.Context) *Principal {
	p, _ := ctx.Value(key{}).(*Principal)
	return p
}

// ErrUnauthenticated is returned when nobody signed in.
var ErrUnauthenticated = problem.New(problem.Unauthenticated, "sign_in_required", "Sign in to do this.")

// ErrNotFound is returned for what does not exist and for what lies outside the visible units alike.
var ErrNotFound = problem.New(problem.NotFound, "not_found", "There is no such record, or you may not see it.")

// Check decides about one object that belongs to the unit with the given path: nil, "not found" when the unit is
// outside the visible ones, "forbidden" when it is inside and the permission is lacking.
func Check(ctx context.Context, perm Permission, unitPath string) error {
	p := From(ctx)
	switch {
	case p == nil:
		return ErrUnauthenticated
	case p.Can(perm, unitPath):
		return nil
	case !p.Sees(unitPath):
		return ErrNotFound
	}
	return Forbidden(perm)
}

// Forbidden is the problem of lacking perm on something visible.
func Forbidden(perm Permission) error {
	return problem.Newf(problem.Forbidden, "permission_missing",
		"You may see this but not do it: the permission %q is missing. An administrator of the unit can grant it.", perm).
		WithData("permission", string(perm))
}
