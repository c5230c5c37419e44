package field

import (
	"context"

	"millrace/internal/platform/authz"
)

// FieldView is a custom field as the API shows it.
type FieldView struct {
	CustomField
	Actions []string `json:"actions" nullable:"false" doc:"What the caller may do with it now."`
}

// SubjectView is a kind of record that can have custom fields.
type SubjectView struct {
	Kind     string `json:"kind"`
	Title    string `json:"title"`
	TypeList string `json:"typeList,omitempty" doc:"The list whose values are the types of these records."`
}

// FilledView is a custom field of a record with what it holds.
type FilledView struct {
	ID          string    `json:"id"`
	Key         string    `json:"key"`
	Name        string    `json:"name"`
	DataType    DataType  `json:"dataType"`
	List        string    `json:"list,omitempty"`
	Group       string    `json:"group,omitempty"`
	Description string    `json:"description,omitempty"`
	Measure     string    `json:"measure,omitempty"`
	Value       any       `json:"value" doc:"Null where it is empty. Values of lists and persons are {id, name}, amounts {amount, currency}."`
	Locked      bool      `json:"locked" doc:"The caller sees it and may not change it."`
	Mandatory   bool      `json:"mandatory" doc:"It must have a value as the record stands now."`
	When        Mandatory `json:"mandatoryWhen"`
	FromStatus  string    `json:"fromStatus,omitempty"`
}

// FilledListView is the custom fields of a record as the API shows them.
type FilledListView struct {
	Items   []FilledView `json:"items" nullable:"false"`
	Actions []string     `json:"actions" nullable:"false" doc:"What the caller may do with them now."`
}

func viewField(ctx context.Context, f CustomField) FieldView {
	v := FieldView{CustomField: f, Actions: []string{}}
	if string(f.Default) == "null" {
		v.Default = nil
	}
	if authz.From(ctx).Everywhere(PermManageCustomField) {
		v.Actions = append(v.Actions, "edit", "delete")
	} else {
		v.Rules = []AccessRule{} // who else sees it is for those who decide it
	}
	return v
}

func viewFilled(l FilledListing) FilledListView {
	v := FilledListView{Items: make([]FilledView, len(l.Items)), Actions: []string{}}
	editable := false
	for i, f := range l.Items {
		v.Items[i] = FilledView{ID: f.ID, Key: f.Key, Name: f.Name, DataType: f.DataType, List: f.List, Group: f.Group, Description: f.Description,
			Measure: f.Measure, Value: f.Value, Locked: f.Locked, Mandatory: f.Demanded, When: f.CustomField.Mandatory, FromStatus: f.FromStatus}
		editable = editable || !f.Locked
	}
	if editable {
		v.Actions = append(v.Actions, "edit")
	}
	return v
}
