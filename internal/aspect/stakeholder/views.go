package stakeholder

// View is a stakeholder as the API shows it.
type View struct {
	Stakeholder
	Name  string `json:"name"`
	Email string `json:"email,omitempty" doc:"Of a person."`
	// State tells a person who has left from one who is there.
	State string `json:"state,omitempty" doc:"Of a person."`
}

// ListView is the stakeholders of a record as the API shows them.
type ListView struct {
	Items        []View        `json:"items" nullable:"false"`
	Actions      []string      `json:"actions" nullable:"false" doc:"What the caller may do with the list now."`
	Consequences []Consequence `json:"consequences,omitempty" doc:"What happened beside the change itself, or would happen in a dry run."`
}

func views(list []Listed) []View {
	out := make([]View, len(list))
	for i, l := range list {
		out[i] = View{Stakeholder: l.Stakeholder, Name: l.Name, Email: l.Email, State: l.State}
	}
	return out
}

func viewList(l Listing, more []Consequence) ListView {
	v := ListView{Items: views(l.Items), Actions: []string{}, Consequences: more}
	if l.Manageable {
		v.Actions = append(v.Actions, "add", "edit", "remove", "import")
	}
	return v
}
