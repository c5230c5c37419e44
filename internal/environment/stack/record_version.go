package stack

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// VersionChange is one version that came to an environment.
type VersionChange struct {
	bun.BaseModel `bun:"table:environment_version,alias:v" json:"-"`

	ID          ref.Fact        `bun:"id,pk" json:"-"`
	Environment ref.Environment `bun:"environment_id" json:"environmentId"`
	Component   string          `bun:"component_id,nullzero" json:"componentId,omitempty"`
	Application ref.App         `bun:"application_id,nullzero" json:"applicationId,omitempty"`
	Name        string          `bun:"name" json:"name"`
	Version     string          `bun:"version" json:"version"`
	Previous    string          `bun:"previous" json:"previous,omitempty"`
	At          time.Time       `bun:"at" json:"at"`
	Source      string          `bun:"source" json:"source" doc:"manual, deployment, copy, or what was said."`
	Reference   string          `bun:"reference" json:"reference,omitempty" doc:"The id of the deployment that brought it."`
	Actor       string          `bun:"actor" json:"actor,omitempty"`
}

// noteVersion adds to the version history.
func (s *Service) noteVersion(ctx context.Context, tx db.Tx, c Component, previous string, at time.Time, source, reference string) error {
	v := VersionChange{
		ID: s.facts.Next(), Environment: c.Environment, Component: c.ID, Application: c.Application, Name: c.Name, Version: c.Installed, Previous: previous,
		At: at, Source: source, Reference: reference,
	}
	if p := authz.From(ctx); p != nil {
		v.Actor = p.Name
	}
	_, err := tx.NewInsert().Model(&v).Exec(ctx)
	return err
}

// RecordVersion notes that an application was brought to an environment in a version. Every component of the environment
// that is an instance of the application as a whole takes the version; where there is none, one without a host is added.
// A version that is older than what is installed since then goes into the history alone, and one that is known changes
// nothing. It decides nothing about access.
func (s *Service) RecordVersion(ctx context.Context, tx db.Tx, env ref.Environment, app ref.App, version string, at time.Time, source string) error {
	return s.recordVersion(ctx, tx, env, app, version, at, source, "")
}

func (s *Service) recordVersion(ctx context.Context, tx db.Tx, env ref.Environment, app ref.App, version string, at time.Time, source, reference string) error {
	version, at = line(version), at.UTC().Truncate(time.Microsecond)
	if version == "" {
		return nil
	}
	if err := s.environments.Touch(ctx, tx, env); err != nil {
		return err
	}
	e, err := s.environments.Resolve(ctx, tx, string(env))
	if err != nil {
		return err
	}
	list, err := s.instances(ctx, tx, env, app, at)
	if err != nil {
		return err
	}
	for _, c := range list {
		before := c.Installed
		if reference != "" {
			n, err := tx.NewSelect().Table("environment_version").Where("component_id = ? AND reference = ?", c.ID, reference).Count(ctx)
			if err != nil {
				return err
			}
			if n > 0 {
				continue
			}
		}
		if before == version || before != "" && at.Before(c.ChangedAt) {
			// Installed already, or late news: history alone, and of what is known only where a deployment can be named.
			if before == version && reference == "" {
				continue
			}
			late := c
			late.Installed = version
			if err := s.noteVersion(ctx, tx, late, "", at, source, reference); err != nil {
				return err
			}
			continue
		}
		c.Installed, c.ChangedAt = version, at
		_, err := tx.ExecContext(ctx, `UPDATE environment_component SET installed = ?, changed_at = ?, version = version + 1, updated_at = ? WHERE id = ?`,
			version, at, s.clock.Now(), c.ID)
		if err != nil {
			return err
		}
		if err := s.noteVersion(ctx, tx, c, before, at, source, reference); err != nil {
			return err
		}
		changes := map[string]events.Change{"installedVersion": {before, version}}
		if err := s.environments.Tell(ctx, tx, environment.VersionChanged, e, changes, versionData(c, before, source)); err != nil {
			return err
		}
	}
	return nil
}

