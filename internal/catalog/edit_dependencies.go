package catalog

import (
	"context"
	"errors"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewDependency is what CreateDependency takes: from needs to.
type NewDependency struct {
	From        string         `json:"from" minLength:"1" doc:"The application that needs the other, by id or key."`
	To          string         `json:"to" minLength:"1" doc:"The application that is needed (upstream), by id or key."`
	Type        DependencyType `json:"type,omitempty" enum:"RUNTIME,BUILD,DATA,OTHER" doc:"RUNTIME when left out."`
	Criticality Criticality    `json:"criticality,omitempty" enum:"MISSION_CRITICAL,HIGH,MEDIUM,LOW" doc:"MEDIUM when left out."`
	Note        string         `json:"note,omitempty" maxLength:"2000"`
}

// DependencyChange is what ChangeDependency takes; members that were not sent stay as they are.
type DependencyChange struct {
	Type        httpapi.Optional[DependencyType] `json:"type,omitzero" doc:"RUNTIME, BUILD, DATA or OTHER."`
	Criticality httpapi.Optional[Criticality]    `json:"criticality,omitzero" doc:"MISSION_CRITICAL, HIGH, MEDIUM or LOW."`
	Note        httpapi.Optional[string]         `json:"note,omitzero"`
}

// Linked is a dependency with both its ends.
type Linked struct {
	Dependency
	FromApp, ToApp Application
	// InCycle says that the two applications need each other, directly or in a circle of others.
	InCycle bool
}

var errDryRun = errors.New("dry run")

// CreateDependency records that one application needs another. Circles are allowed and marked. With dry set nothing is
// saved; the answer is what would be.
func (s *Service) CreateDependency(ctx context.Context, in NewDependency, dry bool) (Linked, error) {
	var out Linked
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		out, err = s.createDependency(ctx, tx, in)
		if err == nil && dry {
			return errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return out, err
}

func (s *Service) createDependency(ctx context.Context, tx db.Tx, in NewDependency) (Linked, error) {
	var out Linked
	var err error
	if out.FromApp, err = bodyApplication(ctx, tx, PermManage, in.From, "body.from"); err != nil {
		return out, err
	}
	if out.ToApp, err = bodyApplication(ctx, tx, PermView, in.To, "body.to"); err != nil {
		return out, err
	}
	now := s.clock.Now()
	d := Dependency{ID: ref.New[string](), From: out.FromApp.ID, To: out.ToApp.ID, Type: in.Type, Criticality: in.Criticality, Note: in.Note, Version: 1, CreatedAt: now, UpdatedAt: now}
	if d.Type == "" {
		d.Type = Runtime
	}
	if d.Criticality == "" {
		d.Criticality = Medium
	}
	var faults problem.Fields
	d.check(&faults)
	if d.From == d.To {
		faults.Add("body.to", "dependency_on_itself", "An application does not depend on itself.")
	}
	if err := faults.Err("dependency_invalid", "The dependency cannot be recorded like this."); err != nil {
		return out, err
	}
	if err := touchDependencies(ctx, tx); err != nil {
		return out, err
	}
	if _, err := tx.NewInsert().Model(&d).Exec(ctx); err != nil {
		return out, dependencyKnown(err, out)
	}
	out.Dependency = d
	if out.InCycle, err = reaches(ctx, tx, d.To, d.From); err != nil {
		return out, err
	}
	return out, s.appendDependency(ctx, tx, DependencyCreated, out, nil, &d)
}

// ChangeDependency edits a dependency that the caller read in the given version.
func (s *Service) ChangeDependency(ctx context.Context, id string, version int64, in DependencyChange) (Linked, error) {
	var out Linked
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		before, err := s.mayDependency(ctx, tx, PermManage, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return httpapi.Stale(before.Version, linkedView(before))
		}
		out = before
		set(&out.Type, in.Type)
		set(&out.Criticality, in.Criticality)
		set(&out.Note, in.Note)
		var faults problem.Fields
		out.check(&faults)
		if err := faults.Err("dependency_invalid", "The dependency cannot be changed like this."); err != nil {
			return err
		}
		if len(events.Diff(before.Dependency, out.Dependency)) == 0 {
			return nil
		}
		out.UpdatedAt = s.clock.Now()
		res, err := tx.NewUpdate().Model(&out.Dependency).Column("type", "criticality", "note", "updated_at").
			Set("version = version + 1").Where("id = ? AND version = ?", id, version).Exec(ctx)
		if err != nil {
			return dependencyKnown(err, out)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = httpapi.Stale(version+1, linkedView(before))
			}
			return err
		}
		out.Version++
		return s.appendDependency(ctx, tx, DependencyChanged, out, &before.Dependency, &out.Dependency)
	})
	return out, err
}

