package request

import (
	"context"
	"encoding/json"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Party names a person or a team.
type Party struct {
	Kind string `json:"kind" enum:"person,team"`
	ID   string `json:"id" maxLength:"100"`
}

// NewCore is what both sorts of requests take when they are made.
type NewCore struct {
	Title       string                     `json:"title" minLength:"1" maxLength:"200"`
	Description string                     `json:"description,omitempty" maxLength:"10000"`
	Type        string                     `json:"type,omitempty" maxLength:"200" doc:"The id or name of a type; the default of the list when left out."`
	Unit        ref.Unit                   `json:"unitId,omitempty" doc:"The unit it belongs to; that of the first environment, or the caller's, when left out."`
	Assignee    *Party                     `json:"assignee,omitempty" doc:"The person or team of the type when left out."`
	Release     string                     `json:"release,omitempty" maxLength:"200"`
	Phase       string                     `json:"phase,omitempty" maxLength:"200"`
	From        time.Time                  `json:"from"`
	To          time.Time                  `json:"to"`
	Fields      map[string]json.RawMessage `json:"fields,omitempty" doc:"Custom fields, by their keys."`
}

// CoreChange is what both sorts of requests take when they are edited; members that were not sent stay as they are, null
// clears.
type CoreChange struct {
	Title       httpapi.Optional[string]    `json:"title,omitzero"`
	Description httpapi.Optional[string]    `json:"description,omitzero"`
	Type        httpapi.Optional[string]    `json:"type,omitzero" doc:"The id or name of a type."`
	Unit        httpapi.Optional[ref.Unit]  `json:"unitId,omitzero" doc:"Moves the request."`
	Assignee    httpapi.Optional[Party]     `json:"assignee,omitzero"`
	Release     httpapi.Optional[string]    `json:"release,omitzero"`
	Phase       httpapi.Optional[string]    `json:"phase,omitzero"`
	From        httpapi.Optional[time.Time] `json:"from,omitzero"`
	To          httpapi.Optional[time.Time] `json:"to,omitzero"`
	Fields      map[string]json.RawMessage  `json:"fields,omitempty" doc:"Custom fields, by their keys; null empties one."`
}

// MakeCore makes the common part of a request. unit is where it belongs when the input does not say.
func (s *Service) MakeCore(ctx context.Context, tx db.Tx, k Kind, in NewCore, unit ref.Unit) (Core, error) {
	now := s.Clock.Now()
	c := Core{
		ID: ref.New[ref.EnvironmentRequest](), Title: in.Title, Description: in.Description, Unit: in.Unit, Release: in.Release, Phase: in.Phase,
		From: normal(in.From), To: normal(in.To), RaisedAt: now, UpdatedAt: now, Version: 1, RequesterName: "Anonymous",
	}
	if p := authz.From(ctx); p != nil {
		c.Requester, c.RequesterKey, c.RequesterName = p.Person, p.ID(), p.Name
	}
	if c.Unit == "" {
		c.Unit = unit
	}
	if c.Unit == "" && c.Requester != "" {
		err := tx.NewSelect().Table("v_person").ColumnExpr("COALESCE(unit_id, '')").Where("id = ?", c.Requester).Scan(ctx, &c.Unit)
		if err != nil && !db.IsNoRows(err) {
			return c, err
		}
	}
	if c.Unit == "" {
		var err error
		if c.Unit, err = onlyUnit(ctx, tx); err != nil {
			return c, err
		}
	}
	if c.Unit == "" {
		return c, fault("body.unitId", "unit_required", "Say which unit the request belongs to.")
	}
	if err := bodyUnit(ctx, tx, PermCreate, c.Unit); err != nil {
		return c, err
	}
	typ, err := s.Fields.Lookups.Default(ctx, tx, k.types)
	if in.Type != "" {
		typ, err = s.Fields.Lookups.Resolve(ctx, tx, k.types, in.Type, "body.type")
	}
	if err != nil {
		return c, err
	}
	c.Type = typ.ID
	if in.Assignee != nil {
		return c, assign(ctx, tx, &c, in.Assignee)
	}
	if id, _ := typ.Attributes[DefaultAssignee].(string); id != "" {
		if p, err := partyOf(ctx, tx, id); err != nil {
			return c, err
		} else if p != nil {
			return c, assign(ctx, tx, &c, p)
		}
	}
	return c, nil
}

// onlyUnit is the unit on which the caller may make requests where there is one at the top, and "" where there are several.
func onlyUnit(ctx context.Context, tx db.Tx) (id ref.Unit, err error) {
	p := authz.From(ctx)
	q := tx.NewSelect().Table("v_unit").Column("id")
	switch paths := p.Paths(PermCreate); {
	case p.Everywhere(PermCreate):
		q = q.Where("parent_id IS NULL")
	case len(paths) == 1:
		q = q.Where("path = ?", paths[0])
	default:
		return "", nil
	}
	if err = q.Limit(1).Scan(ctx, &id); db.IsNoRows(err) {
		err = nil
	}
	return id, err
}

// ChangeCore writes the members that were sent into the common part of a request.
func (s *Service) ChangeCore(ctx context.Context, tx db.Tx, k Kind, c *Core, in CoreChange) error {
	set(&c.Title, in.Title)
	set(&c.Description, in.Description)
	set(&c.Release, in.Release)
	set(&c.Phase, in.Phase)
	if in.From.Set {
		c.From = normal(in.From.Value)
	}
	if in.To.Set {
		c.To = normal(in.To.Value)
	}
	if in.Unit.Set && in.Unit.Value != c.Unit {
		if err := bodyUnit(ctx, tx, PermCreate, in.Unit.Value); err != nil {
			return err
		}
		c.Unit = in.Unit.Value
	}
	if in.Type.Set {
		typ, err := s.Fields.Lookups.Resolve(ctx, tx, k.types, in.Type.Value, "body.type")
		if err != nil {
			return err
		}
		c.Type = typ.ID
	}
	if in.Assignee.Set {
		return assign(ctx, tx, c, in.Assignee.Pointer())
	}
	return nil
}

func set[T any](into *T, from httpapi.Optional[T]) {
	if from.Set {
		*into = from.Value
	}
}

// assign gives a request to a person or a team, or to nobody.
func assign(ctx context.Context, tx db.Tx, c *Core, p *Party) error {
	c.AssigneePerson, c.AssigneeTeam = "", ""
	if p == nil || p.ID == "" {
		return nil
	}
	if p.Kind == "team" {
		if known, err := tx.NewSelect().Table("v_team").Where("id = ?", p.ID).Exists(ctx); err != nil || !known {
			if err == nil {
				err = fault("body.assignee", "team_unknown", "There is no such team.")
			}
			return err
		}
		c.AssigneeTeam = ref.Team(p.ID)
		return nil
	}
	var state string
	err := tx.NewSelect().Table("v_person").Column("state").Where("id = ?", p.ID).Scan(ctx, &state)
	switch {
	case db.IsNoRows(err):
		return fault("body.assignee", "person_unknown", "There is no such person.")
	case err != nil:
		return err
	case state == "INACTIVE":
		return fault("body.assignee", "person_inactive", "This person is inactive and cannot be assigned.")
	}
	c.AssigneePerson = ref.Person(p.ID)
	return nil
}

// partyOf tells what the id that a type names belongs to; nil where it is nobody who can be assigned.
func partyOf(ctx context.Context, tx db.Tx, id string) (*Party, error) {
	if active, err := tx.NewSelect().Table("v_person").Where("id = ? AND state <> 'INACTIVE'", id).Exists(ctx); err != nil || active {
		return &Party{"person", id}, err
	}
	if team, err := tx.NewSelect().Table("v_team").Where("id = ?", id).Exists(ctx); err != nil || team {
		return &Party{"team", id}, err
	}
	return nil, nil
}

// bodyUnit checks a permission on a unit that a request body names.
func bodyUnit(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Unit) error {
	err := authz.CheckUnit(ctx, tx, perm, id)
	if problem.KindOf(err) == problem.NotFound {
		return fault("body.unitId", "unit_unknown", "There is no such unit, or you may not see it.")
	}
	return err
}

func fault(place, code, message string) error {
	var faults problem.Fields
	faults.Add(place, code, message)
	return faults.Err(code, message)
}

// TakeNumber gives out the next number of a kind. Whoever else wants one waits until the transaction ends.
func TakeNumber(ctx context.Context, tx db.Tx, k Kind) (int64, error) {
	var next int64
	err := tx.NewRaw(`UPDATE request_number SET next = next + 1 WHERE kind = ? RETURNING next`, k.subject).Scan(ctx, &next)
	return next - 1, err
}

// FindCore returns the common part of a request by its id or reference; it decides nothing about access.
func FindCore(ctx context.Context, tx db.Tx, k Kind, idOrReference string) (Core, error) {
	var c Core
	q := tx.NewSelect().TableExpr(k.table + " AS r").ColumnExpr(`r.id, r.number, r.title, r.title_key, r.description, r.type_id, r.unit_id, r.requester_id,
		r.requester_key, r.requester_name, r.assignee_person_id, r.assignee_team_id, r.release, r.phase, r.from_at, r.to_at, r.created_at, r.updated_at, r.version`)
	if n, ok := k.numberOf(idOrReference); ok {
		q = q.Where("r.number = ?", n)
	} else {
		q = q.Where("r.id = ?", idOrReference)
	}
	err := q.Scan(ctx, &c)
	if db.IsNoRows(err) {
		return c, authz.ErrNotFound
	}
	c.InUTC()
	return c, err
}

// ToView finds a request the caller may see.
func ToView(ctx context.Context, tx db.Tx, k Kind, id string) (Core, error) {
	c, err := FindCore(ctx, tx, k, id)
	if err != nil {
		return c, err
	}
	return c, authz.CheckUnit(ctx, tx, PermView, c.Unit)
}

// ToEdit locks a request the caller may edit: as a manager, or as the one who made it or is assigned to it. version is
// what the caller saw; 0 takes any.
func (s *Service) ToEdit(ctx context.Context, tx db.Tx, k Kind, id string, version int64) (Core, error) {
	c, err := ToView(ctx, tx, k, id)
	if err != nil {
		return c, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE "+k.table+" SET version = version WHERE id = ?", c.ID); err != nil {
		return c, err
	}
	// What was read before the lock may be old.
	if c, err = FindCore(ctx, tx, k, string(c.ID)); err != nil {
		return c, err
	}
	perm := PermManage
	mine, err := s.concerns(ctx, tx, c)
	if err != nil {
		return c, err
	}
	if mine {
		perm = PermCreate
	}
	if err := authz.CheckUnit(ctx, tx, perm, c.Unit); err != nil {
		return c, err
	}
	if version != 0 && version != c.Version {
		return c, s.stale(ctx, tx, k, c)
	}
	return c, nil
}

// concerns reports whether the caller made a request or is assigned to it.
func (s *Service) concerns(ctx context.Context, tx db.Tx, c Core) (bool, error) {
	teams, err := myTeams(ctx, tx)
	return isMine(ctx, c, teams), err
}

func isMine(ctx context.Context, c Core, teams map[ref.Team]bool) bool {
	p := authz.From(ctx)
	return p != nil && (p.ID() == c.RequesterKey || p.Person != "" && (p.Person == c.Requester || p.Person == c.AssigneePerson) || teams[c.AssigneeTeam])
}

func myTeams(ctx context.Context, tx db.Tx) (map[ref.Team]bool, error) {
	p := authz.From(ctx)
	if p == nil || p.Person == "" {
		return nil, nil
	}
	var ids []ref.Team
	err := tx.NewSelect().Table("v_team_member").Column("team_id").Where("person_id = ?", p.Person).Scan(ctx, &ids)
	out := make(map[ref.Team]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// stale is the problem of a change based on an old version; it shows the request as it is now.
func (s *Service) stale(ctx context.Context, tx db.Tx, k Kind, c Core) error {
	var now any
	var err error
	if k == bookingKind {
		now, err = s.bookingView(ctx, tx, c.ID)
	} else {
		now, err = s.changes.Show(ctx, tx, c.ID)
	}
	if err != nil {
		return err
	}
	return httpapi.Stale(c.Version, now)
}
