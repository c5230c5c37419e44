package environment

import (
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// What follows is for the packages below this one and for the wiring: it works inside their transactions.

// Resolve returns an environment by its id or key, or the not-found problem. It decides nothing about access.
func (s *Service) Resolve(ctx context.Context, tx db.Tx, keyOrID string) (Environment, error) {
	return findEnvironment(ctx, tx, keyOrID)
}

// May returns an environment after checking perm on its unit.
func (s *Service) May(ctx context.Context, tx db.Tx, perm authz.Permission, keyOrID string) (Environment, error) {
	return mayEnvironment(ctx, tx, perm, keyOrID)
}

// Named finds an environment that a request body names; what the caller may not see is a fault at the given place.
func (s *Service) Named(ctx context.Context, tx db.Tx, perm authz.Permission, text, place string) (Environment, error) {
	return bodyEnvironment(ctx, tx, perm, text, place)
}

// NamedApplication finds an application that a request body names by id, key, alias or unmistakable name.
func (s *Service) NamedApplication(ctx context.Context, tx db.Tx, text, place string) (ref.App, string, error) {
	a, err := bodyApplication(ctx, tx, text, place)
	return a.ID, a.Name, err
}

// NamedComponent finds a component of an application that a request body names by id or name.
func (s *Service) NamedComponent(ctx context.Context, tx db.Tx, app ref.App, text string) (ref.Component, string, error) {
	return bodyPart(ctx, tx, app, text)
}

// Touch makes changes of what hangs on one environment take turns.
func (s *Service) Touch(ctx context.Context, tx db.Tx, id ref.Environment) error {
	_, err := tx.ExecContext(ctx, `UPDATE environment SET version = version WHERE id = ?`, id)
	return err
}

// Tell records that something happened to an environment.
func (s *Service) Tell(ctx context.Context, tx db.Tx, kind events.Kind, e Environment, changes map[string]events.Change, data map[string]any) error {
	return s.append(ctx, tx, kind, e, changes, data)
}

// Show returns an environment as the API shows it.
func (s *Service) Show(ctx context.Context, tx db.Tx, id ref.Environment) (View, error) {
	d, err := s.details(ctx, tx, id)
	return detailsView(d), err
}

// SummaryVersions returns the version that stands for the whole of each environment: that of the component chosen for
// it, else of its application.
func (s *Service) SummaryVersions(ctx context.Context, tx db.Tx, ids []ref.Environment) (map[ref.Environment]string, error) {
	return summaryVersions(ctx, tx, ids)
}

// KnownDataClass reports whether c is a class of data, or none.
func KnownDataClass(c DataClass) bool { return slices.Contains(dataClasses, c) }
