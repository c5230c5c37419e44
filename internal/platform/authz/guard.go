package authz

import "context"

// Guard is what a route demands before its handler runs. It is coarse: the permission must be held somewhere. The use
// case decides about the object with [Check] or [CheckUnit].
type Guard struct {
	name string
	perm Permission
}

// Public lets everybody in.
func Public() Guard { return Guard{name: "public"} }

// SignedIn lets every signed-in principal in.
func SignedIn() Guard { return Guard{name: "signed_in"} }

// Need lets principals in who hold perm on at least one unit.
func Need(perm Permission) Guard { return Guard{name: string(perm), perm: perm} }

// Name is what the API document shows as x-permission: a permission, "signed_in" or "public".
func (g Guard) Name() string { return g.name }

// Check decides whether the principal of the context may call the route at all.
func (g Guard) Check(ctx context.Context) error {
	switch {
	case g.name == "public":
		return nil
	case From(ctx) == nil || g.name == "":
		return ErrUnauthenticated
	case g.perm == "" || From(ctx).CanSomewhere(g.perm):
		return nil
	}
	return Forbidden(g.perm)
}
