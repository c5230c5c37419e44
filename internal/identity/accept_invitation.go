package identity

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

var errLink = problem.New(problem.Forbidden, "link_invalid",
	"This link was used, withdrawn or has expired. Ask the person who sent it for a new one.")

// AcceptInvitation spends the link of an invitation or of a forgotten password: the person chooses a password and is
// signed in. name, when not empty, replaces the name they were invited under.
func (s *Service) AcceptInvitation(ctx context.Context, token, name, password string, b Browser) (*Opened, error) {
	if err := s.throttleLink(ctx); err != nil {
		return nil, err
	}
	hash := hashSecret(token)
	var row invitationRow
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		err := tx.NewSelect().Model(&row).Where("i.token_hash = ?", hash).Scan(ctx)
		if db.IsNoRows(err) || (err == nil && row.invitation(s.clock.Now()).State != InvitationOpen) {
			return errLink
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := checkPassword(password, row.Email); err != nil {
		return nil, err
	}
	passwordHash := s.hasher.hash(password)
	var opened *Opened
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.clock.Now()
		res, err := tx.ExecContext(ctx, `UPDATE invitation SET accepted_at = ? WHERE id = ? AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > ?`, now, row.ID, now)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return errLink
		}
		a, err := s.ensurePersonAccount(ctx, tx, row.Person)
		if err != nil {
			return err
		}
		if a.PersonState == Inactive || expired(a.ValidUntil, now) {
			return errLink
		}
		t, err := move(a.State, ActAccept)
		if err != nil {
			return errLink
		}
		a.State = t.To
		ctx = authz.With(ctx, &authz.Principal{Kind: authz.PersonPrincipal, Account: a.ID, Person: a.Person, Name: a.label()})
		if err := s.people.SetPersonState(ctx, tx, a.Person, Active); err != nil {
			return err
		}
		if name = strings.TrimSpace(name); name != "" && name != a.PersonName {
			if err := s.people.UpdateProfile(ctx, tx, a.Person, Profile{Name: &name}); err != nil {
				return err
			}
			a.PersonName = name
		}
		if err := s.setPassword(ctx, tx, a, passwordHash); err != nil {
			return err
		}
		if err := clearThrottle(ctx, tx, a.Email); err != nil {
			return err
		}
		e := events.Event{Kind: t.Kind, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit()}
		if row.Purpose == purposeReset {
			e.Kind, e.Data = PasswordReset, map[string]any{"way": "a password link"}
		}
		if err := s.events.Append(ctx, tx, e); err != nil {
			return err
		}
		opened, err = s.openSession(ctx, tx, a, "a link", b)
		return err
	})
	return opened, err
}
