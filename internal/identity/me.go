package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Self is everything the caller wants to know about themselves.
type Self struct {
	Account *Account
	Grants  []Grant
	// Permissions are what the caller holds on at least one unit, narrowed by the token if one was used.
	Permissions []authz.Permission
	Principal   *authz.Principal
}

// Me returns the caller's own account with what it may do.
func (s *Service) Me(ctx context.Context) (*Self, error) {
	var out *Self
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		out, err = s.self(ctx, tx)
		return err
	})
	return out, err
}

func (s *Service) self(ctx context.Context, tx db.Tx) (*Self, error) {
	p := authz.From(ctx)
	if p == nil {
		return nil, authz.ErrUnauthenticated
	}
	out := &Self{Principal: p, Permissions: []authz.Permission{}}
	for _, d := range s.permissions {
		if p.CanSomewhere(d.Permission) {
			out.Permissions = append(out.Permissions, d.Permission)
		}
	}
	slices.Sort(out.Permissions)
	if p.Account == "" {
		return out, nil
	}
	var err error
	if out.Account, err = accountWhere(ctx, tx, "a.id = ?", p.Account); err != nil {
		return nil, err
	}
	if out.Account == nil {
		return nil, authz.ErrUnauthenticated
	}
	if out.Grants, err = s.grants.GrantsOf(ctx, tx, out.Account.subject()); err != nil {
		return nil, err
	}
	return out, nameUnits(ctx, tx, out.Grants)
}

// nameUnits fills the names of the units the grants stand on, where they came without.
func nameUnits(ctx context.Context, tx db.Tx, grants []Grant) error {
	var units []ref.Unit
	for i := range grants {
		if grants[i].UnitName == "" {
			units = append(units, grants[i].Unit)
		}
	}
	if len(units) == 0 {
		return nil
	}
	var rows []struct {
		ID   ref.Unit `bun:"id"`
		Name string   `bun:"name"`
	}
	if err := tx.NewSelect().TableExpr("v_unit").Column("id", "name").Where("id IN (?)", bun.In(units)).Scan(ctx, &rows); err != nil {
		return err
	}
	names := map[ref.Unit]string{}
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	for i := range grants {
		if grants[i].UnitName == "" {
			grants[i].UnitName = names[grants[i].Unit]
		}
	}
	return nil
}

// MeChange is what people change about themselves; nil members stay as they are.
type MeChange struct {
	Name, TimeZone, Theme, Language *string
}

// UpdateMe changes the caller's profile. version is the account's, as [Service.Me] gave it.
func (s *Service) UpdateMe(ctx context.Context, version int64, in MeChange) (*Self, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	var out *Self
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.ownAccount(ctx, tx)
		if err != nil {
			return err
		}
		if err := touchAccount(ctx, tx, a.ID); err != nil {
			return err
		}
		if a, err = s.ownAccount(ctx, tx); err != nil {
			return err
		}
		if a.Kind != PersonAccount {
			return problem.New(problem.Conflict, "service_account_has_no_profile", "A service account has no profile; its unit's administrator changes it.")
		}
		if a.Version != version {
			return httpapi.Stale(a.Version, profileOf(a))
		}
		before := profileOf(a)
		if in.Theme != nil {
			a.Theme = *in.Theme
		}
		if in.Language != nil {
			a.Language = *in.Language
		}
		if in.Name != nil || in.TimeZone != nil {
			if err := s.people.UpdateProfile(ctx, tx, a.Person, Profile{Name: in.Name, TimeZone: in.TimeZone}); err != nil {
				return err
			}
		}
		if err := saveAccount(ctx, tx, a, s.clock.Now()); err != nil {
			return err
		}
		if out, err = s.self(ctx, tx); err != nil {
			return err
		}
		changes := events.Diff(before, profileOf(out.Account))
		if len(changes) == 0 {
			return nil
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: ProfileChanged, SubjectID: string(a.ID), SubjectLabel: out.Account.label(), Unit: a.unit(), Changes: changes,
		})
	})
	return out, err
}

var themes = []string{"", "light", "dark", "auto"}

func (in *MeChange) check() error {
	var f problem.Fields
	if in.Name != nil {
		*in.Name = strings.TrimSpace(*in.Name)
		if *in.Name == "" || len(*in.Name) > 200 {
			f.Add("body.name", "name_required", "Enter a name of at most 200 characters.")
		}
	}
	if in.TimeZone != nil && !knownTimeZone(*in.TimeZone) {
		f.Add("body.timeZone", "time_zone_unknown", "This is not a time zone such as Europe/Vienna.")
	}
	if in.Theme != nil && !slices.Contains(themes, *in.Theme) {
		f.Add("body.theme", "theme_unknown", "Choose light, dark or auto.")
	}
	if in.Language != nil && len(*in.Language) > 35 {
		f.Add("body.language", "language_unknown", "This is not a language tag such as en or de-AT.")
	}
	return f.Err("profile_invalid", "The profile was not saved.")
}

func profileOf(a *Account) profile {
	return profile{Name: a.PersonName, TimeZone: a.TimeZone, Theme: a.Theme, Language: a.Language}
}

type profile struct {
	Name     string `json:"name"`
	TimeZone string `json:"timeZone"`
	Theme    string `json:"theme"`
	Language string `json:"language"`
}
