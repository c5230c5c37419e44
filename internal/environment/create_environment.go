package environment

import (
	"context"
	"time"

	"millrace/internal/aspect/field"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewEnvironment is what CreateEnvironment takes.
type NewEnvironment struct {
	Key             string     `json:"key" minLength:"1" maxLength:"100" doc:"A short name for addresses and pipelines: letters, digits, dots, dashes, underscores." example:"SIT2"`
	Name            string     `json:"name,omitempty" maxLength:"200" doc:"The key when left out."`
	Description     string     `json:"description,omitempty" maxLength:"10000"`
	Application     string     `json:"application,omitempty" maxLength:"200" doc:"The id or key of the application it is for."`
	Unit            ref.Unit   `json:"unitId,omitempty" doc:"The unit of the application when left out."`
	Usage           string     `json:"usage,omitempty" maxLength:"200" doc:"The id or name of a usage: SIT, UAT …"`
	Status          string     `json:"status,omitempty" maxLength:"200" doc:"The id or name of a status; the default of the list when left out."`
	Kind            Kind       `json:"kind,omitempty" enum:"physical,virtual,cloud,ephemeral" doc:"virtual when left out."`
	ExpiresAt       *time.Time `json:"expiresAt,omitempty" doc:"Required of ephemeral environments."`
	Capacity        int        `json:"capacity,omitempty" minimum:"1" maximum:"10000" doc:"1, exclusive, when left out."`
	AutoApprove     bool       `json:"autoApprove,omitempty"`
	DataClass       DataClass  `json:"dataClass,omitempty" enum:"synthetic,masked,production_copy"`
	DataRefreshedAt *time.Time `json:"dataRefreshedAt,omitempty"`
	Techs           []string   `json:"techs,omitempty" maxItems:"100"`
	URL             string     `json:"url,omitempty" maxLength:"2000"`
	Vendor          string     `json:"vendor,omitempty" maxLength:"200"`
	Colour          string     `json:"colour,omitempty" maxLength:"7"`
	CostPerHour     int64      `json:"costPerHour,omitempty" minimum:"0"`
	Alert           string     `json:"alert,omitempty" maxLength:"1000"`
	Parent          string     `json:"parent,omitempty" maxLength:"200" doc:"The id or key of the environment it belongs to."`
	Aliases         []string   `json:"aliases,omitempty" maxItems:"100" doc:"Other names under which tools know it."`
}

// CreateEnvironment adds an environment to the catalogue.
func (s *Service) CreateEnvironment(ctx context.Context, in NewEnvironment) (Details, error) {
	var out Details
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.Create(ctx, tx, in)
		if err != nil {
			return err
		}
		out, err = s.details(ctx, tx, e.ID)
		return err
	})
	return out, err
}

