package environment

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Direction says which way data flows over a connection, seen from its source.
type Direction string

// The directions.
const (
	Out  Direction = "out"
	In   Direction = "in"
	Both Direction = "both"
)

// Connection says that two members of a group talk to each other.
type Connection struct {
	bun.BaseModel `bun:"table:environment_connection,alias:c" json:"-"`

	ID        string               `bun:"id,pk" json:"id"`
	Group     ref.EnvironmentGroup `bun:"group_id" json:"groupId"`
	Source    ref.Environment      `bun:"source_id" json:"sourceId"`
	Target    ref.Environment      `bun:"target_id" json:"targetId"`
	Type      ref.Lookup           `bun:"type_id" json:"typeId"`
	Direction Direction            `bun:"direction" json:"direction" enum:"out,in,both"`
	Note      string               `bun:"note" json:"note,omitempty"`
	Version   int64                `bun:"version" json:"version"`
	CreatedAt time.Time            `bun:"created_at" json:"createdAt"`
	UpdatedAt time.Time            `bun:"updated_at" json:"updatedAt"`
}

// Connected is a connection with the names of what it refers to.
type Connected struct {
	Connection
	GroupKey   string `bun:"group_key" json:"groupKey"`
	SourceKey  string `bun:"source_key" json:"sourceKey"`
	SourceName string `bun:"source_name" json:"sourceName"`
	TargetKey  string `bun:"target_key" json:"targetKey"`
	TargetName string `bun:"target_name" json:"targetName"`
	TypeName   string `bun:"type_name" json:"type"`
	TypeColour string `bun:"type_colour" json:"typeColour,omitempty"`
}

// NewConnection is one connection to add.
type NewConnection struct {
	Source    string    `json:"source" minLength:"1" maxLength:"200" doc:"The id or key of a member."`
	Target    string    `json:"target" minLength:"1" maxLength:"200" doc:"The id or key of another member."`
	Type      string    `json:"type,omitempty" maxLength:"200" doc:"The id or name of a type of connections; the default of the list when left out."`
	Direction Direction `json:"direction,omitempty" enum:"out,in,both" doc:"out when left out."`
	Note      string    `json:"note,omitempty" maxLength:"1000"`
}

// ConnectionChange is what ChangeConnection takes. A group moves the connection there, when both ends are members of it.
type ConnectionChange struct {
	Group     httpapi.Optional[string]    `json:"group,omitzero"`
	Type      httpapi.Optional[string]    `json:"type,omitzero"`
	Direction httpapi.Optional[Direction] `json:"direction,omitzero" doc:"out, in or both."`
	Note      httpapi.Optional[string]    `json:"note,omitzero"`
}

// AddConnections adds connections between members of a group, all or none.
func (s *Service) AddConnections(ctx context.Context, group string, in []NewConnection) ([]Connected, error) {
	var out []Connected
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		g, err := mayGroup(ctx, tx, PermManage, group)
		if err != nil {
			return err
		}
		if err := touchGroup(ctx, tx, g.ID); err != nil {
			return err
		}
		ids := make([]string, len(in))
		for i, n := range in {
			c := Connection{ID: ref.New[string](), Group: g.ID, Direction: n.Direction, Note: line(n.Note), Version: 1, CreatedAt: s.clock.Now(), UpdatedAt: s.clock.Now()}
			ids[i] = c.ID
			place := fmt.Sprintf("body.items[%d].", i)
			for _, end := range []struct {
				id          *ref.Environment
				text, place string
			}{{&c.Source, n.Source, place + "source"}, {&c.Target, n.Target, place + "target"}} {
				e, err := bodyEnvironment(ctx, tx, PermView, end.text, end.place)
				if err != nil {
					return err
				}
				*end.id = e.ID
			}
			if err := s.setConnectionType(ctx, tx, &c, n.Type, place+"type"); err != nil {
				return err
			}
			if err := s.saveConnection(ctx, tx, &c, true, place); err != nil {
				return err
			}
		}
		if out, err = connectionsWhere(ctx, tx, "c.id IN (?)", bun.In(ids)); err != nil {
			return err
		}
		return s.appendGroup(ctx, tx, ConnectionsChanged, g, nil, map[string]any{"what": "added " + quantity(int64(len(in)), "connection", "connections"), "added": shownConnections(out)})
	})
	return out, err
}

