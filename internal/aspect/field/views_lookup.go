package field

// ListView is a list as the API shows it.
type ListView struct {
	List
	Custom  bool     `json:"custom" doc:"Added by an administrator."`
	Version int64    `json:"version"`
	Actions []string `json:"actions" nullable:"false" doc:"What the caller may do with it now."`
}

// ListWithValuesView is a list with its values.
type ListWithValuesView struct {
	ListView
	Values []Value `json:"values" nullable:"false"`
}

// ConsequencesView is the answer to a deletion, or to its dry run.
type ConsequencesView struct {
	DryRun       bool          `json:"dryRun"`
	Consequences []Consequence `json:"consequences" nullable:"false"`
}

func viewList(l Listing) ListView {
	v := ListView{List: l.List, Custom: l.Custom, Version: l.Version, Actions: []string{}}
	if l.Manageable {
		v.Actions = append(v.Actions, "edit_values")
		if l.Custom {
			v.Actions = append(v.Actions, "edit", "delete")
		}
	}
	return v
}

func viewLists(in []Listing) []ListView {
	out := make([]ListView, len(in))
	for i, l := range in {
		out[i] = viewList(l)
	}
	return out
}
