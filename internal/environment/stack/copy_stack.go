package stack

import (
	"context"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// CopyStackIn says what CopyStack takes over.
type CopyStackIn struct {
	From     string `json:"from" minLength:"1" maxLength:"200" doc:"The id or key of the environment to copy from."`
	Versions bool   `json:"versions,omitempty" doc:"Take the installed versions too; otherwise new components have none."`
	Replace  bool   `json:"replace,omitempty" doc:"Remove what the other environment does not have; otherwise only add what is missing."`
}

// CopyStack gives an environment the hosts and components of another: what is missing is added, what is there by host,
// layer and name stays, and takes the version when versions are copied.
func (s *Service) CopyStack(ctx context.Context, keyOrID string, in CopyStackIn) (Stack, error) {
	var out Stack
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermManageStack, keyOrID)
		if err != nil {
			return err
		}
		from, err := s.environments.Named(ctx, tx, environment.PermView, in.From, "body.from")
		if err != nil {
			return err
		}
		if from.ID == e.ID {
			return fault("body.from", "copy_of_itself", "Name another environment to copy from.")
		}
		if err := s.copyStack(ctx, tx, from, e, in.Versions, in.Replace); err != nil {
			return err
		}
		if err := s.environments.Tell(ctx, tx, environment.StackCopied, e, nil, map[string]any{"source": from.Name, "sourceId": from.ID, "versions": in.Versions, "replace": in.Replace}); err != nil {
			return err
		}
		out, err = s.stack(ctx, tx, e.ID)
		return err
	})
	return out, err
}

// place is where a component stands in a stack, apart from the environment.
type place struct{ host, layer, name string }

func (s *Service) copyStack(ctx context.Context, tx db.Tx, from, to environment.Environment, versions, replace bool) error {
	if err := s.environments.Touch(ctx, tx, to.ID); err != nil {
		return err
	}
	source, err := s.stack(ctx, tx, from.ID)
	if err != nil {
		return err
	}
	target, err := s.stack(ctx, tx, to.ID)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	hosts, known, summarised := map[string]string{"": ""}, map[place]Component{}, false
	for _, h := range target.Hosts {
		hosts[h.NameFolded] = h.ID
	}
	target.each(func(host string, c Component) {
		known[place{host, c.Layer, c.NameFolded}] = c
		summarised = summarised || c.Summary
	})
	wanted, wantedHosts := map[place]bool{}, map[string]bool{}
	for _, h := range source.Hosts {
		wantedHosts[h.NameFolded] = true
		if hosts[h.NameFolded] != "" {
			continue
		}
		fresh := Host{ID: ref.New[string](), Environment: to.ID, Name: h.Name, NameFolded: h.NameFolded, Description: h.Description, Version: 1, CreatedAt: now, UpdatedAt: now}
		if _, err := tx.NewInsert().Model(&fresh).Exec(ctx); err != nil {
			return err
		}
		hosts[h.NameFolded] = fresh.ID
	}
	var failed error
	source.each(func(host string, c Component) {
		at := place{host, c.Layer, c.NameFolded}
		wanted[at] = true
		if failed == nil {
			failed = s.copyComponent(ctx, tx, to, hosts[host], known, at, c, versions, summarised)
		}
	})
	if failed != nil || !replace {
		return failed
	}
	for at, c := range known {
		if !wanted[at] {
			if _, err := tx.NewDelete().Model(&c).WherePK().Exec(ctx); err != nil {
				return err
			}
		}
	}
	for _, h := range target.Hosts {
		if !wantedHosts[h.NameFolded] {
			if _, err := tx.NewDelete().Model(&h.Host).WherePK().Exec(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyComponent adds a component that is not known at its place, or brings the known one to the version of the copied.
func (s *Service) copyComponent(ctx context.Context, tx db.Tx, to environment.Environment, host string, known map[place]Component, at place, c Component, versions, summarised bool) error {
	now := s.clock.Now()
	if there, ok := known[at]; ok {
		if !versions || there.Installed == c.Installed {
			return nil
		}
		previous := there.Installed
		there.Installed, there.ChangedAt, there.UpdatedAt, there.Version = c.Installed, now, now, there.Version+1
		if _, err := tx.NewUpdate().Model(&there).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.noteVersion(ctx, tx, there, previous, now, "copy", "")
	}
	c.ID, c.Environment, c.Host, c.Version, c.CreatedAt, c.UpdatedAt, c.ChangedAt = ref.New[string](), to.ID, host, 1, now, now, now
	c.Summary = c.Summary && !summarised
	if !versions {
		c.Installed = ""
	}
	if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
		return err
	}
	if c.Installed == "" {
		return nil
	}
	return s.noteVersion(ctx, tx, c, "", now, "copy", "")
}

// each calls fn with every component and the folded name of its host.
func (s Stack) each(fn func(host string, c Component)) {
	for _, h := range s.Hosts {
		for _, c := range h.Components {
			fn(h.NameFolded, c)
		}
	}
	for _, c := range s.Loose {
		fn("", c)
	}
}
