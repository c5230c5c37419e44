package catalog

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Subject is the kind under which stakeholders, history and search know an application.
const Subject = "application"

// Owner is who is accountable for an application.
type Owner struct {
	Kind  string `json:"kind" enum:"person,team"`
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty" doc:"Of a person."`
}

// OwnerBook knows who is accountable for which application. The aspect of stakeholders keeps it.
type OwnerBook interface {
	// Owners returns the owners of the given applications; those without one are left out.
	Owners(ctx context.Context, tx db.Tx, apps []ref.App) (map[ref.App][]Owner, error)
	// OwnedBy returns a condition on the id column that keeps the applications a person or team is accountable for.
	OwnedBy(column, owner string) (cond string, args []any)
	// SetOwner makes a person the accountable one.
	SetOwner(ctx context.Context, tx db.Tx, app Application, person ref.Person) error
	// Move follows an application to another unit.
	Move(ctx context.Context, tx db.Tx, app ref.App, unit ref.Unit) error
	// Forget drops what is kept about an application that is deleted.
	Forget(ctx context.Context, tx db.Tx, app ref.App) error
}

// ApplicationUser is a slice that holds records of applications. ApplicationUse says what there is of one; what blocks
// keeps the application from being deleted.
type ApplicationUser interface {
	ApplicationUse(ctx context.Context, tx db.Tx, app ref.App) ([]Consequence, error)
}

// Consequence is one thing that a change brings about beside itself.
type Consequence struct {
	// Kind is stable: "dependencies_end", "deployments_recorded".
	Kind     string `json:"kind"`
	Count    int64  `json:"count"`
	Message  string `json:"message" doc:"The consequence in a sentence."`
	Blocking bool   `json:"blocking" doc:"Whether it keeps the change from happening."`
}

// nobody is the owner book of an installation without stakeholders.
type nobody struct{}

func (nobody) Owners(context.Context, db.Tx, []ref.App) (map[ref.App][]Owner, error) {
	return map[ref.App][]Owner{}, nil
}

func (nobody) OwnedBy(string, string) (string, []any) { return "1 = 0", nil }

func (nobody) SetOwner(context.Context, db.Tx, Application, ref.Person) error { return nil }

func (nobody) Move(context.Context, db.Tx, ref.App, ref.Unit) error { return nil }

func (nobody) Forget(context.Context, db.Tx, ref.App) error { return nil }
