package valuestream

import "millrace/internal/platform/ref"

// Blame finds, for incidents, the deployments they are put down to. It is filled before the first question and then
// only read.
type Blame struct {
	suspects  map[ref.App]*Suspects
	dependsOn map[ref.App][]ref.App
	overrides map[int64]Override
	named     map[int64]namedDeployment // deployments that incidents or people name
}

type namedDeployment struct {
	app ref.App
	row *DeploymentRow
}

// NewBlame returns a Blame over the dependencies (application → what it depends on) and what people decided.
func NewBlame(dependsOn map[ref.App][]ref.App, overrides map[int64]Override) *Blame {
	return &Blame{
		suspects: map[ref.App]*Suspects{}, dependsOn: dependsOn, overrides: overrides,
		named: map[int64]namedDeployment{},
	}
}

// Add makes the deployments of an application known. name tells which of them an incident names.
func (b *Blame) Add(app ref.App, rows []DeploymentRow, name func(id int64) bool) {
	b.suspects[app] = NewSuspects(app, rows)
	for i := range rows {
		if name != nil && name(rows[i].ID) {
			b.named[rows[i].ID] = namedDeployment{app, &rows[i]}
		}
	}
}

func (b *Blame) find(id int64) (ref.App, *DeploymentRow) {
	d := b.named[id]
	return d.app, d.row
}

// Candidates scores the deployments of the incident's application and of those it depends on.
func (b *Blame) Candidates(in *IncidentFact) []Candidate {
	var suspects []*Suspects
	if s := b.suspects[in.Application]; s != nil {
		suspects = append(suspects, s)
	}
	for _, up := range b.dependsOn[in.Application] {
		if s := b.suspects[up]; s != nil && up != in.Application {
			suspects = append(suspects, s.asDependency())
		}
	}
	return Candidates(in, suspects, b.find)
}

// Failure decides one incident.
func (b *Blame) Failure(in *IncidentFact) FailureRow {
	row := FailureRow{Incident: in.ID, Application: in.Application, Class: in.Class, StartedAt: in.StartedAt, ResolvedAt: in.ResolvedAt}
	if row.Class == ClassOther {
		row.Class = ClassProduction
	}
	if o, decided := b.overrides[in.ID]; decided {
		row.Decision = Decide(nil, &o)
		return row
	}
	row.Decision = Decide(b.Candidates(in), nil)
	return row
}
