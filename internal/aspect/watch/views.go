package watch

// View is a watcher as the API shows it.
type View struct {
	Watcher
	Name string `json:"name"`
	// State tells a person who has left from one who is there.
	State string `json:"state,omitempty" doc:"Of a person."`
}

// ListView is who follows a record as the API shows it.
type ListView struct {
	Items     []View   `json:"items" nullable:"false"`
	Following bool     `json:"following" doc:"Whether the caller follows by themselves."`
	Muted     bool     `json:"muted" doc:"Whether the caller chose not to follow."`
	Actions   []string `json:"actions" nullable:"false" doc:"What the caller may do now: follow, unfollow, add, remove."`
}

func viewList(l Listing, person bool) ListView {
	v := ListView{Items: make([]View, len(l.Items)), Following: l.Following, Muted: l.Muted, Actions: []string{}}
	for i, row := range l.Items {
		v.Items[i] = View{Watcher: row.Watcher, Name: row.Name, State: row.State}
	}
	if person && !l.Following {
		v.Actions = append(v.Actions, "follow")
	}
	if person && !l.Muted {
		v.Actions = append(v.Actions, "unfollow")
	}
	if l.Manageable {
		v.Actions = append(v.Actions, "add", "remove")
	}
	return v
}
