package delivery

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewRule is what a rule is made of.
type NewRule struct {
	Kind        RuleKind       `json:"kind" enum:"service,pipeline,environment,board,path,repository,environment_class,account" doc:"What of a record the rule looks at."`
	Match       RuleMatch      `json:"match,omitempty" enum:"exact,glob,regex" doc:"How the pattern is read; left out, glob where it holds * or ?, else exact. Case is ignored."`
	Pattern     string         `json:"pattern" minLength:"1" maxLength:"500"`
	Connection  ref.Connection `json:"connectionId,omitempty" maxLength:"36" doc:"Only records of this connection."`
	Application string         `json:"application,omitempty" maxLength:"500" doc:"Key, alias, name or id of the application the rule leads to."`
	Target      string         `json:"target,omitempty" maxLength:"500" doc:"The environment class, or the e-mail address ($1 is what a group of a regex matched)."`
	Priority    int64          `json:"priority,omitempty" minimum:"-1000" maximum:"1000" doc:"Of the rules of one kind the one with the greater priority is asked first."`
	Disabled    bool           `json:"disabled,omitempty"`
}

// RuleChange changes what it names of a rule; what is left out stays.
type RuleChange struct {
	Kind        *RuleKind       `json:"kind,omitempty" enum:"service,pipeline,environment,board,path,repository,environment_class,account" doc:"What of a record the rule looks at."`
	Match       *RuleMatch      `json:"match,omitempty" enum:"exact,glob,regex" doc:"How the pattern is read. A new pattern without it is read as a regex where the old one was, else as glob where it holds * or ?, else as exact."`
	Pattern     *string         `json:"pattern,omitempty" minLength:"1" maxLength:"500"`
	Connection  *ref.Connection `json:"connectionId,omitempty" maxLength:"36" doc:"Only records of this connection; empty for all."`
	Application *string         `json:"application,omitempty" maxLength:"500" doc:"Key, alias, name or id of the application the rule leads to."`
	Target      *string         `json:"target,omitempty" maxLength:"500" doc:"The environment class, or the e-mail address ($1 is what a group of a regex matched)."`
	Priority    *int64          `json:"priority,omitempty" minimum:"-1000" maximum:"1000" doc:"Of the rules of one kind the one with the greater priority is asked first."`
	Disabled    *bool           `json:"disabled,omitempty"`
}

// on returns the whole of a rule after the change.
func (c RuleChange) on(r Rule) NewRule {
	n := NewRule{Kind: r.Kind, Match: r.Match, Pattern: r.Pattern, Connection: r.Connection, Application: string(r.Application), Target: r.Target, Priority: r.Priority, Disabled: !r.Enabled}
	if c.Pattern != nil && *c.Pattern != r.Pattern && r.Match != MatchRegex {
		n.Match = "" // the new pattern tells how it is read
	}
	put(&n.Kind, c.Kind)
	put(&n.Match, c.Match)
	put(&n.Pattern, c.Pattern)
	put(&n.Connection, c.Connection)
	put(&n.Application, c.Application)
	put(&n.Target, c.Target)
	put(&n.Priority, c.Priority)
	put(&n.Disabled, c.Disabled)
	return n
}

func put[T any](into *T, v *T) {
	if v != nil {
		*into = *v
	}
}

// rule checks the input and returns the rule it stands for.
func (n NewRule) rule(ctx context.Context, tx db.Tx) (Rule, error) {
	r := Rule{Kind: n.Kind, Match: n.Match, Pattern: strings.TrimSpace(n.Pattern), Connection: n.Connection, Target: strings.TrimSpace(n.Target), Priority: n.Priority, Enabled: !n.Disabled}
	if cleaned, _ := clean(r.Pattern, maxName); cleaned != r.Pattern || r.Pattern == "" {
		return r, problem.New(problem.Invalid, "rule_pattern_malformed", "The pattern holds nothing, or characters that are not text.")
	}
	if r.Match == "" {
		if r.Match = MatchExact; strings.ContainsAny(r.Pattern, "*?") {
			r.Match = MatchGlob
		}
	}
	if _, err := compileRule(r); err != nil {
		return r, err
	}
	switch r.Kind {
	case RuleEnvironmentClass:
		class, ok := ParseEnvironmentClass(r.Target)
		if !ok || class == "" {
			return r, problem.New(problem.Invalid, "environment_class_unknown", "The target is PRODUCTION, STAGING, TESTING or DEVELOPMENT.")
		}
		r.Target = class
	case RuleAccount:
		if !strings.Contains(r.Target, "@") {
			return r, problem.New(problem.Invalid, "rule_target_malformed", "The target is an e-mail address such as $1@example.com.")
		}
	default:
		if n.Application == "" {
			return r, problem.New(problem.Invalid, "application_required", "The rule needs the application it leads to.")
		}
		app, err := findApplication(ctx, tx, n.Application)
		if problem.KindOf(err) == problem.NotFound {
			return r, problem.Newf(problem.Invalid, "application_unknown", "There is no application with the key, alias, name or id %q.", shorten(n.Application))
		} else if err != nil {
			return r, err
		}
		r.Application, r.Target = app, ""
	}
	return r, nil
}

