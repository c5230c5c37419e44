package environment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
	"millrace/internal/environment/version"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Capability says what somebody needs instead of which environment.
type Capability struct {
	Lane           bool          `json:"lane,omitempty" doc:"A group whose members meet it together, instead of one environment."`
	Versions       []VersionNeed `json:"versions,omitempty" maxItems:"50" doc:"Applications that must be there."`
	Application    string        `json:"application,omitempty" maxLength:"200" doc:"The same as one of versions without a constraint."`
	Usage          []string      `json:"usage,omitempty" maxItems:"50" doc:"Ids or names of usages; one of them."`
	DataClass      []DataClass   `json:"dataClass,omitempty" maxItems:"3" doc:"synthetic, masked or production_copy; one of them."`
	MaxDataAgeDays int           `json:"maxDataAgeDays,omitempty" minimum:"1" maximum:"36500"`
	Kind           []Kind        `json:"kind,omitempty" maxItems:"4" doc:"physical, virtual, cloud or ephemeral; one of them."`
	Techs          []string      `json:"techs,omitempty" maxItems:"50" doc:"All of them."`
	Capacity       int           `json:"capacity,omitempty" minimum:"1" maximum:"10000" doc:"How many bookings it must bear at once."`
	Group          string        `json:"group,omitempty" maxLength:"200" doc:"The id or key of a group: only its members."`
	Unit           ref.Unit      `json:"unitId,omitempty" doc:"Only this unit and what is below it."`
}

// VersionNeed is an application that must be there, in a version that meets a constraint.
type VersionNeed struct {
	Application string `json:"application" minLength:"1" maxLength:"200" doc:"The id or key of an application."`
	Component   string `json:"component,omitempty" maxLength:"200" doc:"The id or name of one of its components."`
	Version     string `json:"version,omitempty" maxLength:"200" doc:"A constraint such as >=4.2, or >=4.2,<5; any version when left out." example:">=4.2"`
}

// Match is one environment, or one lane, held against a capability.
type Match struct {
	Kind         string            `json:"kind" enum:"environment,environment_group"`
	ID           string            `json:"id"`
	Key          string            `json:"key"`
	Name         string            `json:"name"`
	Environments []ref.Environment `json:"environments" nullable:"false" doc:"What is booked when it is booked."`
	Fits         bool              `json:"fits"`
	Met          []Reason          `json:"met" nullable:"false"`
	Unmet        []Reason          `json:"unmet" nullable:"false" doc:"Why it does not fit."`
	AutoApprove  bool              `json:"autoApprove"`
	CostPerHour  int64             `json:"costPerHour"`
}

