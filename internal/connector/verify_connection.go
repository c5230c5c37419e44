package connector

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// openFor reads a connection and opens its session in a transaction of its own, so that nothing is held while the tool
// is asked.
func (s *Service) openFor(ctx context.Context, id ref.Connection) (connectionRow, Connector, *Session, error) {
	var row connectionRow
	var session *Session
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if row, err = s.load(ctx, tx, id, PermManage); err != nil {
			return err
		}
		session, err = s.open(ctx, tx, row)
		return err
	})
	if err != nil {
		return row, nil, nil, err
	}
	c, err := s.kind(row.Kind)
	return row, c, session, err
}

// VerifyConnection tries a connection and keeps what was found. A tool that refuses is a finding, not an error of this
// call, unless it cannot be reached at all.
func (s *Service) VerifyConnection(ctx context.Context, id ref.Connection) (Verification, error) {
	row, c, session, err := s.openFor(ctx, id)
	if err != nil {
		return Verification{}, err
	}
	found, tried := c.Verify(ctx, session)
	if found.Notes == nil {
		found.Notes = []string{}
	}
	if found.Missing == nil {
		found.Missing = []string{}
	}
	outcome := "ready"
	switch {
	case tried != nil:
		outcome = messageOf(tried)
	case len(found.Missing) > 0:
		outcome = "missing " + strings.Join(found.Missing, ", ")
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		failure := ""
		if outcome != "ready" {
			failure = outcome
		}
		_, err := tx.NewUpdate().Model((*connectionRow)(nil)).Set("verified_at = ?", s.Clock.Now()).
			Set("verified_account = ?", found.Account).Set("verify_error = ?", failure).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{
			Kind: ConnectionVerified, SubjectID: string(id), SubjectLabel: row.Name, Unit: row.Unit, Data: map[string]any{"outcome": outcome},
		})
	})
	if err != nil {
		return Verification{}, err
	}
	return found, tried
}

func messageOf(err error) string {
	if p := problem.Of(err); p != nil {
		return p.Message
	}
	return err.Error()
}

// AvailableScopes asks the tool what can be chosen, at most limit, and marks what is chosen already. more tells that
// the tool has more than were returned.
func (s *Service) AvailableScopes(ctx context.Context, id ref.Connection, query string, limit int) (scopes []ChosenScope, more bool, err error) {
	_, c, session, err := s.openFor(ctx, id)
	if err != nil {
		return nil, false, err
	}
	chosen := map[string]scopeRow{}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		rows, err := scopesOf(ctx, tx, id)
		for _, r := range rows {
			chosen[r.ExternalID] = r
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	next, stop := iter.Pull2(c.Scopes(ctx, session, query))
	defer stop()
	scopes = []ChosenScope{}
	for {
		scope, err, ok := next()
		switch {
		case !ok:
			return scopes, false, nil
		case err != nil:
			return nil, false, fmt.Errorf("list scopes: %w", err)
		case len(scopes) >= limit:
			return scopes, true, nil
		}
		view := ChosenScope{Scope: scope}
		if row, ok := chosen[scope.ExternalID]; ok {
			view = row.view()
			view.Scope = scope
		}
		scopes = append(scopes, view)
	}
}
