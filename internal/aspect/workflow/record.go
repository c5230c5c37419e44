package workflow

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// Course is where a record stands, where it may go and how it came there.
type Course struct {
	Record   Record
	Enabled  bool
	Position *Position
	Choices  []Choice
	Path     []Stay
}

// Course returns the course of a record.
func (s *Service) Course(ctx context.Context, kind, id string) (out Course, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.record(ctx, tx, kind, id, s.subjects[kind].View)
		if err != nil {
			return err
		}
		out, err = s.course(ctx, tx, r)
		return err
	})
	return out, err
}

// MoveRecord takes a record to another status for whoever may edit it.
func (s *Service) MoveRecord(ctx context.Context, kind, id string, in Step) (out Course, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.record(ctx, tx, kind, id, s.subjects[kind].Manage)
		if err != nil {
			return err
		}
		if _, err := s.Move(ctx, tx, r, in); err != nil {
			return err
		}
		out, err = s.course(ctx, tx, r)
		return err
	})
	return out, err
}

// record finds a record and checks a permission on its unit.
func (s *Service) record(ctx context.Context, tx db.Tx, kind, id string, perm authz.Permission) (Record, error) {
	subject, ok := s.subjects[kind]
	if !ok {
		return Record{}, authz.ErrNotFound
	}
	r, err := subject.Resolve(ctx, tx, id)
	if err != nil {
		return r, err
	}
	r.Kind = kind
	return r, authz.CheckUnit(ctx, tx, perm, r.Unit)
}

func (s *Service) course(ctx context.Context, tx db.Tx, r Record) (Course, error) {
	out := Course{Record: r, Choices: []Choice{}}
	positions, err := s.Positions(ctx, tx, r.Kind, []string{r.ID})
	if err != nil {
		return out, err
	}
	g, err := loadOffered(ctx, tx, r.Kind, r.Type)
	if err != nil {
		return out, err
	}
	out.Enabled = g.Enabled
	if p, found := positions[r.ID]; found {
		out.Position = &p
		if out.Choices, err = s.choices(ctx, tx, r, g, p.StatusID); err != nil {
			return out, err
		}
		if authz.CheckUnit(ctx, tx, s.subjects[r.Kind].Manage, r.Unit) != nil {
			for i, c := range out.Choices {
				if c.Allowed {
					out.Choices[i].Allowed, out.Choices[i].Code, out.Choices[i].Reason = false, "permission_missing", "You may see the record but not edit it."
				}
			}
		}
	}
	out.Path, err = s.Path(ctx, tx, r.Kind, r.ID)
	return out, err
}