// Create is CreateEnvironment inside the caller's transaction, for imports.
func (s *Service) Create(ctx context.Context, tx db.Tx, in NewEnvironment) (Environment, error) {
	now := s.clock.Now()
	e := Environment{
		ID: ref.New[ref.Environment](), Key: in.Key, Name: in.Name, Description: in.Description, Unit: in.Unit, Kind: in.Kind, ExpiresAt: in.ExpiresAt,
		Capacity: max(in.Capacity, 1), AutoApprove: in.AutoApprove, DataClass: in.DataClass, DataRefreshedAt: in.DataRefreshedAt, Techs: in.Techs, URL: in.URL,
		Vendor: in.Vendor, Colour: in.Colour, CostPerHour: in.CostPerHour, Alert: in.Alert, State: Active, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if in.Application != "" {
		a, err := bodyApplication(ctx, tx, in.Application, "body.application")
		if err != nil {
			return e, err
		}
		e.Application = a.ID
		if e.Unit == "" {
			e.Unit = a.Unit
		}
	}
	e.tidy()
	var faults problem.Fields
	e.check(&faults, "body.")
	checkAliases(&faults, in.Aliases)
	if err := faults.Err("environment_invalid", "The environment cannot be created like this."); err != nil {
		return e, err
	}
	if err := bodyUnit(ctx, tx, PermManage, e.Unit, "body.unitId"); err != nil {
		return e, err
	}
	if err := s.setUsage(ctx, tx, &e, in.Usage); err != nil {
		return e, err
	}
	if err := s.setStatus(ctx, tx, &e, in.Status); err != nil {
		return e, err
	}
	if err := s.setParent(ctx, tx, &e, in.Parent); err != nil {
		return e, err
	}
	if err := touchNames(ctx, tx); err != nil {
		return e, err
	}
	if err := checkKeyFree(ctx, tx, e); err != nil {
		return e, err
	}
	if err := insertEnvironment(ctx, tx, e); err != nil {
		return e, err
	}
	if err := saveAliases(ctx, tx, e, in.Aliases); err != nil {
		return e, err
	}
	if e.DataRefreshedAt != nil {
		_, err := tx.ExecContext(ctx, `INSERT INTO environment_data_refresh (id, environment_id, at, data_class) VALUES (?, ?, ?, ?)`,
			int64(s.facts.Next()), e.ID, *e.DataRefreshedAt, e.DataClass)
		if err != nil {
			return e, err
		}
	}
	l, err := s.listed(ctx, tx, e.ID)
	if err != nil {
		return e, err
	}
	return e, s.append(ctx, tx, EnvironmentCreated, e, events.Diff(nil, snapshot(l)), nil)
}

func checkAliases(faults *problem.Fields, list []string) {
	if len(list) > maxList {
		faults.Add("body.aliases", "too_many", "There are at most 100 aliases.")
	}
	for _, a := range list {
		checkText(faults, "body.aliases", a, false, maxName)
	}
}

func (s *Service) setUsage(ctx context.Context, tx db.Tx, e *Environment, usage string) error {
	e.Usage = ""
	if usage == "" {
		return nil
	}
	v, err := s.lookups.Resolve(ctx, tx, UsageList, usage, "body.usage")
	e.Usage = v.ID
	return err
}

// setStatus gives an environment a status, the default one when status is empty.
func (s *Service) setStatus(ctx context.Context, tx db.Tx, e *Environment, status string) error {
	var v field.Value
	var err error
	if status == "" {
		v, err = s.lookups.Default(ctx, tx, StatusList)
	} else {
		v, err = s.lookups.Resolve(ctx, tx, StatusList, status, "body.status")
	}
	e.Status, e.StatusBookable = v.ID, !v.Flag(NotBookable)
	return err
}

// setParent gives an environment a parent after making sure that it does not become its own ancestor.
func (s *Service) setParent(ctx context.Context, tx db.Tx, e *Environment, parent string) error {
	if parent == "" {
		e.Parent = ""
		return nil
	}
	if err := touchTree(ctx, tx); err != nil {
		return err
	}
	p, err := bodyEnvironment(ctx, tx, PermView, parent, "body.parent")
	if err != nil {
		return err
	}
	var above []ref.Environment
	err = tx.NewRaw(`WITH RECURSIVE above (id, parent_id) AS (
			SELECT id, parent_id FROM environment WHERE id = ?
			UNION SELECT e.id, e.parent_id FROM environment AS e JOIN above AS b ON e.id = b.parent_id)
		SELECT id FROM above`, p.ID).Scan(ctx, &above)
	if err != nil {
		return err
	}
	if cycle(e.ID, above) {
		return fault("body.parent", "environment_cycle", "An environment cannot belong to itself or to what belongs to it.")
	}
	e.Parent = p.ID
	return nil
}

// fields are the fields of an environment whose changes are kept in its history, in words.
type fields struct {
	Key         string     `json:"key"`
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Application string     `json:"application,omitempty"`
	Unit        string     `json:"unit"`
	Usage       string     `json:"usage,omitempty"`
	Status      string     `json:"status,omitempty"`
	Kind        Kind       `json:"kind"`
	ExpiresAt   *time.Time `json:"expiresAt,omitempty"`
	Capacity    int        `json:"capacity"`
	AutoApprove bool       `json:"autoApprove"`
	DataClass   DataClass  `json:"dataClass,omitempty"`
	RefreshedAt *time.Time `json:"dataRefreshedAt,omitempty"`
	Techs       []string   `json:"techs,omitempty"`
	URL         string     `json:"url,omitempty"`
	Vendor      string     `json:"vendor,omitempty"`
	Colour      string     `json:"colour,omitempty"`
	CostPerHour int64      `json:"costPerHour,omitempty"`
	Alert       string     `json:"alert,omitempty"`
	Parent      string     `json:"parent,omitempty"`
	Aliases     []string   `json:"aliases,omitempty"`
}

func snapshot(l Listed) *fields {
	return &fields{
		Key: l.Key, Name: l.Name, Description: l.Description, Application: l.ApplicationName, Unit: l.UnitName, Usage: l.UsageName, Status: l.StatusName,
		Kind: l.Kind, ExpiresAt: l.ExpiresAt, Capacity: l.Capacity, AutoApprove: l.AutoApprove, DataClass: l.DataClass, RefreshedAt: l.DataRefreshedAt,
		Techs: l.Techs, URL: l.URL, Vendor: l.Vendor, Colour: l.Colour, CostPerHour: l.CostPerHour, Alert: l.Alert, Parent: l.ParentName, Aliases: l.Aliases,
	}
}
