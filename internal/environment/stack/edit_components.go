package stack

import (
	"context"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewComponent is what CreateComponent takes.
type NewComponent struct {
	Host        string `json:"host,omitempty" maxLength:"200" doc:"The id or name of a host of the environment; one that is not there yet is added by name."`
	Layer       string `json:"layer,omitempty" maxLength:"200" doc:"The id or name of a layer; the default of the list when left out."`
	Name        string `json:"name,omitempty" maxLength:"200" doc:"The name of the application or of its component when left out."`
	Installed   string `json:"installedVersion,omitempty" maxLength:"200"`
	Application string `json:"application,omitempty" maxLength:"200" doc:"The id or key of the application it is, or is a part of."`
	Part        string `json:"component,omitempty" maxLength:"200" doc:"The id or name of the component of that application."`
	Summary     bool   `json:"summary,omitempty" doc:"Whether its version stands for the whole environment; at most one of an environment."`
}

// ComponentChange is what ChangeComponent takes; members that were not sent stay as they are.
type ComponentChange struct {
	Host        httpapi.Optional[string] `json:"host,omitzero"`
	Layer       httpapi.Optional[string] `json:"layer,omitzero"`
	Name        httpapi.Optional[string] `json:"name,omitzero"`
	Installed   httpapi.Optional[string] `json:"installedVersion,omitzero"`
	Application httpapi.Optional[string] `json:"application,omitzero"`
	Part        httpapi.Optional[string] `json:"component,omitzero"`
	Summary     httpapi.Optional[bool]   `json:"summary,omitzero"`
}

// CreateComponent adds a component to the stack of an environment.
func (s *Service) CreateComponent(ctx context.Context, keyOrID string, in NewComponent) (Component, error) {
	var out Component
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		e, err := s.environments.May(ctx, tx, environment.PermManageStack, keyOrID)
		if err != nil {
			return err
		}
		out, err = s.AddComponent(ctx, tx, e, in)
		return err
	})
	return out, err
}

// AddComponent is CreateComponent inside the caller's transaction, for imports; the caller may manage the stack.
func (s *Service) AddComponent(ctx context.Context, tx db.Tx, e environment.Environment, in NewComponent) (Component, error) {
	now := s.clock.Now()
	c := Component{ID: ref.New[string](), Environment: e.ID, ChangedAt: now, Version: 1, CreatedAt: now, UpdatedAt: now}
	if err := s.environments.Touch(ctx, tx, e.ID); err != nil {
		return c, err
	}
	sent := func(v string) httpapi.Optional[string] { return httpapi.Some(v) }
	err := s.fillComponent(ctx, tx, &c, ComponentChange{
		Host: sent(in.Host), Layer: sent(in.Layer), Name: sent(in.Name), Installed: sent(in.Installed), Application: sent(in.Application), Part: sent(in.Part),
		Summary: httpapi.Some(in.Summary),
	})
	if err != nil {
		return c, err
	}
	if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
		return c, componentTaken(err, c.Name)
	}
	if c.Installed != "" {
		if err := s.noteVersion(ctx, tx, c, "", now, "manual", ""); err != nil {
			return c, err
		}
	}
	after, err := componentShown(ctx, tx, c)
	if err != nil {
		return c, err
	}
	return c, s.environments.Tell(ctx, tx, environment.StackChanged, e, events.Diff(nil, after), map[string]any{"what": "added the component " + c.Name, "component": c.Name})
}

// ChangeComponent edits a component that the caller read in the given version. Another installed version goes into the
// version history.
func (s *Service) ChangeComponent(ctx context.Context, keyOrID, id string, version int64, in ComponentChange) (Component, error) {
	var out Component
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, before, err := s.componentToChange(ctx, tx, keyOrID, id, version)
		if err != nil {
			return err
		}
		out, err = s.changeComponent(ctx, tx, e, before, in)
		return err
	})
	return out, err
}

