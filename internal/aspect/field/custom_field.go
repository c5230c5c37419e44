package field

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// DataType says what a custom field holds.
type DataType string

// The data types.
const (
	Text      DataType = "text"
	Multiline DataType = "multiline"
	Number    DataType = "number"
	Decimal   DataType = "decimal"
	Currency  DataType = "currency"
	Date      DataType = "date"
	Time      DataType = "time"
	DateTime  DataType = "datetime"
	OneOf     DataType = "list"
	SomeOf    DataType = "multi_list"
	Person    DataType = "person"
	URL       DataType = "url"
	Boolean   DataType = "boolean"
)

// Mandatory says when a field must be filled in.
type Mandatory string

// When a field must be filled in.
const (
	Never      Mandatory = "never"
	Always     Mandatory = "always"
	FromStatus Mandatory = "from_status"
)

// Access is what somebody may do with a field.
type Access string

// The levels of access, the least first.
const (
	Hide Access = "hide"
	View Access = "view"
	Edit Access = "edit"
)

// AccessRule gives a party its own access to a field.
type AccessRule struct {
	standing.Party
	Access Access `json:"access" enum:"edit,view,hide"`
}

// CustomField is a field of the organisation's own on a kind of record.
type CustomField struct {
	bun.BaseModel `bun:"table:custom_field,alias:cf" json:"-"`

	ID      string `bun:"id,pk" json:"id"`
	Subject string `bun:"subject_kind" json:"subject" doc:"The kind of record that carries it."`
	// Key names the field in values, filters and exports; it never changes.
	Key         string          `bun:"key" json:"key"`
	Name        string          `bun:"name" json:"name"`
	Type        string          `bun:"type_value" json:"type,omitempty" doc:"Narrows it to records of one type; absent means all."`
	DataType    DataType        `bun:"data_type" json:"dataType"`
	List        string          `bun:"list_key,nullzero" json:"list,omitempty" doc:"The list a list or multi_list draws on."`
	Group       string          `bun:"group_name" json:"group,omitempty" doc:"The tab it stands on; a slash separates groups within a tab."`
	Order       int64           `bun:"position" json:"order"`
	Description string          `bun:"description" json:"description,omitempty" doc:"Shown as a tooltip."`
	Measure     string          `bun:"measure" json:"measure,omitempty" doc:"The unit of a number: GB, days."`
	Mandatory   Mandatory       `bun:"mandatory" json:"mandatory"`
	FromStatus  string          `bun:"from_status" json:"fromStatus,omitempty" doc:"The status from which on it is mandatory."`
	Access      Access          `bun:"access" json:"access" doc:"What everybody may do who may see the record."`
	Rules       []AccessRule    `bun:"access_rules,type:jsonb" json:"accessRules" nullable:"false" doc:"Where one or more apply to somebody, the highest access of those counts instead."`
	Default     json.RawMessage `bun:"-" json:"default,omitempty" doc:"What new records get."`
	DefaultText string          `bun:"default_value" json:"-"`
	Version     int64           `bun:"version" json:"version"`
	CreatedAt   time.Time       `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time       `bun:"updated_at" json:"updatedAt"`
}

// Subject is a kind of record that can have custom fields.
type Subject struct {
	// Kind is the word of the event table: "environment".
	Kind string
	// Title is what a person reads: "Environment".
	Title string
	// PathPrefix is where the records live in the API: "/environments".
	PathPrefix string
	// Tag groups the routes in the API document; empty means the kind.
	Tag string
	// TypeList is the list whose values are the types of these records; empty means that they have none.
	TypeList string
	// Resolve tells what an owner knows of a record, or the not-found problem. It may take what the API takes in the place
	// of the id; the id it returns is the one under which values are kept.
	Resolve func(ctx context.Context, tx db.Tx, id string) (Record, error)
	// View and Manage guard the routes and are checked on the record's unit.
	View, Manage authz.Permission
}

// Record is what an owner tells about one of its records.
type Record struct {
	ID    string
	Unit  ref.Unit
	Label string
	// Type is the id of a value of the subject's TypeList, or empty.
	Type string
	// Status is the id or name of the record's status, or empty.
	Status string
}

// Statuses tells how statuses follow each other; workflow implements it.
type Statuses interface {
	// Reached reports whether a record of the type that stands on status has come as far as the status mark names.
	Reached(ctx context.Context, tx db.Tx, kind, typ, status, mark string) (bool, error)
}

// Register makes a kind of record known without mounting the routes of its fields.
func (s *Service) Register(subject Subject) {
	if subject.Kind == "" || subject.Title == "" || subject.Resolve == nil || subject.View == "" || subject.Manage == "" {
		panic("a subject of custom fields lacks its kind, its title, its resolver or its permissions")
	}
	s.subjects[subject.Kind] = subject
}

// UseStatuses names who knows how statuses follow each other. Without it, a field that is mandatory from a status on is
// so in that status alone.
func (s *Service) UseStatuses(statuses Statuses) { s.statuses = statuses }