// Match holds every environment, or lane, the caller may see against a capability: those that fit first, then the others
// with the reasons, the nearest misses first. The order is the same for the same catalogue.
func (s *Service) Match(ctx context.Context, tx db.Tx, c Capability) ([]Match, error) {
	d, err := s.demand(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	candidates, err := s.candidates(ctx, tx, d, c.Unit)
	if err != nil {
		return nil, err
	}
	if c.Lane {
		return s.matchLanes(ctx, tx, d, candidates, c.Unit)
	}
	out := make([]Match, 0, len(candidates))
	for _, x := range candidates {
		met, unmet := d.judge(x, true)
		out = append(out, Match{
			Kind: Subject, ID: string(x.ID), Key: x.Key, Name: x.Name, Environments: []ref.Environment{x.ID}, Fits: len(unmet) == 0,
			Met: append([]Reason{}, met...), Unmet: append([]Reason{}, unmet...), AutoApprove: x.AutoApprove, CostPerHour: x.CostPerHour,
		})
	}
	rank(out)
	return out, nil
}

func (s *Service) matchLanes(ctx context.Context, tx db.Tx, d demand, candidates []candidate, unit ref.Unit) ([]Match, error) {
	var groups []Group
	q := tx.NewSelect().Model(&groups).Apply(authz.Filter(ctx, PermView, "g.unit_id")).OrderExpr("g.id")
	if d.Group != "" {
		q = q.Where("g.id = ?", d.Group)
	}
	if unit != "" {
		q = q.Where(`g.unit_id IN (SELECT u.id FROM v_unit AS u JOIN v_unit AS top ON top.id = ? WHERE u.path >= top.path AND u.path < top.path || '~')`, unit)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	var members []struct {
		Group       ref.EnvironmentGroup `bun:"group_id"`
		Environment ref.Environment      `bun:"environment_id"`
	}
	err := tx.NewSelect().TableExpr("environment_member AS m").Join("JOIN environment AS e ON e.id = m.environment_id").ColumnExpr("m.group_id, m.environment_id").
		Where("e.state = ?", Active).OrderExpr("m.group_id, m.position, m.environment_id").Scan(ctx, &members)
	if err != nil {
		return nil, err
	}
	known := make(map[ref.Environment]candidate, len(candidates))
	for _, c := range candidates {
		known[c.ID] = c
	}
	lanes := make(map[ref.EnvironmentGroup]*lane, len(groups))
	for _, g := range groups {
		lanes[g.ID] = &lane{ID: g.ID, Key: g.Key, Name: g.Name, Usage: g.Usage}
	}
	for _, m := range members {
		if l := lanes[m.Group]; l != nil {
			if c, ok := known[m.Environment]; ok {
				l.Members = append(l.Members, c)
			} else {
				l.Hidden = true
			}
		}
	}
	out := make([]Match, 0, len(groups))
	for _, g := range groups {
		l := lanes[g.ID]
		met, unmet := d.judgeLane(*l)
		m := Match{
			Kind: GroupSubject, ID: string(g.ID), Key: g.Key, Name: g.Name, Environments: []ref.Environment{}, Fits: len(unmet) == 0,
			Met: append([]Reason{}, met...), Unmet: append([]Reason{}, unmet...), AutoApprove: g.AutoApprove,
		}
		for _, c := range l.Members {
			m.Environments, m.CostPerHour = append(m.Environments, c.ID), m.CostPerHour+c.CostPerHour
		}
		out = append(out, m)
	}
	rank(out)
	return out, nil
}

// demand finds what a capability names.
func (s *Service) demand(ctx context.Context, tx db.Tx, c Capability) (demand, error) {
	d := demand{Classes: c.DataClass, Kinds: c.Kind, Techs: c.Techs, Capacity: c.Capacity, MaxDataAge: time.Duration(c.MaxDataAgeDays) * 24 * time.Hour, Now: s.clock.Now()}
	needs := c.Versions
	if c.Application != "" {
		needs = append(slices.Clone(needs), VersionNeed{Application: c.Application})
	}
	for i, n := range needs {
		place := fmt.Sprintf("body.versions[%d].", i)
		a, err := bodyApplication(ctx, tx, n.Application, place+"application")
		if err != nil {
			return d, err
		}
		v := versionDemand{Application: a.ID, Label: a.Name}
		if n.Component != "" {
			id, name, err := bodyPart(ctx, tx, a.ID, n.Component)
			if err != nil {
				return d, err
			}
			v.Part, v.Label = id, a.Name+" / "+name
		}
		if line(n.Version) != "" {
			var ok bool
			if v.Constraint, ok = version.ParseConstraint(n.Version); !ok {
				return d, fault(place+"version", "version_constraint_unreadable", "A demand on a version is written as >=4.2, =4.2.1, <5, or several of them separated by commas.")
			}
		}
		d.Versions = append(d.Versions, v)
	}
	for _, u := range c.Usage {
		v, err := s.lookups.Resolve(ctx, tx, UsageList, u, "body.usage")
		if err != nil {
			return d, err
		}
		d.Usages, d.UsageNames = append(d.Usages, v.ID), append(d.UsageNames, v.Name)
	}
	for _, x := range c.DataClass {
		if x == "" || !slices.Contains(dataClasses, x) {
			return d, fault("body.dataClass", "data_class_unknown", "A data class is synthetic, masked or production_copy.")
		}
	}
	for _, x := range c.Kind {
		if !slices.Contains(kinds, x) {
			return d, fault("body.kind", "kind_unknown", "A kind is physical, virtual, cloud or ephemeral.")
		}
	}
	if c.Group == "" {
		return d, nil
	}
	g, err := mayGroup(ctx, tx, PermView, c.Group)
	if problem.KindOf(err) == problem.NotFound {
		return d, fault("body.group", "group_unknown", "There is no such group, or you may not see it.")
	}
	d.Group = g.ID
	return d, err
}

// candidates reads the environments the caller may see with what the demand looks at: three queries.
func (s *Service) candidates(ctx context.Context, tx db.Tx, d demand, unit ref.Unit) ([]candidate, error) {
	var rows []struct {
		Environment
		UsageName  string           `bun:"usage_name"`
		StatusName string           `bun:"status_name"`
		Attributes field.Attributes `bun:"attributes,type:jsonb"`
	}
	q := tx.NewSelect().TableExpr("environment AS e").Join("LEFT JOIN v_lookup AS st ON st.id = e.status_id").Join("LEFT JOIN v_lookup AS us ON us.id = e.usage_id").
		ColumnExpr(`e.id, e.key, e.name, e.application_id, e.usage_id, e.kind, e.data_class, e.data_refreshed_at, e.techs, e.capacity, e.auto_approve,
			e.cost_per_hour, e.expires_at, e.state, COALESCE(us.name, '') AS usage_name, COALESCE(st.name, '') AS status_name, st.attributes`).
		Where("e.state = ?", Active).Apply(authz.Filter(ctx, PermView, "e.unit_id")).OrderExpr("e.id")
	if unit != "" {
		q = q.Where(`e.unit_id IN (SELECT u.id FROM v_unit AS u JOIN v_unit AS top ON top.id = ? WHERE u.path >= top.path AND u.path < top.path || '~')`, unit)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]candidate, len(rows))
	at := make(map[ref.Environment]int, len(rows))
	for i, r := range rows {
		e := r.utc()
		notBookable, _ := r.Attributes[NotBookable].(bool)
		at[e.ID] = i
		out[i] = candidate{
			ID: e.ID, Key: e.Key, Name: e.Name, Application: e.Application, Usage: e.Usage, UsageName: r.UsageName, DataClass: e.DataClass, RefreshedAt: e.DataRefreshedAt,
			Kind: e.Kind, Techs: e.Techs, Capacity: e.Capacity, AutoApprove: e.AutoApprove, CostPerHour: e.CostPerHour,
			WhyNot: whyNotBookable(e, r.StatusName, notBookable, d.Now),
		}
	}
	var apps []ref.App
	for _, v := range d.Versions {
		apps = append(apps, v.Application)
	}
	if len(apps) > 0 {
		var list []struct {
			Environment ref.Environment `bun:"environment_id"`
			Application ref.App         `bun:"application_id"`
			Part        ref.Component   `bun:"component_id"`
			Installed   string          `bun:"installed"`
		}
		err := tx.NewSelect().Table("environment_component").ColumnExpr("environment_id, application_id, COALESCE(component_id, '') AS component_id, installed").
			Where("application_id IN (?)", bun.In(apps)).OrderExpr("id").Scan(ctx, &list)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if i, ok := at[c.Environment]; ok {
				out[i].Installed = append(out[i].Installed, installed{c.Application, c.Part, c.Installed})
			}
		}
	}
	if d.Group != "" {
		ids, err := s.Members(ctx, tx, d.Group)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if i, ok := at[id]; ok {
				out[i].Groups = append(out[i].Groups, d.Group)
			}
		}
	}
	return out, nil
}