// mayChangeRules decides whether the caller may change what concerns the whole organisation.
func mayChangeRules(ctx context.Context) error {
	if p := authz.From(ctx); p == nil || !p.Everywhere(PermManageMapping) {
		return authz.Forbidden(PermManageMapping)
	}
	return nil
}

func (r Rule) label() string { return string(r.Kind) + " " + r.Pattern }

// CreateRule adds a mapping rule. Stored records follow it after a replay, new ones at once.
func (s *Service) CreateRule(ctx context.Context, in NewRule) (out Rule, err error) {
	if err := mayChangeRules(ctx); err != nil {
		return Rule{}, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if out, err = in.rule(ctx, tx); err != nil {
			return err
		}
		out.ID, out.CreatedAt, out.Version = ref.New[string](), s.clock.Now(), 1
		out.UpdatedAt = out.CreatedAt
		if _, err := tx.NewInsert().Model(&out).Exec(ctx); err != nil {
			return err
		}
		if err := touchRules(ctx, tx); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: EventRuleCreated, SubjectID: out.ID, SubjectLabel: out.label(), Changes: events.Diff(nil, out)})
	})
	return out, err
}

// ChangeRule changes what a rule says.
func (s *Service) ChangeRule(ctx context.Context, id string, version int64, change RuleChange) (out Rule, err error) {
	if err := mayChangeRules(ctx); err != nil {
		return Rule{}, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		before, err := getRule(ctx, tx, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return httpapi.Stale(before.Version, before)
		}
		if out, err = change.on(before).rule(ctx, tx); err != nil {
			return err
		}
		out.ID, out.CreatedAt, out.UpdatedAt, out.Version = id, before.CreatedAt, s.clock.Now(), before.Version+1
		if _, err := tx.NewUpdate().Model(&out).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := touchRules(ctx, tx); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: EventRuleChanged, SubjectID: id, SubjectLabel: out.label(), Changes: events.Diff(before, out)})
	})
	return out, err
}

// DeleteRule removes a rule.
func (s *Service) DeleteRule(ctx context.Context, id string, version int64) error {
	if err := mayChangeRules(ctx); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		before, err := getRule(ctx, tx, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return httpapi.Stale(before.Version, before)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM mapping_rule WHERE id = ?`, id); err != nil {
			return err
		}
		if err := touchRules(ctx, tx); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: EventRuleDeleted, SubjectID: id, SubjectLabel: before.label(), Changes: events.Diff(before, nil)})
	})
}

func getRule(ctx context.Context, tx db.Tx, id string) (Rule, error) {
	var r Rule
	err := tx.NewSelect().Model(&r).Where("r.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return r, authz.ErrNotFound
	}
	return r, err
}

// GetRule returns one rule.
func (s *Service) GetRule(ctx context.Context, id string) (r Rule, err error) {
	if err := maySeeUnmapped(ctx); err != nil {
		return r, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err = getRule(ctx, tx, id)
		return err
	})
	return r, err
}

// maySeeUnmapped decides whether the caller may see what concerns the whole organisation.
func maySeeUnmapped(ctx context.Context) error {
	if p := authz.From(ctx); p == nil || !p.Everywhere(PermView) {
		return authz.Forbidden(PermView)
	}
	return nil
}

// ListRules returns one page of rules in the order in which they are asked. Who does not see the whole organisation sees
// none.
func (s *Service) ListRules(ctx context.Context, kind RuleKind, text string, p httpapi.Paging) (page httpapi.Page[Rule], err error) {
	page.Items = []Rule{}
	if maySeeUnmapped(ctx) != nil {
		return page, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		rows := []Rule{}
		q := tx.NewSelect().Model(&rows).OrderExpr("r.kind, r.priority DESC, r.id").Limit(int64(p.Limit) + 1)
		if kind != "" {
			q = q.Where("r.kind = ?", kind)
		}
		if text, _ = clean(text, 200); text != "" {
			cond, arg := tx.Contains("r.pattern", text)
			q = q.Where(cond, arg)
		}
		var after RuleKind
		var priority int64
		var id string
		if resume, err := httpapi.DecodeCursor(p.Cursor, &after, &priority, &id); err != nil {
			return err
		} else if resume {
			q = q.Where("(r.kind, -r.priority, r.id) > (?, ?, ?)", after, -priority, id)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		page = httpapi.NewPage(rows, p.Limit, func(r Rule) []any { return []any{r.Kind, r.Priority, r.ID} })
		return nil
	})
	return page, err
}
