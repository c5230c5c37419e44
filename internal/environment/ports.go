package environment

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// The lists of values the slice refers to.
const (
	UsageList          = "environment_usage"
	StatusList         = "environment_status"
	LayerList          = "stack_layer"
	ConnectionTypeList = "connection_type"
)

// Lookup is a value of a list that an administrator keeps.
type Lookup struct {
	ID     ref.Lookup
	Name   string
	Colour string
	// NotBookable is the attribute notBookable of a status.
	NotBookable bool
	Default     bool
}

// Lookups knows the values of lists.
type Lookups interface {
	// Resolve finds a value of a list by its id or name, whatever the case; ok is false when there is none. An empty
	// name asks for the default of the list.
	Resolve(ctx context.Context, tx db.Tx, list, idOrName string) (value Lookup, ok bool, err error)
	// Values returns all values of a list in their order.
	Values(ctx context.Context, tx db.Tx, list string) ([]Lookup, error)
}

// Owner is who is accountable for an environment.
type Owner struct {
	Kind  string `json:"kind" enum:"person,team"`
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty" doc:"Of a person."`
}

// OwnerBook knows who is accountable for which environment or group. The aspect of stakeholders keeps it.
type OwnerBook interface {
	// Owners returns the owners of records of a kind; those without one are left out.
	Owners(ctx context.Context, tx db.Tx, kind string, ids []string) (map[string]Owner, error)
	// OwnedBy returns a condition on the id column that keeps what a person or team is accountable for.
	OwnedBy(kind, column, owner string) (cond string, args []any)
	// Move follows a record to another unit.
	Move(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error
	// Forget drops what is kept about a record that is deleted.
	Forget(ctx context.Context, tx db.Tx, kind, id string) error
}

// EnvironmentUser is a slice that holds records of environments. EnvironmentUse says what there is of one; what blocks
// keeps the environment from being deleted.
type EnvironmentUser interface {
	EnvironmentUse(ctx context.Context, tx db.Tx, env ref.Environment) ([]Consequence, error)
}

// Consequence is one thing that a change brings about beside itself.
type Consequence struct {
	// Kind is stable: "members_removed", "bookings_cancelled".
	Kind     string `json:"kind"`
	Count    int64  `json:"count"`
	Message  string `json:"message" doc:"The consequence in a sentence."`
	Blocking bool   `json:"blocking" doc:"Whether it keeps the change from happening."`
}

// nobody is the owner book of an installation without stakeholders.
type nobody struct{}

func (nobody) Owners(context.Context, db.Tx, string, []string) (map[string]Owner, error) {
	return map[string]Owner{}, nil
}

func (nobody) OwnedBy(string, string, string) (string, []any) { return "1 = 0", nil }

func (nobody) Move(context.Context, db.Tx, string, string, ref.Unit) error { return nil }

func (nobody) Forget(context.Context, db.Tx, string, string) error { return nil }