// DeleteDependency removes a dependency.
func (s *Service) DeleteDependency(ctx context.Context, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		d, err := s.mayDependency(ctx, tx, PermManage, id)
		if err != nil {
			return err
		}
		if err := touchDependencies(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&d.Dependency).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.appendDependency(ctx, tx, DependencyDeleted, d, &d.Dependency, nil)
	})
}

// Dependency returns one dependency.
func (s *Service) Dependency(ctx context.Context, id string) (Linked, error) {
	var out Linked
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		out, err = s.mayDependency(ctx, tx, PermView, id)
		return err
	})
	return out, err
}

// mayDependency returns a dependency whose both ends the caller sees, after checking perm on the one that needs.
func (s *Service) mayDependency(ctx context.Context, tx db.Tx, perm authz.Permission, id string) (Linked, error) {
	var out Linked
	err := tx.NewSelect().Model(&out.Dependency).Where("d.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return out, authz.ErrNotFound
	}
	if err != nil {
		return out, err
	}
	out.CreatedAt, out.UpdatedAt = out.CreatedAt.UTC(), out.UpdatedAt.UTC()
	if out.FromApp, err = mayApplication(ctx, tx, perm, string(out.From)); err != nil {
		return out, err
	}
	if out.ToApp, err = mayApplication(ctx, tx, PermView, string(out.To)); err != nil {
		return out, err
	}
	out.InCycle, err = reaches(ctx, tx, out.To, out.From)
	return out, err
}

// reaches reports whether from needs to, directly or through others. UNION keeps a circle from going round for ever.
func reaches(ctx context.Context, tx db.Tx, from, to ref.App) (bool, error) {
	var n int64
	err := tx.NewRaw(`WITH RECURSIVE reached (id) AS (
		SELECT to_id FROM dependency WHERE from_id = ?
		UNION SELECT d.to_id FROM dependency AS d JOIN reached AS r ON d.from_id = r.id
	) SELECT COUNT(*) FROM reached WHERE id = ?`, from, to).Scan(ctx, &n)
	return n > 0, err
}

// bodyApplication returns an application that a request body names.
func bodyApplication(ctx context.Context, tx db.Tx, perm authz.Permission, idOrKey, place string) (Application, error) {
	a, err := mayApplication(ctx, tx, perm, idOrKey)
	if problem.KindOf(err) == problem.NotFound {
		var faults problem.Fields
		faults.Add(place, "application_unknown", "There is no such application, or you may not see it.")
		return a, faults.Err("application_unknown", "The application does not exist, or you may not see it.")
	}
	return a, err
}

func dependencyKnown(err error, d Linked) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "dependency_known", "It is already recorded that %s depends on %s in this way.", d.FromApp.Name, d.ToApp.Name).Because(err)
	}
	return err
}

func (s *Service) appendDependency(ctx context.Context, tx db.Tx, kind events.Kind, d Linked, before, after *Dependency) error {
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(d.FromApp.ID), SubjectLabel: d.FromApp.Name, Unit: d.FromApp.Unit, Changes: events.Diff(before, after),
		Data: map[string]any{"upstream": d.ToApp.Name, "upstreamId": d.ToApp.ID, "dependencyId": d.ID},
	})
}
