package sheet

import (
	"context"
	"fmt"

	"millrace/internal/aspect/field"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ensure creates what the names of a sheet stand for and nobody knew, as was chosen. A check only counts it.
func (d *directory) ensure(ctx context.Context, tx db.Tx) error {
	for _, kind := range []ValueKind{OfUsage, OfStatus, OfLayer, OfApplication, OfPerson, OfGroup, OfEnvironment} {
		for _, k := range d.names[kind] {
			if !k.create || k.id != "" || k.count == 0 {
				continue
			}
			d.made++
			if !d.p.write {
				continue
			}
			if err := d.create(ctx, tx, k); err != nil {
				return &rowError{k.rows[0], fmt.Errorf("%s %q: %w", k.kind, k.text, err)}
			}
		}
	}
	d.p.counts.Created = d.made
	return nil
}

func (d *directory) create(ctx context.Context, tx db.Tx, k *known) error {
	s, unit := d.p.s, d.p.imp.Unit
	switch k.kind {
	case OfUsage, OfStatus, OfLayer:
		v, err := s.Lookups.Add(ctx, tx, lookupLists[k.kind], field.NewValue{Name: k.text})
		k.id, k.label = string(v.ID), v.Name
		return err
	case OfApplication:
		id, err := s.Applications.CreateApplication(ctx, tx, k.text, unit)
		k.id, k.unit = string(id), unit
		return err
	case OfPerson:
		if err := authz.CheckUnit(ctx, tx, permManagePerson, unit); err != nil {
			return err
		}
		id, err := s.Persons.CreatePerson(ctx, tx, address(k.text), unit)
		k.id = string(id)
		return err
	case OfGroup:
		g, err := s.Environments.AddGroup(ctx, tx, environment.NewGroup{Key: plainKey(k.text), Name: k.text, Unit: unit})
		k.id, k.unit = string(g.ID), unit
		d.p.did(step{number: k.rows[0], act: "created", kind: environment.GroupSubject, id: string(g.ID), label: g.Key, version: g.Version})
		return err
	}
	e, err := s.Environments.Create(ctx, tx, environment.NewEnvironment{Key: plainKey(k.text), Name: k.text, Unit: unit})
	k.id, k.unit = string(e.ID), unit
	d.p.did(step{number: k.rows[0], act: "created", kind: environment.Subject, id: string(e.ID), label: e.Key, version: e.Version})
	return err
}

// targets finds what is booked with each environment and group that the sheet names.
func (d *directory) targets(ctx context.Context, tx db.Tx) ([]ref.Environment, []environment.Bookable, error) {
	var all []ref.Environment
	var coming []environment.Bookable
	for _, kind := range []ValueKind{OfEnvironment, OfGroup} {
		for _, k := range d.names[kind] {
			switch {
			case k.count == 0:
			case k.id != "":
				t := booking.Targets{Environment: k.id}
				if kind == OfGroup {
					t = booking.Targets{Group: k.id}
				}
				c, err := d.p.s.Bookings.TargetsOf(ctx, tx, t)
				if k.wrong = problem.Of(err); err != nil && k.wrong == nil {
					return nil, nil, err
				}
				k.target = c
				all = append(all, c.Environments...)
			case k.create && kind == OfEnvironment:
				// It does not exist yet: a check looks at it as it will be.
				b := environment.Bookable{ID: ref.New[ref.Environment](), Key: k.text, Name: k.text, Unit: d.p.imp.Unit, UnitPath: d.path(""), Capacity: 1, Bookable: true}
				k.target = booking.Candidate{Environments: []ref.Environment{b.ID}}
				coming = append(coming, b)
				all = append(all, b.ID)
			}
		}
	}
	return all, coming, nil
}

// did remembers a step of a run.
func (p *plan) did(s step) {
	if p.write {
		p.steps = append(p.steps, s)
	}
}