func (s *Service) setConnectionType(ctx context.Context, tx db.Tx, c *Connection, text, place string) error {
	if text == "" {
		v, err := s.lookups.Default(ctx, tx, ConnectionTypeList)
		c.Type = v.ID
		return err
	}
	v, err := s.lookups.Resolve(ctx, tx, ConnectionTypeList, text, place)
	c.Type = v.ID
	return err
}

// saveConnection checks that both ends are members of the group, and writes.
func (s *Service) saveConnection(ctx context.Context, tx db.Tx, c *Connection, fresh bool, place string) error {
	if c.Direction == "" {
		c.Direction = Out
	}
	var faults problem.Fields
	if c.Direction != Out && c.Direction != In && c.Direction != Both {
		faults.Add(place+"direction", "direction_unknown", "A direction is out, in or both.")
	}
	checkText(&faults, place+"note", c.Note, false, maxAlert)
	if c.Source == c.Target {
		faults.Add(place+"target", "connection_to_itself", "An environment is not connected to itself.")
	}
	n, err := tx.NewSelect().Table("environment_member").Where("group_id = ? AND environment_id IN (?, ?)", c.Group, c.Source, c.Target).Count(ctx)
	if err != nil {
		return err
	}
	if n < 2 && c.Source != c.Target {
		faults.Add(place+"source", "not_a_member", "Both ends of a connection are members of its group.")
	}
	if err := faults.Err("connection_invalid", "The connection cannot be saved like this."); err != nil {
		return err
	}
	if fresh {
		_, err = tx.NewInsert().Model(c).Exec(ctx)
	} else {
		_, err = tx.NewUpdate().Model(c).WherePK().Exec(ctx)
	}
	if db.IsUnique(err) {
		return problem.New(problem.Conflict, "connection_exists", "The group already has a connection of this type between the two environments.").Because(err)
	}
	return err
}

// ChangeConnection edits a connection, or moves it to another group.
func (s *Service) ChangeConnection(ctx context.Context, id string, version int64, in ConnectionChange) (Connected, error) {
	var out Connected
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		before, g, err := mayConnection(ctx, tx, PermManage, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return httpapi.Stale(before.Version, before)
		}
		c := before.Connection
		set(&c.Direction, in.Direction)
		set(&c.Note, in.Note)
		if in.Type.Set {
			if err := s.setConnectionType(ctx, tx, &c, in.Type.Value, "body.type"); err != nil {
				return err
			}
		}
		if in.Group.Set {
			to, err := mayGroup(ctx, tx, PermManage, in.Group.Value)
			if problem.KindOf(err) == problem.NotFound {
				return fault("body.group", "group_unknown", "There is no such group, or you may not see it.")
			}
			if err != nil {
				return err
			}
			c.Group, g = to.ID, to
		}
		c.Version, c.UpdatedAt = c.Version+1, s.clock.Now()
		if err := s.saveConnection(ctx, tx, &c, false, "body."); err != nil {
			return err
		}
		list, err := connectionsWhere(ctx, tx, "c.id = ?", id)
		if err != nil {
			return err
		}
		out = list[0]
		diff := events.Diff(shownConnection(before), shownConnection(out))
		return s.appendGroup(ctx, tx, ConnectionsChanged, g, diff, map[string]any{"what": "changed the connection " + shownConnection(out).String()})
	})
	return out, err
}

// DeleteConnection removes a connection.
func (s *Service) DeleteConnection(ctx context.Context, id string, version int64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		c, g, err := mayConnection(ctx, tx, PermManage, id)
		if err != nil {
			return err
		}
		if c.Version != version {
			return httpapi.Stale(c.Version, c)
		}
		if _, err := tx.NewDelete().Model(&c.Connection).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.appendGroup(ctx, tx, ConnectionsChanged, g, nil, map[string]any{"what": "removed the connection " + shownConnection(c).String()})
	})
}

