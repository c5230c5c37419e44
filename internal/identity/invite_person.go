package identity

import (
	"context"
	"log/slog"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewInvitation is who to invite, and optionally the role they receive at once.
type NewInvitation struct {
	Email, Name string
	Unit        ref.Unit
	// Role is granted on RoleUnit, or on Unit when that is empty.
	Role     ref.Role
	RoleUnit ref.Unit
}

// Link is a link that was made; the URL holds its secret and is shown this once.
type Link struct {
	Invitation
	URL string
	// Mailed says that the link was also sent to the person.
	Mailed bool
}

// InvitePerson adds a person, pending, when nobody has the email yet, and makes the link with which they choose a
// password. An earlier link of the same person ends.
func (s *Service) InvitePerson(ctx context.Context, in NewInvitation) (*Link, error) {
	in.Email, in.Name = strings.TrimSpace(in.Email), strings.TrimSpace(in.Name)
	var f problem.Fields
	checkEmail(&f, "body.email", in.Email)
	if in.RoleUnit != "" && in.Role == "" {
		f.Add("body.roleUnitId", "role_required", "A unit for the role was given, but no role.")
	}
	if err := f.Err("invitation_invalid", "The invitation cannot be made."); err != nil {
		return nil, err
	}
	if in.RoleUnit == "" {
		in.RoleUnit = in.Unit
	}
	var link *Link
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := authz.CheckUnit(ctx, tx, PermInvitePerson, in.Unit); err != nil {
			return err
		}
		person, err := s.people.EnsurePerson(ctx, tx, NewPerson{Email: in.Email, Name: in.Name, Unit: in.Unit})
		if err != nil {
			return err
		}
		a, err := s.ensurePersonAccount(ctx, tx, person)
		if err != nil {
			return err
		}
		// A person who was known before may belong elsewhere, and hold roles already.
		if err := authz.CheckUnit(ctx, tx, PermInvitePerson, a.PersonUnit); err != nil {
			return err
		}
		if err := a.invitable(); err != nil {
			return err
		}
		if in.Role != "" {
			if err := authz.CheckUnit(ctx, tx, PermInvitePerson, in.RoleUnit); err != nil {
				return err
			}
			if _, err := s.grants.GrantRole(ctx, tx, a.subject(), in.Role, in.RoleUnit); err != nil {
				return err
			}
		}
		if err := s.mustCover(ctx, tx, a, nil); err != nil {
			return err
		}
		if link, err = s.addLink(ctx, tx, a, purposeInvitation); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: InvitationCreated, SubjectID: link.ID, SubjectLabel: a.Email, Unit: a.unit(), Data: map[string]any{"personId": string(a.Person)},
		})
	})
	if err != nil {
		return nil, err
	}
	link.Mailed = s.sendLink(ctx, link, "Your invitation to Millrace",
		"You were invited to Millrace. Open this link to choose a password; it works once and until "+link.ExpiresAt.Format("2 January 2006")+":")
	return link, nil
}

// invitable says why the person behind an account cannot be invited, if so.
func (a *Account) invitable() error {
	switch {
	case a.PersonState == Inactive || a.State == Inactive:
		return problem.Newf(problem.Conflict, "person_inactive", "%s is inactive. Activate them first, then invite them.", a.label())
	case a.PasswordHash != "":
		return problem.Newf(problem.Conflict, "account_exists", "%s can sign in already. Create a password link if they forgot their password.", a.label())
	}
	return nil
}

// addLink ends the open links of the account's person and makes a new one.
func (s *Service) addLink(ctx context.Context, tx db.Tx, a *Account, purpose string) (*Link, error) {
	now := s.clock.Now()
	_, err := tx.ExecContext(ctx, `UPDATE invitation SET revoked_at = ? WHERE person_id = ? AND accepted_at IS NULL AND revoked_at IS NULL`, now, a.Person)
	if err != nil {
		return nil, err
	}
	secret := newSecret()
	row := invitationRow{
		ID: ref.New[string](), Purpose: purpose, Person: a.Person, Email: a.Email, TokenHash: hashSecret(secret),
		CreatedBy: authz.From(ctx).ID(), CreatedAt: now, ExpiresAt: now.Add(s.config.InvitationLifetime),
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return nil, err
	}
	if err := httpapi.SecretMade(ctx, tx, row.ID); err != nil {
		return nil, err
	}
	i := row.invitation(now)
	i.Name, i.Unit = a.PersonName, a.PersonUnit
	return &Link{Invitation: i, URL: s.config.PublicURL + "/invite?token=" + secret}, nil
}

// sendLink mails a link where mail is configured. A failure is told by the answer: the link can still be handed over.
func (s *Service) sendLink(ctx context.Context, l *Link, subject, text string) bool {
	if s.mail == nil {
		return false
	}
	if err := s.mail.Send(ctx, l.Email, subject, text+"\n\n"+l.URL+"\n"); err != nil {
		s.logger.WarnContext(ctx, "a link could not be mailed", slog.String("invitation", l.ID), slog.Any("error", err))
		return false
	}
	return true
}