// EditComponent is ChangeComponent of any version inside the caller's transaction, for imports; the caller may manage the
// stack.
func (s *Service) EditComponent(ctx context.Context, tx db.Tx, e environment.Environment, id string, in ComponentChange) (Component, error) {
	if err := s.environments.Touch(ctx, tx, e.ID); err != nil {
		return Component{}, err
	}
	before, err := findComponent(ctx, tx, e.ID, id)
	if err != nil {
		return before, err
	}
	return s.changeComponent(ctx, tx, e, before, in)
}

func (s *Service) changeComponent(ctx context.Context, tx db.Tx, e environment.Environment, before Component, in ComponentChange) (Component, error) {
	out := before
	if err := s.fillComponent(ctx, tx, &out, in); err != nil {
		return out, err
	}
	old, err := componentShown(ctx, tx, before)
	if err != nil {
		return out, err
	}
	fresh, err := componentShown(ctx, tx, out)
	if err != nil {
		return out, err
	}
	diff := events.Diff(old, fresh)
	if len(diff) == 0 {
		return out, nil
	}
	now := s.clock.Now()
	out.Version, out.UpdatedAt = out.Version+1, now
	if out.Installed != before.Installed {
		out.ChangedAt = now
	}
	if _, err := tx.NewUpdate().Model(&out).WherePK().Exec(ctx); err != nil {
		return out, componentTaken(err, out.Name)
	}
	if out.Installed == before.Installed {
		return out, s.environments.Tell(ctx, tx, environment.StackChanged, e, diff, map[string]any{"what": "changed the component " + before.Name, "component": out.Name})
	}
	if err := s.noteVersion(ctx, tx, out, before.Installed, now, "manual", ""); err != nil {
		return out, err
	}
	return out, s.environments.Tell(ctx, tx, environment.VersionChanged, e, diff, versionData(out, before.Installed, "manual"))
}

// DeleteComponent removes a component from the stack; its version history stays.
func (s *Service) DeleteComponent(ctx context.Context, keyOrID, id string, version int64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, c, err := s.componentToChange(ctx, tx, keyOrID, id, version)
		if err != nil {
			return err
		}
		return s.dropComponent(ctx, tx, e, c)
	})
}

// RemoveComponent is DeleteComponent of any version inside the caller's transaction, for imports; the caller may manage the
// stack.
func (s *Service) RemoveComponent(ctx context.Context, tx db.Tx, e environment.Environment, id string) error {
	if err := s.environments.Touch(ctx, tx, e.ID); err != nil {
		return err
	}
	c, err := findComponent(ctx, tx, e.ID, id)
	if err != nil {
		return err
	}
	return s.dropComponent(ctx, tx, e, c)
}

func (s *Service) dropComponent(ctx context.Context, tx db.Tx, e environment.Environment, c Component) error {
	before, err := componentShown(ctx, tx, c)
	if err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model(&c).WherePK().Exec(ctx); err != nil {
		return err
	}
	return s.environments.Tell(ctx, tx, environment.StackChanged, e, events.Diff(before, nil), map[string]any{"what": "removed the component " + c.Name, "component": c.Name})
}

func (s *Service) componentToChange(ctx context.Context, tx db.Tx, keyOrID, id string, version int64) (environment.Environment, Component, error) {
	e, err := s.environments.May(ctx, tx, environment.PermManageStack, keyOrID)
	if err != nil {
		return e, Component{}, err
	}
	if err := s.environments.Touch(ctx, tx, e.ID); err != nil {
		return e, Component{}, err
	}
	c, err := findComponent(ctx, tx, e.ID, id)
	if err == nil && c.Version != version {
		err = httpapi.Stale(c.Version, c)
	}
	return e, c, err
}