// instances returns the components of an environment that are the application as a whole, and adds one where none is.
func (s *Service) instances(ctx context.Context, tx db.Tx, env ref.Environment, app ref.App, at time.Time) ([]Component, error) {
	var list []Component
	err := tx.NewSelect().Model(&list).Where("c.environment_id = ? AND c.application_id = ? AND c.component_id IS NULL", env, app).OrderExpr("c.id").Scan(ctx)
	if err != nil || len(list) > 0 {
		for i := range list {
			list[i] = list[i].utc()
		}
		return list, err
	}
	var name string
	if err := tx.NewSelect().Table("v_application").Column("name").Where("id = ?", app).Scan(ctx, &name); err != nil {
		if db.IsNoRows(err) {
			err = authz.ErrNotFound
		}
		return nil, err
	}
	layer, err := s.lookups.Default(ctx, tx, environment.LayerList)
	if err != nil && problem.KindOf(err) != problem.Conflict {
		return nil, err
	}
	now := s.clock.Now()
	c := Component{
		ID: ref.New[string](), Environment: env, LayerID: layer.ID, Layer: layer.Name, Name: name, NameFolded: ref.NameKey(name), Application: app,
		ChangedAt: at, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	// A component of the same name that nobody tied to an application is it.
	res, err := tx.ExecContext(ctx, `UPDATE environment_component SET application_id = ?, version = version + 1
		WHERE environment_id = ? AND name_folded = ? AND application_id IS NULL`, app, env, c.NameFolded)
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		if err != nil {
			return nil, err
		}
		return s.instances(ctx, tx, env, app, at)
	}
	_, err = tx.NewInsert().Model(&c).Exec(ctx)
	return []Component{c}, err
}

// NewVersion is what SetVersion takes.
type NewVersion struct {
	Application string     `json:"application" minLength:"1" maxLength:"200" doc:"The id or key of the application."`
	Version     string     `json:"version" minLength:"1" maxLength:"200"`
	At          *time.Time `json:"at,omitempty" doc:"Now when left out."`
	Source      string     `json:"source,omitempty" maxLength:"200" doc:"Where it came from; manual when left out."`
}

// SetVersion is RecordVersion for a person.
func (s *Service) SetVersion(ctx context.Context, keyOrID string, in NewVersion) (Stack, error) {
	var out Stack
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermManageStack, keyOrID)
		if err != nil {
			return err
		}
		app, _, err := s.environments.NamedApplication(ctx, tx, in.Application, "body.application")
		if err != nil {
			return err
		}
		at, source := s.clock.Now(), line(in.Source)
		if in.At != nil {
			at = *in.At
		}
		if source == "" {
			source = "manual"
		}
		var faults problem.Fields
		checkText(&faults, "body.version", strings.TrimSpace(in.Version), true, maxName)
		if at.After(s.clock.Now().Add(5*time.Minute)) || at.Year() < 1970 {
			faults.Add("body.at", "time_invalid", "A version is recorded once it is installed.")
		}
		if err := faults.Err("version_invalid", "The version cannot be recorded like this."); err != nil {
			return err
		}
		if err := s.RecordVersion(ctx, tx, e.ID, app, in.Version, at, source); err != nil {
			return err
		}
		out, err = s.stack(ctx, tx, e.ID)
		return err
	})
	return out, err
}

// VersionHistory returns a page of the versions that came to an environment, the latest first; component "" means all.
func (s *Service) VersionHistory(ctx context.Context, keyOrID, component, cursor string, limit int) (httpapi.Page[VersionChange], error) {
	var page httpapi.Page[VersionChange]
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermView, keyOrID)
		if err != nil {
			return err
		}
		list := []VersionChange{}
		q := tx.NewSelect().Model(&list).Where("v.environment_id = ?", e.ID).OrderExpr("v.at DESC, v.id DESC").Limit(int64(limit) + 1)
		if component != "" {
			q = q.Where("v.component_id = ?", component)
		}
		var at time.Time
		var id ref.Fact
		if more, err := httpapi.DecodeCursor(cursor, &at, &id); err != nil {
			return err
		} else if more {
			q = q.Where("(v.at, v.id) < (?, ?)", at.UTC(), int64(id))
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		for i := range list {
			list[i].At = list[i].At.UTC()
		}
		page = httpapi.NewPage(list, limit, func(v VersionChange) []any { return []any{v.At, v.ID} })
		return nil
	})
	return page, err
}
