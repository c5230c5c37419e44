package environmenttest

import (
	"context"
	"strings"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Lookups are lists of values in memory.
type Lookups struct {
	lists map[string][]environment.Lookup
}

// NewLookups returns the lists an installation starts with.
func NewLookups() *Lookups {
	l := &Lookups{lists: map[string][]environment.Lookup{}}
	for _, name := range []string{"DEV", "SIT", "UAT", "Performance", "Training", "Production-like", "Production"} {
		l.Add(environment.UsageList, name)
	}
	l.Add(environment.StatusList, "Active")
	l.AddNotBookable("Under construction")
	l.AddNotBookable("Decommissioned")
	for _, name := range []string{"Application", "Database", "Middleware", "Operating system", "Network"} {
		l.Add(environment.LayerList, name)
	}
	for _, name := range []string{"HTTPS", "File", "Message queue"} {
		l.Add(environment.ConnectionTypeList, name)
	}
	return l
}

// Add adds a value at the end of a list; the first of a list is its default.
func (l *Lookups) Add(list, name string) ref.Lookup {
	v := environment.Lookup{ID: ref.New[ref.Lookup](), Name: name, Default: len(l.lists[list]) == 0}
	l.lists[list] = append(l.lists[list], v)
	return v.ID
}

// AddNotBookable adds a status that takes no bookings.
func (l *Lookups) AddNotBookable(name string) ref.Lookup {
	id := l.Add(environment.StatusList, name)
	list := l.lists[environment.StatusList]
	list[len(list)-1].NotBookable = true
	return id
}

// ID returns the id of a value by its name, or "".
func (l *Lookups) ID(list, name string) ref.Lookup {
	v, _, _ := l.Resolve(context.Background(), db.Tx{}, list, name)
	return v.ID
}

// Resolve finds a value by its id or name.
func (l *Lookups) Resolve(_ context.Context, _ db.Tx, list, idOrName string) (environment.Lookup, bool, error) {
	for _, v := range l.lists[list] {
		if idOrName == "" && v.Default || string(v.ID) == idOrName || strings.EqualFold(v.Name, idOrName) {
			return v, true, nil
		}
	}
	return environment.Lookup{}, false, nil
}

// Values returns a list in its order.
func (l *Lookups) Values(_ context.Context, _ db.Tx, list string) ([]environment.Lookup, error) {
	return l.lists[list], nil
}
