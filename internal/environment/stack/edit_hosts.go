package stack

import (
	"context"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewHost is what CreateHost takes.
type NewHost struct {
	Name        string `json:"name" minLength:"1" maxLength:"200"`
	Description string `json:"description,omitempty" maxLength:"10000"`
}

// HostChange is what ChangeHost takes; members that were not sent stay as they are.
type HostChange struct {
	Name        httpapi.Optional[string] `json:"name,omitzero"`
	Description httpapi.Optional[string] `json:"description,omitzero"`
}

// CreateHost adds a host to an environment.
func (s *Service) CreateHost(ctx context.Context, keyOrID string, in NewHost) (Host, error) {
	var out Host
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermManageStack, keyOrID)
		if err != nil {
			return err
		}
		out, err = s.AddHost(ctx, tx, e, in)
		return err
	})
	return out, err
}

// AddHost is CreateHost inside the caller's transaction, for imports; the caller may manage the stack.
func (s *Service) AddHost(ctx context.Context, tx db.Tx, e environment.Environment, in NewHost) (Host, error) {
	now := s.clock.Now()
	h := Host{ID: ref.New[string](), Environment: e.ID, Name: in.Name, Description: in.Description, Version: 1, CreatedAt: now, UpdatedAt: now}
	if err := saveHost(ctx, tx, &h, true); err != nil {
		return h, err
	}
	return h, s.environments.Tell(ctx, tx, environment.StackChanged, e, events.Diff(nil, hostShown(h)), map[string]any{"what": "added the host " + h.Name})
}

// ChangeHost edits a host that the caller read in the given version.
func (s *Service) ChangeHost(ctx context.Context, keyOrID, id string, version int64, in HostChange) (Host, error) {
	var out Host
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, before, err := s.hostToChange(ctx, tx, keyOrID, id, version)
		if err != nil {
			return err
		}
		out = before
		set(&out.Name, in.Name)
		set(&out.Description, in.Description)
		diff := events.Diff(hostShown(before), hostShown(out))
		if len(diff) == 0 {
			return nil
		}
		out.Version, out.UpdatedAt = out.Version+1, s.clock.Now()
		if err := saveHost(ctx, tx, &out, false); err != nil {
			return err
		}
		return s.environments.Tell(ctx, tx, environment.StackChanged, e, diff, map[string]any{"what": "changed the host " + before.Name})
	})
	return out, err
}

// DeleteHost removes a host with what is installed on it.
func (s *Service) DeleteHost(ctx context.Context, keyOrID, id string, version int64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, h, err := s.hostToChange(ctx, tx, keyOrID, id, version)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&h).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.environments.Tell(ctx, tx, environment.StackChanged, e, events.Diff(hostShown(h), nil), map[string]any{"what": "removed the host " + h.Name})
	})
}

func (s *Service) hostToChange(ctx context.Context, tx db.Tx, keyOrID, id string, version int64) (environment.Environment, Host, error) {
	e, err := s.environments.May(ctx, tx, environment.PermManageStack, keyOrID)
	if err != nil {
		return e, Host{}, err
	}
	if err := s.environments.Touch(ctx, tx, e.ID); err != nil {
		return e, Host{}, err
	}
	h, err := findHost(ctx, tx, e.ID, id)
	if err == nil && h.Version != version {
		err = httpapi.Stale(h.Version, h)
	}
	return e, h, err
}

func saveHost(ctx context.Context, tx db.Tx, h *Host, fresh bool) error {
	h.Name = line(h.Name)
	h.NameFolded = ref.NameKey(h.Name)
	var faults problem.Fields
	checkText(&faults, "body.name", h.Name, true, maxName)
	checkText(&faults, "body.description", h.Description, false, maxDescription)
	err := faults.Err("host_invalid", "The host cannot be saved like this.")
	if err != nil {
		return err
	}
	if fresh {
		_, err = tx.NewInsert().Model(h).Exec(ctx)
	} else {
		_, err = tx.NewUpdate().Model(h).WherePK().Exec(ctx)
	}
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "host_name_taken", "The environment already has a host %q.", h.Name).Because(err)
	}
	return err
}

func hostShown(h Host) any {
	return struct {
		Host        string `json:"host"`
		Description string `json:"description,omitempty"`
	}{h.Name, h.Description}
}
