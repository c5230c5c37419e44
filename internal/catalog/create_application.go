package catalog

import (
	"context"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewApplication is what CreateApplication takes.
type NewApplication struct {
	Key          string           `json:"key" minLength:"1" maxLength:"100" doc:"A short name for addresses and pipelines: letters, digits, dots, dashes, underscores." example:"web-shop"`
	Name         string           `json:"name" minLength:"1" maxLength:"200"`
	Unit         ref.Unit         `json:"unitId"`
	Description  string           `json:"description,omitempty" maxLength:"10000"`
	Criticality  Criticality      `json:"criticality,omitempty" enum:"MISSION_CRITICAL,HIGH,MEDIUM,LOW" doc:"MEDIUM when left out."`
	Status       Status           `json:"status,omitempty" enum:"ACTIVE,INACTIVE" doc:"ACTIVE when left out."`
	Vendor       string           `json:"vendor,omitempty" maxLength:"200"`
	Aliases      []string         `json:"aliases,omitempty" maxItems:"100"`
	Repositories []RepositoryPath `json:"repositories,omitempty" maxItems:"100"`
	Components   []NewComponent   `json:"components,omitempty" maxItems:"500"`
}

// CreateApplication adds an application to a unit.
func (s *Service) CreateApplication(ctx context.Context, in NewApplication) (Details, error) {
	var out Details
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.createApplication(ctx, tx, in)
		if err != nil {
			return err
		}
		out, err = s.details(ctx, tx, a)
		return err
	})
	return out, err
}

// Create is CreateApplication inside the caller's transaction, for imports.
func (s *Service) Create(ctx context.Context, tx db.Tx, in NewApplication) (Application, error) {
	return s.createApplication(ctx, tx, in)
}

func (s *Service) createApplication(ctx context.Context, tx db.Tx, in NewApplication) (Application, error) {
	now := s.clock.Now()
	a := Application{
		ID: ref.New[ref.App](), Key: in.Key, Name: in.Name, Description: in.Description, Unit: in.Unit,
		Criticality: in.Criticality, Status: in.Status, Vendor: in.Vendor, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	a.tidy()
	var faults problem.Fields
	a.check(&faults, "body.")
	aliases := cleanAliases(&faults, "body.aliases", a, in.Aliases)
	repositories := cleanRepositories(&faults, "body.repositories", in.Repositories)
	if err := faults.Err("application_invalid", "The application cannot be created like this."); err != nil {
		return a, err
	}
	if err := bodyUnit(ctx, tx, PermManage, a.Unit, "body.unitId"); err != nil {
		return a, err
	}
	if err := touchNames(ctx, tx); err != nil {
		return a, err
	}
	if err := checkNames(ctx, tx, a, aliases); err != nil {
		return a, err
	}
	if err := insertApplication(ctx, tx, a); err != nil {
		return a, err
	}
	if err := insertAliases(ctx, tx, aliases); err != nil {
		return a, err
	}
	if err := s.insertRepositories(ctx, tx, a, nil, repositories); err != nil {
		return a, err
	}
	for i, c := range in.Components {
		if _, err := s.insertComponent(ctx, tx, a, c, fmt.Sprintf("body.components[%d].", i)); err != nil {
			return a, err
		}
	}
	after := snapshot(a)
	after.Aliases, after.Repositories = aliasNames(aliases), repositoryNames(repositories)
	for _, c := range in.Components {
		after.Components = append(after.Components, line(c.Name))
	}
	return a, s.append(ctx, tx, ApplicationCreated, a, nil, after, nil)
}

// fields are the fields of an application whose changes are kept in its history.
type fields struct {
	Key          string      `json:"key"`
	Name         string      `json:"name"`
	Description  string      `json:"description,omitempty"`
	Unit         ref.Unit    `json:"unitId"`
	Criticality  Criticality `json:"criticality"`
	Status       Status      `json:"status"`
	Vendor       string      `json:"vendor,omitempty"`
	Aliases      []string    `json:"aliases,omitempty"`
	Repositories []string    `json:"repositories,omitempty"`
	Components   []string    `json:"components,omitempty"`
}

func snapshot(a Application) *fields {
	return &fields{Key: a.Key, Name: a.Name, Description: a.Description, Unit: a.Unit, Criticality: a.Criticality, Status: a.Status, Vendor: a.Vendor}
}

func aliasNames(list []Alias) (out []string) {
	for _, a := range list {
		out = append(out, a.Alias)
	}
	return out
}

// repositoryNames tells repository paths in history as "host/owner/name" or "host/owner/name#folder".
func repositoryNames(list []Repository) (out []string) {
	for _, r := range list {
		name := r.Key
		if r.PathPrefix != "" {
			name += "#" + r.PathPrefix
		}
		out = append(out, name)
	}
	return out
}

// append records that something happened to an application.
func (s *Service) append(ctx context.Context, tx db.Tx, kind events.Kind, a Application, before, after any, data map[string]any) error {
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(a.ID), SubjectLabel: a.Name, Unit: a.Unit, Changes: events.Diff(before, after), Data: data,
	})
}