// fillComponent writes the members that were sent into a component and checks it.
func (s *Service) fillComponent(ctx context.Context, tx db.Tx, c *Component, in ComponentChange) error {
	if in.Host.Set {
		host, err := s.hostFor(ctx, tx, c.Environment, in.Host.Value)
		if err != nil {
			return err
		}
		c.Host = host
	}
	if in.Layer.Set {
		v, err := s.lookups.Default(ctx, tx, environment.LayerList)
		if in.Layer.Value != "" {
			v, err = s.lookups.Resolve(ctx, tx, environment.LayerList, in.Layer.Value, "body.layer")
		}
		if err != nil {
			return err
		}
		c.LayerID, c.Layer = v.ID, v.Name
	}
	set(&c.Name, in.Name)
	set(&c.Installed, in.Installed)
	set(&c.Summary, in.Summary)
	if in.Application.Set {
		c.Application, c.Part = "", ""
		if in.Application.Value != "" {
			app, name, err := s.environments.NamedApplication(ctx, tx, in.Application.Value, "body.application")
			if err != nil {
				return err
			}
			c.Application = app
			if c.Name == "" && in.Part.Value == "" {
				c.Name = name
			}
		}
	}
	if in.Part.Set {
		c.Part = ""
		if in.Part.Value != "" {
			id, name, err := s.environments.NamedComponent(ctx, tx, c.Application, in.Part.Value)
			if err != nil {
				return err
			}
			if c.Part = id; c.Name == "" {
				c.Name = name
			}
		}
	}
	c.Name, c.Installed = line(c.Name), line(c.Installed)
	c.NameFolded = ref.NameKey(c.Name)
	var faults problem.Fields
	checkText(&faults, "body.name", c.Name, true, maxName)
	checkText(&faults, "body.installedVersion", c.Installed, false, maxName)
	if err := faults.Err("component_invalid", "The component cannot be saved like this."); err != nil {
		return err
	}
	if !c.Summary {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE environment_component SET summary = FALSE, version = version + 1 WHERE environment_id = ? AND summary AND id <> ?`, c.Environment, c.ID)
	return err
}

// hostFor finds a host of an environment by id or name and adds one by name that is not there yet.
func (s *Service) hostFor(ctx context.Context, tx db.Tx, env ref.Environment, idOrName string) (string, error) {
	if line(idOrName) == "" {
		return "", nil
	}
	h, err := findHost(ctx, tx, env, idOrName)
	if problem.KindOf(err) != problem.NotFound {
		return h.ID, err
	}
	if ref.Valid(ref.Environment(idOrName)) {
		return "", fault("body.host", "host_unknown", "The environment has no such host.")
	}
	now := s.clock.Now()
	h = Host{ID: ref.New[string](), Environment: env, Name: idOrName, Version: 1, CreatedAt: now, UpdatedAt: now}
	return h.ID, saveHost(ctx, tx, &h, true)
}

func componentTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "component_name_taken", "The host already has a component %q in this layer.", name).Because(err)
	}
	return err
}

// componentShown is a component in words, for history.
func componentShown(ctx context.Context, tx db.Tx, c Component) (any, error) {
	var host string
	if c.Host != "" {
		if err := tx.NewSelect().Table("environment_host").Column("name").Where("id = ?", c.Host).Scan(ctx, &host); err != nil && !db.IsNoRows(err) {
			return nil, err
		}
	}
	return struct {
		Host        string        `json:"host,omitempty"`
		Layer       string        `json:"layer,omitempty"`
		Component   string        `json:"component"`
		Installed   string        `json:"installedVersion,omitempty"`
		Application ref.App       `json:"applicationId,omitempty"`
		Part        ref.Component `json:"componentId,omitempty"`
		Summary     bool          `json:"summary,omitempty"`
	}{host, c.Layer, c.Name, c.Installed, c.Application, c.Part, c.Summary}, nil
}

// versionData is what an event about another version tells beside the changes.
func versionData(c Component, from, source string) map[string]any {
	if from == "" {
		from = "nothing"
	}
	to := c.Installed
	if to == "" {
		to = "nothing"
	}
	return map[string]any{"component": c.Name, "from": from, "to": to, "source": source, "componentApplicationId": c.Application, "at": c.ChangedAt.Format(time.RFC3339)}
}
