package field

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// List is a list of values that an administrator keeps and an owner's records draw on.
type List struct {
	// Key names the list in code, in the API and in the table: "environment_usage".
	Key string `json:"key"`
	// Title is what a person reads: "Environment usage".
	Title string `json:"title"`
	// Tag groups lists on the screen that keeps them: "environment".
	Tag string `json:"tag"`
	// Defaults are the values a new installation begins with, in this order. Only Name, Colour, Icon, Default and
	// Attributes are read.
	Defaults []Value `json:"-"`
	// Attributes are what a value can say to the owner's code.
	Attributes []Attribute `json:"attributes"`
}

// AttributeType is what kind of value an attribute has.
type AttributeType string

// The types of attributes.
const (
	BooleanAttribute AttributeType = "boolean"
	TextAttribute    AttributeType = "text"
	NumberAttribute  AttributeType = "number"
)

// Attribute is something a value of a list can say beside its name: that a status makes environments not bookable.
type Attribute struct {
	// Key is a member of the value's attributes: "notBookable".
	Key string `json:"key"`
	// Title says in a sentence what it does: "Environments with this status cannot be booked".
	Title string        `json:"title"`
	Type  AttributeType `json:"type"`
}

// Attributes are what a value says beside its name, by the keys of the list's attributes.
type Attributes map[string]any

// Value is one value of a list.
type Value struct {
	bun.BaseModel `bun:"table:lookup_value,alias:lv" json:"-"`

	ID         ref.Lookup `bun:"id,pk" json:"id"`
	List       string     `bun:"list_key" json:"list"`
	Name       string     `bun:"name" json:"name"`
	NameKey    string     `bun:"name_key" json:"-"`
	Order      int64      `bun:"position" json:"order" doc:"Values are shown in this order."`
	Colour     string     `bun:"colour" json:"colour,omitempty" doc:"#rrggbb, or absent."`
	Icon       string     `bun:"icon" json:"icon,omitempty"`
	Default    bool       `bun:"is_default" json:"default" doc:"At most one value of a list."`
	Attributes Attributes `bun:"attributes,type:jsonb" json:"attributes" nullable:"false"`
	Active     bool       `bun:"active" json:"active" doc:"False once it was deleted; old records keep its name."`
	Version    int64      `bun:"version" json:"version"`
	CreatedAt  time.Time  `bun:"created_at" json:"createdAt"`
	UpdatedAt  time.Time  `bun:"updated_at" json:"updatedAt"`
}

// Flag reports whether a boolean attribute is set.
func (v Value) Flag(attribute string) bool {
	set, _ := v.Attributes[attribute].(bool)
	return set
}

// User is an owner whose records carry values of a list. It is asked when a value is deleted.
type User interface {
	// LookupUse tells how many records carry the value and what they are called: 12, "environments".
	LookupUse(ctx context.Context, tx db.Tx, list string, id ref.Lookup) (count int64, what string, err error)
	// ReplaceLookup gives those records another value in the caller's transaction and writes it into their history.
	ReplaceLookup(ctx context.Context, tx db.Tx, list string, from, to Value) error
}

// Lookups holds the use cases of lists.
type Lookups struct {
	db     *db.DB
	events *events.Log
	clock  clock.Clock
	lists  map[string]List
	order  []string
	users  map[string][]User
	// fields uses every list: custom fields may draw on any.
	fields User
}

// Register makes lists known. Call it while the services are made; a list that is incomplete or registered twice is a
// mistake of the programmer and panics.
func (s *Lookups) Register(lists ...List) {
	for _, l := range lists {
		if err := checkList(l); err != nil {
			panic(err)
		}
		if _, twice := s.lists[l.Key]; twice {
			panic("the list " + l.Key + " is registered twice")
		}
		if l.Attributes == nil {
			l.Attributes = []Attribute{}
		}
		s.lists[l.Key] = l
		s.order = append(s.order, l.Key)
	}
}

// UsedBy names an owner whose records carry values of a list.
func (s *Lookups) UsedBy(list string, u User) { s.users[list] = append(s.users[list], u) }
