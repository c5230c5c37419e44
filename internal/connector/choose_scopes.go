package connector

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ScopeChoice adds scopes to a connection and takes others away. What a removed scope brought stays.
type ScopeChoice struct {
	Add    []Scope  `json:"add,omitempty" maxItems:"1000"`
	Remove []string `json:"remove,omitempty" maxItems:"1000"`
}

// ChooseScopes applies the choice and returns what is chosen then.
func (s *Service) ChooseScopes(ctx context.Context, id ref.Connection, choice ScopeChoice) ([]ChosenScope, error) {
	var out []ChosenScope
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		row, err := s.load(ctx, tx, id, PermManage)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		var added, removed []string
		for _, scope := range choice.Add {
			if scope.ExternalID == "" || scope.Name == "" {
				return problem.New(problem.Invalid, "scope_incomplete", "A scope needs its external id and its name, as the list of available scopes gives them.")
			}
			if scope.Settings == nil {
				scope.Settings = map[string]string{}
			}
			r := scopeRow{Connection: id, ExternalID: scope.ExternalID, Name: scope.Name, URL: scope.URL, Settings: scope.Settings, ChosenAt: now}
			_, err := tx.NewInsert().Model(&r).On("CONFLICT (connection_id, external_id) DO UPDATE").
				Set("name = EXCLUDED.name").Set("url = EXCLUDED.url").Set("settings = EXCLUDED.settings").Exec(ctx)
			if err != nil {
				return err
			}
			added = append(added, scope.Name)
		}
		for _, external := range choice.Remove {
			res, err := tx.NewDelete().Model((*scopeRow)(nil)).Where("connection_id = ? AND external_id = ?", id, external).Exec(ctx)
			if err != nil {
				return err
			}
			if n, _ := res.RowsAffected(); n > 0 {
				removed = append(removed, external)
			}
		}
		rows, err := scopesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		out = make([]ChosenScope, len(rows))
		for i, r := range rows {
			out[i] = r.view()
		}
		if len(added)+len(removed) == 0 {
			return nil
		}
		return s.Events.Append(ctx, tx, events.Event{
			Kind: ScopesChosen, SubjectID: string(id), SubjectLabel: row.Name, Unit: row.Unit,
			Changes: map[string]events.Change{"scopes": {removed, added}},
		})
	})
	return out, err
}
