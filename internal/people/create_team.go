package people

import (
	"context"
	"strings"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewTeam is what CreateTeam takes.
type NewTeam struct {
	Name        string      `json:"name" minLength:"1" maxLength:"200"`
	Description string      `json:"description,omitempty" maxLength:"2000"`
	Unit        ref.Unit    `json:"unitId" minLength:"1"`
	Members     []NewMember `json:"members,omitempty" maxItems:"1000"`
}

// NewMember puts a person into a team.
type NewMember struct {
	Person ref.Person `json:"personId" minLength:"1"`
	Lead   bool       `json:"lead,omitempty"`
}

// CreateTeam adds a team to a unit, with its first members.
func (s *Service) CreateTeam(ctx context.Context, in NewTeam) (Team, error) {
	var t Team
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		u, err := bodyUnit(ctx, tx, PermManageTeam, in.Unit, "body.unitId")
		if err != nil {
			return err
		}
		now := s.clock.Now()
		t = Team{ID: ref.New[ref.Team](), Name: in.Name, Description: in.Description, Unit: u.ID, Version: 1, CreatedAt: now, UpdatedAt: now}
		var faults problem.Fields
		checkTeam(&faults, &t)
		if err := faults.Err("team_invalid", "The team cannot be saved like this."); err != nil {
			return err
		}
		if err := insertTeam(ctx, tx, t); err != nil {
			return err
		}
		if err := s.appendTeam(ctx, tx, TeamCreated, t, nil, &t, nil); err != nil {
			return err
		}
		for _, m := range in.Members {
			if err := s.setMember(ctx, tx, t, m.Person, m.Lead); err != nil {
				return err
			}
		}
		return nil
	})
	return t, err
}

func checkTeam(faults *problem.Fields, t *Team) {
	t.Name, t.NameKey = cleanName(t.Name)
	t.Description = strings.TrimSpace(t.Description)
	checkName(faults, "body.name", t.Name)
	checkText(faults, "body.description", t.Description)
}

func (s *Service) appendTeam(ctx context.Context, tx db.Tx, kind events.Kind, t Team, before, after *Team, data map[string]any) error {
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(t.ID), SubjectLabel: t.Name, Unit: t.Unit, Changes: events.Diff(before, after), Data: data,
	})
}
