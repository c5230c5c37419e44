package identity

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// provision finds or makes the account an identity provider names, lets its roles follow the groups, and opens a
// session. The account is known by the provider's subject; the email only connects the two the first time.
func (s *Service) provision(ctx context.Context, p *Provider, who *claims, b Browser) (*Opened, error) {
	email := normaliseEmail(who.Email)
	var f problem.Fields
	checkEmail(&f, "email", email)
	verified := p.TrustUnmarkedEmails
	if who.EmailVerified != nil {
		verified = *who.EmailVerified
	}
	if len(f) > 0 || !verified {
		return nil, errOIDCEmail
	}
	if !emailInDomains(email, p.AllowedDomains) {
		return nil, errOIDCDomain
	}
	var opened *Opened
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		ctx = asItself(ctx, "Sign-in with "+p.Name)
		a, err := s.linkedAccount(ctx, tx, p, who, email)
		if err != nil {
			return err
		}
		if a.State == Inactive || a.PersonState == Inactive {
			return errOIDCLeaver
		}
		if a.PersonState == Pending {
			if err := s.people.SetPersonState(ctx, tx, a.Person, Active); err != nil {
				return err
			}
		}
		if a.State == Pending {
			if err := s.moveAccount(ctx, tx, a, ActAccept); err != nil {
				return err
			}
		}
		if err := s.applyGroups(ctx, tx, p, a, who.Groups); err != nil {
			return err
		}
		if a, err = accountWhere(ctx, tx, "a.id = ?", a.ID); err != nil {
			return err
		}
		if !a.mayAct(s.clock.Now()) {
			return errOIDCLeaver
		}
		opened, err = s.openSession(ctx, tx, a, p.Name, b)
		return err
	})
	return opened, err
}

// linkedAccount returns the account that belongs to the provider's subject. The first time it is found by the verified
// email, or made when the provider may bring people nobody invited.
func (s *Service) linkedAccount(ctx context.Context, tx db.Tx, p *Provider, who *claims, email string) (*Account, error) {
	var id ref.Account
	err := tx.NewSelect().TableExpr("account_link").Column("account_id").Where("provider_id = ? AND subject = ?", p.ID, who.Subject).Scan(ctx, &id)
	if err == nil {
		if err := touchAccount(ctx, tx, id); err != nil {
			return nil, err
		}
		return accountWhere(ctx, tx, "a.id = ?", id)
	}
	if !db.IsNoRows(err) {
		return nil, err
	}
	person, err := s.people.PersonByEmail(ctx, tx, email)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return nil, err
	}
	if err != nil || person == "" {
		if !p.AutoProvision {
			return nil, errOIDCUnknown
		}
		person, err = s.people.EnsurePerson(ctx, tx, NewPerson{Email: email, Name: who.Name, Unit: value(p.DefaultUnit), FromDirectory: true})
		if err != nil {
			return nil, err
		}
	}
	a, err := s.ensurePersonAccount(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	if err := touchAccount(ctx, tx, a.ID); err != nil {
		return nil, err
	}
	// A mailbox that was given to somebody new must not bring the account of who had it before.
	taken, err := tx.NewSelect().TableExpr("account_link").Where("provider_id = ? AND account_id = ?", p.ID, a.ID).Exists(ctx)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, errOIDCOther
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO account_link (provider_id, subject, account_id, created_at) VALUES (?, ?, ?, ?)`, p.ID, who.Subject, a.ID, s.clock.Now()); err != nil {
		return nil, err
	}
	return a, s.events.Append(ctx, tx, events.Event{
		Kind: AccountLinked, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit(), Data: map[string]any{"provider": p.Name},
	})
}