// Equivalent returns the other environments the caller may see that serve the same application and usage and take
// bookings, the most alike first: the same data class, the same version, the same unit, then the cheaper.
func (s *Service) Equivalent(ctx context.Context, tx db.Tx, env ref.Environment) ([]ref.Environment, error) {
	out := []ref.Environment{}
	e, err := findEnvironment(ctx, tx, string(env))
	if err != nil || e.Application == "" {
		return out, err
	}
	var list []Environment
	q := tx.NewSelect().Model(&list).Where("e.state = ? AND e.id <> ? AND e.application_id = ? AND e.status_bookable", Active, e.ID, e.Application).
		Where("(e.expires_at IS NULL OR e.expires_at > ?)", s.clock.Now()).Apply(authz.Filter(ctx, PermView, "e.unit_id"))
	if e.Usage != "" {
		q = q.Where("e.usage_id = ?", e.Usage)
	} else {
		q = q.Where("e.usage_id IS NULL")
	}
	if err := q.Scan(ctx); err != nil || len(list) == 0 {
		return out, err
	}
	ids := []ref.Environment{e.ID}
	for _, x := range list {
		ids = append(ids, x.ID)
	}
	versions, err := summaryVersions(ctx, tx, ids)
	if err != nil {
		return out, err
	}
	sortEquivalent(e, list, versions)
	for _, x := range list {
		out = append(out, x.ID)
	}
	return out, nil
}
