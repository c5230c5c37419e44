package request

import (
	"millrace/internal/aspect/standing"
	"millrace/internal/aspect/workflow"
)

// deciders may say yes or no to what others ask for.
var deciders = []standing.Party{
	{Kind: standing.RoleParty, ID: "environment_manager"}, {Kind: standing.RoleParty, ID: "release_manager"}, {Kind: standing.RoleParty, ID: "deployment_manager"},
}

// bookingGraph is the workflow booking requests begin with. What the product does follows the modes: leaving planning
// books the lines, a cancelled one gives the bookings up.
func bookingGraph() workflow.Graph {
	return workflow.Graph{Enabled: true, Statuses: []workflow.Status{
		{Name: "Draft", Mode: workflow.Planning, Colour: "#8c96a3", Initial: true},
		{Name: "Submitted", Mode: workflow.Execution, Colour: "#2f7ed8", Order: 1, BreachAfter: 2 * 8 * 60, WorkingTime: true, BreachColour: "#c23030", BreachFont: "#ffffff"},
		{Name: "Approved", Mode: workflow.Implementation, Colour: "#2e8540", Order: 2, Permitted: deciders},
		{Name: "Completed", Mode: workflow.Completed, Colour: "#5b6670", Order: 3},
		{Name: "Rejected", Mode: workflow.Cancelled, Colour: "#c23030", Order: 4, Permitted: deciders},
		{Name: "Cancelled", Mode: workflow.Cancelled, Colour: "#8c96a3", Order: 5},
	}, Transitions: []workflow.Transition{
		{From: "Draft", To: "Submitted"}, {From: "Draft", To: "Cancelled"}, {From: "Submitted", To: "Draft"}, {From: "Submitted", To: "Approved"},
		{From: "Submitted", To: "Rejected"}, {From: "Submitted", To: "Cancelled"}, {From: "Approved", To: "Completed"}, {From: "Approved", To: "Cancelled"},
		{From: "Rejected", To: "Draft"},
	}}
}

// changeGraph is the workflow change requests begin with.
func changeGraph() workflow.Graph {
	return workflow.Graph{Enabled: true, Statuses: []workflow.Status{
		{Name: "Requested", Mode: workflow.Planning, Colour: "#2f7ed8", Initial: true, BreachAfter: 8 * 60, WorkingTime: true, BreachColour: "#c23030", BreachFont: "#ffffff"},
		{Name: "Assigned", Mode: workflow.Planning, Colour: "#7a4fd1", Order: 1, BreachAfter: 2 * 8 * 60, WorkingTime: true, BreachColour: "#c23030", BreachFont: "#ffffff"},
		{Name: "Scheduled", Mode: workflow.Execution, Colour: "#2a9d8f", Order: 2, Permitted: deciders},
		{Name: "In progress", Mode: workflow.Implementation, Colour: "#d9822b", Order: 3},
		{Name: "Done", Mode: workflow.Completed, Colour: "#2e8540", Order: 4},
		{Name: "Failed", Mode: workflow.Completed, Colour: "#c23030", Order: 5},
		{Name: "Cancelled", Mode: workflow.Cancelled, Colour: "#8c96a3", Order: 6},
	}, Transitions: []workflow.Transition{
		{From: "Requested", To: "Assigned"}, {From: "Requested", To: "Scheduled"}, {From: "Requested", To: "Cancelled"}, {From: "Assigned", To: "Requested"},
		{From: "Assigned", To: "Scheduled"}, {From: "Assigned", To: "Cancelled"}, {From: "Scheduled", To: "Assigned"},
		{From: "Scheduled", To: "In progress"}, {From: "Scheduled", To: "Cancelled"}, {From: "In progress", To: "Done"}, {From: "In progress", To: "Failed"},
		{From: "In progress", To: "Scheduled"}, {From: "In progress", To: "Cancelled"}, {From: "Failed", To: "In progress"},
	}}
}
