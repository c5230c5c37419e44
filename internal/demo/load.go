package demo

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"millrace/internal/catalog"
	"millrace/internal/delivery"
	"millrace/internal/people"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// The account that the demo organisation is entered with.
const (
	Email    = "admin@halden.example"
	Password = "millrace-demo-2026"
)

// Target is where the organisation is put in.
type Target struct {
	People   *people.Service
	Catalog  *catalog.Service
	Delivery interface {
		Ingest(ctx context.Context, b delivery.Batch) (delivery.Result, error)
	}
	// Own makes a person or team responsible and accountable for an application.
	Own func(ctx context.Context, app ref.App, person ref.Person, team ref.Team) error
	// Site takes the environments; Administrator is the person of the account that the demo is entered with.
	Site          Site
	Tools         Tools
	Administrator ref.Person
	Logger        *slog.Logger
}

// batchRecords is how many records are handed over at once.
const batchRecords = 20_000

// Load puts the organisation and its history in. The context must act as a principal that may do everything.
func Load(ctx context.Context, t Target, seed uint64, now time.Time) error {
	plan := Make(seed)
	began := time.Now()
	t.Site.Clock.Set(now.AddDate(0, -Months, 0))
	at, err := t.organisation(ctx, plan)
	if err != nil {
		return err
	}
	if err := t.applications(ctx, plan, &at); err != nil {
		return err
	}
	t.Logger.InfoContext(ctx, "demo organisation created", slog.Duration("after", time.Since(began)))
	t.Site.Clock.Set(now)
	total := 0
	batch := delivery.Batch{Source: "Demo", Records: plan.Accounts(now)}
	flush := func() error {
		if len(batch.Records) == 0 {
			return nil
		}
		res, err := t.Delivery.Ingest(ctx, batch)
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		if len(res.Rejected) > 0 {
			return fmt.Errorf("history: %d records were rejected, the first because %w", len(res.Rejected), res.Rejected[0].Err)
		}
		total += len(batch.Records)
		batch.Records = batch.Records[:0]
		return nil
	}
	for i := range plan.Applications {
		batch.Records = append(batch.Records, plan.History(seed, i, now)...)
		if len(batch.Records) >= batchRecords {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	t.Logger.InfoContext(ctx, "demo history loaded", slog.Int("records", total), slog.Duration("after", time.Since(began)))
	last := len(plan.Applications) - 1
	if err := t.Tools.connections(ctx, at.teamUnits[plan.Applications[last].Team], plan.Applications[last], clock.Normalise(now)); err != nil {
		return err
	}
	l := &estate{Site: t.Site, plan: &plan, of: at, admin: t.Administrator, now: clock.Normalise(now), Logger: t.Logger}
	if err := l.load(ctx, seed); err != nil {
		return err
	}
	t.Logger.InfoContext(ctx, "demo environments loaded", slog.Int("environments", len(l.ids)), slog.Duration("after", time.Since(began)))
	return nil
}

// placed are the records the applications hang on.
type placed struct {
	root         ref.Unit
	divisions    []ref.Unit
	teamUnits    []ref.Unit
	teams        []ref.Team
	leads        []ref.Person
	people       []ref.Person // in the order of the plan
	applications []ref.App
}

func (t Target) organisation(ctx context.Context, plan Plan) (placed, error) {
	var p placed
	list, err := t.People.ListUnits(ctx, people.UnitFilter{})
	if err != nil {
		return p, err
	}
	root := list[0]
	p.root, p.people = root.ID, make([]ref.Person, len(plan.People))
	if _, _, err := t.People.ChangeUnit(ctx, root.ID, root.Version, people.UnitChange{Name: httpapi.Some(plan.Company)}, false); err != nil {
		return p, err
	}
	divisions := make([]ref.Unit, len(plan.Divisions))
	for i, d := range plan.Divisions {
		u, err := t.People.CreateUnit(ctx, people.NewUnit{Name: d.Name, Type: "Division", Parent: root.ID})
		if err != nil {
			return p, err
		}
		divisions[i] = u.ID
	}
	p.divisions = divisions
	for _, team := range plan.Teams {
		u, err := t.People.CreateUnit(ctx, people.NewUnit{Name: team.Name, Type: "Department", Parent: divisions[team.Division]})
		if err != nil {
			return p, err
		}
		var members []people.NewMember
		for i, m := range team.Members {
			one := plan.People[m]
			person, err := t.People.CreatePerson(ctx, people.NewPerson{Name: one.Name, Email: one.Email, Unit: u.ID})
			if err != nil {
				return p, err
			}
			p.people[m] = person.ID
			members = append(members, people.NewMember{Person: person.ID, Lead: i == 0})
		}
		made, err := t.People.CreateTeam(ctx, people.NewTeam{Name: team.Name, Unit: u.ID, Members: members})
		if err != nil {
			return p, err
		}
		grant := people.NewGrant{Role: "contributor", Unit: u.ID, SubjectKind: people.TeamSubject, SubjectID: string(made.ID)}
		if _, err := t.People.CreateGrant(ctx, grant); err != nil {
			return p, err
		}
		p.teamUnits, p.teams, p.leads = append(p.teamUnits, u.ID), append(p.teams, made.ID), append(p.leads, members[0].Person)
	}
	return p, nil
}

func (t Target) applications(ctx context.Context, plan Plan, at *placed) error {
	for i, a := range plan.Applications {
		in := catalog.NewApplication{
			Key: a.Key, Name: a.Name, Unit: at.teamUnits[a.Team], Description: a.Description, Criticality: catalog.Criticality(a.Criticality), Vendor: a.Vendor,
			Aliases: a.Aliases, Repositories: []catalog.RepositoryPath{{URL: a.Repository}},
		}
		for _, c := range a.Components {
			in.Components = append(in.Components, catalog.NewComponent{Name: c})
		}
		made, err := t.Catalog.CreateApplication(ctx, in)
		if err != nil {
			return fmt.Errorf("application %d: %w", i, err)
		}
		at.applications = append(at.applications, made.ID)
		if t.Own != nil {
			if err := t.Own(ctx, made.ID, at.leads[a.Team], at.teams[a.Team]); err != nil {
				return err
			}
		}
	}
	for _, d := range plan.Dependencies {
		in := catalog.NewDependency{From: plan.Applications[d.From].Key, To: plan.Applications[d.To].Key, Type: catalog.DependencyType(d.Type)}
		if _, err := t.Catalog.CreateDependency(ctx, in, false); err != nil {
			return err
		}
	}
	return nil
}
