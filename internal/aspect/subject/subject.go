// Package subject says what the aspects know about the records they hang on: how a kind of record is found, where it
// lives, and who may view and change it. An owner describes each of its kinds once; stakeholders, comments, attachments,
// watchers and notices all take the same description.
package subject

import (
	"context"
	"slices"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Subject is a kind of record that aspects can hang on.
type Subject struct {
	// Kind is the word of the event table: "application".
	Kind string
	// PathPrefix is where the records live in the API: "/applications".
	PathPrefix string
	// Tag groups the routes in the API document; empty means the kind.
	Tag string
	// Page is where the web interface shows a record, with {id} for the id; empty means PathPrefix/{id}.
	Page string
	// Resolve tells the unit and the label of a record, or the not-found problem. It may take what the API takes in the
	// place of the id; the id it returns is the one under which the aspects keep theirs.
	Resolve func(ctx context.Context, tx db.Tx, id string) (Record, error)
	// View and Manage guard the routes and are checked on the record's unit.
	View, Manage authz.Permission
}

// Record is what an owner tells about one of its records.
type Record struct {
	ID    string
	Unit  ref.Unit
	Label string
}

// RouteTag is what groups the routes of the kind in the API document.
func (s Subject) RouteTag() string {
	if s.Tag == "" {
		return s.Kind
	}
	return s.Tag
}

// PagePath is the path of the page that shows a record.
func (s Subject) PagePath(id string) string {
	if s.Page == "" {
		return s.PathPrefix + "/" + id
	}
	return strings.ReplaceAll(s.Page, "{id}", id)
}

// Registry knows the kinds of records. It is filled while the product is wired together and only read afterwards.
type Registry struct {
	kinds map[string]Subject
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return &Registry{kinds: map[string]Subject{}} }

// Register makes a kind known; doing so again changes nothing. It panics on an incomplete description.
func (r *Registry) Register(s Subject) {
	if s.Kind == "" || s.Resolve == nil || s.View == "" || s.Manage == "" {
		panic("a subject of the aspects lacks its kind, its resolver or its permissions")
	}
	r.kinds[s.Kind] = s
}

// Of returns what is known about a kind.
func (r *Registry) Of(kind string) (Subject, bool) {
	s, ok := r.kinds[kind]
	return s, ok
}

// ToView finds a record the caller may view.
func (r *Registry) ToView(ctx context.Context, tx db.Tx, kind, id string) (Record, error) {
	return r.find(ctx, tx, kind, id, func(s Subject) authz.Permission { return s.View })
}

// ToManage finds a record the caller may change.
func (r *Registry) ToManage(ctx context.Context, tx db.Tx, kind, id string) (Record, error) {
	return r.find(ctx, tx, kind, id, func(s Subject) authz.Permission { return s.Manage })
}

// Manages reports whether the caller may change a record that was found.
func (r *Registry) Manages(ctx context.Context, tx db.Tx, kind string, record Record) bool {
	s, ok := r.kinds[kind]
	return ok && authz.CheckUnit(ctx, tx, s.Manage, record.Unit) == nil
}

func (r *Registry) find(ctx context.Context, tx db.Tx, kind, id string, perm func(Subject) authz.Permission) (Record, error) {
	s, ok := r.kinds[kind]
	if !ok {
		return Record{}, authz.ErrNotFound
	}
	record, err := s.Resolve(ctx, tx, id)
	if err != nil {
		return record, err
	}
	return record, authz.CheckUnit(ctx, tx, perm(s), record.Unit)
}

// Visible returns a condition that keeps the rows about records the caller may view, told by the columns of their kind
// and unit. Rows of kinds nobody registered are dropped.
func (r *Registry) Visible(ctx context.Context, kindColumn, unitColumn string) (cond string, args []any) {
	kinds := make([]string, 0, len(r.kinds))
	for kind := range r.kinds {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	parts := []string{"1 = 0"}
	for _, kind := range kinds {
		inner, more := authz.Condition(ctx, r.kinds[kind].View, unitColumn)
		part := kindColumn + " = ?"
		if inner != "" {
			part += " AND " + inner
		}
		parts, args = append(parts, "("+part+")"), append(append(args, kind), more...)
	}
	return "(" + strings.Join(parts, " OR ") + ")", args
}