// ListConnections returns the connections of a group, or those of an environment in all groups, as far as the caller may
// see both ends. Empty arguments do not narrow.
func (s *Service) ListConnections(ctx context.Context, group, environment, cursor string, limit int) (httpapi.Page[Connected], error) {
	var page httpapi.Page[Connected]
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := selectConnections(tx).OrderExpr("c.id").Limit(int64(limit) + 1)
		for _, column := range []string{"g.unit_id", "s.unit_id", "t.unit_id"} {
			q = q.Apply(authz.Filter(ctx, PermView, column))
		}
		if group != "" {
			g, err := mayGroup(ctx, tx, PermView, group)
			if err != nil {
				return err
			}
			q = q.Where("c.group_id = ?", g.ID)
		}
		if environment != "" {
			e, err := mayEnvironment(ctx, tx, PermView, environment)
			if err != nil {
				return err
			}
			q = q.Where("(c.source_id = ?0 OR c.target_id = ?0)", e.ID)
		}
		var id string
		if more, err := httpapi.DecodeCursor(cursor, &id); err != nil {
			return err
		} else if more {
			q = q.Where("c.id > ?", id)
		}
		list := []Connected{}
		if err := q.Scan(ctx, &list); err != nil {
			return err
		}
		page = httpapi.NewPage(utcConnections(list), limit, func(c Connected) []any { return []any{c.ID} })
		return nil
	})
	return page, err
}

func selectConnections(tx db.Tx) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("environment_connection AS c").Join("JOIN environment_group AS g ON g.id = c.group_id").
		Join("JOIN environment AS s ON s.id = c.source_id").Join("JOIN environment AS t ON t.id = c.target_id").Join("LEFT JOIN v_lookup AS l ON l.id = c.type_id").
		ColumnExpr(`c.*, g.key AS group_key, s.key AS source_key, s.name AS source_name, t.key AS target_key, t.name AS target_name,
			COALESCE(l.name, '') AS type_name, COALESCE(l.colour, '') AS type_colour`)
}

func connectionsWhere(ctx context.Context, tx db.Tx, cond string, args ...any) ([]Connected, error) {
	list := []Connected{}
	err := selectConnections(tx).Where(cond, args...).OrderExpr("c.id").Scan(ctx, &list)
	return utcConnections(list), err
}

func utcConnections(list []Connected) []Connected {
	for i := range list {
		list[i].CreatedAt, list[i].UpdatedAt = list[i].CreatedAt.UTC(), list[i].UpdatedAt.UTC()
	}
	return list
}

func mayConnection(ctx context.Context, tx db.Tx, perm authz.Permission, id string) (Connected, Group, error) {
	list, err := connectionsWhere(ctx, tx, "c.id = ?", id)
	if err != nil {
		return Connected{}, Group{}, err
	}
	if len(list) == 0 {
		return Connected{}, Group{}, authz.ErrNotFound
	}
	g, err := mayGroup(ctx, tx, perm, string(list[0].Group))
	return list[0], g, err
}

// connectionShown is a connection in words, for history.
type connectionShown struct {
	Group     string    `json:"group"`
	Source    string    `json:"source"`
	Target    string    `json:"target"`
	Type      string    `json:"type"`
	Direction Direction `json:"direction"`
	Note      string    `json:"note,omitempty"`
}

func shownConnection(c Connected) connectionShown {
	return connectionShown{Group: c.GroupKey, Source: c.SourceKey, Target: c.TargetKey, Type: c.TypeName, Direction: c.Direction, Note: c.Note}
}

// String tells a connection in a line.
func (c connectionShown) String() string {
	arrow := map[Direction]string{Out: "→", In: "←", Both: "↔"}[c.Direction]
	return c.Source + " " + arrow + " " + c.Target + " (" + c.Type + ")"
}

func shownConnections(list []Connected) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = shownConnection(c).String()
	}
	return out
}
