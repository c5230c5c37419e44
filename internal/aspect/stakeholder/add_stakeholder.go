package stakeholder

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Part is what a person or team does on a record, as it is sent.
type Part struct {
	Person ref.Person `json:"personId,omitempty" doc:"Send exactly one of personId and teamId."`
	Team   ref.Team   `json:"teamId,omitempty"`
	Flags
	Roles []string `json:"roles,omitempty" maxItems:"20"`
}

// listed turns a sent part into a member of a list, after looking up who it is.
func (p Part) listed(ctx context.Context, tx db.Tx, place string) (Listed, error) {
	l := Listed{Stakeholder: Stakeholder{Flags: p.Flags, Roles: tidyRoles(p.Roles)}}
	if p.Person != "" {
		l.Person = &p.Person
	}
	if p.Team != "" {
		l.Team = &p.Team
	}
	if err := identify(ctx, tx, &l, place); err != nil {
		return l, err
	}
	var faults problem.Fields
	checkRoles(&faults, place+".roles", l.Roles)
	return l, faults.Err("stakeholder_invalid", "The stakeholder cannot be saved like this.")
}

// mayJoin refuses to give a part to somebody who has left.
func (l Listed) mayJoin() error {
	if l.State == "INACTIVE" {
		return problem.Newf(problem.Conflict, "person_inactive", "%s is inactive and cannot become a stakeholder.", l.Name)
	}
	return nil
}

// Add gives a person or team a part in a record. Who has one already keeps it: flags and roles are merged. Making somebody
// accountable takes it from whoever was, which is a consequence. With dry set nothing is saved.
func (s *Service) Add(ctx context.Context, kind, id string, in Part, dry bool) (Listing, []Consequence, error) {
	return s.edit(ctx, kind, id, 0, dry, func(ctx context.Context, tx db.Tx, _ Record, list []Listed) ([]Listed, []Consequence, error) {
		l, err := in.listed(ctx, tx, "body")
		if err == nil {
			err = l.mayJoin()
		}
		if err != nil {
			return nil, nil, err
		}
		after, more := put(list, l)
		return after, more, nil
	})
}
