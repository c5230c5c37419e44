package sheet

import (
	"slices"
	"strconv"
	"time"

	"millrace/internal/platform/ref"
)

// View is an import as the API shows it.
type View struct {
	Import
	Actions []Act   `json:"actions" nullable:"false" doc:"What can be done with it now."`
	Fields  []Field `json:"fields" nullable:"false" doc:"The columns that sheets of its kind may have."`
	// Runnable says that nothing keeps the checked import from being run.
	Runnable bool `json:"runnable"`
}

func (s *Service) view(i Import) View {
	v := View{Import: i, Actions: allowed(i.State), Fields: []Field{}}
	if list := fields[i.Kind]; list != nil {
		v.Fields = list
	}
	if i.State == Checked && i.runnable() != nil {
		v.Actions = slices.DeleteFunc(v.Actions, func(a Act) bool { return a == ActRun })
	}
	v.Runnable = slices.Contains(v.Actions, ActRun)
	return v
}

// Summary is an import in a list.
type Summary struct {
	ID         string     `json:"id"`
	Unit       ref.Unit   `json:"unitId"`
	Kind       Kind       `json:"kind,omitempty" enum:"environments,components,groups,bookings"`
	State      State      `json:"state" enum:"uploaded,checking,checked,running,done,failed,undoing,undone"`
	FileName   string     `json:"fileName"`
	Size       int64      `json:"size"`
	ActorName  string     `json:"actorName"`
	Counts     Counts     `json:"counts"`
	Open       int        `json:"openQuestions"`
	Error      string     `json:"errorMessage,omitempty"`
	Actions    []Act      `json:"actions" nullable:"false"`
	Version    int64      `json:"version"`
	CreatedAt  time.Time  `json:"createdAt"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
}

func summary(i Import) Summary {
	return Summary{ID: i.ID, Unit: i.Unit, Kind: i.Kind, State: i.State, FileName: i.FileName, Size: i.Size, ActorName: i.ActorName, Counts: i.Counts, Open: len(i.Questions), Error: i.ErrorMessage,
		Actions: allowed(i.State), Version: i.Version, CreatedAt: i.CreatedAt, FinishedAt: i.FinishedAt}
}

func bookingReference(number int64) string {
	if number == 0 {
		return ""
	}
	return "BK-" + strconv.FormatInt(number, 10)
}
