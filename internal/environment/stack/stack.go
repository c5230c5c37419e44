package stack

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Host is a machine, cluster or account on which parts of an environment run.
type Host struct {
	bun.BaseModel `bun:"table:environment_host,alias:h" json:"-"`

	ID          string          `bun:"id,pk" json:"id"`
	Environment ref.Environment `bun:"environment_id" json:"environmentId"`
	Name        string          `bun:"name" json:"name"`
	Description string          `bun:"description" json:"description,omitempty"`
	Version     int64           `bun:"version" json:"version"`
	CreatedAt   time.Time       `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time       `bun:"updated_at" json:"updatedAt"`
	NameFolded  string          `bun:"name_folded" json:"-"`
}

// Component is something installed in an environment, in a layer of a host.
type Component struct {
	bun.BaseModel `bun:"table:environment_component,alias:c" json:"-"`

	ID          string          `bun:"id,pk" json:"id"`
	Environment ref.Environment `bun:"environment_id" json:"environmentId"`
	Host        string          `bun:"host_id,nullzero" json:"hostId,omitempty" doc:"Absent where only a deployment told of it."`
	LayerID     ref.Lookup      `bun:"layer_id,nullzero" json:"layerId,omitempty"`
	Layer       string          `bun:"layer" json:"layer,omitempty"`
	Name        string          `bun:"name" json:"name"`
	Installed   string          `bun:"installed" json:"installedVersion,omitempty"`
	Application ref.App         `bun:"application_id,nullzero" json:"applicationId,omitempty"`
	Part        ref.Component   `bun:"component_id,nullzero" json:"componentId,omitempty" doc:"The component of the application it is an instance of."`
	Summary     bool            `bun:"summary" json:"summary" doc:"Whether its version stands for the whole environment."`
	ChangedAt   time.Time       `bun:"changed_at" json:"changedAt" doc:"Since when this version is installed."`
	Version     int64           `bun:"version" json:"version"`
	CreatedAt   time.Time       `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time       `bun:"updated_at" json:"updatedAt"`
	NameFolded  string          `bun:"name_folded" json:"-"`
}

// Stack is what runs in an environment: components in the layers of hosts.
type Stack struct {
	Hosts []HostStack `json:"hosts" nullable:"false"`
	// Loose are the components that stand on no host.
	Loose     []Component `json:"components" nullable:"false" doc:"Components that stand on no host."`
	Installed string      `json:"installedVersion,omitempty" doc:"The version that stands for the whole."`
}

// HostStack is a host with its components, by layer in the order of the list of layers, then by name.
type HostStack struct {
	Host
	Components []Component `json:"components" nullable:"false"`
}

// Stack returns what runs in an environment.
func (s *Service) Stack(ctx context.Context, keyOrID string) (Stack, error) {
	var out Stack
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermView, keyOrID)
		if err != nil {
			return err
		}
		out, err = s.stack(ctx, tx, e.ID)
		return err
	})
	return out, err
}

func (s *Service) stack(ctx context.Context, tx db.Tx, env ref.Environment) (Stack, error) {
	out := Stack{Hosts: []HostStack{}, Loose: []Component{}}
	hosts, err := hostsOf(ctx, tx, env)
	if err != nil {
		return out, err
	}
	at := map[string]int{}
	for i, h := range hosts {
		at[h.ID] = i
		out.Hosts = append(out.Hosts, HostStack{Host: h, Components: []Component{}})
	}
	components, err := componentsOf(ctx, tx, env)
	if err != nil {
		return out, err
	}
	for _, c := range components {
		if i, ok := at[c.Host]; ok {
			out.Hosts[i].Components = append(out.Hosts[i].Components, c)
		} else {
			out.Loose = append(out.Loose, c)
		}
	}
	versions, err := s.environments.SummaryVersions(ctx, tx, []ref.Environment{env})
	out.Installed = versions[env]
	return out, err
}

func hostsOf(ctx context.Context, tx db.Tx, env ref.Environment) ([]Host, error) {
	list := []Host{}
	err := tx.NewSelect().Model(&list).Where("h.environment_id = ?", env).OrderExpr("h.name_folded").Scan(ctx)
	for i := range list {
		list[i] = list[i].utc()
	}
	return list, err
}

func componentsOf(ctx context.Context, tx db.Tx, env ref.Environment) ([]Component, error) {
	list := []Component{}
	err := tx.NewSelect().Model(&list).Join("LEFT JOIN v_lookup AS l ON l.id = c.layer_id").Where("c.environment_id = ?", env).
		OrderExpr("COALESCE(l.position, 1000000), c.layer, c.name_folded, c.id").Scan(ctx)
	for i := range list {
		list[i] = list[i].utc()
	}
	return list, err
}

func (h Host) utc() Host {
	h.CreatedAt, h.UpdatedAt = h.CreatedAt.UTC(), h.UpdatedAt.UTC()
	return h
}

func (c Component) utc() Component {
	c.CreatedAt, c.UpdatedAt, c.ChangedAt = c.CreatedAt.UTC(), c.UpdatedAt.UTC(), c.ChangedAt.UTC()
	return c
}

func findHost(ctx context.Context, tx db.Tx, env ref.Environment, idOrName string) (Host, error) {
	var h Host
	err := tx.NewSelect().Model(&h).Where("h.environment_id = ? AND (h.id = ? OR h.name_folded = ?)", env, idOrName, ref.NameKey(idOrName)).Limit(1).Scan(ctx)
	if db.IsNoRows(err) {
		return h, authz.ErrNotFound
	}
	return h.utc(), err
}

func findComponent(ctx context.Context, tx db.Tx, env ref.Environment, id string) (Component, error) {
	var c Component
	err := tx.NewSelect().Model(&c).Where("c.environment_id = ? AND c.id = ?", env, id).Scan(ctx)
	if db.IsNoRows(err) {
		return c, authz.ErrNotFound
	}
	return c.utc(), err
}
