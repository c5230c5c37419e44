package environment

import (
	"context"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/stakeholder"
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

// NotBookable is the attribute of a status whose environments take no bookings.
const NotBookable = "notBookable"

// Lists are the lists of the slice, for the aspect of fields.
var Lists = []field.List{
	{Key: UsageList, Title: "Usage of environments", Tag: tag, Attributes: []field.Attribute{}, Defaults: []field.Value{
		{Name: "DEV", Colour: "#8c96a3"}, {Name: "SIT", Colour: "#2f7ed8"}, {Name: "UAT", Colour: "#7a4fd1"}, {Name: "Performance", Colour: "#d9822b"},
		{Name: "Training", Colour: "#2a9d8f"}, {Name: "Production-like", Colour: "#b5489a"}, {Name: "Production", Colour: "#c23030"},
	}},
	{Key: StatusList, Title: "Status of environments", Tag: tag, Attributes: []field.Attribute{
		{Key: NotBookable, Title: "Environments with this status take no bookings", Type: field.BooleanAttribute},
	}, Defaults: []field.Value{
		{Name: "Active", Default: true, Colour: "#2e8540"}, {Name: "Under construction", Colour: "#d9822b", Attributes: field.Attributes{NotBookable: true}},
		{Name: "Decommissioned", Colour: "#8c96a3", Attributes: field.Attributes{NotBookable: true}},
	}},
	{Key: LayerList, Title: "Layers of the stack", Tag: tag, Attributes: []field.Attribute{}, Defaults: []field.Value{
		{Name: "Application", Default: true}, {Name: "Database"}, {Name: "Middleware"}, {Name: "Operating system"}, {Name: "Network"}, {Name: "Package"},
	}},
	{Key: ConnectionTypeList, Title: "Types of connections", Tag: tag, Attributes: []field.Attribute{}, Defaults: []field.Value{
		{Name: "HTTPS", Default: true}, {Name: "Web service"}, {Name: "Message queue"}, {Name: "File"}, {Name: "Database link"},
	}},
}

// OwnerBook knows who is accountable for which environment or group. The aspect of stakeholders keeps it.
type OwnerBook interface {
	// Owners returns the owners of records of a kind; those without one are left out.
	Owners(ctx context.Context, tx db.Tx, kind string, ids []string) (map[string]stakeholder.Owner, error)
	// OwnedBy returns a condition on the id column that keeps what a person or team is accountable for.
	OwnedBy(kind, column, owner string) (cond string, args []any)
	// Of returns everybody who has a part in a record.
	Of(ctx context.Context, tx db.Tx, kind, id string) ([]stakeholder.Listed, error)
	// MoveRecord follows a record to another unit.
	MoveRecord(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error
	// ForgetRecord drops what is kept about a record that is deleted.
	ForgetRecord(ctx context.Context, tx db.Tx, kind, id string) error
}

// EnvironmentUser is a slice that holds records of environments. EnvironmentUse says what there is of one; what blocks
// keeps the environment from being deleted.
type EnvironmentUser interface {
	EnvironmentUse(ctx context.Context, tx db.Tx, env ref.Environment) ([]Consequence, error)
}

// EnvironmentLeaver is an EnvironmentUser that has something to do when an environment is deleted, in the same
// transaction: cancel what is booked, for instance.
type EnvironmentLeaver interface {
	LeaveEnvironment(ctx context.Context, tx db.Tx, env ref.Environment) error
}

// ScheduleUser is an EnvironmentUser that holds bookings. It is asked, with the schedules locked, after the capacity of
// environments was lowered; an error keeps that from happening.
type ScheduleUser interface {
	CheckSchedules(ctx context.Context, tx db.Tx, envs []ref.Environment) error
}

// HealthBook is an EnvironmentUser that knows how environments are.
type HealthBook interface {
	// HealthIs returns a condition on a column of environment ids that keeps those which are in one of the healths now,
	// as far as the caller may see it.
	HealthIs(ctx context.Context, column string, healths []string) (cond string, args []any)
}

// NoHealth stands for environments of which nobody ever said how they are.
const NoHealth = "none"

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

func (nobody) Owners(context.Context, db.Tx, string, []string) (map[string]stakeholder.Owner, error) {
	return map[string]stakeholder.Owner{}, nil
}

func (nobody) OwnedBy(string, string, string) (string, []any) { return "1 = 0", nil }

func (nobody) Of(context.Context, db.Tx, string, string) ([]stakeholder.Listed, error) {
	return nil, nil
}

func (nobody) MoveRecord(context.Context, db.Tx, string, string, ref.Unit) error { return nil }

func (nobody) ForgetRecord(context.Context, db.Tx, string, string) error { return nil }
